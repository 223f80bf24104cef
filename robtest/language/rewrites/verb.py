"""English verb groups: auxiliaries, negation and adverbs around a verb, and the forms of be, have and do."""

from collections.abc import Sequence
from dataclasses import dataclass

from robtest.language.forms import inflect, lemma_of
from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import Person

BE = frozenset("am is are was were".split())
PAST = frozenset({"was", "were", "had", "did"})
MODALS = frozenset("can could may might must shall should will would".split())

_FULL = {"ca": "can", "wo": "will", "sha": "shall", "'ll": "will", "'ve": "have", "'re": "are", "'m": "am"}
_SHORT_NOT = {"can": "ca", "will": "wo"}
_PRESENT: dict[Person, tuple[str, str, str]] = {
    "I": ("am", "have", "do"),
    "he": ("is", "has", "does"),
    "they": ("are", "have", "do"),
}
# These change what they stand beside when the sentence is turned round.
_FOCUS = frozenset(
    "only just even merely simply also too both either neither first rather instead so".split()
)
_EARLY = frozenset(
    "never always often ever already still usually rarely seldom sometimes generally probably certainly"
    " soon recently once now then clearly obviously apparently actually eventually finally perhaps really"
    " truly definitely almost nearly long since hardly".split()
)


@dataclass(frozen=True)
class Group:
    """What stands between a subject and its object.

    Attributes:
        aux: the auxiliaries in full (``will`` for ``'ll``), in lower case.
        negation: ``not`` or ``n't`` as it is written, else empty.
        early: adverbs that follow the first auxiliary (``never``).
        late: adverbs that stand before the verb (``quickly``).
        verb: the verb's place.
    """

    aux: tuple[str, ...]
    negation: str
    early: tuple[str, ...]
    late: tuple[str, ...]
    verb: int


def verb_group(sentence: Sentence, verb: int, first: int) -> Group | None:
    """Return the group of a verb that begins at a place; None if anything else stands in between."""
    aux: list[str] = []
    early: list[str] = []
    late: list[str] = []
    negation = ""
    for i in range(first, verb):
        word, text = sentence.lower[i], sentence.slice(i, i)
        if sentence[i].head != verb or sentence.children[i]:
            return None
        if sentence[i].dep in {"aux", "auxpass"}:
            aux.append(_full(sentence, i))
        elif sentence[i].dep == "neg" and word in {"not", "n't"} and not negation:
            negation = text
        elif sentence[i].dep in {"advmod", "neg"} and sentence[i].tag == "RB" and word not in _FOCUS:
            (early if word in _EARLY else late).append(text)
        else:
            return None
    return Group(tuple(aux), negation, tuple(early), tuple(late), verb)


def _full(sentence: Sentence, place: int) -> str:
    word = sentence.lower[place]
    if word == "'d":
        return "would" if sentence[place].tag == "MD" else "had"
    if word == "'s":
        following = {sentence[i].tag for i in range(place + 1, min(place + 4, len(sentence)))}
        return "is" if "VBG" in following or sentence[place].dep == "auxpass" else "has"
    return _FULL.get(word, word)


def composed(group: Group, aux: Sequence[str], verb: str) -> str | None:
    """Return a verb group with other auxiliaries and another form of the verb; None if it cannot be said."""
    if group.negation and not aux:
        return None
    parts = list(aux)
    if group.negation in {"not", "NOT"}:
        parts[0] = "cannot" if parts[0] == "can" else f"{parts[0]} not"
    elif group.negation:
        if parts[0] in {"am", "may"}:
            return None
        parts[0] = _SHORT_NOT.get(parts[0], parts[0]) + group.negation
    return " ".join([*parts[:1], *group.early, *parts[1:], *group.late, verb])


def be(past: bool, who: Person) -> str:
    """Return the finite form of *be*."""
    if past:
        return "were" if who == "they" else "was"
    return _PRESENT[who][0]


def have(word: str, who: Person) -> str:
    """Return the form of *have*: ``had`` stays, ``has`` and ``have`` agree."""
    return word if word == "had" else _PRESENT[who][1]


def do(past: bool, who: Person) -> str:
    """Return the finite form of *do*."""
    return "did" if past else _PRESENT[who][2]


def form(sentence: Sentence, verb: int, tag: str) -> str | None:
    """Return another form of a verb by its Penn Treebank tag; None if the dictionary has none.

    A regular past and its participle are one word, so that it stays as it is spelt (``travelled``).
    """
    word = sentence.lower[verb]
    if not word.isalpha() or (lemma := lemma_of(word, "v")) is None:
        return None
    if {tag, sentence[verb].tag} <= {"VBD", "VBN"} and word.endswith("ed"):
        return word
    return inflect(lemma, tag)


def lemma(sentence: Sentence, place: int) -> str:
    """Return the lemma of a verb; the word itself where the dictionary has none."""
    return lemma_of(sentence.lower[place], "v") or sentence.lower[place]


def is_negated(sentence: Sentence, verb: int) -> bool:
    """Whether a verb has a negation of its own."""
    return sentence.child(verb, "neg") is not None
