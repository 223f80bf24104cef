"""Adverbials from the end of a sentence to its beginning and back: *In May, it rained*."""

from collections.abc import Iterator
from dataclasses import dataclass

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import NAMES, NOUNS, THIRD, TIMES, edit, is_time, opening
from robtest.language.rewrites.verb import is_negated, lemma
from robtest.types import Edit

_NOW = frozenset("yesterday today tonight tomorrow".split())
_ADVERBS = frozenset(
    "yesterday today tonight tomorrow recently eventually suddenly sometimes occasionally nowadays"
    " afterwards".split()
)
_WHICH = frozenset("last next this that every each one most".split())
_WITH_TIMES = frozenset("in on at during throughout since for over within after before".split())
_WITH_NOUNS = frozenset("during despite throughout after before".split())
_CONJUNCTIONS = frozenset(
    "because although though when whenever while after before if unless since once until".split()
)
# A negation in the main clause may or may not reach these.
_IN_SCOPE = frozenset("because since until before after once for in over within".split())
# What asks for its other half further on.
_PAIRED = frozenset("so such than as too enough more less rather just hardly scarcely barely".split())
_NO_FRONTING = frozenset(
    "last date go look take name run ask call come stay remain live continue wonder know see check"
    " say tell think hope expect plan depend".split()
)
_LONGEST = 14
_AT = frozenset("in on at outside inside near".split())
_SPOTS = frozenset(
    "park street beach market room kitchen restaurant city field lake ocean pool snow garden yard backyard"
    " cafe bar store shop bench couch stage road sidewalk forest woods mountain library museum office"
    " classroom school church stadium gym parade concert river sand grass water rain sun plaza square"
    " bathroom bedroom living garage station airport bridge boat hill playground court theater house".split()
)
_DEEDS = frozenset(
    "sit stand sleep play eat drink talk sing dance work read buy sell wait walk run swim fish ride cook"
    " paint perform practice practise smile laugh celebrate relax rest lie shop wear hold watch drum".split()
)


@dataclass(frozen=True)
class _Parts:
    """A sentence in two: the main clause and what can stand on either side of it, by place."""

    main: tuple[int, int]
    moved: tuple[int, int]
    head: int


