"""Answers that were made elsewhere, as a model: it looks up what stands in a file.

A run of it is like every other run; its rows say by adapter and method that the answers were brought along.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar

from boss.data.types import Example
from boss.errors import ModelError
from boss.exported import Manifest, read_manifest, row_id, slots
from boss.models.answer_file import read_answers
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.method import Method
from boss.models.options import HIDDEN
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.tasks import Task
from robtest.files import file_sha256


@dataclass(frozen=True, kw_only=True)
class Recorded(BaseRecipe):
    """Recipe for the answers in a file to the inputs of an export (`boss.exported`).

    Attributes:
        export: the folder. Not part of the identity: the hash of its manifest is.
        answers: a .jsonl file (`boss.models.answer_file.read_answers`), known by its bytes.
        called: name on the board; the file's where None.
    """

    adapter: ClassVar[str] = "predictions"
    methods: ClassVar[tuple[str, ...]] = ("predictions",)
    ready: ClassVar[tuple[str, ...]] = ("predictions",)
    choosing: ClassVar[tuple[str, ...]] = ("predictions",)

    export: str = field(metadata=HIDDEN)
    answers: str = field(metadata=HIDDEN)
    called: str | None = field(default=None, metadata=HIDDEN)

    @property
    def name(self) -> str:
        """Name on the board."""
        return self.called or Path(self.answers).stem

    @property
    def manifest(self) -> Manifest:
        """The export's manifest."""
        return read_manifest(Path(self.export).expanduser())

    def options(self) -> dict[str, Any]:
        """Return what decides the answers: which inputs they are to, and the file."""
        return {"export": self.manifest.sha256, "answers": self._answers_sha256()}

    def predictions(self) -> Mapping[str, Prediction]:
        """Return the prediction of every row of the export, by its id.

        Raises:
            DataError: if the export is not as it was written.
            ModelError: as `boss.models.answer_file.read_answers`.
        """
        folder, file = Path(self.export).expanduser(), Path(self.answers).expanduser()
        return _predictions(folder, file, self.manifest.sha256, self._answers_sha256())

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Read both; nothing is fitted."""
        digest = hashlib.sha256(f"{self.manifest.sha256}|{self._answers_sha256()}".encode()).hexdigest()
        particulars = Particulars(
            id=self.name,
            licence="unknown",
            revision=digest[:16],
            weights_sha256="unknown",
            training_datasets=("unknown",),
            dtype="unknown",
        )
        return Start(LookUp(task, self.predictions()), particulars, digest)

    def _answers_sha256(self) -> str:
        path = Path(self.answers).expanduser()
        if not path.is_file():
            raise ModelError(f"{path} is no file; name one with an answer to each row of the export")
        return file_sha256(path)


@dataclass(frozen=True)
class LookUp:
    """Predictions by the id of an input (implements `boss.models.recipe.Head`)."""

    task: Task
    predictions: Mapping[str, Prediction]

    def load(self, folder: Path) -> Answer:
        """Return what looks answers up; nothing is read."""
        return partial(_look_up, self.task, self.predictions)


def _look_up(
    task: Task, predictions: Mapping[str, Prediction], examples: Sequence[Example]
) -> list[Prediction]:
    out = []
    for example in examples:
        prediction = predictions.get(row_id(task, example.input_sha256))
        if prediction is None:
            raise ModelError(
                f"the input of example {example.id} (sha256 {example.input_sha256[:12]}…) is not in the "
                "export; answers are measured on the inputs they were given to: export these, and have them "
                "answered"
            )
        out.append(prediction)
    return out


@lru_cache(maxsize=1)
def _predictions(
    folder: Path, file: Path, manifest_sha256: str, answers_sha256: str
) -> Mapping[str, Prediction]:
    """Read both files, once for all tasks of a run; the digests tell whether they are still those."""
    return read_answers(file, dict(slots(folder, read_manifest(folder))))
