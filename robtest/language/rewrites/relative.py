"""Relative clauses: *the dinner (that) they bought*, *the man (who is) standing*, *that* and *which*."""

from collections.abc import Iterator

from robtest.language.forms import inflect
from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import ANIMALS, PEOPLE, finite
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_TIMES = frozenset("way time moment day year first last minute reason".split())
_WHOLE = frozenset("all everything something anything nothing thing things one ones only question".split())
# Endings of what people are called by what they do.
_DOERS = ("er", "or", "ist", "ian", "man", "men", "ee", "ess", "ant", "ent")
_BE = frozenset("is are was were".split())
_STATES = frozenset(
    "be have want involve include contain belong consist concern seem own know like need remain depend"
    " regard follow start begin come feature".split()
)
_SEEN = frozenset("see watch hear find catch keep have leave get feel notice smell want imagine".split())
_DRESSED = frozenset("dressed seated covered surrounded dress".split())
_PLACED = frozenset("in on at behind near under from with inside outside next".split())


def relative(sentence: Sentence) -> Iterator[Edit]:
    """Yield relative clauses with and without their pronoun, with another pronoun, reduced and expanded.

    Of restrictive clauses, right behind their noun and without a comma. A pronoun goes only where it is an
    object and a subject follows; a clause is expanded only behind people and animals that do something.
    """
    for place in range(len(sentence)):
        word = sentence[place]
        if (made := _where(sentence, place)) is not None:
            yield made
        if word.dep == "relcl" and (made := _with_that(sentence, place)) is not None:
            yield made
        if word.tag in {"WDT", "WP"} or (word.dep in _PRONOUN_PLACES and sentence.lower[place] == "that"):
            yield from _of_pronoun(sentence, place)
        if word.dep == "prep" and (made := _in_place(sentence, place)) is not None:
            yield made
        if word.dep == "acl":
            made = _expanded(sentence, place) or _stated(sentence, place)
            if made is not None:
                yield made


_PRONOUN_PLACES = frozenset({"dobj", "nsubj", "nsubjpass", "pobj"})


def _with_that(sentence: Sentence, verb: int) -> Edit | None:
    """Return *the dinner that they bought*."""
    head, span = sentence[verb].head, sentence.phrase(verb)
    subject = sentence.child(verb, "nsubj", "nsubjpass")
    if subject is None or span is None or span[0] != head + 1 or subject >= verb:
        return None
    inner = sentence.phrase(subject)
    if inner is None or inner[0] != span[0]:
        return None
    if sentence.lower[head] == "reason" and sentence.lower[head - 1 : head] in {("any",), ("some",), ("no",)}:
        return None
    noun = sentence[head].tag in {"NN", "NNS"} or sentence.lower[head] in {"all", "everything", "anything"}
    if not noun or sentence[head].dep in {"npadvmod", "advmod"} or sentence.lower[head] in {"lot", "number"}:
        return None
    pronoun = sentence[subject].tag == "PRP" and sentence.lower[subject] in _SUBJECTS
    if (
        not pronoun
        and sentence[inner[0]].tag != "NNP"
        and sentence.lower[inner[0]] not in {"the", "a", "an", "this", "his", "their", "my", "our"}
    ):
        return None
    if sentence.child(verb, "dobj", "attr", "acomp", "ccomp") is not None and (
        sentence.lower[head] not in _TIMES
    ):
        return None
    return Edit(sentence[head].end, sentence[head].end, " that", "relative")


_SUBJECTS = frozenset("i you he she it we they".split())


def _of_pronoun(sentence: Sentence, place: int) -> Iterator[Edit]:
    word, verb = sentence.lower[place], sentence[place].head
    clause = verb if sentence[verb].dep == "relcl" else sentence[verb].head
    if sentence[clause].dep != "relcl" or not 0 < place < clause or place + 2 >= len(sentence):
        return
    head, before = sentence[clause].head, place - 1
    aside = sentence.lower[before] == "," and head == before - 1 and sentence[head].tag in _NAMED
    if (
        aside
        and word in {"who", "which"}
        and (made := _reduced(sentence, place, verb, aside=True)) is not None
    ):
        yield made
    if sentence[before].tag in {",", "IN", "TO", "CC", ":", "-LRB-"} or head >= place:
        return
    if (reduced := _reduced(sentence, place, verb)) is not None and head == before:
        yield reduced
    if sentence[head].tag not in {"NN", "NNS"} or {"so", "such"}.intersection(sentence.lower[:place]):
        return
    other = _other(sentence, head, place)
    if other is not None:
        yield Edit(sentence[place].start, sentence[place].end, other, "relative")
    if _may_go(sentence, place, clause) and head == before and word in {"that", "which"}:
        yield Edit(sentence[place].start, sentence[place + 1].start, "", "relative")


