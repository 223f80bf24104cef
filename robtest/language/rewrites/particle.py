"""Particles on either side of an object: *turn off the lights* and *turn the lights off*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import edit, noun_phrase
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_VERBS = {
    "up": "pick bring clean set back build give fill dig tear break wake beat use shake sum blow mix split"
    " speed warm heat light wrap dress make",
    "down": "turn cut shut break take put slow track tear burn knock",
    "out": "put turn take throw check figure point find phase seek lay carry cut rule wipe leave fill pull"
    " sort try work wear bring churn",
    "off": "turn take shrug fight pull show cut put lay kick wipe",
    "away": "throw give take put wash wipe",
    "back": "bring take put hold send give push pay",
    "on": "turn",
    "over": "take hand turn",
}
_PAIRS = frozenset((verb, word) for word, verbs in _VERBS.items() for verb in verbs.split())
# Idioms in which the particle keeps its place.
_FIXED = frozenset(
    "effort hope way time face mind heart breath head room end things something people".split()
)
_LONGEST = 4


def particle(sentence: Sentence) -> Iterator[Edit]:
    """Yield *turn the lights off* for *turn off the lights*, and the other way, where the object is short."""
    for place in range(len(sentence)):
        verb = sentence[place].head
        if sentence[place].dep != "prt" or place < verb:
            continue
        if (lemma(sentence, verb), sentence.lower[place]) not in _PAIRS:
            continue
        head = sentence.child(verb, "dobj")
        span = noun_phrase(sentence, head, _LONGEST) if head is not None else None
        if head is None or span is None or sentence[head].tag in {"PRP", "DT"}:
            continue
        after = max(span[1], place) + 1
        if _is_fixed(sentence, head, span) or sentence[min(after, len(sentence) - 1)].tag in _MORE:
            continue
        word, words = sentence.slice(place, place), sentence.slice(*span)
        made = None
        if (place, span[0]) == (verb + 1, place + 1):
            made = edit(sentence, place, span[1], f"{words} {word}", "particle")
        elif (span[0], place) == (verb + 1, span[1] + 1):
            made = edit(sentence, span[0], place, f"{word} {words}", "particle")
        if made is not None:
            yield made


_MORE = frozenset({"IN", "RP", "TO", "CC"})


def _is_fixed(sentence: Sentence, head: int, span: tuple[int, int]) -> bool:
    """Whether an object keeps its place: an idiom, a bare singular, or a phrase with a preposition."""
    if any(sentence[i].dep == "prep" for i in sentence.children[head]):
        return True
    return sentence.lower[head] in _FIXED or (sentence[head].tag == "NN" and span[0] == span[1])
