"""A Python function or object as a model: the shortest way to measure something the suite has no file for."""

import hashlib
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.base import Prediction
from boss.models.calls import Calls
from boss.models.estimator import EstimatorAnswer, is_estimator
from boss.models.fitted import Answer
from boss.models.label_map import check_threshold
from boss.models.method import Method
from boss.models.options import HIDDEN, require
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.models.rows import Rows
from boss.models.weights import combined_sha256
from boss.tasks import Task
from robtest.files import file_sha256
from robtest.plural import counted

Function = Callable[[list[dict[str, Any]]], Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class PythonFunction(BaseRecipe):
    """Recipe for ``f(inputs: list[dict]) -> list``, one row of output per input.

    An input holds the task's fields (text, or a list of tokens); `boss.models.rows.Rows` says what a row may
    be. The function is asked once per batch, and must answer each input without regard to the others. It is
    code of the user's own, imported and run. In its place may stand a fitted scikit-learn classifier or an
    object like one (`boss.models.estimator.EstimatorAnswer`), or a function without parameters that returns
    a model.

    Attributes:
        function: dotted path, ``package.module:function``.
        files: files and folders it reads, whose bytes are part of its identity.
        label_map: its labels -> the task's, where their names do not say what they mean.
        neutral_threshold: see `boss.models.hf.HuggingFace`.
        timeout: seconds one call may take; None for no limit. ``retries``: of a call that a service refuses
            for its rate. See `boss.models.calls.Calls`.
    """

    adapter: ClassVar[str] = "callable"
    choosing: ClassVar[tuple[str, ...]] = ("none",)
    ready: ClassVar[tuple[str, ...]] = ("none",)

    function: str
    files: Sequence[str] = field(default=(), metadata=HIDDEN)
    label_map: Mapping[str, str] | None = None
    neutral_threshold: float | None = None
    timeout: float | None = field(default=None, metadata=HIDDEN)
    retries: int = field(default=5, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        module, colon, attribute = self.function.partition(":")
        if not (module and colon and attribute.isidentifier()):
            raise ConfigError(
                f"model.function={self.function!r} must read package.module:function, "
                "such as my_package.my_module:predict"
            )
        if isinstance(self.files, str):
            raise ConfigError(f"model.files must be a list, got {self.files!r}: model.files=[{self.files}]")
        check_threshold(self.neutral_threshold)
        if self.timeout is not None:
            require("timeout", self.timeout, above=0)
        require("retries", self.retries, low=0, high=100)

    @property
    def unseen(self) -> str:
        """What decides the answers beyond what its identity holds, for whoever goes on with a run."""
        return (
            f"{self.function}: its module and model.files are compared with those of before; whether other "
            "modules, files or services that it uses have changed since cannot be known"
        )

    def options(self) -> dict[str, Any]:
        """Return the options that decide the answers; of files by their names and bytes."""
        return {**super().options(), "files": files_sha256(self.files)}

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Import the function; nothing is fitted."""
        function, digest = imported(self.function)
        if self.files:
            digest = hashlib.sha256(f"{digest}|{files_sha256(self.files)}".encode()).hexdigest()
        particulars = Particulars(
            id=self.function,
            licence="unknown",
            revision=digest[:16],
            weights_sha256="unknown",
            training_datasets=("unknown",),
            dtype="unknown",
        )
        return Start(FunctionHead(self, function, task), particulars, digest)


@dataclass(frozen=True)
class FunctionHead:
    """A function or an object as it is (implements `boss.models.recipe.Head`)."""

    recipe: PythonFunction
    function: Any
    task: Task

    def load(self, folder: Path) -> Answer:
        """Return what asks it; nothing is read.

        Raises:
            ModelError: if an object cannot answer the task.
        """
        recipe = self.recipe
        calls = Calls(recipe.function, recipe.timeout, recipe.retries)
        labels, threshold = recipe.label_map, recipe.neutral_threshold
        if is_estimator(self.function):
            answer = EstimatorAnswer(recipe.function, self.function, self.task, labels, threshold, calls)
            answer.check()
            return answer
        rows = Rows(recipe.function, self.task, dict(labels or {}), threshold)
        return partial(ask, partial(calls, self.function), rows)


def imported(path: str) -> tuple[Any, str]:
    """Return what stands at a dotted path and the sha256 of the source file it was defined in.

    A function without parameters is called, and what it returns takes its place.

    Raises:
        ModelError: if module or function is missing, raises, or has no source file.
    """
    module_name, _, attribute = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"model.function={path}: cannot import {module_name} ({type(error).__name__}: {error}); "
            "put its folder on PYTHONPATH"
        ) from error
    function = getattr(module, attribute, None)
    if not callable(function) and not is_estimator(function):
        names = sorted(name for name, value in vars(module).items() if inspect.isfunction(value))
        raise ModelError(
            f"model.function={path}: no function {attribute}; it has: {', '.join(names) or 'none'}"
        )
    try:
        source = inspect.getsourcefile(inspect.unwrap(cast(Any, function))) or module.__file__
    except TypeError:  # an instance or a builtin: take the module it was found in
        source = module.__file__
    if source is None or not Path(source).is_file():
        raise ModelError(f"model.function={path} has no source file to take a fingerprint of; wrap it in one")
    digest = hashlib.sha256(f"{path}|{file_sha256(Path(source))}".encode()).hexdigest()
    return (function if is_estimator(function) else _made(path, function)), digest


def _made(path: str, function: Any) -> Any:
    """Return a function, or what it returns where it has no parameters to take inputs by."""
    try:
        takes_inputs = bool(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # of a builtin
        return function
    if takes_inputs:
        return function
    try:
        made = function()
    except (Exception, SystemExit) as error:
        raise ModelError(f"model.function={path} raised {type(error).__name__}: {error}") from error
    if not (callable(made) or is_estimator(made)):
        raise ModelError(
            f"model.function={path} takes no inputs, so it has to return a model: a function of a list of "
            f"inputs, or an object with predict; it returned {type(made).__name__}"
        )
    return made


def files_sha256(paths: Sequence[str]) -> list[list[str]]:
    """Return name and digest of each file or folder, in order.

    Raises:
        ModelError: if there is none at a path.
    """
    out = []
    for path in (Path(path).expanduser() for path in paths):
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file())
            digest = combined_sha256(
                {file.relative_to(path).as_posix(): file_sha256(file) for file in inside}
            )
        elif path.is_file():
            digest = file_sha256(path)
        else:
            raise ModelError(
                f"model.files names {path}, and there is no such file or folder; correct the path"
            )
        out.append([path.name, digest])
    return out


def ask(function: Function, rows: Rows, examples: Sequence[Example]) -> list[Prediction]:
    """Ask a function and check every row of what it returns.

    Raises:
        ModelError: naming the function, the row and the rule it breaks.
    """
    path, task = rows.name, rows.task
    answers = function([{name: _plain(example.inputs[name]) for name in task.fields} for example in examples])
    if isinstance(answers, str | Mapping) or not hasattr(answers, "__len__"):
        raise ModelError(f"{path} must return a list with one row per input, got {type(answers).__name__}")
    if len(answers) != len(examples):
        raise ModelError(
            f"{path} was given {counted(len(examples), 'input')} and returned {counted(len(answers), 'row')}"
        )
    out = []
    for number, (row, example) in enumerate(zip(answers, examples, strict=True)):
        n_tokens = len(example.inputs["tokens"]) if task.kind == "tagging" else 0
        try:
            out.append(rows.prediction(row, n_tokens))
        except (TypeError, ValueError) as error:
            raise ModelError(f"{path}, row {number} (example {example.id}): {error}") from error
    return out


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)
