"""Clefts: *It was Anna that painted the door*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word, trailing
from robtest.language.rewrites.phrase import (
    CLAUSES,
    NOUNS,
    PEOPLE,
    SUBJECTS,
    definite,
    edit,
    goes_on,
    is_time,
    noun_phrase,
    opening,
    pronouns,
    two_objects,
)
from robtest.language.rewrites.verb import MODALS, is_negated, lemma, verb_group
from robtest.types import Edit

_NO_OBJECT = frozenset("be have do make take get let give mean cost want need say think know feel".split())
_WHEN = frozenset("on at during before after".split())
_SCOPE = frozenset("also even only too just either neither both all never always however therefore".split())


def cleft(sentence: Sentence) -> Iterator[Edit]:
    """Yield clefts of the subject, of the object, and of a time at the end, and clefts without their *it*.

    Of plain statements: one clause, no negation, a subject at the beginning. What is put forward is
    definite: a name, or a noun with ``the`` or a possessive. Pronouns stay (``it was I``). *It was Anna who
    left* is taken for a cleft behind a name, a person with *who*, a plural and a time; with another noun
    *it* may be a thing spoken of before.
    """
    if (undone := _undone(sentence) or _what_undone(sentence)) is not None:
        yield undone
        return
    root = sentence.root
    subject = sentence.child(root, "nsubj", "nsubjpass")
    if subject is None or is_negated(sentence, root) or _SCOPE.intersection(sentence.lower):
        return
    subject_span = noun_phrase(sentence, subject)
    if (
        subject_span is None
        or subject_span[0] != 0
        or any(_own_subject(sentence, i) for i in sentence.children[root])
    ):
        return
    copula = _copula(sentence, root, subject_span[1] + 1)
    if copula is None:
        return
    yield from _subject(sentence, subject, subject_span, copula)
    yield from _object(sentence, subject_span, copula)
    yield from _time(sentence, copula)
    yield from _what(sentence, subject, subject_span)


def _own_subject(sentence: Sentence, place: int) -> bool:
    """Whether this is a second clause, on which a cleft would not close."""
    return sentence[place].dep in {"conj", "ccomp", "advcl", "parataxis"} and (
        sentence.child(place, "nsubj", "nsubjpass", "expl") is not None
    )


def _copula(sentence: Sentence, verb: int, first: int) -> str | None:
    """Return ``is`` or ``was``, by the tense of the clause; None where it is neither (``would``)."""
    group = verb_group(sentence, verb, first)
    if group is None:
        return None
    word = group.aux[0] if group.aux else ""
    if word in MODALS:
        return "is" if word in {"can", "will", "may", "must", "shall"} else None
    if word:
        return "was" if word in {"was", "were", "had", "did"} else "is"
    return {"VBD": "was", "VBZ": "is", "VBP": "is"}.get(sentence[verb].tag)


def _subject(sentence: Sentence, head: int, span: tuple[int, int], copula: str) -> Iterator[Edit]:
    if sentence[head].tag in {"PRP", "DT"} or not definite(sentence, head):
        return
    indefinite = sentence.lower[span[0]] in {"a", "an"}
    done = sentence[sentence.root].tag == "VBN" and sentence.lower[span[0]] in {"their", "its", "his", "her"}
    if indefinite or done or lemma(sentence, sentence.root) == "be":
        return  # "it is the plan that is to wait"
    rewrite = edit(sentence, *span, f"it {copula} {opening(sentence, *span)} that", "cleft")
    if rewrite is not None:
        yield rewrite


def _object(sentence: Sentence, subject: tuple[int, int], copula: str) -> Iterator[Edit]:
    root = sentence.root
    head = sentence.child(root, "dobj")
    span = noun_phrase(sentence, head) if head is not None else None
    if head is None or span is None or lemma(sentence, root) in _NO_OBJECT:
        return
    if sentence[head].tag in {"PRP", "DT"} or not definite(sentence, head) or span[0] != root + 1:
        return
    loose = any(sentence[i].dep == "prep" and sentence.lower[i] != "of" for i in sentence.children[head])
    further = any(
        sentence[i].dep in CLAUSES | {"dative", "oprd", "conj", "prt", "acomp"}
        for i in sentence.children[root]
    )
    points = sentence[subject[1]].tag != "PRP" and bool(pronouns(sentence, *span))
    if loose or further or points or goes_on(sentence, span[1]) or two_objects(sentence, root):
        return
    new = f"it {copula} {sentence.slice(*span)} that {opening(sentence, subject[0], root)}"
    rewrite = edit(sentence, 0, span[1], new, "cleft")
    if rewrite is not None:
        yield rewrite


_WISHES = frozenset("need want love hate like prefer miss".split())


def _what(sentence: Sentence, subject: int, span: tuple[int, int]) -> Iterator[Edit]:
    """Yield *what she needs is rest*, and *what she wants is to rest*."""
    root, end = sentence.root, last_word(sentence)
    really = sentence.lower[root - 1] == "really"
    if (
        lemma(sentence, root) not in _WISHES
        or span[1] != root - 1 - really
        or sentence[root].tag not in _TENSES
    ):
        return
    thing = sentence.child(root, "dobj", "xcomp")
    phrase = sentence.phrase(thing) if thing is not None else None
    if thing is None or phrase is None or phrase != (root + 1, end) or end - root > 10:
        return
    if sentence[subject].tag not in {"PRP", "NNP", "NNS"} and not definite(sentence, subject):
        return
    inside = range(root + 1, end + 1)
    if any(sentence[i].tag in {",", "CC", "WP", "WRB", "WDT"} or sentence.lower[i] in _BACK for i in inside):
        return
    if sentence[thing].dep == "dobj":
        if sentence[thing].tag not in {"NN", "NNS"} or sentence.lower[thing] in PEOPLE:
            return
        be = "are" if sentence[thing].tag == "NNS" else "is"
    elif sentence.lower[root + 1] != "to" or sentence[thing].tag != "VB" or sentence[thing].head != root:
        return
    else:
        be = "is"
    if sentence[root].tag == "VBD":
        be = {"is": "was", "are": "were"}[be]
    rewrite = edit(sentence, 0, root, f"what {opening(sentence, 0, root)} {be}", "cleft")
    if rewrite is not None:
        yield rewrite


_TENSES = frozenset({"VBP", "VBZ", "VBD"})
_BACK = frozenset("myself yourself himself herself itself ourselves themselves so too".split())


def _time(sentence: Sentence, copula: str) -> Iterator[Edit]:
    parts = trailing(sentence)
    if (
        parts is None
        or parts.main[0]
        or copula != "was"
        or sentence[parts.head].dep not in {"prep", "npadvmod"}
    ):
        return
    # What is put forward says when; "in two hours" and "for years" say how long.
    word, year = sentence.lower[parts.head], sentence[parts.moved[1]].tag == "CD"
    if sentence[parts.head].dep == "prep" and word not in _WHEN and not (word == "in" and year):
        return
    new = f"it was {sentence.slice(*parts.moved)} that {opening(sentence, *parts.main)}"
    rewrite = edit(sentence, 0, parts.moved[1], new, "cleft")
    if rewrite is not None:
        yield rewrite


_SEEN = frozenset("need want love hate like prefer miss lack see find get hear remember enjoy offer".split())


def _undone(sentence: Sentence) -> Edit | None:
    """Return *Anna left* for *it was Anna who left*, and *we met in May* for *it was in May that we met*."""
    end = last_word(sentence)
    if len(sentence) < 6 or sentence.lower[0] != "it" or sentence.lower[1] not in {"is", "was", "'s"}:
        return None
    if sentence.root != 1 or sentence.lower[-1] == "?" or "not" in sentence.lower[1:4]:
        return None
    that = next((i for i in range(3, end) if sentence.lower[i] in {"that", "who"}), None)
    if that is None or that > 9 or "," in sentence.lower or "n't" in sentence.lower[:that]:
        return None
    verb = sentence[that].head
    span = sentence.phrase(verb)
    if sentence[verb].dep not in {"relcl", "ccomp", "advcl"} or span is None or span != (that, end):
        return None
    if sentence[2].dep == "prep":
        noun = sentence.child(2, "pobj")
        subject = sentence.child(verb, *SUBJECTS)
        timed = noun is not None and sentence.phrase(2) == (2, that - 1) and is_time(sentence, noun)
        if not timed or sentence.lower[that] != "that" or subject is None or subject == that:
            return None
        new = f"{sentence.slice(that + 1, end)} {sentence.slice(2, that - 1)}"
        return edit(sentence, 0, end, new, "cleft")
    noun = sentence.child(1, "attr")
    if noun is None or noun != that - 1 or sentence[that].dep not in {"nsubj", "nsubjpass"}:
        return None
    inside = range(2, noun + 1)
    name = all(sentence[i].tag == "NNP" for i in inside)
    person = sentence.lower[that] == "who" and sentence.lower[noun] in PEOPLE and definite(sentence, noun)
    plural = sentence[noun].tag == "NNS" and definite(sentence, noun)
    if not (name or person or plural) or sentence.lower[that + 1] == ",":
        return None
    return edit(sentence, 0, that, sentence.slice(2, noun), "cleft")


def _what_undone(sentence: Sentence) -> Edit | None:
    """Return *she needs rest* for *what she needs is rest*."""
    end = last_word(sentence)
    if sentence.lower[0] != "what" or sentence.lower[-1] == "?" or not 4 <= end <= 15:
        return None
    be = next((i for i in range(3, end) if sentence.lower[i] in {"is", "was", "are", "were"}), None)
    if be is None or be > 6 or sentence.root != be or sentence.child(be, "neg") is not None:
        return None
    verb = be - 1
    subject = sentence.child(verb, "nsubj")
    span = sentence.phrase(subject) if subject is not None else None
    if span != (1, verb - 1) or sentence[verb].tag not in _TENSES or lemma(sentence, verb) not in _SEEN:
        return None
    if sentence[be + 1].tag not in {"DT", "PRP$", "NN", "NNS", "NNP", "JJ", "CD"}:
        return None
    noun = sentence.child(be, "attr")
    phrase = sentence.phrase(noun) if noun is not None else None
    if noun is None or sentence[noun].tag not in NOUNS or phrase != (be + 1, end):
        return None
    return edit(sentence, 0, be, sentence.slice(1, verb), "cleft")
