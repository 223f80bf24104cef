"""Clauses and predicates of states in the other order: *it is cheap and has a lamp*."""

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import THIRD, edit, opening
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

ORDER = frozenset(
    "then later so thus therefore hence consequently finally subsequently afterwards eventually even also too"
    " either neither both still yet instead rather otherwise this these those such one ones same other"
    " another former latter respectively first last next again others".split()
)
"""These say that the second comes after, from or beside the first."""

_STATIVE = frozenset(
    "be have seem look feel taste smell sound cost need love like hate know contain own belong remain live"
    " matter deserve lack want mean".split()
)
_HABITS = frozenset("work fit look run".split())
_LINKING = frozenset(
    "because if when while since although though unless until so which who that than as".split()
)


def predicates(sentence: Sentence, first: int, second: int) -> Edit | None:
    """Return two clauses, or two predicates of one subject, in the other order."""
    return _clauses(sentence, first, second) or _predicates(sentence, first, second)


def _predicates(sentence: Sentence, first: int, second: int) -> Edit | None:
    """Return *it has a lamp and is cheap* for *it is cheap and has a lamp*."""
    link, end = link_of(sentence, first, second), last_word(sentence)
    subject = sentence.child(first, "nsubj")
    span = sentence.phrase(subject) if subject is not None else None
    if link is None or sentence.lower[link] != "and" or span is None or span[1] != first - 1:
        return None
    if sentence[first].tag != sentence[second].tag or sentence[first].tag not in {"VBZ", "VBP", "VBD"}:
        return None
    stative = _STATIVE | (_HABITS if sentence[first].tag == "VBZ" else frozenset())
    if any(lemma(sentence, i) not in stative or not sentence.lower[i].isalpha() for i in (first, second)):
        return None
    if second != link + 1 or sentence.phrase(second) not in {(second, end), (second, len(sentence) - 1)}:
        return None
    left, right = (first, link - 1), (second, end)
    inside = range(first, end + 1)
    if any(sentence.lower[i] in THIRD | ORDER | _LINKING | {",", "not", "n't", ":", "--"} for i in inside):
        return None
    if any(sentence.child(i, "nsubj", "neg", "aux") is not None for i in (second,)):
        return None
    if (
        sentence.child(first, "neg", "aux") is not None
        or end - first > 24
        or link - first < 2
        or end - link < 2
    ):
        return None
    return edit(sentence, first, end, f"{sentence.slice(*right)} and {sentence.slice(*left)}", "coordination")


def link_of(sentence: Sentence, first: int, second: int) -> int | None:
    """Return the place of the one ``and`` or ``or`` between two, if they are no more than two."""
    links = [i for i in sentence.children[first] if sentence[i].dep == "cc"]
    pairs = [i for i in sentence.children[first] if sentence[i].dep == "conj"]
    if len(links) != 1 or pairs != [second] or sentence[first].dep == "conj":
        return None
    if sentence.child(second, "cc", "conj") is not None:
        return None
    return links[0] if first < links[0] < second and sentence.lower[links[0]] in {"and", "or"} else None


def _clauses(sentence: Sentence, first: int, second: int) -> Edit | None:
    link, end = link_of(sentence, first, second), last_word(sentence)
    if link is None or sentence.lower[link] != "and":
        return None
    if lemma(sentence, first) not in _STATIVE or lemma(sentence, second) not in _STATIVE:
        return None
    if sentence.phrase(second) not in {(link + 1, end), (link + 1, len(sentence) - 1)}:
        return None
    comma = sentence.lower[link - 1] == ","
    left, right = (0, link - 1 - comma), (link + 1, end)
    if not all(_begins_with_subject(sentence, verb, at) for verb, at in ((first, 0), (second, link + 1))):
        return None
    inside = range(len(sentence))
    if any(sentence.lower[i] in (THIRD | ORDER) - {"it"} for i in inside if i > link):
        return None
    if "it" in sentence.lower or any(sentence.lower[i] == "," for i in inside if i != link - 1):
        return None
    joint = sentence.text[sentence[left[1]].end : sentence[right[0]].start]
    new = f"{sentence.slice(*right)}{joint}{opening(sentence, *left)}"
    return edit(sentence, 0, end, new, "coordination")


def _begins_with_subject(sentence: Sentence, verb: int, place: int) -> bool:
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    span = sentence.phrase(subject) if subject is not None else None
    return span is not None and span[0] == place and span[1] < verb
