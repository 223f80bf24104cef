"""A fitted scikit-learn pipeline out of a file."""

import hashlib
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from boss.errors import ConfigError, ModelError
from boss.models.estimator import EstimatorAnswer, is_estimator
from boss.models.fitted import Answer
from boss.models.label_map import check_threshold
from boss.models.label_match import Given
from boss.models.method import Method
from boss.models.options import HIDDEN
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.tasks import Task
from robtest.files import file_sha256

PICKLES = (".joblib", ".pkl", ".pickle")


@dataclass(frozen=True, kw_only=True)
class SklearnFile(BaseRecipe):
    """Recipe for a classifier that scikit-learn has fitted, with its own ``classes_``.

    Attributes:
        path: ``.skops`` file, or one written by joblib or pickle. Not part of the identity: its bytes are.
        trust: run what the file says. Reading a pickle runs whatever code its writer put into it, and so may
            types in a skops file that skops does not know.
        label_map: its classes -> the task's labels, or the task's label of each class in order.
        neutral_threshold: see `boss.models.hf.HuggingFace`.
    """

    adapter: ClassVar[str] = "sklearn"
    ready: ClassVar[tuple[str, ...]] = ("none",)
    choosing: ClassVar[tuple[str, ...]] = ("none",)
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scikit-learn", "scipy")

    path: str = field(metadata=HIDDEN)
    trust: bool = field(default=False, metadata=HIDDEN)
    label_map: Given = None
    neutral_threshold: float | None = None

    def __post_init__(self) -> None:
        """Refuse options out of range, and a file that is not to be read before it is."""
        check_threshold(self.neutral_threshold)
        suffix = Path(self.path).suffix.lower()
        if suffix in PICKLES and not self.trust:
            raise ConfigError(
                f"model.path={self.path} is a pickle, and reading one runs whatever code its writer put into "
                "it, so nothing downloaded is unpickled. If it is your own: model.trust=true; otherwise ask "
                "for a skops file (skops.io.dump(pipeline, 'model.skops'))"
            )
        if suffix not in (".skops", *PICKLES):
            kinds = ", ".join((".skops", *PICKLES))
            raise ConfigError(
                f"model.path={self.path} must end in one of {kinds}, as what scikit-learn is saved to"
            )

    @property
    def name(self) -> str:
        """Name on the board: the file's."""
        return Path(self.path).name

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Read the file; nothing is fitted."""
        path = Path(self.path).expanduser()
        if not path.is_file():
            raise ModelError(f"model.path={self.path} is no file; name one that holds a fitted pipeline")
        digest = file_sha256(path)
        estimator = loaded(path, trust=self.trust)
        if not is_estimator(estimator):
            raise ModelError(f"{path} holds a {type(estimator).__name__}, which has no predict")
        answer = EstimatorAnswer(self.name, estimator, task, self.label_map, self.neutral_threshold)
        answer.check()
        particulars = Particulars(
            id=self.name,
            licence="unknown",
            revision=digest[:16],
            weights_sha256=digest,
            training_datasets=("unknown",),
        )
        return Start(Ready(answer), particulars, hashlib.sha256(f"sklearn|{digest}".encode()).hexdigest())


@dataclass(frozen=True)
class Ready:
    """What answers as it is (implements `boss.models.recipe.Head`)."""

    answer: Answer

    def load(self, folder: Path) -> Answer:
        """Return what answers; nothing is read."""
        return self.answer


def loaded(path: Path, *, trust: bool) -> Any:
    """Return the object in a file.

    Raises:
        ModelError: if skops is not installed or does not know a type in the file, or the file cannot be read.
    """
    if path.suffix.lower() != ".skops":
        import joblib

        try:
            return joblib.load(path)
        except Exception as error:  # whatever the code in it raises
            raise ModelError(
                f"{path} cannot be read ({type(error).__name__}: {error}); it takes the modules it was "
                "written with, on PYTHONPATH, and about the same scikit-learn"
            ) from error
    try:
        skops = import_module("skops.io")
    except ImportError as error:
        raise ModelError(f"reading {path} takes skops: python -m pip install skops") from error
    try:
        unknown = sorted(skops.get_untrusted_types(file=path))
        if unknown and not trust:
            raise ModelError(
                f"{path} has types that skops does not know to be harmless: {', '.join(unknown)}; they may "
                "run any code. If it is your own: model.trust=true"
            )
        return skops.load(path, trusted=unknown)
    except ModelError:
        raise
    except Exception as error:  # a zip that is none, a type that is gone
        raise ModelError(f"{path} cannot be read by skops ({type(error).__name__}: {error})") from error
