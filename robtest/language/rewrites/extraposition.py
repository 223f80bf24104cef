"""Clauses that are subjects, before their predicate and behind it: *it is clear that …*; *I think*."""

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import edit, opening, person
from robtest.language.rewrites.verb import be, form, have, lemma
from robtest.types import Edit

QUESTIONS = frozenset("what who whom which how why where when whether if".split())
"""Words that begin a question, and a clause that is none."""

_CLEAR = frozenset("clear obvious true likely unlikely possible strange odd sad surprising".split())


def is_finite(sentence: Sentence, verb: int) -> bool:
    """Whether a verb or one of its auxiliaries has a tense, or is a modal verb."""
    tags = {
        sentence[i].tag for i in (verb, *sentence.children[verb]) if i == verb or sentence[i].dep == "aux"
    }
    tags |= {sentence[i].tag for i in sentence.children[verb] if sentence[i].dep == "auxpass"}
    return bool(tags & {"VBZ", "VBP", "VBD", "MD"})


def _extraposed(sentence: Sentence) -> Edit | None:
    """Return *that it works is clear* for *it is clear that it works*, and back."""
    if sentence.lower[:2] not in {("it", "is"), ("it", "was")} or len(sentence) < 7:
        return None
    adjective = 2
    if sentence.lower[adjective] not in _CLEAR or sentence.lower[3] != "that":
        return None
    verb, end = sentence[3].head, last_word(sentence)
    span = sentence.phrase(verb)
    if span is None or span[0] != 3 or span[1] < end or end - 3 > 10:
        return None
    new = f"{sentence.slice(3, end)} {sentence.slice(1, 2)}"
    return edit(sentence, 0, end, new, "complement")


_TRYING = frozenset(
    "hard easy difficult important impossible nice good great fun tough necessary wrong interesting"
    " dangerous unfair wise foolish tempting fascinating refreshing amusing painful pleasant sad strange odd"
    " depressing surprising".split()
)


def _infinitive_first(sentence: Sentence) -> Edit | None:
    """Return *to find it is hard* for *it is hard to find it*."""
    end = last_word(sentence)
    if len(sentence) < 6 or sentence.lower[0] != "it" or sentence.lower[1] not in {"is", "'s", "was"}:
        return None
    if sentence.lower[2] not in _TRYING or sentence.lower[3] != "to" or sentence[4].tag != "VB":
        return None
    if end > 13 or end < 5 or sentence.root != 1 or sentence.lower[-1] == "?":
        return None
    if any(
        sentence.lower[i] in {",", "and", "but", "or", "when", "if", "because"} for i in range(5, end + 1)
    ):
        return None
    if sentence[end].tag in {"IN", "TO", "RP"}:
        return None  # "it is hard to live with"
    be = "was" if sentence.lower[1] == "was" else "is"
    return edit(sentence, 0, end, f"{sentence.slice(3, end)} {be} {sentence.slice(2, 2)}", "complement")


_MUSING = frozenset({"think", "guess", "suppose", "believe"})


def _thought(sentence: Sentence) -> Edit | None:
    """Return *it works, I think* for *I think it works*."""
    root, end = sentence.root, last_word(sentence)
    verb = sentence.child(root, "ccomp")
    if root != 1 or sentence.lower[0] != "i" or sentence.lower[1] not in _MUSING or verb is None:
        return None
    span = sentence.phrase(verb)
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    if span != (2, end) or subject is None or end > 14 or sentence.lower[-1] == "?" or end < 4:
        return None
    inner = sentence.phrase(subject)
    if (
        inner is None
        or inner[0] != 2
        or sentence[subject].head != verb
        or sentence.lower[2] in QUESTIONS | {"so"}
    ):
        return None
    if any(sentence.lower[i] in {",", "but", "so", "because"} for i in range(2, end + 1)) or not is_finite(
        sentence, verb
    ):
        return None
    words = sentence.slice(2, end)
    first = words[0].upper() + words[1:] if sentence.slice(0, 0) == "I" else words
    return Edit(sentence[0].start, sentence[end].end, f"{first}, {sentence.slice(0, 1)}", "complement")


def _raised(sentence: Sentence) -> Edit | None:
    """Return *it seems that they win* for *they seem to win*."""
    root = sentence.root
    verb, subject = sentence.child(root, "xcomp"), sentence.child(root, "nsubj")
    span = sentence.phrase(subject) if subject is not None else None
    if subject is None or verb != root + 2 or sentence.lower[root + 1] != "to" or span != (0, root - 1):
        return None
    if lemma(sentence, root) not in {"seem", "appear"} or sentence[root].tag not in {"VBZ", "VBP", "VBD"}:
        return None
    if sentence[verb].tag != "VB" or sentence.lower[-1] == "?" or sentence.lower[0] in {"it", "there"}:
        return None
    past, who = sentence[root].tag == "VBD", person(sentence, subject)
    if who is None or sentence.child(root, "neg", "conj", "advcl", "prep") is not None:
        return None
    if sentence.lower[verb] == "be":
        new: str | None = be(past, who)
    elif sentence.lower[verb] == "have":
        new = "had" if past else have("has", who)
    else:
        new = form(sentence, verb, "VBD" if past else "VBZ" if who == "he" else "VBP")
    if new is None:
        return None
    seem = form(sentence, root, "VBD" if past else "VBZ")
    return edit(sentence, 0, verb, f"it {seem} that {opening(sentence, *span)} {new}", "complement")


EXTRAPOSITION = (_extraposed, _infinitive_first, _thought, _raised)
"""What yields one edit of a sentence, or none."""
