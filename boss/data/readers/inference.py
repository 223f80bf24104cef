"""Premise and hypothesis made from other tasks: summaries right and wrong, yes/no questions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from boss.data.readers.base import content_id, json_rows, map_label, pick, text_id
from boss.data.readers.recast import statement
from boss.data.types import Example
from robtest.assets import Member

ENTAILMENT, NOT_ENTAILMENT = "entailment", "not_entailment"


@dataclass(frozen=True)
class SummaryPairs:
    """JSON lines with a sentence, a summary that follows from it and one that does not.

    Each line becomes two examples; the source is the premise, which several lines may share.
    """

    premise: str
    correct: str
    incorrect: str

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield the correct summary's example, then the incorrect one's."""
        for number, row in json_rows(file):
            premise = str(pick(row, self.premise, file, number))
            for column, label in ((self.correct, ENTAILMENT), (self.incorrect, NOT_ENTAILMENT)):
                inputs = {"premise": premise, "hypothesis": str(pick(row, column, file, number))}
                yield Example(content_id(inputs), inputs, label, text_id(premise))


@dataclass(frozen=True)
class YesNoQuestions:
    """JSON lines with a passage, a yes/no question and its answer.

    The question becomes a statement (`boss.data.readers.recast.statement`); yes means the passage
    entails it. The source is the passage.
    """

    passage: str
    question: str = "question"
    answer: str = "answer"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line."""
        labels = {"True": ENTAILMENT, "False": NOT_ENTAILMENT}
        for number, row in json_rows(file):
            passage = str(pick(row, self.passage, file, number))
            hypothesis = statement(str(pick(row, self.question, file, number)))
            label = map_label(pick(row, self.answer, file, number), labels, file, number)
            inputs = {"premise": passage, "hypothesis": hypothesis}
            yield Example(content_id(inputs), inputs, label, text_id(passage))
