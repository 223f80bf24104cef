"""Files of a run: they appear whole or not at all, under names that stay inside the run."""

import json
import re
import shutil
from pathlib import Path

from boss.errors import ResultError
from boss.measurement import Strict
from robtest.files import TEMPORARY as TEMPORARY
from robtest.files import write_whole
from robtest.plural import counted

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` so that ``path`` holds either all of it or what it held before.

    Raises:
        ResultError: naming the file, its size and the space left, if it could not be written.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise ResultError(
            f"{path} could not be written: {error.strerror or error}; it needs "
            f"{counted(len(data), 'byte')} and "
            f"{_free(path)} are free. Make room or choose another output=DIR, then run the same command: "
            "it continues."
        ) from error


def json_bytes(value: Strict, indent: int | None = None) -> bytes:
    """Return ``value`` as JSON that ends with a line feed.

    Raises:
        ResultError: if it holds what JSON cannot, such as NaN in an option.
    """
    try:
        raw = value.model_dump(mode="json")
        return (json.dumps(raw, ensure_ascii=False, allow_nan=False, indent=indent) + "\n").encode()
    except ValueError as error:
        raise ResultError(f"{type(value).__name__} cannot be stored as JSON: {error}") from error


def slug(name: str) -> str:
    """Return ``name`` as one folder name.

    >>> slug("some-lab/model v2")
    'some-lab-model-v2'
    """
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", name).strip(".-") or "unnamed"


def folder_of(run: Path, key: str) -> Path:
    """Return the folder of a measurement's predictions.

    Raises:
        ResultError: if the key (of a foreign run, say) would lead anywhere else.
    """
    if not all(_SAFE.fullmatch(part) for part in key.split("/")):
        raise ResultError(
            f"measurement {key!r} cannot name a folder: each part must be letters, digits, _ . + - and start "
            "with a letter, digit or _; rename the dataset, or the attack in the configuration"
        )
    return run / "predictions" / key


def _free(path: Path) -> str:
    for folder in path.parents:
        if folder.exists():
            return f"{shutil.disk_usage(folder).free:,}"
    return "unknown"
