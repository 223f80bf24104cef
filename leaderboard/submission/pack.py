"""A run and its declaration as one zip file; the same run gives the same bytes."""

import shutil
import zipfile
from pathlib import Path

from leaderboard.submission.declaration import Declaration
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, content_id, run_files

_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_UNIX = 3


def pack(run: Path, declaration: Declaration, target: Path) -> str:
    """Write the submission to ``target`` and return its id.

    Names are sorted, and times, rights and the system are fixed. Parquet, which is compressed, is stored
    as it is.

    Raises:
        Refused: if the run holds a file that does not belong to it.
    """
    files = run_files(run)
    declaration_bytes = declaration.encode()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(_entry(DECLARATION), declaration_bytes)
        for name, path in files.items():
            entry = _entry(f"{RUN_FOLDER}/{name}")
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as out:
                shutil.copyfileobj(source, out)
    return content_id(declaration_bytes, files)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = _UNIX  # of this machine otherwise
    entry.external_attr = _READABLE
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
    return entry
