"""Queries with the functions that may answer them, and which one does, as BFCL publishes them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boss.data.readers.base import json_rows, pick, squeeze, text_id, text_of
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

SEVERAL = "more than one right function"
ALONE = "one function, so that there is no choice"
ALIKE = "two functions of one name"


@dataclass(frozen=True)
class FunctionChoices:
    """JSON lines with a conversation of one turn and a list of functions; the right calls are a file beside.

    Source: Patil et al. 2025, The Berkeley Function Calling Leaderboard (ICML). Of the turn the user's words
    are kept; of each function name and description, each on a line with its white space folded. The gold
    label is the place of the function that is called, from 1 on. The source of an example is the names of its
    functions in any order, which many queries share.

    Attributes:
        answers: path of the answers inside the source; rows go by ``id``.
        most: functions an example may have; those with more are left out and counted.
    """

    answers: str
    most: int

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line that has one right function among two or more."""
        answers = file.beside(self.answers)
        called = {
            str(pick(row, "id", answers, number)): _called(row, answers, number)
            for number, row in json_rows(answers)
        }
        for number, row in json_rows(file):
            key = str(pick(row, "id", file, number))
            if key not in called:
                raise DataError(
                    f"{file}, row {number}: {answers} has no answer to {key!r}; get both files anew."
                )
            functions = _functions(row, file, number)
            names = [name for name, _ in functions]
            if reason := self._why_not(names, called[key]):
                removed[reason] += 1
                continue
            [right] = called[key]
            if right not in names:
                raise DataError(
                    f"{file}, row {number}: the answer calls {right!r}, which is none of {', '.join(names)}."
                )
            inputs = {
                "query": _query(row, file, number),
                "names": "\n".join(names),
                "descriptions": "\n".join(text for _, text in functions),
            }
            yield Example(key, inputs, str(names.index(right) + 1), text_id("\n".join(sorted(names))))

    def _why_not(self, names: list[str], called: set[str]) -> str | None:
        if len(called) != 1:
            return SEVERAL
        if len(names) < 2:
            return ALONE
        if len(names) > self.most:
            return f"more than {self.most} functions"
        return ALIKE if len(set(names)) < len(names) else None


def _called(row: Mapping[str, Any], file: Member, number: int) -> set[str]:
    """Return the names of the functions that an answer calls."""
    calls = pick(row, "ground_truth", file, number)
    if not isinstance(calls, list) or not calls or not all(isinstance(call, dict) and call for call in calls):
        raise DataError(
            f"{file}, row {number}: 'ground_truth' is no list of calls, objects of name: arguments."
        )
    return {squeeze(str(name)) for call in calls for name in call}


def _functions(row: Mapping[str, Any], file: Member, number: int) -> list[tuple[str, str]]:
    """Return name and description of each function, each as one line."""
    functions = pick(row, "function", file, number)
    if not isinstance(functions, list) or not all(isinstance(each, dict) for each in functions):
        raise DataError(f"{file}, row {number}: 'function' is no list of functions, objects with a name.")
    return [
        (
            squeeze(text_of(pick(each, "name", file, number), "name", file, number)),
            squeeze(text_of(pick(each, "description", file, number), "description", file, number)),
        )
        for each in functions
    ]


def _query(row: Mapping[str, Any], file: Member, number: int) -> str:
    """Return what the user says."""
    turns = pick(row, "question", file, number)
    if not (isinstance(turns, list) and len(turns) == 1 and isinstance(turns[0], list)):
        raise DataError(f"{file}, row {number}: 'question' is no conversation of one turn.")
    said = [each.get("content") for each in turns[0] if isinstance(each, dict) and each.get("role") == "user"]
    if len(said) != 1:
        raise DataError(f"{file}, row {number}: the user speaks {len(said)} times, and once is needed.")
    return text_of(said[0], "content", file, number)
