"""The order of coordinated words and clauses: *tea and milk* and *milk and tea*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import NOUNS, THIRD, edit, opening
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_PLACES = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "attr", "acomp", "amod"})
_ADJECTIVES = frozenset({"JJ"})
# What these begin may belong to the nearer of two nouns.
_OWN = frozenset("of from with for without".split())
_IN_TURN = frozenset({"former", "latter", "respectively", "respective"})
# These say that the second comes after, from or beside the first.
_ORDER = frozenset(
    "then later so thus therefore hence consequently finally subsequently afterwards eventually even also too"
    " either neither both still yet instead rather otherwise this these those such one ones same other"
    " another former latter respectively first last next again".split()
)
# Pairs that English says in one order only, and adjectives that only strengthen the next.
_FIXED = frozenset(
    "dead pros ups ins bread fish rock trial supply cause odds ladies mother gentlemen black bits peace law"
    " rank hustle safe sick sound cut alive good nice time wear profit research terms".split()
)
_CONSONANTS = frozenset("bcdfgjklmnpqrstvwyz")  # "an hour" is not like "a house"
_STATIVE = frozenset(
    "be have seem look feel taste smell sound cost need love like hate know contain own belong remain live"
    " matter deserve lack want mean".split()
)


def coordination(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with two coordinated nouns, adjectives or clauses in the other order.

    Nouns and adjectives are single words or have determiners of their own; clauses say how things
    are and do not follow one another. Left alone: more than two, pairs said in one order only
    (``pros and cons``), words of order (``then``), pronouns that point back, and what may
    belong to one of the two or to both.
    """
    if _IN_TURN.intersection(sentence.lower):
        return
    for second in range(len(sentence)):
        first = sentence[second].head
        if sentence[second].dep != "conj" or first >= second:
            continue
        if first == sentence.root and sentence[second].tag[:2] == "VB":
            rewrite = _clauses(sentence, first, second)
        else:
            rewrite = _words(sentence, first, second)
        if rewrite is not None:
            yield rewrite


def _words(sentence: Sentence, first: int, second: int) -> Edit | None:
    link = _link(sentence, first, second)
    if link is None or sentence[first].dep not in _PLACES or sentence.lower[first] in _FIXED:
        return None
    left, right = _member(sentence, first, link), _member(sentence, second, None)
    if left is None or right is None or left[1] != link - 1 or right[0] != link + 1:
        return None
    alike = _ADJECTIVES if sentence[first].tag in _ADJECTIVES else NOUNS
    if not {sentence[first].tag, sentence[second].tag} <= alike or not _fits(sentence, left, right):
        return None
    there = sentence.child(sentence[first].head, "expl") is not None
    if there and sentence[first].tag != sentence[second].tag:
        return None  # "there is" agrees with the first
    after = right[1] + 1
    subject = sentence[first].dep.startswith("nsubj")
    if not subject and after < len(sentence) and sentence[after].tag in {"VBZ", "VBP", "VBD", "MD"}:
        return None  # the second is the subject of what follows
    if sentence.lower[link] == "or" and subject:
        return None  # the verb agrees with the nearer one
    new = f"{sentence.slice(*right)} {sentence.slice(link, link)} {opening(sentence, *left)}"
    return edit(sentence, left[0], right[1], new, "coordination")


def _link(sentence: Sentence, first: int, second: int) -> int | None:
    """Return the place of the one ``and`` or ``or`` between two, if they are no more than two."""
    links = [i for i in sentence.children[first] if sentence[i].dep == "cc"]
    pairs = [i for i in sentence.children[first] if sentence[i].dep == "conj"]
    if len(links) != 1 or pairs != [second] or sentence[first].dep == "conj":
        return None
    if sentence.child(second, "cc", "conj") is not None:
        return None
    return links[0] if first < links[0] < second and sentence.lower[links[0]] in {"and", "or"} else None


def _member(sentence: Sentence, head: int, link: int | None) -> tuple[int, int] | None:
    """Return one of the two: a single word, or one that begins with its own determiner; nothing behind."""
    kept = [i for i in sentence.subtree(head) if link is None or i < link]
    shared = {i for i in kept if sentence[i].dep in {"preconj"}}
    inside = [i for i in kept if i not in shared]
    if inside[-1] != head or inside[-1] - inside[0] + 1 != len(inside):
        return None
    if any(sentence.lower[i] in THIRD | _ORDER or sentence[i].tag in {"PRP", "CD", ","} for i in inside):
        return None
    return inside[0], inside[-1]


def _fits(sentence: Sentence, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether what stands before the first is sure to be its own, or no word does."""
    starts = [sentence[first].dep in {"det", "poss"} for first, _ in (left, right)]
    if all(starts):
        return True
    if any(starts) or left[0] != left[1] or right[0] != right[1]:
        return False
    before = sentence.lower[left[0] - 1] if left[0] else ""
    if before in {"a", "an"} and not all(sentence.lower[i][0] in _CONSONANTS for i in (left[0], right[0])):
        return False
    after = right[1] + 1
    if sentence[left[1]].tag in _ADJECTIVES or after == len(sentence):
        return True
    return sentence[after].tag not in NOUNS and sentence.lower[after] not in _OWN


def _clauses(sentence: Sentence, first: int, second: int) -> Edit | None:
    link, end = _link(sentence, first, second), last_word(sentence)
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
    if any(sentence.lower[i] in (THIRD | _ORDER) - {"it"} for i in inside if i > link):
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