def _where(sentence: Sentence, place: int) -> Edit | None:
    """Return *a world where* for *a world in which*."""
    if place < 1 or place + 2 >= len(sentence) or sentence.lower[place : place + 2] != ("in", "which"):
        return None
    if sentence[place - 1].tag not in {"NN", "NNS"} or sentence.lower[place - 1] in {"way", "ways", "manner"}:
        return None
    if sentence[place + 2].tag not in {"DT", "PRP", "PRP$", "NNS", "NN", "NNP", "JJ", "EX"}:
        return None
    return Edit(sentence[place].start, sentence[place + 1].end, "where", "relative")


_NAMED = frozenset({"NN", "NNS", "NNP", "NNPS"})


def _may_go(sentence: Sentence, place: int, clause: int) -> bool:
    """Whether this is an object, with the subject right behind it."""
    if sentence[place].dep not in {"dobj", "pobj"}:
        return False
    subject = sentence.child(sentence[place].head, "nsubj") or sentence.child(clause, "nsubj")
    return subject == place + 1 and sentence.lower[subject] in _SUBJECTS


def _other(sentence: Sentence, head: int, place: int) -> str | None:
    """Return the pronoun that may stand for this one; None where only one may."""
    word, noun, dep = sentence.lower[place], sentence.lower[head], sentence[place].dep
    subject = dep in {"nsubj", "nsubjpass"}
    if dep not in _PRONOUN_PLACES or sentence.slice(place, place) != word:
        return None
    person = noun in PEOPLE
    if word == "who" and subject:
        return "that"
    if word == "that" and subject and person:
        return "who"
    thing = not person and noun not in _WHOLE | ANIMALS and not noun.endswith(_DOERS)
    superlative = any(sentence[i].tag in {"JJS", "RBS"} for i in sentence.subtree(head) if i < place)
    only = any(sentence.lower[i] in _WHOLE | {"first", "last"} for i in sentence.children[head])
    if word == "that" and thing and not superlative and not only and sentence[place].tag == "WDT":
        return "which"
    return "that" if word == "which" and thing else None


def _reduced(sentence: Sentence, place: int, verb: int, aside: bool = False) -> Edit | None:
    """Return *the man standing there* for *the man who is standing there*."""
    be = place + 1
    if sentence[place].dep not in {"nsubj", "nsubjpass"} or sentence.lower[be] not in _BE:
        return None
    after = be + 1
    if after + 1 >= len(sentence) or sentence.child(verb, "neg") is not None:
        return None
    doing = verb == after and sentence[verb].tag in {"VBG", "VBN"} and sentence[be].dep in {"aux", "auxpass"}
    placed = verb == be and sentence[after].dep == "prep" and sentence.lower[after] in _PLACED
    if not doing and (aside or not placed):
        return None
    if not sentence.lower[after + 1][0].isalnum():
        return None
    if doing and sentence[verb].tag == "VBG" and lemma(sentence, verb) in {"go", "be"}:
        return None
    return Edit(sentence[place].start, sentence[after].start, "", "relative")


def _stated(sentence: Sentence, verb: int) -> Edit | None:
    """Return *a box that contains a ring* for *a box containing a ring*."""
    head = sentence[verb].head
    if head != verb - 1 or sentence[head].tag not in {"NN", "NNS"} or sentence.lower[head] in PEOPLE | _WHOLE:
        return None
    if verb + 1 >= len(sentence):
        return None
    if sentence[verb].tag == "VBN" and lemma(sentence, verb) in _MADE and sentence.lower[verb + 1] in _BY:
        be = "were" if sentence[head].tag == "NNS" else "was"
        return Edit(sentence[head].end, sentence[head].end, f" that {be}", "relative")
    if sentence[verb].tag == "VBN" and sentence.lower[verb] in {"called", "titled", "entitled"}:
        past, plural = finite(sentence, head) == "past", sentence[head].tag == "NNS"
        be = ("were" if plural else "was") if past else ("are" if plural else "is")
        return Edit(sentence[head].end, sentence[head].end, f" that {be}", "relative")
    if sentence[verb].tag != "VBG" or lemma(sentence, verb) not in _STATED:
        return None
    if sentence.child(head, "conj", "cc", "prep") is not None or sentence[head].dep in {"conj", "compound"}:
        return None
    past, plural = finite(sentence, head) == "past", sentence[head].tag == "NNS"
    new = inflect(lemma(sentence, verb), "VBD" if past else "VBP" if plural else "VBZ")
    if new is None or not sentence.lower[verb + 1][0].isalnum():
        return None
    return Edit(sentence[verb].start, sentence[verb].end, f"that {new}", "relative")


