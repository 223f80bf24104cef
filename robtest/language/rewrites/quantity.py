"""Quantities: *all (of) the rooms*, *has no plot* and *does not have any plot*, *a lot of* and *lots of*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import cased
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_BEHIND = frozenset("the these those my your his her its our their this that".split())
_DO = {"VBZ": "does", "VBP": "do", "VBD": "did"}
_BE = frozenset("is are was were".split())


def quantity(sentence: Sentence) -> Iterator[Edit]:
    """Yield another form of a quantity: *all (of) the*, *no* after *there is* and *have* as *not … any*.

    Left alone: *all the* before a comparative or a time (``all the better``, ``all the time``).
    """
    for place in range(len(sentence) - 1):
        for rule in (_all, _lots, _per, _there_is_no, _has_no, _has_not_any):
            if (made := rule(sentence, place)) is not None:
                yield made


def _all(sentence: Sentence, place: int) -> Edit | None:
    word = sentence.lower[place]
    if word not in {"all", "both", "half"} or place + 3 > len(sentence):
        return None
    if place and sentence.lower[place - 1] in {
        "at",
        "for",
        "above",
        "in",
        "after",
        "not",
        "and",
        "'s",
        "first",
    }:
        return None
    of = sentence.lower[place + 1] == "of"
    det = place + 1 + of
    if det + 1 >= len(sentence) or sentence.lower[det] not in _BEHIND:
        return None
    if sentence[det].tag not in {"DT", "PRP$"} or sentence[det + 1].tag not in {"NN", "NNS", "JJ", "NNP"}:
        return None
    head = sentence[place].head if not of else (sentence.child(place + 1, "pobj") or place)
    if sentence.lower[det + 1] in _NO_PARTS or sentence[det + 1].tag == "NNP":
        return None
    if word == "both" and (sentence[head].tag != "NNS" or sentence.child(head, "conj") is not None):
        return None
    if of:
        return Edit(sentence[place].end, sentence[place + 1].end, "", "quantity")
    return Edit(sentence[place].end, sentence[place].end, " of", "quantity")


_NO_PARTS = frozenset("time way while more better same rage day night year things world battle".split())


def _lots(sentence: Sentence, place: int) -> Edit | None:
    """Return *lots of* for *a lot of*, and back."""
    words = sentence.lower[place : place + 3]
    if words == ("a", "lot", "of") and (
        place == 0 or sentence.lower[place - 1] not in {"quite", "not", "such"}
    ):
        new = cased("lots", sentence.slice(place, place) + sentence.slice(place + 1, place + 1))
        return Edit(sentence[place].start, sentence[place + 1].end, new, "quantity")
    if words[:2] == ("lots", "of") and (place == 0 or sentence.lower[place - 1] not in {"and", "the"}):
        return Edit(
            sentence[place].start,
            sentence[place].end,
            cased("a lot", sentence.slice(place, place)),
            "quantity",
        )
    return None


def _has_not_any(sentence: Sentence, place: int) -> Edit | None:
    """Return *has no plot* for *does not have any plot*."""
    if sentence.lower[place] != "any" or place < 3 or sentence[place].dep != "det":
        return None
    do, negation, have = place - 3, place - 2, place - 1
    finite = {"does": "has", "do": "have", "did": "had"}.get(sentence.lower[do])
    if finite is None or sentence.lower[negation] not in {"not", "n't"} or sentence.lower[have] != "have":
        return None
    if sentence.lower[place + 1] in {"more", "longer", "of"} or sentence[sentence[place].head].head != have:
        return None
    return Edit(
        sentence[do].start, sentence[place].end, cased(f"{finite} no", sentence.slice(do, do)), "quantity"
    )


def _per(sentence: Sentence, place: int) -> Edit | None:
    """Return *ten dollars per year* for *ten dollars a year*."""
    if sentence.lower[place] not in {"a", "an"} or place < 2 or sentence.lower[place + 1] not in _UNITS:
        return None
    counted = sentence[place - 1].tag == "CD" or sentence.lower[place - 1] in _MEASURED
    more = place + 2 < len(sentence) and sentence[place + 2].tag in {"NN", "NNS", "JJ", "POS", "HYPH"}
    if not counted or more or sentence.lower[place + 2 : place + 3] == ("ago",):
        return None
    return Edit(sentence[place].start, sentence[place].end, "per", "quantity")


_UNITS = frozenset("year month week day hour minute person pound gallon mile".split())
_MEASURED = frozenset(
    "times dollars cents percent pounds hours minutes days euros miles million billion".split()
)


def _there_is_no(sentence: Sentence, place: int) -> Edit | None:
    """Return *there is not any hope* for *there is no hope*."""
    if sentence.lower[place] != "no" or place < 2 or sentence[place].dep != "det":
        return None
    if sentence.lower[place - 1] not in _BE or sentence.lower[place - 2] != "there":
        return None
    if sentence.lower[place + 1] in {"such", "longer", "more", "one", "way", "need", "doubt", "less"}:
        return None
    if sentence[place + 1].tag not in {"NN", "NNS", "JJ"}:
        return None
    return Edit(
        sentence[place].start, sentence[place].end, cased("not any", sentence.slice(place, place)), "quantity"
    )


def _has_no(sentence: Sentence, place: int) -> Edit | None:
    """Return *does not have any plot* for *has no plot*."""
    head, verb = sentence[place].head, place - 1
    if sentence.lower[place] != "no" or verb < 1 or sentence[place].dep != "det":
        return None
    if lemma(sentence, verb) != "have" or sentence[head].dep != "dobj" or sentence[head].head != verb:
        return None
    if sentence.child(verb, "aux", "neg") is not None or sentence[verb].tag not in _DO:
        return None
    if sentence.lower[place + 1] in {"such", "one", "idea", "doubt", "less", "more", "longer", "business"}:
        return None
    if sentence.lower[verb] not in {"has", "have", "had"} or sentence.child(head, "conj") is not None:
        return None
    new = f"{_DO[sentence[verb].tag]} not have any"
    return Edit(sentence[verb].start, sentence[place].end, new, "quantity")
