"""Linear models on surface features, for every kind of task: what can be done without pretraining."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from boss.models.method import Method
from boss.models.options import require
from boss.models.recipe import BaseRecipe, Learner, Particulars, Start
from boss.models.tfidf_choice import NgramChooser
from boss.models.tfidf_ner import TaggerOfShapes
from boss.models.tfidf_qa import SpanFinder
from boss.models.tfidf_text import NgramClassifier, Ngrams
from boss.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Tfidf(BaseRecipe):
    """Recipe: n-grams for classes and choices, word shapes for tags, word overlap for answers.

    Attributes:
        word_ngrams: longest word n-gram.
        char_ngrams: longest character n-gram, inside words; 0 leaves them out.
        min_count: texts an n-gram must occur in.
    """

    adapter: ClassVar[str] = "tfidf"
    choosing: ClassVar[tuple[str, ...]] = ("none",)
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scikit-learn", "scipy")

    word_ngrams: int = 2
    char_ngrams: int = 5
    min_count: int = 2

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("word_ngrams", self.word_ngrams, low=1, high=5)
        require("char_ngrams", self.char_ngrams, low=0, high=8)
        require("min_count", self.min_count, low=1, high=1000)

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the linear model of the task's kind before it is fitted."""
        return Start(self.head(task), Particulars(id=self.name, licence="MIT"))

    def head(self, task: Task) -> Learner:
        """Return the model of the task's kind."""
        ngrams = Ngrams(self.word_ngrams, self.char_ngrams, self.min_count)
        if task.is_choice:
            return NgramChooser(task, ngrams)
        if task.kind == "classification":
            return NgramClassifier(task, ngrams)
        if task.kind == "tagging":
            return TaggerOfShapes(task)
        return SpanFinder(task)
