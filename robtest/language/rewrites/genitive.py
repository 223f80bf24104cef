"""Genitives: *the film's director* and *the director of the film*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import DAYS, NAMES, TIMES, edit, opening
from robtest.types import Edit

# "a women's shelter", "a driver's licence": these say what kind, not whose.
_KINDS = frozenset(
    "women men children ladies girls boys driver master bachelor devil bull people fool collector"
    " plumber baker lion valentine mother father".split()
)
_NO_HEAD = frozenset(
    "sake license licence degree eye day own one worth end favorite favourite behalf best worst turn lot"
    " half choice advocate share".split()
)
_BEFORE = frozenset("the this its his her their our my your".split())
_NO_PART = frozenset(
    "own first second third last next only many few several other two three four five six every each some"
    " any no more most less least own".split()
)
# Names have more than one owner of this kind: what they do, make or are.
_RELATIONAL = frozenset(
    "director author writer performance performances script screenplay plot cast ending direction"
    " style humor humour score soundtrack cinematography premise theme themes tone pace characters dialogue"
    " message subject success failure beauty strength strengths weakness weaknesses quality appeal title"
    " history culture economy government president leader leaders capital population people policy policies"
    " mayor governor owner editor founder chairman members work works career life death legacy decision"
    " response proposal plan plans budget residents voters citizens name owner role refusal future past"
    " reputation reform laws authority power influence importance image memory impact effect effects"
    " spirit charm genius talent actions words views opinion conclusion opening heart center centre".split()
)
_SIZES = frozenset(
    "size price cost value color colour speed height weight length age purpose result results cause aim goal"
    " origin roof owner".split()
)


def genitive(sentence: Sentence) -> Iterator[Edit]:
    """Yield *the director of the film* for *the film's director*, and the other way.

    Left alone: times (``today's``), genitives that say what kind (``a women's shelter``), superlatives and
    numbers behind a genitive, heads with more behind them, and names that own a mere thing. A genitive is
    made only of two single nouns, each with *the*.
    """
    for place in range(len(sentence)):
        if sentence[place].dep == "poss" and (rewrite := _apart(sentence, place)) is not None:
            yield rewrite
        for rule in (_best, _best_of):
            if (best := rule(sentence, place)) is not None:
                yield best
        if sentence.lower[place] == "of" and (rewrite := _joined(sentence, place)) is not None:
            yield rewrite


def _apart(sentence: Sentence, owner: int) -> Edit | None:
    head, span, mark = sentence[owner].head, sentence.phrase(owner), sentence.child(owner, "case")
    if span is None or mark is None or span[1] != mark or mark <= owner or head <= mark:
        return None
    if span[0] and sentence.lower[span[0] - 1] in {"and", "or", ",", "'s"}:
        return None
    if not _owns(sentence, owner, span) or not _is_owned(sentence, head, mark, owner):
        return None
    if sentence.lower[mark] not in {"'s", "'"}:
        return None
    new = f"the {sentence.slice(mark + 1, head)} of {opening(sentence, span[0], mark - 1)}"
    return edit(sentence, span[0], head, new, "genitive")


def _owns(sentence: Sentence, owner: int, span: tuple[int, int]) -> bool:
    """Whether this is a plain noun phrase: a name, or a noun with *the* or the like; no time, no kind."""
    word = sentence.lower[owner]
    if word in _KINDS or word in TIMES or word in DAYS or span[1] - span[0] > 5:
        return False
    inside = range(span[0], span[1])
    if any(
        sentence[i].dep in {"poss", "prep", "conj", "appos", "relcl"} for i in inside if owner != i > span[0]
    ):
        return False
    if any(sentence[i].tag in {"PRP", "PRP$", "CD", "IN"} for i in inside if i > span[0]):
        return False
    if sentence[owner].tag in NAMES and sentence[span[0]].tag in NAMES:
        return True
    return sentence[owner].tag in {"NN", "NNS", "NNP"} and sentence.lower[span[0]] in {
        *("the", "this", "that", "these", "those", "my", "our", "your", "his", "her", "their", "its"),
    }


def _is_owned(sentence: Sentence, head: int, mark: int, owner: int) -> bool:
    inside = range(mark + 1, head + 1)
    if sentence[head].tag not in {"NN", "NNS"} or sentence.lower[head] in _NO_HEAD | TIMES:
        return False
    if any(sentence[i].tag in {"CD", "JJS", "RBS", "POS", ",", "CC"} for i in inside):
        return False
    if any(sentence.lower[i] in _NO_PART or sentence[i].tag in NAMES for i in inside):
        return False
    if any(i > head and sentence[i].dep != "punct" for i in sentence.children[head]):
        return False
    if sentence[owner].tag in NAMES and not _relational(sentence.lower[head]):
        return False
    after = sentence.lower[head + 1] if head + 1 < len(sentence) else "."
    return after not in {"of", "-", "'s", "'", "and", "or", "--"} and not any(
        sentence.lower[i] == "-" for i in inside
    )


def _owner(sentence: Sentence, place: int) -> bool:
    """Whether a noun may have a genitive: no time, no deed in *-ing*, no plural without *s*."""
    word = sentence.lower[place]
    if sentence[place].tag == "NNS":
        return word.endswith("s") or word in {"children", "people", "men", "women"}
    return sentence[place].tag == "NN" and word not in TIMES and not word.endswith("ing")


def _relational(word: str) -> bool:
    return word in _RELATIONAL or word.endswith(("ness", "ence"))


def _named(sentence: Sentence, of: int, owner: int) -> bool:
    """Whether *of* has nothing behind it but a name, with *the* or without."""
    first = of + 1 + (sentence.lower[of + 1] == "the")
    names = range(first, owner + 1)
    return (
        sentence.lower[of - 1] in _RELATIONAL
        and len(names) in {1, 2, 3}
        and all(sentence[i].tag == "NNP" and sentence.slice(i, i).isalpha() for i in names)
        and set(sentence.children[owner]) <= set(range(of + 1, owner))
    )


def _joined(sentence: Sentence, of: int) -> Edit | None:
    head, owner = sentence[of].head, sentence.child(of, "pobj")
    if owner is None or head != of - 1 or owner <= of or sentence[of].dep != "prep":
        return None
    span = sentence.phrase(head)
    if span is None or sentence.lower[span[0]] != "the":
        return None
    word = sentence.lower[head]
    named = _named(sentence, of, owner)
    own = (
        sentence[of + 1].tag == "PRP$" and sentence[owner].tag == "NN" and sentence.lower[owner] not in TIMES
    )
    if not word.endswith(("ness", "ity")) and word not in _RELATIONAL | _SIZES:
        return None
    if not named and (sentence.lower[of + 1] not in _BEFORE or sentence.children[owner] != (of + 1,)):
        return None
    if not (named or own or _owner(sentence, owner)) or span[1] != owner:
        return None
    before = sentence.children[head][:-1]
    if any(sentence[i].dep not in {"det", "amod"} for i in before) or len(before) > 2:
        return None
    if any(sentence[i].tag in {"JJS", "RBS", "CD"} or sentence.lower[i] in _NO_PART for i in before):
        return None
    if any(sentence.children[i] for i in before) or word in {"rest", "majority", "city", "community"}:
        return None
    after = sentence.lower[owner + 1] if owner + 1 < len(sentence) else "."
    if after in {"'s", "'", "and", "or", "-", "of", "that", "which", "who", "in", "to"}:
        return None
    mark = "'" if sentence[owner].tag == "NNS" and sentence.lower[owner].endswith("s") else "'s"
    new = f"{sentence.slice(of + 1, owner)}{mark} {sentence.slice(span[0] + 1, head)}"
    return edit(sentence, span[0], owner, new, "genitive")


_SPANS = frozenset("year season decade century week month summer".split())
_RANKS = frozenset("best worst first last biggest largest greatest funniest finest oldest richest".split())


def _best_of(sentence: Sentence, mark: int) -> Edit | None:
    """Return *the best film of the year* for *the year's best film*."""
    owner, rank = mark - 1, mark + 1
    if sentence[mark].tag != "POS" or not 2 <= mark < len(sentence) - 2:
        return None
    head = sentence[owner].head
    if sentence.lower[owner] not in _SPANS or sentence.lower[owner - 1] not in {"the", "this"}:
        return None
    if sentence.lower[rank] not in _RANKS or not rank < head < rank + 4 or sentence[head].tag[:2] != "NN":
        return None
    if any(sentence[i].tag not in {"JJ", "NN"} for i in range(rank + 1, head)):
        return None
    more = any(i > head and sentence[i].dep in {"prep", "relcl", "conj"} for i in sentence.children[head])
    if more or sentence[owner - 1].head != owner:
        return None
    new = f"the {sentence.slice(rank, head)} of {opening(sentence, owner - 1, owner)}"
    return edit(sentence, owner - 1, head, new, "genitive")


def _best(sentence: Sentence, of: int) -> Edit | None:
    """Return *the year's best film* for *the best film of the year*."""
    head, owner = of - 1, of + 2
    if sentence.lower[of] != "of" or of < 3 or owner >= len(sentence):
        return None
    if sentence.lower[of + 1] not in {"the", "this"} or sentence.lower[owner] not in _SPANS:
        return None
    rank = next((i for i in range(head - 1, max(0, head - 4), -1) if sentence.lower[i] in _RANKS), None)
    if rank is None or sentence.lower[rank - 1] != "the" or sentence[head].tag not in {"NN", "NNS"}:
        return None
    if any(sentence[i].tag != "JJ" for i in range(rank + 1, head)) or sentence.children[owner] != (of + 1,):
        return None
    if owner + 1 < len(sentence) and sentence.lower[owner + 1] in {"'s", "'", "of", "-"}:
        return None
    new = f"{sentence.slice(of + 1, owner)}'s {sentence.slice(rank, head)}"
    return edit(sentence, rank - 1, owner, new, "genitive")
