"""Two objects: *She lent him the car* and *She lent the car to him*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import as_object, edit, goes_on, noun_phrase, pronouns
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_TO = frozenset("give send show offer lend hand sell teach bring read throw mail grant award tell".split())
_FOR = frozenset("buy make cook build bake pour order find".split())
# "gave it a try": deeds and states are no things to be handed over.
_NO_THING = frozenset(
    "try chance look push kick call hug smile break rest lift ring shot kiss thought way time idea"
    " headache punch impression feeling pause creeps laugh scare hope pleasure joy trouble lot"
    " favour favor".split()
)
_PEOPLE = frozenset(
    "me him her us them friend mother father brother sister son daughter wife husband child children teacher"
    " boss staff team man woman boy girl customer customers guest guests student students player players"
    " colleague colleagues neighbour neighbours neighbor neighbors doctor manager waiter visitors visitor"
    " reporter reporters family parents friends aunt uncle".split()
)


def dative(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with its two objects in the other order.

    Of verbs of giving and making, with people who receive and things that are received.
    """
    for verb in range(len(sentence)):
        name, thing = lemma(sentence, verb), sentence.child(verb, "dobj")
        if name not in _TO | _FOR or thing is None or sentence[verb].tag == "VBN":
            continue
        span = noun_phrase(sentence, thing)
        further = sentence.child(verb, "xcomp", "ccomp", "oprd", "prt") is not None
        if span is None or further or sentence.lower[thing] in _NO_THING:
            continue
        word = "to" if name in _TO else "for"
        rewrite = _behind(sentence, verb, span, word) or _before(sentence, verb, thing, span, word)
        if rewrite is not None:
            yield rewrite


def _behind(sentence: Sentence, verb: int, thing: tuple[int, int], word: str) -> Edit | None:
    """Return *lent the car to him* for *lent him the car*."""
    receiver = sentence.child(verb, "dative")
    span = noun_phrase(sentence, receiver) if receiver is not None else None
    if receiver is None or span is None or sentence.lower[receiver] == "it" or goes_on(sentence, thing[1]):
        return None
    if sentence[receiver].tag != "PRP" and pronouns(sentence, *thing):
        return None
    if (span[0], thing[0]) != (verb + 1, span[1] + 1):
        return None
    new = f"{sentence.slice(*thing)} {word} {as_object(sentence, receiver, *span)}"
    return edit(sentence, span[0], thing[1], new, "dative")


def _before(sentence: Sentence, verb: int, head: int, thing: tuple[int, int], word: str) -> Edit | None:
    """Return *lent him the car* for *lent the car to him*."""
    place = thing[1] + 1
    if place >= len(sentence) or sentence.lower[place] != word or sentence[place].head != verb:
        return None
    receiver = sentence.child(place, "pobj")
    span = noun_phrase(sentence, receiver) if receiver is not None else None
    if receiver is None or span is None or (thing[0], span[0]) != (verb + 1, place + 1):
        return None
    if sentence[head].tag in {"PRP", "DT"} or sentence.lower[receiver] not in _PEOPLE:
        return None
    return edit(sentence, thing[0], span[1], f"{sentence.slice(*span)} {sentence.slice(*thing)}", "dative")
