"""Infinitives and what stands for them: *began to rain* and *raining*, *helped (to) find*, *go (and) see*."""

from robtest.language.forms import inflect
from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import cased, edit
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_PHASES = frozenset({"begin", "start", "continue"})
_TASTES = frozenset({"love", "hate"})


def _phase(sentence: Sentence, verb: int) -> Edit | None:
    """Return *began raining* for *began to rain*, and back."""
    head = sentence[verb].head
    if (
        sentence[verb].dep != "xcomp"
        or lemma(sentence, head) not in _PHASES | _TASTES
        or sentence[head].tag == "VBG"
    ):
        return None
    if any(sentence[i].tag == "MD" for i in sentence.children[head]):
        return None  # "I can't begin to say"
    old = sentence.lower[verb]
    if verb == head + 2 and sentence.lower[head + 1] == "to" and sentence[verb].tag == "VB" and old != "be":
        new = inflect(lemma(sentence, verb), "VBG")
        return edit(sentence, head + 1, verb, new, "complement") if new is not None else None
    if verb == head + 1 and sentence[verb].tag == "VBG":
        base = lemma(sentence, verb)
        return edit(sentence, verb, verb, f"to {base}", "complement") if base != old else None
    return None


def _help(sentence: Sentence, verb: int) -> Edit | None:
    """Return *helped to find* for *helped find*, and back."""
    head = sentence[verb].head
    if head >= verb or lemma(sentence, head) != "help" or sentence[head].tag[:2] != "VB":
        return None
    if sentence[verb].dep not in {"xcomp", "ccomp"} or sentence[verb].tag != "VB":
        return None
    if verb == head + 1:
        return Edit(sentence[head].end, sentence[head].end, " to", "complement")
    to = verb - 1
    if sentence.lower[to] == "to" and to == head + 1:
        return Edit(sentence[to].start, sentence[verb].start, "", "complement")
    return None


def _purpose(sentence: Sentence, place: int) -> Edit | None:
    """Return *to* for *in order to* and *so as to*."""
    if sentence.lower[place : place + 3] not in {("in", "order", "to"), ("so", "as", "to")}:
        return None
    return Edit(
        sentence[place].start,
        sentence[place + 2].end,
        cased("to", sentence.slice(place, place)),
        "complement",
    )


def _required(sentence: Sentence, verb: int) -> Edit | None:
    """Return *requires that shops close* for *requires shops to close*."""
    head, to = sentence[verb].head, verb - 1
    if (
        sentence[verb].tag != "VB"
        or lemma(sentence, head) != "require"
        or to < 1
        or sentence.lower[to] != "to"
    ):
        return None
    subject = sentence.child(verb, "nsubj") or sentence.child(head, "dobj")
    span = sentence.phrase(subject) if subject is not None else None
    if span is None or subject is None or sentence[subject].tag == "PRP" or sentence[head].tag == "VBN":
        return None
    if sentence[verb].dep not in {"ccomp", "xcomp"} or (span[0], span[1]) != (head + 1, to - 1):
        return None
    return edit(sentence, span[0], to, f"that {sentence.slice(*span)}", "complement")


def _go(sentence: Sentence, verb: int) -> Edit | None:
    """Return *go and see* for *go see*, and *try to see* for *try and see*."""
    if verb == 0 or sentence[verb].tag != "VB":
        return None
    before = sentence.lower[verb - 1]
    if (
        before in {"go", "come"}
        and sentence[verb - 1].tag == "VB"
        and sentence[verb].dep in {"xcomp", "ccomp", "advcl"}
    ):
        return Edit(sentence[verb - 1].end, sentence[verb - 1].end, " and", "complement")
    if before == "and" and verb > 1 and sentence.lower[verb - 2] == "try" and sentence[verb].head == verb - 2:
        return Edit(sentence[verb - 1].start, sentence[verb - 1].end, "to", "complement")
    return None


def _got(sentence: Sentence, place: int) -> Edit | None:
    """Return *has got to* for *has to*."""
    if sentence.lower[place] not in {"have", "has"} or place == 0 or place + 2 >= len(sentence):
        return None
    to, verb = place + 1, place + 2
    if sentence.lower[to] != "to" or sentence[verb].tag != "VB" or sentence[verb].head != place:
        return None
    if sentence.child(place, "aux", "neg", "dobj") is not None or sentence[place].tag not in {"VBP", "VBZ"}:
        return None
    if sentence[verb].dep != "xcomp" or sentence.child(place, "nsubj") != place - 1:
        return None
    if sentence[place - 1].tag not in {"PRP", "NN", "NNS", "NNP"}:
        return None
    return Edit(sentence[place].end, sentence[place].end, " got", "complement")


FORMS = (_phase, _help, _purpose, _required, _go, _got)
"""What yields one edit of a sentence and a place, or none."""
