"""Tokens and entity tags in columns, as in CoNLL-2003."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from boss.data.readers.base import content_id, map_label, text_id
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
Scheme = Literal["bio", "io"]


@dataclass(frozen=True)
class Conll:
    """One token per line, columns split at white space or a tab, a blank line after each sentence.

    ``-DOCSTART-`` lines start documents, which are then the source, and are no sentences; without them
    each sentence is its own. Tags may be IOB1 or BIO: an I- that does not continue an entity of its type
    starts one, as the CoNLL-2003 scorer reads it.

    Attributes:
        types: upstream entity type -> one of the task's, or ``O`` for one that is none here.
        token: column of the token, counted from 0.
        tag: column of the tag; -1 is the last.
        topic: keep the documents whose headline begins with a word of `SPORT`, or the others; None
            keeps all. Headlines in mixed case are not recognised and count as other.
        documents: documents are the source; False for files whose sentences were shuffled.
        delimiter: between columns; any white space where None.
        scheme: how tags are written, see `bio_tags_of`.
    """

    types: Mapping[str, str] = field(default_factory=lambda: dict(CONLL_TYPES))
    token: int = 0
    tag: int = -1
    topic: Literal["sport", "other"] | None = None
    documents: bool = True
    delimiter: str | None = None
    scheme: Scheme = "bio"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per sentence, documents in file order."""
        document, headline, keep, n = "", False, self.topic is None, 0
        headlines: Counter[str] = Counter()
        for sentence in _sentences(file, self.delimiter):
            first = sentence[0][1]
            if first[0] == "-DOCSTART-":
                headline = self.documents
                continue
            if headline:
                headline = False
                # A document is known by its first sentence, and the how manieth that begins so.
                name = text_id(" ".join(columns[self.token] for _, columns in sentence))
                headlines[name] += 1
                document = name if headlines[name] == 1 else f"{name}-{headlines[name]}"
                sport = first[self.token].partition("-")[0] in SPORT
                keep = self.topic is None or (self.topic == "sport") == sport
            if keep:
                n += 1
                tokens, tags = self._columns(sentence, file)
                key = content_id({"tokens": tokens})
                yield Example(key, {"tokens": tokens}, tags, document or key)
        if n == 0:
            raise DataError(f"{file} has no sentence to keep; expected token and tag columns.")

    def _columns(self, sentence: Sentence, file: Member) -> tuple[tuple[str, ...], tuple[str, ...]]:
        for number, columns in sentence:
            if len(columns) < 2:
                raise DataError(
                    f"{file}, row {number}: expected a token and a tag, got {' '.join(columns)!r}."
                )
        tokens = tuple(columns[self.token] for _, columns in sentence)
        tags = ((number, columns[self.tag]) for number, columns in sentence)
        return tokens, bio_tags_of(tags, self.types, self.scheme, file)


def bio_tags_of(
    tags: Iterable[tuple[int, str]], types: Mapping[str, str], scheme: Scheme, file: Member
) -> tuple[str, ...]:
    """Return the BIO tags of one sentence in our entity types.

    Args:
        tags: (row, upstream tag) of each token.
        types: upstream entity type -> one of the task's.
        scheme: ``bio``: O, B-TYPE, I-TYPE; an I- that does not continue an entity of its type starts
            one, as the CoNLL-2003 scorer reads it, which covers IOB1. ``io``: O, or TYPE-FINE as in
            Few-NERD; an entity ends where the whole tag changes, so two of one fine type that touch
            are one.

    Raises:
        DataError: naming the row of a tag or type that is not one of these.
    """
    result, before, previous = [], "O", "O"
    for number, tag in tags:
        if tag == "O" or tag.startswith("O-"):
            previous = "O"
        elif scheme == "io":
            entity = map_label(tag.partition("-")[0], types, file, number)
            previous = "O" if entity == "O" else f"{'I' if tag == before else 'B'}-{entity}"
        else:
            prefix, _, kind = tag.partition("-")
            if prefix not in ("B", "I"):
                raise DataError(f"{file}, row {number}: tag {tag!r} is not O, B-TYPE or I-TYPE.")
            entity = map_label(kind, types, file, number)
            goes_on = prefix == "I" and previous[2:] == entity
            previous = "O" if entity == "O" else f"{'I' if goes_on else 'B'}-{entity}"
        before = tag
        result.append(previous)
    return tuple(result)


def _sentences(file: Member, delimiter: str | None) -> Iterator[Sentence]:
    sentence: Sentence = []
    with file.text() as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                sentence.append((number, line.strip("\r\n").split(delimiter)))
            elif sentence:
                yield sentence
                sentence = []
    if sentence:
        yield sentence
