"""One file inside a fetched source, read in place: nothing is unpacked to disk, nothing is executed."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from robtest.errors import AssetError

MAX_BYTES = 2 * 1024**3
"""Largest member that is opened, unpacked; the largest of the suites has 88 MB."""

SEPARATOR = "!"


@dataclass(frozen=True)
class Member:
    """One file of a source: a plain file, a file in a folder, or one in an archive.

    Attributes:
        root: a file, an archive or a folder.
        name: path inside ``root``; ``outer.tar.gz!inner/file.txt`` looks into an archive in an archive;
            empty where ``root`` is the file itself.
    """

    root: Path
    name: str = ""

    def __str__(self) -> str:
        """Return the name to print in errors."""
        return f"{self.root.name}{SEPARATOR}{self.name}" if self.name else str(self.root)

    def beside(self, name: str) -> "Member":
        """Return another file of the same source."""
        return Member(self.root, name)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open for reading bytes; ``.gz`` files outside archives are unpacked on the way.

        Raises:
            AssetError: if there is no such member, its name leaves the archive, it is no regular file,
                is larger than `MAX_BYTES`, or the archive is damaged.
        """
        try:
            with self._open() as stream:
                yield stream
        except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError) as error:
            raise AssetError(
                f"{self} is damaged: {error}. Get the file once more; one of a package is fetched anew when "
                "it is not in the cache."
            ) from error

    def lines(self, encoding: str = "utf-8-sig") -> Iterator[tuple[int, str]]:
        """Yield (row number from 1, line without its end) of every line that is not blank.

        Raises:
            AssetError: naming the file, if it holds no such line or is not in ``encoding``.
        """
        empty = True
        with self.text(encoding) as text:
            for row, line in enumerate(text, start=1):
                if line.strip():
                    empty = False
                    yield row, line.rstrip("\r\n")
        if empty:
            raise AssetError(f"{self} is empty; expected at least one line of data.")

    @contextmanager
    def text(self, encoding: str = "utf-8-sig") -> Iterator[io.TextIOWrapper]:
        """Open for reading text; line ends are left as they are, a byte order mark is dropped.

        Raises:
            AssetError: as `open`, and if the bytes are not in ``encoding``.
        """
        # newline="\n": U+2028 and a lone CR inside a text must not start a new row.
        with (
            self.open() as stream,
            io.TextIOWrapper(_text_bytes(stream, self), encoding, newline="\n") as text,
        ):
            try:
                yield text
            except UnicodeDecodeError as error:
                raise AssetError(
                    f"{self} is not {encoding.removesuffix('-sig')}: {error}. Say what it is (`encoding: "
                    "latin-1` or `encoding: utf-16` in the dataset's reader), or save it as UTF-8."
                ) from error

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        parts = [checked_name(part) for part in self.name.split(SEPARATOR)] if self.name else []
        if self.root.is_dir():
            if not parts:
                raise AssetError(f"{self.root} is a folder; name the file in it under `files:`.")
            path, parts = self.root / parts[0], parts[1:]
        else:
            path = self.root
        if not path.is_file():
            raise AssetError(f"{path} does not exist; check `path:` and `files:` of the dataset.")
        if not parts:
            with path.open("rb") as raw:
                yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
            return
        with path.open("rb") as raw, _member(raw, parts[0], path.name) as stream:
            if len(parts) == 1:
                yield stream
                return
            # An archive in an archive is small here, and needs a stream that can seek.
            with _member(io.BytesIO(stream.read()), parts[1], parts[0]) as inner:
                yield inner


def _text_bytes(stream: BinaryIO, member: Member) -> BinaryIO:
    """Return the bytes of a text; those of gzip are unpacked, whatever the file's name.

    Raises:
        AssetError: if they begin like a zip or a workbook, which are no text.
    """
    buffered = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))
    start = buffered.peek(4)[:4]  # type: ignore[attr-defined]
    if start.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise AssetError(
            f"{member} is a workbook or a zip, and no text, whatever its name; save the table as CSV in "
            "UTF-8, or name the file in the zip: ARCHIVE!FILE."
        )
    return buffered


def checked_name(name: str) -> str:
    """Return ``name`` if it stays inside its archive or folder.

    Raises:
        AssetError: if it is absolute or climbs with ``..``.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise AssetError(f"member name {name!r} leaves its archive; expected a relative path without '..'.")
    return name


@contextmanager
def _member(raw: BinaryIO, name: str, archive: str) -> Iterator[BinaryIO]:
    if zipfile.is_zipfile(raw):
        with zipfile.ZipFile(raw) as zipped:
            info = next((info for info in zipped.infolist() if info.filename == name), None)
            _check(archive, name, None if info is None else info.file_size)
            with zipped.open(name) as stream:
                yield cast(BinaryIO, stream)
        return
    raw.seek(0)
    with tarfile.open(fileobj=raw) as tar:
        # Stop at the member: getmember would unpack the rest of the archive to look for a later copy.
        member = next((entry for entry in tar if entry.name == name and entry.isreg()), None)
        _check(archive, name, None if member is None else member.size)
        assert member is not None
        extracted = tar.extractfile(member)
        assert extracted is not None
        with extracted as stream:
            yield cast(BinaryIO, stream)


def _check(archive: str, name: str, size: int | None) -> None:
    if size is None:
        raise AssetError(f"{archive} has no file {name!r}; check `files:` of the dataset.")
    if size > MAX_BYTES:
        raise AssetError(f"{name} in {archive} claims {size:,} bytes; at most {MAX_BYTES:,} are read.")