def fronting(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with its adverbial at the other end.

    Times (``last week``, ``in 1920``, ``suddenly``), prepositions that always begin an adverbial
    (``during``, ``despite``) and clauses (``because …``) are moved, where the main clause begins with its
    subject and has one verb. Left alone: complements (``depends on …``), clauses under a negation that
    may reach them, comparisons, and names that a pronoun of the main clause may mean.
    """
    if (parts := trailing(sentence)) is not None:
        new = f"{sentence.slice(*parts.moved)}, {opening(sentence, *parts.main)}"
        rewrite = edit(sentence, parts.main[0], parts.moved[1], new, "fronting")
        if rewrite is not None:
            yield rewrite
    if (parts := _leading(sentence)) is not None:
        new = f"{sentence.slice(*parts.main)} {opening(sentence, *parts.moved)}"
        rewrite = edit(sentence, 0, parts.main[1], new, "fronting")
        if rewrite is not None:
            yield rewrite


def trailing(sentence: Sentence) -> _Parts | None:
    """Return the parts of a sentence that begins with its subject and ends with an adverbial."""
    subject, end = _subject(sentence), last_word(sentence)
    if subject is None or not _begins(sentence, subject[0]):
        return None
    for head in sentence.children[sentence.root]:
        moved = sentence.phrase(head)
        if moved is not None and moved[1] == end and moved[0] > sentence.root:
            comma = sentence.lower[moved[0] - 1] == ","
            return _checked(sentence, _Parts((subject[0], moved[0] - 1 - comma), moved, head))
    return None


def _begins(sentence: Sentence, place: int) -> bool:
    """Whether a sentence begins at a place, but for a conjunction or the names of those it is said to."""
    before = sentence.lower[:place]
    return (
        not before or before in {("and",), ("but",), ("so",)} or all(word.startswith("@") for word in before)
    )


def _leading(sentence: Sentence) -> _Parts | None:
    subject = _subject(sentence)
    if subject is None or subject[0] < 1:
        return None
    comma = sentence.lower[subject[0] - 1] == ","
    for head in sentence.children[sentence.root]:
        moved = sentence.phrase(head)
        if moved is not None and moved == (0, subject[0] - 1 - comma):
            if not comma and (
                sentence[head].dep == "advcl" or not _is_phrase(sentence, _Parts(subject, moved, head))
            ):
                return None
            return _checked(sentence, _Parts((subject[0], _main_end(sentence)), moved, head))
    return None


def _main_end(sentence: Sentence) -> int:
    """Return the last place of the main clause: before a second one, else of the sentence."""
    for link in sentence.children[sentence.root]:
        if sentence[link].dep != "cc" or sentence.lower[link - 1] != "," or link < sentence.root:
            continue
        second = next(
            (i for i in sentence.children[sentence.root] if sentence[i].dep == "conj" and i > link), None
        )
        if second is not None and sentence.child(second, "nsubj", "nsubjpass", "expl") == link + 1:
            return link - 2
    return last_word(sentence)


def last_word(sentence: Sentence) -> int:
    """Return the place of the last word before the marks that end a sentence."""
    last = len(sentence) - 1
    while last > 0 and not any(c.isalnum() or c in "?\"'`" for c in sentence.lower[last]):
        last -= 1
    return last


def _subject(sentence: Sentence) -> tuple[int, int] | None:
    """Return where the subject stands; of a command, which has none, the place of its verb."""
    root = sentence.root
    subject = sentence.child(root, "nsubj", "nsubjpass", "expl")
    if subject is None:
        return (root, root) if sentence[root].tag == "VB" and sentence.child(root, "aux") is None else None
    span = sentence.phrase(subject)
    return span if span is not None and span[1] < root else None


def _checked(sentence: Sentence, parts: _Parts) -> _Parts | None:
    clause = sentence[parts.head].dep == "advcl"
    # Behind these a phrase may be a complement; before them, or where it is a clause, it is none.
    verb = lemma(sentence, sentence.root)
    if verb == "be" and not _copula(sentence, parts):
        return None
    if verb in _NO_FRONTING and sentence[parts.head].dep == "prep" and parts.moved[0]:
        return None
    if parts.moved[1] - parts.moved[0] >= _LONGEST or not _alone(sentence, parts):
        return None
    if not (_is_clause(sentence, parts) if clause else _is_phrase(sentence, parts)):
        return None
    if is_negated(sentence, sentence.root) and sentence.lower[parts.moved[0]] in _IN_SCOPE:
        return None
    if "other" in sentence.lower[parts.moved[0] : parts.moved[1] + 1]:
        return None
    return None if _points(sentence, parts) else parts


def _alone(sentence: Sentence, parts: _Parts) -> bool:
    """Whether the main clause has one verb, no comma, and nothing that asks for another half."""
    main = range(parts.main[0], parts.main[1] + 1)
    if sentence[parts.head].dep in {"npadvmod", "advmod"} and sentence.lower[parts.moved[0]] in (
        _NOW | {"last", "next", "this", "right"}
    ):
        return _one_clause(sentence, parts)
    for i in main:
        helps = sentence[i].dep in {"aux", "auxpass"} and sentence[i].head == sentence.root
        if sentence[i].tag[:2] in {"VB", "MD"} and i != sentence.root and not helps:
            if sentence[i].dep not in {"amod", "compound"}:
                return False
        if sentence.lower[i] in _PAIRED or sentence[i].tag in {"JJR", "RBR", ",", "WP", "WDT", "WRB"}:
            return False
    return all(sentence.lower[i] != "," for i in range(parts.moved[0], parts.moved[1] + 1))


def _one_clause(sentence: Sentence, parts: _Parts) -> bool:
    """Whether the main clause has no clause in it but an infinitive; so a day may be said first or last."""
    inside = [i for i in range(parts.main[0], parts.main[1] + 1) if i != sentence.root]
    clauses = {"ccomp", "advcl", "conj", "relcl", "acl", "parataxis", "pcomp", "csubj"}
    verbs = (i for i in inside if sentence[i].tag[:2] in {"VB", "MD"})
    if any(sentence[i].dep in clauses for i in verbs):
        return False
    return all(sentence.lower[i] not in {",", "until", "from"} for i in inside)


def _copula(sentence: Sentence, parts: _Parts) -> bool:
    """Whether the verb is *be* and has its complement in the main clause: *was cold*, not *was on Monday*."""
    complement = sentence.child(sentence.root, "acomp", "attr")
    first = parts.main[0]
    return complement is not None and first < complement <= parts.main[1] and sentence.lower[first] != "it"


def _is_phrase(sentence: Sentence, parts: _Parts) -> bool:
    first, last = parts.moved
    inside = range(first, last + 1)
    if any(sentence[i].tag[:2] in {"VB", "WP", "WD", "WR"} for i in inside):
        return False
    match sentence[parts.head].dep:
        case "advmod":
            if sentence.lower[first : last + 1] == ("right", "now"):
                return True
            return sentence.lower[last] == "ago" or (first == last and sentence.lower[first] in _ADVERBS)
        case "npadvmod":
            return sentence.lower[first] in _ADVERBS or (
                sentence.lower[first] in _WHICH and is_time(sentence, parts.head)
            )
        case "prep":
            noun = sentence.child(parts.head, "pobj")
            if noun is None or parts.head != first:
                return False
            word = sentence.lower[first]
            spot = word in _AT and sentence.lower[noun] in _SPOTS and _acts(sentence)
            timed = word in _WITH_TIMES and is_time(sentence, noun)
            if (
                first
                and sentence[first - 1].tag in NOUNS
                and sentence[sentence[first - 1].head].dep == "prep"
            ):
                return False  # "scenes of the city in 1899"
            return timed or spot or (word in _WITH_NOUNS and sentence[noun].tag in NOUNS and noun > first + 1)
        case _:
            return False


def _acts(sentence: Sentence) -> bool:
    """Whether the verb says what somebody does, so that *in the park* says where, and not whereto."""
    return lemma(sentence, sentence.root) in _DEEDS


def _is_clause(sentence: Sentence, parts: _Parts) -> bool:
    first = parts.moved[0] + (sentence.lower[parts.moved[0]] == "even")
    if sentence.lower[first] not in _CONJUNCTIONS or sentence[first].dep not in {"mark", "advmod"}:
        return False
    inside = range(first, parts.moved[1] + 1)
    # The parser hangs a subject from the verb or from its first auxiliary.
    verbs = {
        i for i in inside if i == parts.head or (sentence[i].dep == "aux" and sentence[i].head == parts.head)
    }
    subjects = (i for i in inside if sentence[i].dep in {"nsubj", "nsubjpass", "expl"})
    further = (i for i in inside if sentence[i].dep in {"conj", "ccomp", "advcl"} and i != parts.head)
    if any(sentence[i].tag[:2] == "VB" for i in further):
        return False
    return any(sentence[i].head in verbs for i in subjects)


def _points(sentence: Sentence, parts: _Parts) -> bool:
    """Whether a pronoun of the main clause may mean a noun that would come to stand before or behind it."""
    first, last = parts.main
    pronouns = THIRD.intersection(sentence.lower[first : last + 1])
    tags = NOUNS if sentence[parts.head].dep == "advcl" else NAMES
    nouns = (
        sentence[i].tag in tags and sentence.lower[i] not in TIMES
        for i in range(parts.moved[0], parts.moved[1] + 1)
    )
    return bool(pronouns) and any(nouns)
