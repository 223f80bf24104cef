"""Named entities that a model lists, read strictly and laid over the words of their sentence.

A sentence is asked with its tokens joined by spaces, the entity types as prompts write labels. The answer is
a JSON list of objects with a ``type`` and a ``text``, in the order of the sentence, ``[]`` for none. As
a model gives no places, they are found again, by rules that ask nothing of it but the words:

* An entity covers whole tokens. Spaces do not count, so ``O'Neill`` is the tokens ``O ' Neill``. Letters
  count as they stand; where the phrase has no such place, without case, forms of one letter (NFKC) and
  characters that no screen shows.
* Longer entities go first, of equals the one listed first. Each takes the first place that none before it
  took; so the k-th mention of a phrase is its k-th occurrence outside of longer entities.
* A phrase that is not in the sentence, or not as often, is left out and counted. So is one all of whose
  places overlap others. The answer stays answered.

What of the list itself is not as asked for makes the answer unparsable as a whole.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from boss.models.label_names import folded
from boss.models.llm.parse import Outcome, Parsed, declines, nothing, without_reasoning
from boss.models.llm.prompt import shown
from boss.models.llm.strict import NotStrictError, strict_json, strict_object
from boss.models.llm.written import TEXT, TYPE
from boss.tasks import Task

MOST_ENTITIES = 1000
"""Entities of one answer."""

_FENCE = "```"
_LANGUAGE = re.compile(r"\A[A-Za-z]{0,20}\s*")
_LIST = re.compile(r"^(?:[\w* ]{1,30}:)?[ \t*]{0,9}(?=\[)", re.MULTILINE)


class Entity(NamedTuple):
    """An entity as an answer lists it; ``kind`` is a type of the task."""

    kind: str
    text: str


class Tagged(NamedTuple):
    """What an answer says of a sentence.

    Attributes:
        answer: one BIO tag per token; empty unless answered.
        reason: why there is none, without a word of the answer.
        n_absent: entities left out as their sentence does not have them, or not as often.
        n_overlapping: entities left out as others stand at all their places.
    """

    outcome: Outcome
    answer: tuple[str, ...] = ()
    reason: str = ""
    n_absent: int = 0
    n_overlapping: int = 0


def parse_entities(text: str, task: Task, tokens: Sequence[str]) -> Tagged:
    """Return the tags of the tokens by a list that a model wrote.

    The list is all there is but reasoning, or it stands in the only block of code, or from the start of
    a line (behind ``Entities:`` as well) to the end.
    """
    said = without_reasoning(text)
    if not said:
        return _none(nothing(text))
    try:
        found = _list_in(said)
        if found is None:
            declined = Parsed("refused", reason="the model declined in words")
            return _none(declined if declines(said) else Parsed("unparsable", reason="no list of entities"))
        return placed(read_entities(strict_json(found), task), tokens)
    except NotStrictError as error:
        return Tagged("unparsable", reason=str(error))


def read_entities(value: Any, task: Task) -> list[Entity]:
    """Return the entities of a list of objects.

    Raises:
        NotStrictError: if it is something else, or has a type that the task does not.
    """
    if not isinstance(value, list):
        raise NotStrictError("JSON that is no list of entities")
    if len(value) > MOST_ENTITIES:
        raise NotStrictError(f"{len(value):,} entities, and {MOST_ENTITIES:,} are read")
    kinds = {folded(shown(kind)): kind for kind in task.types}
    out = []
    for item in value:
        entity = strict_object(item, (TYPE, TEXT))
        kind = kinds.get(folded(entity[TYPE]))
        if kind is None:
            raise NotStrictError("an entity of a type that the task does not have")
        out.append(Entity(kind, entity[TEXT]))
    return out


def placed(entities: Sequence[Entity], tokens: Sequence[str]) -> Tagged:
    """Lay entities over tokens, by the rules at the head of this module."""
    exact, without_case = _Places(tokens, fold=False), _Places(tokens, fold=True)
    taken = [False] * len(tokens)
    tags = ["O"] * len(tokens)
    n_absent = n_overlapping = 0
    order = sorted(range(len(entities)), key=lambda i: (-len(letters(entities[i].text, fold=True)), i))
    n_mentions: dict[str, int] = {}
    for entity in (entities[i] for i in order):
        phrase = letters(entity.text, fold=True)
        n_mentions[phrase] = n_mentions.get(phrase, 0) + 1
        place = exact.free(entity.text, taken) or without_case.free(entity.text, taken)
        if place is None:
            if n_mentions[phrase] > without_case.count(entity.text):
                n_absent += 1
            else:
                n_overlapping += 1
            continue
        start, end = place
        taken[start:end] = [True] * (end - start)
        tags[start:end] = [f"B-{entity.kind}", *[f"I-{entity.kind}"] * (end - start - 1)]
    return Tagged("answered", tuple(tags), n_absent=n_absent, n_overlapping=n_overlapping)


def letters(text: str, *, fold: bool) -> str:
    """Return a text without its spaces; folded, also without case and what no screen shows.

    >>> letters("New  YORK", fold=False), letters("Ｎew\u200b YORK", fold=True)
    ('NewYORK', 'newyork')
    """
    text = "".join(text.split())
    if not fold:
        return text
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).split())


class _Places:
    """Where phrases stand in a sentence, from one token's first letter to another's last.

    A sentence is gone through once per phrase that differs, of which there are `MOST_ENTITIES` at most; a
    place that is taken is not looked at again.
    """

    def __init__(self, tokens: Sequence[str], *, fold: bool) -> None:
        self.fold = fold
        pieces = [letters(token, fold=fold) for token in tokens]
        self.sentence = "".join(pieces)
        self.start_at: dict[int, int] = {}
        self.end_at: dict[int, int] = {}
        offset = 0
        for i, piece in enumerate(pieces):
            if piece:
                self.start_at[offset] = i
                offset += len(piece)
                self.end_at[offset] = i + 1
        self.left: dict[str, deque[tuple[int, int]]] = {}
        self.counts: dict[str, int] = {}

    def free(self, text: str, taken: Sequence[bool]) -> tuple[int, int] | None:
        """Return the first place of a phrase, as tokens from and to, none of which is taken."""
        left = self.left[self._found(text)]
        while left:
            start, end = left[0]
            # Longer ones went first, so what overlaps this place nearly always covers one of its ends.
            if not (taken[start] or taken[end - 1] or any(taken[start:end])):
                return start, end
            left.popleft()
        return None

    def count(self, text: str) -> int:
        """Return how often a phrase stands in the sentence."""
        return self.counts[self._found(text)]

    def _found(self, text: str) -> str:
        phrase = letters(text, fold=self.fold)
        if phrase not in self.left:
            self.left[phrase] = deque(self._all(phrase) if phrase else ())
            self.counts[phrase] = len(self.left[phrase])
        return phrase

    def _all(self, phrase: str) -> list[tuple[int, int]]:
        out, at = [], self.sentence.find(phrase)
        while at >= 0:
            start, end = self.start_at.get(at), self.end_at.get(at + len(phrase))
            if start is not None and end is not None:
                out.append((start, end))
            at = self.sentence.find(phrase, at + 1)
        return out


def _list_in(said: str) -> str | None:
    """Return what stands where the list should; None where there is none."""
    if said.startswith("["):
        return said
    parts = said.split(_FENCE)
    if len(parts) == 3:
        if _LIST.search(parts[0]) or _LIST.search(parts[2]):
            raise NotStrictError("several lists")
        return _LANGUAGE.sub("", parts[1], count=1).strip()
    if len(parts) > 1:
        raise NotStrictError("several blocks of code, or one without an end")
    start = _LIST.search(said)
    return None if start is None else said[start.end() :]


def _none(parsed: Parsed) -> Tagged:
    return Tagged(parsed.outcome, reason=parsed.reason)
