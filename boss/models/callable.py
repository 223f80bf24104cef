"""A Python function as a model: the shortest way to measure something the suite has no file for."""

import hashlib
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.method import Method
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.tasks import Task
from robtest.files import file_sha256

SUM_TOLERANCE = 1e-3

Function = Callable[[list[dict[str, Any]]], Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class PythonFunction(BaseRecipe):
    """Recipe for ``f(inputs: list[dict]) -> list``, one row of output per input.

    An input holds the task's fields (text, or a list of tokens). A row is the answer (class name; one
    tag per token; answer text), or probabilities over the task's labels (for tagging one such list per
    token). The function is asked once per batch, and must answer each input without regard to the
    others. It is code of the user's own, imported and run.

    Attributes:
        function: dotted path, ``package.module:function``.
    """

    adapter: ClassVar[str] = "callable"
    ready: ClassVar[tuple[str, ...]] = ("none",)

    function: str

    def __post_init__(self) -> None:
        """Refuse what is not of the form ``package.module:function``."""
        module, colon, attribute = self.function.partition(":")
        if not (module and colon and attribute.isidentifier()):
            raise ConfigError(
                f"model.function={self.function!r} must read package.module:function, "
                "such as my_package.my_module:predict"
            )

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Import the function; nothing is fitted."""
        function, digest = imported(self.function)
        particulars = Particulars(
            id=self.function,
            licence="unknown",
            revision=digest[:16],
            weights_sha256="unknown",
            training_datasets=("unknown",),
            dtype="unknown",
        )
        return Start(FunctionHead(self.function, function, task), particulars, digest)


@dataclass(frozen=True)
class FunctionHead:
    """A function as it is (implements `boss.models.recipe.Head`)."""

    path: str
    function: Function
    task: Task

    def load(self, folder: Path) -> Answer:
        """Return what asks the function; nothing is read."""
        return partial(ask, self.path, self.function, self.task)


def imported(path: str) -> tuple[Function, str]:
    """Return the function at a dotted path and the sha256 of the source file it was defined in.

    Only that one file is digested: a function whose answers depend on anything else (other modules,
    weights, a service) must be renamed when that changes.

    Raises:
        ModelError: if module or function is missing, or has no source file.
    """
    module_name, _, attribute = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ModelError(
            f"model.function={path}: cannot import {module_name} ({error}); put its folder on PYTHONPATH"
        ) from error
    function = getattr(module, attribute, None)
    if not callable(function):
        names = sorted(name for name, value in vars(module).items() if inspect.isfunction(value))
        raise ModelError(
            f"model.function={path}: no function {attribute}; it has: {', '.join(names) or 'none'}"
        )
    try:
        source = inspect.getsourcefile(inspect.unwrap(function)) or module.__file__
    except TypeError:  # an instance or a builtin: take the module it was found in
        source = module.__file__
    if source is None or not Path(source).is_file():
        raise ModelError(f"model.function={path} has no source file to take a fingerprint of; wrap it in one")
    return function, hashlib.sha256(f"{path}|{file_sha256(Path(source))}".encode()).hexdigest()


def ask(path: str, function: Function, task: Task, examples: Sequence[Example]) -> list[Prediction]:
    """Ask a function and check every row of what it returns.

    Raises:
        ModelError: naming the function, the row and the rule it breaks.
    """
    inputs = [{name: _plain(example.inputs[name]) for name in task.fields} for example in examples]
    rows = function(inputs)
    if isinstance(rows, str | Mapping) or not hasattr(rows, "__len__"):
        raise ModelError(f"{path} must return a list with one row per input, got {type(rows).__name__}")
    if len(rows) != len(examples):
        raise ModelError(f"{path} was given {len(examples)} inputs and returned {len(rows)} rows")
    out = []
    for number, (row, example) in enumerate(zip(rows, examples, strict=True)):
        try:
            out.append(_prediction(task, row, len(example.inputs["tokens"]) if task.kind == "tagging" else 0))
        except (TypeError, ValueError) as error:
            raise ModelError(f"{path}, row {number} (example {example.id}): {error}") from error
    return out


def _prediction(task: Task, row: Any, n_tokens: int) -> Prediction:
    if task.kind == "span":
        if not isinstance(row, str):
            raise ValueError(f"an answer must be a text, got {type(row).__name__}")
        return Prediction(row)
    if task.kind == "classification":
        if isinstance(row, str):
            return Prediction(_label(task, row))
        probs = _probabilities(row, (len(task.labels),))
        return Prediction(task.labels[int(probs.argmax())], probs)
    if isinstance(row, str) or len(row) != n_tokens:
        raise ValueError(f"must hold one entry for each of the {n_tokens} tokens, got {_size(row)}")
    if all(isinstance(tag, str) for tag in row):
        return Prediction(tuple(_label(task, tag) for tag in row))
    probs = _probabilities(row, (n_tokens, len(task.labels)))
    return Prediction(tuple(task.labels[i] for i in probs.argmax(-1).tolist()), probs)


def _label(task: Task, label: str) -> str:
    if label not in task.labels:
        raise ValueError(f"{label!r} is not a label of task {task.name}: {', '.join(task.labels)}")
    return label


def _probabilities(row: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    probs = np.asarray(row, dtype=np.float64)
    if probs.shape != shape:
        raise ValueError(f"probabilities must have shape {shape}, got {probs.shape}")
    if not (np.isfinite(probs).all() and (probs >= 0).all()):
        raise ValueError("probabilities must be finite and not negative")
    sums = probs.sum(-1, keepdims=True)
    if (np.abs(sums - 1) > SUM_TOLERANCE).any():
        worst = float(sums.flat[int(np.abs(sums - 1).argmax())])
        raise ValueError(f"probabilities must sum to 1, got {worst:.6g}")
    return np.asarray(probs / sums)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)


def _size(row: Any) -> str:
    return "a text" if isinstance(row, str) else str(len(row))
