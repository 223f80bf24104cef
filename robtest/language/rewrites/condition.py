"""Conditions and concessions in other words: *unless it rains* and *if it does not rain*."""

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import cased, counted, person
from robtest.language.rewrites.verb import MODALS, do, form
from robtest.types import Edit

_BE = frozenset("is are am was were".split())
# Under a negation these would mean something else, or could not stand.
_POLAR = frozenset(
    "some someone somebody something somewhere already too also still all both every each everyone everybody"
    " everything and or any anyone anybody anything not n't never no none nobody nothing only even just most"
    " many much few little enough first a an".split()
)


def unless(sentence: Sentence, place: int) -> Edit | None:
    """Return *if it does not rain* for *unless it rains*; not back, for *if … not* says less."""
    verb = sentence[place].head
    if sentence.lower[place] != "unless" or sentence[place].dep != "mark" or verb <= place + 1:
        return None
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    span = sentence.phrase(verb)
    if subject is None or span is None or span[0] != place or not place < subject < verb:
        return None
    inner = sentence.phrase(subject)
    if inner is None or inner[0] != place + 1 or sentence.lower[-1] == "?":
        return None
    inside = range(place + 1, span[1] + 1)
    if counted(sentence, *inner) or any(sentence.lower[i] in _POLAR and i != subject for i in inside):
        return None
    if any(sentence[i].dep in {"conj", "cc"} for i in inside) or _POLAR.intersection(sentence.lower[:place]):
        return None
    first = inner[1] + 1
    begin = f"{cased('if', sentence.slice(place, place))} {sentence.slice(place + 1, inner[1])}"
    word = sentence.lower[first]
    if word in (MODALS | _BE) - {"may", "might", "can"} or (
        word in {"has", "have", "had"} and sentence[first].dep == "aux"
    ):
        return Edit(sentence[place].start, sentence[first].end, f"{begin} {word} not", "connective")
    if word == "can":
        return Edit(sentence[place].start, sentence[first].end, f"{begin} cannot", "connective")
    who, base = person(sentence, subject), form(sentence, verb, "VB")
    if first != verb or who is None or base is None or sentence[verb].tag not in {"VBZ", "VBP", "VBD"}:
        return None
    helped = do(sentence[verb].tag == "VBD", "they" if who == "I" else who)
    return Edit(sentence[place].start, sentence[verb].end, f"{begin} {helped} not {base}", "connective")


def despite_that(sentence: Sentence, place: int) -> Edit | None:
    """Return *although* for *despite the fact that*."""
    for words in (("despite",), ("in", "spite", "of")):
        last = place + len(words) + 2
        if sentence.lower[place : last + 1] == (*words, "the", "fact", "that") and last + 2 < len(sentence):
            new = cased("although", sentence.slice(place, place))
            return Edit(sentence[place].start, sentence[last].end, new, "connective")
    return None
