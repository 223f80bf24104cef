"""Phrases that go to the beginning from within, and from the beginning to the end behind a comma."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import (
    DAYS,
    NAMES,
    NOUNS,
    PEOPLE,
    SUBJECTS,
    THIRD,
    TIMES,
    edit,
    opening,
)
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_WHICH = frozenset("last next this that each every".split())
_SINCE = frozenset("before after by without despite instead".split())
_PHRASES = frozenset("in at on with without unlike amid amidst among despite throughout under".split())
_HEAVY = frozenset("WP WDT WRB VB VBD VBZ VBP VBG VBN , : CC".split())
_SECOND = frozenset("conj ccomp advcl parataxis relcl".split())
_CLOSED = frozenset(", : WP WDT JJR RBR".split())
_NO_NOUNS = frozenset("addition turn fact case end hand way short general".split())
_PERSONAL = frozenset("he him his she her hers himself herself".split())
_LONGEST = 14


def leading(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with a time from within at its beginning, or with what begins it at its end.

    *We met last week in Rome* gives *last week, we met in Rome*. What ends on a comma before the subject goes
    to the end with its comma (*in real life*, *after leaving Rome*). Left alone: sentences with a second
    clause, and pronouns that may mean a noun they would then stand before.
    """
    for rule in (_time_first, _phrase_last):
        if (made := rule(sentence)) is not None:
            yield made


def _subject(sentence: Sentence) -> tuple[int, int] | None:
    subject = sentence.child(sentence.root, *SUBJECTS)
    return sentence.phrase(subject) if subject is not None else None


def _time_first(sentence: Sentence) -> Edit | None:
    root, span = sentence.root, _subject(sentence)
    if span is None or span[0] != 0 or span[1] >= root or sentence.child(root, "neg") is not None:
        return None
    if sentence.lower[0] in {"it", "there", "who", "what", "which", "and", "but"} or sentence[0].tag == "WDT":
        return None
    if any(sentence[i].tag in {"VBD", "VBZ", "MD"} and i > root for i in range(len(sentence))):
        return None  # which of the two it was, would no longer be clear
    for head in sentence.children[root]:
        time = sentence.phrase(head)
        if time is None or not root < time[0] or time[1] + 1 >= last_word(sentence):
            continue
        if not _is_time(sentence, head, time) or sentence.lower[time[1] + 1] in {",", "and", "or", "'s"}:
            continue
        if not sentence.lower[time[1] + 1][0].isalnum() or sentence[time[1] + 1].tag in {"NN", "NNS", "JJ"}:
            continue
        rest = f"{opening(sentence, 0, time[0] - 1)} {sentence.slice(time[1] + 1, last_word(sentence))}"
        return edit(sentence, 0, last_word(sentence), f"{sentence.slice(*time)}, {rest}", "fronting")
    return None


def _is_time(sentence: Sentence, head: int, time: tuple[int, int]) -> bool:
    first, last = time
    if sentence[head].dep not in {"npadvmod", "advmod"}:
        return False
    if first == last:
        return sentence.lower[first] in DAYS
    return last == first + 1 and sentence.lower[first] in _WHICH and sentence.lower[last] in TIMES


def _phrase_last(sentence: Sentence) -> Edit | None:
    root, span, end = sentence.root, _subject(sentence), last_word(sentence)
    if span is None or span[0] < 3 or sentence.lower[span[0] - 1] != "," or span[1] >= root:
        return None
    last = span[0] - 2
    head = next((i for i in sentence.children[root] if sentence.phrase(i) == (0, last)), None)
    if head != 0 or sentence[0].dep != "prep" or last > 9 or not 2 <= end - span[0] < _LONGEST:
        return None
    main = range(span[0], end + 1)
    if any(sentence[i].dep in _SECOND or sentence[i].tag in _CLOSED for i in main):
        return None
    if lemma(sentence, root) == "be" and sentence.child(root, "acomp", "attr") is None:
        return None
    if not (_is_deed(sentence, last) or _is_noun(sentence, last)):
        return None
    if THIRD.intersection(sentence.lower[: last + 1]) and sentence[span[0]].tag != "PRP":
        return None
    if _may_mean(sentence, last, main):
        return None
    words = sentence.slice(span[0], end)
    first = words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words
    return edit(sentence, 0, end, f"{first}, {opening(sentence, 0, last)}", "fronting")


def _may_mean(sentence: Sentence, last: int, main: range) -> bool:
    """Whether a pronoun of the main clause may mean a noun of the phrase before it.

    The subject of *after leaving Anna, she slept* is who left, and nobody that was named.
    """
    inside = range(last + 1)
    names = any(sentence[i].tag in NAMES or sentence.lower[i] in PEOPLE for i in inside)
    nouns = names or any(sentence[i].tag in NOUNS for i in inside)
    left = sentence.child(0, "pcomp") is not None
    words = {sentence.lower[i] for i in main if not (left and i == main[0])}
    return (nouns and bool(words & (THIRD - _PERSONAL))) or (names and bool(words & _PERSONAL))


def _is_deed(sentence: Sentence, last: int) -> bool:
    """Whether this is *after leaving Rome*, with nothing that would need another comma."""
    verb = sentence.child(0, "pcomp")
    tags = {sentence[i].tag for i in range(2, last + 1)}
    return sentence.lower[0] in _SINCE and verb == 1 and sentence[1].tag == "VBG" and not tags & _HEAVY


def _is_noun(sentence: Sentence, last: int) -> bool:
    """Whether this is a preposition and its noun, and neither a time alone nor a part of something."""
    noun = sentence.child(0, "pobj")
    if sentence.lower[0] not in _PHRASES or noun is None or sentence.lower[noun] in _NO_NOUNS:
        return False
    return not {sentence[i].tag for i in range(1, last + 1)} & (_HEAVY - {"CC", "VBG", "VBN"} | {"PRP"})
