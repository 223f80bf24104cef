"""Opening an archive a stranger sent: everything is checked before a byte is unpacked."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO

from leaderboard.submission.findings import Refused
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, check_name, check_sizes
from leaderboard.submission.limits import LIMITS, Limits

_END = b"PK\x05\x06"
_LOCATOR_64 = b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE = 22, 20
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PACK = "Pack the run again with `python -m leaderboard.submit RUN_DIR`."


def unpack(archive: Path, into: Path, limits: Limits = LIMITS) -> None:
    """Unpack a submission into the new folder ``into``, or leave nothing.

    Refused before anything is written: a name that is not on the list (so any path that leads out), a link,
    a name given twice, encryption, an unusual compression, too many files or bytes, too high a ratio.

    Raises:
        Refused: saying which entry and why.
    """
    _check_end(archive, limits)
    into.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            _check_entries(entries, limits)
            for entry in entries:
                target = into / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, target.open("xb") as out:
                    _copy(source, out, entry)
    except BaseException as error:
        shutil.rmtree(into)
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | NotImplementedError | OSError):
            raise Refused("archive", archive.name, f"is torn or no zip file: {error}", _PACK) from error
        raise


def _check_end(archive: Path, limits: Limits) -> None:
    """Check the last 22 bytes, which say how large the table of contents is that zipfile then reads."""
    size = archive.stat().st_size
    if size > limits.archive_bytes:
        cure = "Submit fewer measurements or fewer variants at once."
        message = f"{size:,} bytes; the limit is {limits.archive_bytes:,}"
        raise Refused("too_large", archive.name, message, cure)
    with archive.open("rb") as file:
        file.seek(max(0, size - _END_SIZE - _LOCATOR_SIZE))
        tail = file.read()
    end, before = tail[-_END_SIZE:], tail[:-_END_SIZE]
    if len(end) < _END_SIZE or not end.startswith(_END):
        raise Refused("archive", archive.name, "is torn, no zip file, or one with a comment", _PACK)
    if before.startswith(_LOCATOR_64) or int.from_bytes(end[12:16], "little") > limits.directory_bytes:
        message = f"its table of contents is over {limits.directory_bytes:,} bytes, or in Zip64"
        raise Refused("too_large", archive.name, message, _PACK)


def _check_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    check_sizes(len(entries), sum(entry.file_size for entry in entries), limits)
    seen: set[str] = set()
    for entry in entries:
        # zipfile cuts a name at a zero byte; the name as it was written is what counts.
        check_name(entry.orig_filename)
        name = entry.filename.casefold()  # two names may be one on another system
        if name in seen:
            raise Refused("duplicate_file", "archive", f"{name!r} is there twice", _PACK)
        seen.add(name)
        _check_entry(entry, limits)
    if {DECLARATION, f"{RUN_FOLDER}/run.json"} - seen:
        message = f"{DECLARATION} or {RUN_FOLDER}/run.json is missing"
        raise Refused("missing_file", "archive", message, _PACK)


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Refused("link", entry.filename, "is a link, a folder or a device, not a file", _PACK)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        message = "is encrypted, or compressed by another method than deflate"
        raise Refused("archive", entry.filename, message, _PACK)
    if entry.file_size > limits.free_bytes + limits.ratio * entry.compress_size:
        message = f"{entry.compress_size:,} bytes unpack to {entry.file_size:,}, over {limits.ratio} to 1"
        raise Refused("bomb", entry.filename, message, _PACK)


def _copy(source: IO[bytes], out: IO[bytes], entry: zipfile.ZipInfo) -> None:
    """Copy a file that may not be larger than its entry says; zipfile checks its CRC at the end."""
    left = entry.file_size
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise Refused("bomb", entry.filename, "is larger than its entry says", _PACK)
        out.write(chunk)
    if left:
        raise Refused("archive", entry.filename, "is shorter than its entry says", _PACK)