_STATED = frozenset(
    "involve contain require concern belong feature resemble depict portray describe explain show"
    " tell cover allow affect prevent operate offer provide serve represent produce deal focus explore"
    " combine reflect cause lead support oppose prohibit ban bar permit govern regulate link connect"
    " celebrate promote suggest indicate".split()
)
# What was made, was made once, whatever the tense around it.
_MADE = frozenset(
    "release publish write direct produce build design create issue file propose introduce commission approve"
    " adopt elect appoint launch develop sign kill arrest organize organise compose invent discover".split()
)
_BY = frozenset({"by", "in", "last"})


def _expanded(sentence: Sentence, verb: int) -> Edit | None:
    """Return *a woman who is riding a bike* for *a woman riding a bike*."""
    head = sentence[verb].head
    noun, tag = sentence.lower[head], sentence[verb].tag
    if head != verb - 1 or noun not in PEOPLE | ANIMALS or sentence[head].tag not in {"NN", "NNS"}:
        return None
    if tag == "VBN" and sentence.lower[verb] not in _DRESSED:
        return None
    if tag not in {"VBG", "VBN"} or lemma(sentence, verb) in _STATES:
        return None
    above = sentence[head].head
    if sentence[head].dep in {"dobj", "nsubj"} and lemma(sentence, above) in _SEEN and above < head:
        return None
    if sentence.child(head, "conj", "cc") is not None or sentence[head].dep in {"conj", "appos", "compound"}:
        return None
    if finite(sentence, head) == "past":
        be = "were" if sentence[head].tag == "NNS" else "was"
    else:
        be = "are" if sentence[head].tag == "NNS" else "is"
    plural = noun in {"people", "children", "men", "women"}
    who = "who" if noun in PEOPLE else "that"
    if plural:
        be = {"is": "are", "was": "were"}.get(be, be)
    return Edit(sentence[head].end, sentence[head].end, f" {who} {be}", "relative")


_WORN = frozenset("in on at near behind inside beside outside".split())
_DETERMINED = frozenset({"det", "poss", "nummod"})


def _in_place(sentence: Sentence, place: int) -> Edit | None:
    """Return *a man who is in a shirt* for *a man in a shirt*, of a person that something is said of."""
    head, noun = sentence[place].head, sentence.child(place, "pobj")
    if head != place - 1 or sentence.lower[place] not in _WORN or noun is None:
        return None
    if sentence.lower[head] not in PEOPLE or sentence[head].tag not in {"NN", "NNS"}:
        return None
    fragment = sentence[head].dep == "ROOT"
    if not fragment and not (sentence[head].dep in {"nsubj", "nsubjpass"} and sentence[head].head > noun):
        return None
    if not any(sentence[i].dep in _DETERMINED for i in sentence.children[noun]) or place + 1 == noun:
        return None
    if sentence.lower[noun] in _NO_SPOT or sentence.child(head, "conj", "cc", "relcl", "acl") is not None:
        return None
    if sum(sentence[i].dep == "prep" for i in sentence.children[head]) > 1:
        return None
    if any(sentence[i].tag in {"JJS", "RBS"} for i in sentence.children[head]):
        return None  # "the best actor in the film"
    plural = sentence[head].tag == "NNS" or sentence.lower[head] in {"people", "children", "men", "women"}
    past = finite(sentence, head) == "past"
    be = ("were" if plural else "was") if past else ("are" if plural else "is")
    return Edit(sentence[head].end, sentence[head].end, f" who {be}", "relative")


_NO_SPOT = frozenset("world time age end beginning time times general heart history year years".split())
