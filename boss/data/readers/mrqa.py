"""MRQA-2019's releases of question sets: answers with the places where they were found in the passage."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boss.data.readers.base import json_rows, pick, text_id
from boss.data.readers.parquet import parquet_rows
from boss.data.readers.spans import NO_SPAN, placed
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member


@dataclass(frozen=True)
class MrqaLines:
    """The release itself: a header line, then one passage per line with its questions (``qas``).

    Gold answers are the detected spans and every given answer that stands in the passage as it is
    written; BOSS keeps given answers that stand nowhere as well, which no span can equal.
    """

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per question."""
        for number, row in json_rows(file):
            if "header" in row:
                continue
            context = str(pick(row, "context", file, number))
            for question in pick(row, "qas", file, number):
                detections = [
                    (str(answer["text"]), [(int(start), int(end)) for start, end in answer["char_spans"]])
                    for answer in pick(question, "detected_answers", file, number)
                ]
                yield from _question(question, context, detections, number, file, removed)


@dataclass(frozen=True)
class MrqaParquet:
    """The hub's copy: one question per row, all sets in one file.

    Attributes:
        subset: name of the set, as in ``NewsQA``.
    """

    subset: str

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per question of the set."""
        n = 0
        for number, row in parquet_rows(file):
            if pick(row, "subset", file, number) != self.subset:
                continue
            n += 1
            answers = pick(row, "detected_answers", file, number)
            detections = [
                (str(text), list(zip(spans["start"], spans["end"], strict=True)))
                for text, spans in zip(answers["text"], answers["char_spans"], strict=True)
            ]
            yield from _question(
                row, str(pick(row, "context", file, number)), detections, number, file, removed
            )
        if n == 0:
            raise DataError(f"{file} has no row of subset {self.subset!r}.")


def _question(
    row: Mapping[str, Any],
    context: str,
    detections: Iterable[tuple[str, Sequence[tuple[int, int]]]],
    number: int,
    file: Member,
    removed: Counter[str],
) -> Iterator[Example]:
    """Yield the question, unless none of its answers is in the passage; ends of spans are included."""
    spans = [
        placed(context, context[start : end + 1], start) for _, places in detections for start, end in places
    ]
    spans += [placed(context, str(text), -1) for text in pick(row, "answers", file, number)]
    answers = tuple(dict.fromkeys(span for span in spans if span is not None))
    if not answers:
        removed[NO_SPAN] += 1
        return
    inputs = {"question": str(pick(row, "question", file, number)), "context": context}
    yield Example(str(pick(row, "qid", file, number)), inputs, answers, text_id(context))
