"""ContractNLI's JSON: contracts, and for each of them a judgement of every hypothesis."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from boss.data.readers.base import map_label, single_spaces
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

LABELS = {"Entailment": "entailment", "NotMentioned": "neutral", "Contradiction": "contradiction"}


@dataclass(frozen=True)
class ContractNli:
    """The premise is the whole text of a contract, which is the source of its hypotheses' examples.

    Judgements are those of the first annotation set, as in BOSS.
    """

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per contract and hypothesis."""
        with file.text() as text:
            try:
                content = json.load(text)
                hypotheses = {key: label["hypothesis"] for key, label in content["labels"].items()}
                for row, document in enumerate(content["documents"], start=1):
                    premise = single_spaces(document["text"])
                    for key, judged in document["annotation_sets"][0]["annotations"].items():
                        gold = map_label(judged["choice"], LABELS, file, row)
                        inputs = {"premise": premise, "hypothesis": single_spaces(hypotheses[key])}
                        yield Example(f"{document['id']}-{key}", inputs, gold, str(document["id"]))
            except (json.JSONDecodeError, KeyError, IndexError, TypeError) as error:
                raise DataError(
                    f"{file} is not in ContractNLI's format: {type(error).__name__}: {error}; expected "
                    "labels > hypothesis, documents > id, text, annotation_sets > annotations > choice."
                ) from error
