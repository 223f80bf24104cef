"""Fitted models on disk: a folder per model, named by a digest of everything that made it."""

import functools
import hashlib
import inspect
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ModelError
from boss.models.weights import combined_sha256
from boss.tasks import Task
from robtest.files import file_sha256

T = TypeVar("T")
ENTRY = "entry.json"
ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the project's packages: a checkout, or where a wheel was installed."""
SOURCES = ("boss/models", "boss/methods", "boss/tasks.py", "boss/data/types.py")
"""What every fit and every answer runs through."""


@dataclass(frozen=True)
class Identity:
    """Everything that decides a fitted model's outputs.

    Attributes:
        kind: kind of model: majority, tfidf, encoder, hf ...
        code: digest of the source that fits and predicts (`code_sha256`).
        options: the recipe's options (`boss.models.options.options_of`).
        task: name of the task and its labels.
        train: the train split (`split_identity`), or ``none``; the same for ``validation``.
        weights: sha256 of the starting weights, or ``none``.
        libraries: name -> version of what computes it.
    """

    kind: str
    code: str
    options: Mapping[str, Any]
    task: tuple[str, ...]
    train: str
    validation: str
    method: str
    seed: int
    weights: str = "none"
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Hex digest of all of it: the folder's name and the model's fingerprint."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def task_identity(task: Task) -> tuple[str, ...]:
    """Return what of a task decides a model's outputs."""
    return (task.name, task.kind, *task.fields, *task.labels)


def split_identity(split: Split | None) -> str:
    """Return what of a split decides a fit, or ``none``.

    The manifest hash leaves out the order of the examples, which batches depend on, and the offsets
    of answers, which a span head is trained on; both are added here.
    """
    if split is None:
        return "none"
    rest = hashlib.sha256()
    for example in split.examples:
        rest.update(repr((example.id, example.gold)).encode())
    return f"{split.sha256}+{rest.hexdigest()}"


def library_versions(*names: str) -> dict[str, str]:
    """Return the installed version of each distribution, and Python's, whose tables of characters differ."""
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", **{n: version(n) for n in names}}


def code_sha256(*kinds: type, sources: tuple[str, ...] = (), root: Path = ROOT) -> str:
    """Return a digest of the source that fits and predicts, names and bytes of `SOURCES` and what is given.

    Args:
        kinds: classes that take part; of one from outside the project, the file it stands in counts as well.
        sources: further files and folders below ``root``.

    Raises:
        ModelError: if a class from outside stands in no file.
    """
    digests = dict(_digests((*SOURCES, *sources), root))
    for base in (base for kind in kinds for base in kind.__mro__):
        if base.__module__.partition(".")[0] not in {"boss", *sys.stdlib_module_names}:
            digests[base.__module__] = file_sha256(_source_file(base))
    return combined_sha256(digests)


@functools.cache
def _digests(sources: tuple[str, ...], root: Path) -> Mapping[str, str]:
    paths = [root / source for source in sources]
    files = {file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])}
    return {file.relative_to(root).as_posix(): file_sha256(file) for file in files}


def _source_file(kind: type) -> Path:
    try:
        path = inspect.getsourcefile(kind)
    except (TypeError, OSError):  # of a built-in class, and of one typed at a prompt
        path = None
    if path is None:
        raise ModelError(
            f"{kind.__module__}.{kind.__qualname__} stands in no file to take a digest of; move it to one"
        )
    return Path(path)


def fitted(cache: Path, identity: Identity, make: Callable[[Path], None], load: Callable[[Path], T]) -> T:
    """Return the model ``identity`` names, made only if the cache has no intact copy of it.

    The model is always read back from disk, so that a fresh one and a cached one answer alike. An
    entry whose files do not match their digests is thrown away and made again.

    Args:
        make: writes the model's files into an empty folder.
        load: reads the model from such a folder.
    """
    folder = cache / "models" / identity.kind / identity.key
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            if not _intact(folder):
                shutil.rmtree(folder, ignore_errors=True)
                _write(folder, identity, make)
    except OSError as error:
        raise ModelError(
            f"fitted model cannot be stored in {folder}: {error}; free some space, or name another "
            "folder with cache=DIR"
        ) from error
    return load(folder)


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named numeric arrays to an .npz file; object arrays, which need pickle, are refused."""
    bad = [name for name, array in arrays.items() if array.dtype.hasobject]
    if bad:
        raise TypeError(f"object arrays cannot be stored: {', '.join(bad)}")
    with path.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def save_json(path: Path, value: object) -> None:
    """Write ``value`` as JSON; NaN is refused."""
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def load_json(path: Path) -> Any:
    """Read what `save_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def _write(folder: Path, identity: Identity, make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as name:
        part = Path(name) / "model"
        part.mkdir()
        make(part)
        files = {path.relative_to(part).as_posix(): file_sha256(path) for path in _files(part)}
        save_json(part / ENTRY, {"identity": asdict(identity), "files": files})
        part.rename(folder)


def _intact(folder: Path) -> bool:
    try:
        files = load_json(folder / ENTRY)["files"]
        return bool(files == {p.relative_to(folder).as_posix(): file_sha256(p) for p in _files(folder)})
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / ENTRY)
