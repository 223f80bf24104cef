"""Answers by word overlap: spans of the sentences likest the question, ranked by a linear model."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from boss.data.types import Answer as GoldAnswer
from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.models.cache import load_arrays, load_json, save_arrays, save_json
from boss.models.fitted import Answer
from boss.models.linear import Linear, fit_linear
from boss.models.text import encodable
from boss.models.tfidf_ner import shape
from boss.tasks import Task

WORD = re.compile(r"\w+(?:[-'’.,]\w+)*|[^\w\s]")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
N_SENTENCES = 3
MAX_WORDS = 8
MAX_SENTENCE_WORDS = 120
"""Words looked at in one sentence, so that a context without full stops costs no more."""
NEGATIVES = 20
"""Wrong candidates per question the ranker is trained against, evenly out of all."""
NEAR = 6
"""Words on each side of a span in which words of the question count as near."""
BUCKETS = 2**14
QUESTION_WORDS = ("who", "whom", "when", "where", "which", "how many", "how much", "how", "why", "what")
STOP = frozenset(
    "a an the of in on at to for by with from and or is are was were be been did does do has have had it its "
    "that this which who what when where how why as not".split()
)
"""Function words: no end of an answer, and no evidence that a sentence answers a question."""


@dataclass(frozen=True)
class SpanFinder:
    """Ranks the spans of up to ``MAX_WORDS`` words in the ``N_SENTENCES`` sentences likest the question.

    Likeness is the idf weight of the shared words; idf is counted over the train contexts. The ranker is
    a logistic regression of "is the answer" on the question's type crossed with the span's shape and
    length, and on the question's words near the span. Source: the logistic-regression baseline of
    Rajpurkar et al. 2016, SQuAD (arXiv:1606.05250), section 5, with surface features in place of its
    parses.
    """

    task: Task

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write idf and weights into ``folder``; nothing here is random.

        Raises:
            ModelError: if no gold answer is ever a candidate.
        """
        idf = document_idf([encodable(example.text("context")) for example in train.examples])
        rows: list[dict[str, float]] = []
        gold: list[int] = []
        for example in train.examples:
            answers = {item.text.casefold() for item in example.gold if isinstance(item, GoldAnswer)}
            reading = Reading.of(example, idf)
            spans = reading.candidates()
            hits = [item for item in spans if reading.text(item).casefold() in answers]
            misses = [item for item in spans if reading.text(item).casefold() not in answers]
            if hits:
                negatives = misses[:: max(1, len(misses) // NEGATIVES)]
                rows += [reading.features(item) for item in (*hits, *negatives)]
                gold += [1] * len(hits) + [0] * len(negatives)
        if not rows:
            raise ModelError(
                f"no gold answer of {train.dataset}/{train.split} is a span of up to {MAX_WORDS} words in a "
                "sentence like its question; model=tfidf cannot learn from it"
            )
        head = fit_linear(hashed(rows), np.array(gold, dtype=np.intp), 2, None)
        save_arrays(folder / "head.npz", head.arrays())
        save_json(folder / "idf.json", idf)

    def load(self, folder: Path) -> Answer:
        """Return what answers with the files in ``folder``."""
        head, idf = Linear(**load_arrays(folder / "head.npz")), load_json(folder / "idf.json")
        return lambda examples: [Prediction(best_answer(head, Reading.of(e, idf))) for e in examples]


@dataclass(frozen=True, slots=True)
class Span:
    """Words ``[first, last]`` of a sentence, counted within it."""

    sentence: int
    first: int
    last: int


@dataclass(frozen=True)
class Reading:
    """A question and the sentences of its context likest it.

    Attributes:
        query: the question's content words -> idf.
        sentences: words with their character spans in the context, likest sentence first.
        likeness: shared idf of each sentence over the question's whole idf, in [0, 1].
    """

    context: str
    type: str
    query: Mapping[str, float]
    sentences: Sequence[Sequence[tuple[str, int, int]]]
    likeness: Sequence[float]

    @classmethod
    def of(cls, example: Example, idf: Mapping[str, float]) -> "Reading":
        """Read an example; words the train contexts never had weigh as the rarest."""
        question, context = encodable(example.text("question")), encodable(example.text("context"))
        rarest = max(idf.values(), default=1.0)
        content = [word for word in _lowered(question) if word not in STOP and word[0].isalnum()]
        query = {word: idf.get(word, rarest) for word in content}
        total = sum(query.values()) or 1.0
        split = _sentences(context)
        # Each word once, and in the order of the text: a set's order, and with it the last digit of a sum of
        # its weights, changes from process to process.
        shared = [sum(query.get(w, 0) for w in dict.fromkeys(w.lower() for w, _, _ in ws)) for ws in split]
        order = sorted(range(len(split)), key=lambda i: (-shared[i], i))[:N_SENTENCES]
        return cls(
            context,
            question_type(question),
            query,
            [split[i] for i in order],
            [shared[i] / total for i in order],
        )

    def candidates(self) -> list[Span]:
        """Return the spans whose first and last word can be an answer's."""
        spans = []
        for number, words in enumerate(self.sentences):
            ends = [
                i for i, (word, _, _) in enumerate(words) if word[0].isalnum() and word.lower() not in STOP
            ]
            spans += [
                Span(number, first, last)
                for first in ends
                for last in ends
                if first <= last < first + MAX_WORDS
            ]
        return spans

    def text(self, span: Span) -> str:
        """Return a span as it stands in the context."""
        words = self.sentences[span.sentence]
        return self.context[words[span.first][1] : words[span.last][2]]

    def features(self, span: Span) -> dict[str, float]:
        """Return the ranker's named features of a span."""
        words = [word for word, _, _ in self.sentences[span.sentence]]
        inside = words[span.first : span.last + 1]
        before, after = words[: span.first][-NEAR:], words[span.last + 1 :][:NEAR]
        total = sum(self.query.values()) or 1.0
        form = f"{shape(inside[0])}-{shape(inside[-1])}" if len(inside) > 1 else shape(inside[0])
        edges = f"{_edge(before[-1:])}_{_edge(after[:1])}"
        return {
            f"{self.type}|{form}": 1.0,
            f"{self.type}|{len(inside)}": 1.0,
            f"form={form}": 1.0,
            f"length={len(inside)}": 1.0,
            f"edges={edges}": 1.0,
            f"before={before[-1].lower() if before else '<start>'}|{self.type}": 1.0,
            f"rank={span.sentence}": 1.0,
            "likeness": self.likeness[span.sentence],
            "asked inside": self._weight(inside) / total,
            "asked before": self._weight(before) / total,
            "asked after": self._weight(after) / total,
            "all capitalised": float(all(word[0].isupper() or word.lower() in STOP for word in inside)),
            "continues": float(_capital(before[-1:]) or _capital(after[:1])),
        }

    def _weight(self, words: Sequence[str]) -> float:
        return sum(self.query.get(word.lower(), 0.0) for word in words)


def best_answer(head: Linear, reading: Reading) -> str:
    """Return the candidate with the highest score, the first of equals; "" if there is none."""
    spans = reading.candidates()
    if not spans:
        return ""
    scores = head.logits(hashed([reading.features(span) for span in spans]))[:, 1]
    return reading.text(spans[int(scores.argmax())])


def document_idf(contexts: Sequence[str]) -> dict[str, float]:
    """Return ``log((1 + n) / (1 + document frequency))`` of each word, over distinct contexts."""
    distinct = dict.fromkeys(contexts)
    counts = Counter(word for context in distinct for word in dict.fromkeys(_lowered(context)))
    return {word: float(np.log((1 + len(distinct)) / (1 + count))) for word, count in counts.items()}


def question_type(question: str) -> str:
    """Return the first question word a question holds, or ``other``.

    >>> question_type("In which year, and by whom?")
    'which'
    """
    padded = f" {' '.join(_lowered(question))} "
    places = {word: padded.find(f" {word} ") for word in QUESTION_WORDS}
    return min((at, -len(word), word) for word, at in {**places, "other": len(padded)}.items() if at >= 0)[2]


def hashed(rows: Sequence[Mapping[str, float]]) -> Any:
    """Return a sparse matrix of named features, shape ``(len(rows), BUCKETS)``."""
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(BUCKETS, alternate_sign=False).transform(rows)


def _sentences(context: str) -> list[list[tuple[str, int, int]]]:
    starts = [0, *(match.end() for match in SENTENCE_END.finditer(context)), len(context)]
    split = []
    for start, end in pairwise(starts):
        words = [(m.group(), m.start(), m.end()) for m in WORD.finditer(context, start, end)]
        split += [words[i : i + MAX_SENTENCE_WORDS] for i in range(0, len(words), MAX_SENTENCE_WORDS)]
    return split


def _lowered(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _edge(word: Sequence[str]) -> str:
    """Return a class of neighbour: none, function word, punctuation mark, or any other word."""
    if not word:
        return "none"
    if word[0].lower() in STOP:
        return word[0].lower()
    return "word" if word[0][0].isalnum() else word[0]


def _capital(word: Sequence[str]) -> bool:
    return bool(word) and word[0][0].isupper()
