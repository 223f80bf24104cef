"""Tokens and entity tags in columns, as in CoNLL-2003."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from boss.data.readers.base import map_label, row_id
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

CONLL_TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "MISC": "miscellaneous"}

SPORT = frozenset(
    "ALPINE ATHLETICS BADMINTON BASEBALL BASKETBALL BOBSLEIGH BOXING CRICKET CYCLING FREESTYLE GOLF HOCKEY "
    "HORSE ICE MOTOR MOTORCYCLING NBA NCAA NFL NHL NORDIC RALLYING ROWING RUGBY SKIING SOCCER SPEED SQUASH "
    "SWIMMING TENNIS".split()
)
"""First words of a news agency's sport headlines, in capitals, up to a hyphen."""

Sentence = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Conll:
    """One token per line, columns split at white space, a blank line after each sentence.

    ``-DOCSTART-`` lines start documents, which are then the source; without them each sentence is its
    own. Tags may be IOB1 or BIO: an I- that does not continue an entity of its type starts one, as the
    CoNLL-2003 scorer reads it.

    Attributes:
        types: upstream entity type -> one of `boss.tasks.ENTITY_TYPES`.
        token: column of the token, counted from 0.
        tag: column of the tag; -1 is the last.
        topic: keep the documents whose headline begins with a word of `SPORT`, or the others; None
            keeps all. Headlines in mixed case are not recognised and count as other.
    """

    types: Mapping[str, str] = field(default_factory=lambda: dict(CONLL_TYPES))
    token: int = 0
    tag: int = -1
    topic: Literal["sport", "other"] | None = None

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per sentence, documents in file order."""
        document, keep, n = "", self.topic is None, 0
        for sentence in _sentences(file):
            first_row, first = sentence[0]
            if first[0] == "-DOCSTART-":
                document, headline = row_id(first_row), True
                continue
            if document and headline:
                headline = False
                sport = first[self.token].partition("-")[0] in SPORT
                keep = self.topic is None or (self.topic == "sport") == sport
            if keep:
                n += 1
                tokens, tags = self._columns(sentence, file)
                key = row_id(first_row)
                yield Example(key, {"tokens": tokens}, tags, document or key)
        if n == 0:
            raise DataError(f"{file} has no sentence to keep; expected token and tag columns.")

    def _columns(self, sentence: Sentence, file: Member) -> tuple[tuple[str, ...], tuple[str, ...]]:
        tokens, tags, previous = [], [], "O"
        for number, columns in sentence:
            if len(columns) < 2:
                raise DataError(
                    f"{file}, row {number}: expected a token and a tag, got {' '.join(columns)!r}."
                )
            tokens.append(columns[self.token])
            previous = self._tag(columns[self.tag], previous, file, number)
            tags.append(previous)
        return tuple(tokens), tuple(tags)

    def _tag(self, upstream: str, previous: str, file: Member, number: int) -> str:
        if upstream == "O":
            return "O"
        prefix, _, kind = upstream.partition("-")
        if prefix not in ("B", "I"):
            raise DataError(f"{file}, row {number}: tag {upstream!r} is not O, B-TYPE or I-TYPE.")
        entity = map_label(kind, self.types, file, number)
        return f"I-{entity}" if prefix == "I" and previous[2:] == entity else f"B-{entity}"


def _sentences(file: Member) -> Iterator[Sentence]:
    sentence: Sentence = []
    with file.text() as text:
        for number, line in enumerate(text, start=1):
            columns = line.split()
            if columns:
                sentence.append((number, columns))
            elif sentence:
                yield sentence
                sentence = []
    if sentence:
        yield sentence
