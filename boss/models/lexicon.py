"""VADER and TextBlob: sentiment by a list of words with their polarity, and rules; nothing is fitted here.

Both are used as their packages are published. They give one number from -1 to 1, which is no probability and
was not made to be one. So a prediction has logits, by which attacks see how near an answer is to another, and
no probabilities: nothing is said of their calibration. Gradients there are none.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.method import Method
from boss.models.options import require
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.models.text import encodable
from boss.models.weights import combined_sha256
from boss.tasks import Task
from robtest.files import file_sha256

Polarity = Callable[[str], float]
"""Text -> how positive it is, from -1 to 1."""

SIGNS = {"negative": -1, "positive": 1, "neutral": 0}
"""The labels there are, and the side of zero on which each lies."""


@dataclass(frozen=True, kw_only=True)
class Lexicon(BaseRecipe):
    """Recipe for a polarity: at least ``threshold`` is positive, at most minus that negative, else neutral.

    Attributes:
        threshold: 0.05 is the one that VADER's authors give.
    """

    ready: ClassVar[tuple[str, ...]] = ("none",)
    finetuned_on: ClassVar[str] = "none"
    files: ClassVar[tuple[str, ...]]
    """The word lists, from the folder that holds the package; their bytes are part of its identity."""
    licence: ClassVar[str]
    trained_on: ClassVar[tuple[str, ...]]

    threshold: float = 0.05

    def __post_init__(self) -> None:
        """Refuse a threshold out of range."""
        require("threshold", self.threshold, above=0)
        require("threshold", self.threshold, low=0, high=1)

    @property
    def package(self) -> str:
        """The distribution that holds words and rules."""
        return self.libraries[-1]

    @abstractmethod
    def polarity(self) -> Polarity:
        """Return what scores a text."""

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the lexicon and its rules, ready to answer.

        Raises:
            ModelError: if the task has other labels than those of sentiment.
        """
        if len(task.fields) != 1 or set(task.labels) != set(SIGNS):
            raise ModelError(
                f"model {self.name} tells {', '.join(SIGNS)} texts apart, and task {task.name} asks for "
                f"{', '.join(task.labels) or 'answers'}; measure it with task=sentiment"
            )
        digest = combined_sha256({name: file_sha256(_place(name)) for name in self.files})
        particulars = Particulars(
            id=self.name,
            licence=self.licence,
            revision=f"{self.package}=={version(self.package)}",
            weights_sha256=digest,
            training_datasets=self.trained_on,
        )
        return Start(PolarityHead(task, self.threshold, self.polarity), particulars, digest)


@dataclass(frozen=True, kw_only=True)
class Vader(Lexicon):
    """VADER (Hutto & Gilbert 2014, ICWSM): 7,500 words and emoticons, and rules for what stands by them.

    Ten people rated each word. The sets ``amazon_snippets``, ``movie_snippets``, ``nyt_snippets`` and
    ``tweets`` are from the same study, labelled by the same crowd at the same scale, and its rules were drawn
    from tweets: on them it is no model from elsewhere, and the board marks its numbers as contaminated.
    """

    adapter: ClassVar[str] = "vader"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "vaderSentiment")
    files: ClassVar[tuple[str, ...]] = (
        "vaderSentiment/vader_lexicon.txt",
        "vaderSentiment/emoji_utf8_lexicon.txt",
    )
    licence: ClassVar[str] = "MIT"
    trained_on: ClassVar[tuple[str, ...]] = (
        "the lexicon of VADER (Hutto and Gilbert 2014)",
        *(
            f"the raters of mini/{name}/test"
            for name in ("amazon_snippets", "movie_snippets", "nyt_snippets", "tweets")
        ),
    )

    def polarity(self) -> Polarity:
        """Return VADER's compound score."""
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        return lambda text: float(analyzer.polarity_scores(text)["compound"])


@dataclass(frozen=True, kw_only=True)
class TextBlob(Lexicon):
    """TextBlob's default analyser: the lexicon of the library Pattern, 1,500 words, most of them adjectives.

    Source: De Smedt & Daelemans 2012, JMLR 13. They name no threshold: VADER's is taken.
    """

    adapter: ClassVar[str] = "textblob"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "textblob")
    files: ClassVar[tuple[str, ...]] = ("textblob/en/en-sentiment.xml",)
    licence: ClassVar[str] = "MIT (lexicon: PDDL)"
    trained_on: ClassVar[tuple[str, ...]] = ("the subjectivity lexicon 1.3 of Pattern",)

    def polarity(self) -> Polarity:
        """Return TextBlob's polarity."""
        from textblob.en.sentiments import PatternAnalyzer

        analyzer = PatternAnalyzer()
        return lambda text: float(analyzer.analyze(text).polarity)


@dataclass(frozen=True)
class PolarityHead:
    """Answers by a polarity (implements `boss.models.recipe.Head`).

    Attributes:
        source: gives what scores a text.
    """

    task: Task
    threshold: float
    source: Callable[[], Polarity]

    def load(self, folder: Path) -> Answer:
        """Return what answers; nothing is read."""
        return partial(self._predictions, self.source())

    def _predictions(self, polarity: Polarity, examples: Sequence[Example]) -> list[Prediction]:
        [field] = self.task.fields
        return [self._prediction(polarity(encodable(example.text(field)))) for example in examples]

    def _prediction(self, polarity: float) -> Prediction:
        """Answer by a polarity; the logits are how far it is beyond the threshold, on either side.

        Neutral's is 0. At the threshold two are equal, and the answer is the one that is not neutral. A set
        without neutral is answered by the sign.
        """
        side = 0 if abs(polarity) < self.threshold else (1 if polarity > 0 else -1)
        beyond = {label: sign * polarity - abs(sign) * self.threshold for label, sign in SIGNS.items()}
        logits = np.array([beyond[label] for label in self.task.labels])
        labels = {sign: label for label, sign in SIGNS.items()}
        return Prediction(labels[side], logits=logits)


def _place(name: str) -> Path:
    """Return where a file of an installed package is; the package is not imported."""
    package, _, rest = name.partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the package {package} is not installed: pip install {package}")
    return Path(spec.submodule_search_locations[0]) / rest
