"""A time and a place beside each other: *at school today* and *today at school*."""

import re

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import DAYS, NOUNS, THIRD, TIMES
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_SITES = frozenset("in on at with for to from".split())
_NEXT = frozenset("last next this".split())
_WEEKDAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july"
    " august september october november december noon midnight night".split()
)
_HEAVY = frozenset("VB VBD VBZ VBP VBG VBN WDT WP WRB PRP ,".split())
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


def closes(sentence: Sentence, place: int) -> bool:
    """Whether the sentence ends behind a place, or a mark stands there and a new clause begins."""
    after = place + 1
    if after >= len(sentence) or sentence.lower[after] in {".", "!", "?"}:
        return True
    return sentence.lower[after : after + 2] in {(",", "and"), (",", "but"), (",", "so")}


def beside(sentence: Sentence, place: int) -> Edit | None:
    """Return *today at school* for *at school today*, and back, where both end the clause of one verb.

    The time is a day, *last night* and the like, or *on Monday*, *in 1998*.
    """
    if sentence[place].dep != "prep" or sentence.lower[place] not in _SITES:
        return None
    head, span = sentence[place].head, sentence.phrase(place)
    if span is None or span[0] != place or head >= place or not _is_place(sentence, place, span):
        return None
    if sentence[head].tag[:2] != "VB":
        return None
    time = _time_at(sentence, span[1] + 1, head)
    if time is not None and closes(sentence, time) and _may_pair(sentence, place, time):
        new = f"{sentence.slice(span[1] + 1, time)} {sentence.slice(*span)}"
        return Edit(sentence[place].start, sentence[time].end, new, "placement")
    starts = (i for i in range(place - 3, place) if i > head and _time_at(sentence, i, head) == place - 1)
    first = next(starts, None)
    if first is None or not closes(sentence, span[1]) or not _may_pair(sentence, place, first):
        return None
    new = f"{sentence.slice(*span)} {sentence.slice(first, place - 1)}"
    return Edit(sentence[first].start, sentence[span[1]].end, new, "placement")


def _may_pair(sentence: Sentence, place: int, time: int) -> bool:
    """Whether no object stands before two phrases with prepositions, of which each may be a part."""
    dated = sentence[time].tag in NOUNS | {"CD", "IN"} and sentence.lower[time] not in DAYS | TIMES
    verb = sentence[place].head
    return not dated or (sentence.child(verb, "dobj") is None and lemma(sentence, verb) not in {"get", "put"})


def _is_place(sentence: Sentence, place: int, span: tuple[int, int]) -> bool:
    """Whether this is a short phrase with a noun, no time and no clause in it."""
    if sentence.child(place, "pobj") is None or span[1] - place > 4:
        return False
    inside = range(place, span[1] + 1)
    if any(sentence.lower[i] in THIRD | TIMES | DAYS or _YEAR.fullmatch(sentence.lower[i]) for i in inside):
        return False
    return not any(
        sentence[i].tag[:2] in {"VB", "WD", "WP"} or sentence[i].tag in {"PRP", ","} for i in inside
    )


def _time_at(sentence: Sentence, place: int, verb: int) -> int | None:
    """Return the last place of a time that begins here and hangs from the verb: *today*, *last night*."""
    if place >= len(sentence):
        return None
    if sentence.lower[place] in DAYS and sentence[place].head == verb and not sentence.children[place]:
        return place
    last = place + 1
    if last >= len(sentence):
        return None
    if (
        sentence[place].dep == "prep"
        and sentence[place].head == verb
        and sentence.lower[place] in {"on", "in", "at"}
    ):
        noun = sentence.child(place, "pobj")
        dated = noun == last and (sentence.lower[noun] in _WEEKDAYS or _YEAR.fullmatch(sentence.lower[noun]))
        return last if dated and sentence.phrase(place) == (place, last) else None
    if sentence.lower[place] not in _NEXT or sentence.lower[last] not in TIMES:
        return None
    alone = sentence[last].head == verb and sentence.children[last] == (place,)
    return last if alone and sentence[last].dep == "npadvmod" else None
