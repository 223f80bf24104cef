"""Fitted models on disk: a folder per model, named by a digest of everything that made it."""

import hashlib
import json
import shutil
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
from boss.tasks import Task
from robtest.assets import file_sha256

T = TypeVar("T")
ENTRY = "entry.json"


@dataclass(frozen=True)
class Identity:
    """Everything that decides a fitted model's outputs.

    Attributes:
        kind: kind of model: majority, tfidf, encoder, hf ...
        version: of the code that fits and predicts; raised with every change of its outputs.
        options: the recipe's options (`boss.models.options.options_of`).
        task: name of the task and its labels.
        train: the train split (`split_identity`), or ``none``; the same for ``validation``.
        weights: sha256 of the starting weights, or ``none``.
        libraries: name -> version of what computes it.
    """

    kind: str
    version: int
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
    """Return the installed version of each distribution."""
    return {name: version(name) for name in names}


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
        made = Path(name) / "model"
        made.mkdir()
        make(made)
        files = {path.relative_to(made).as_posix(): file_sha256(path) for path in _files(made)}
        save_json(made / ENTRY, {"identity": asdict(identity), "files": files})
        made.rename(folder)


def _intact(folder: Path) -> bool:
    try:
        files = load_json(folder / ENTRY)["files"]
        return bool(files == {p.relative_to(folder).as_posix(): file_sha256(p) for p in _files(folder)})
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / ENTRY)
