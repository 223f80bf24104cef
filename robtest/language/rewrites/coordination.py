"""The order of coordinated words and clauses: *tea and milk* and *milk and tea*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.attribute import QUALITIES
from robtest.language.rewrites.phrase import NAMES, NOUNS, THIRD, edit, opening
from robtest.language.rewrites.predicates import ORDER, link_of, predicates
from robtest.language.rewrites.series import DOING, FIXED, SERIES
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_PLACES = frozenset(
    {
        "nsubj",
        "nsubjpass",
        "dobj",
        "pobj",
        "attr",
        "acomp",
        "amod",
        "ROOT",
        "advmod",
        "conj",
        "xcomp",
        "advcl",
    }
)
_ADJECTIVES = frozenset({"JJ"})
_FINITE = frozenset({"VBZ", "VBP", "VBD", "VB"})
# What these begin may belong to the nearer of two nouns.
_OWN = frozenset("of from with for without 's '".split())
_OUTSIDE = frozenset({"PRP", "CD", ",", "POS"})
_IN_TURN = frozenset({"former", "latter", "respectively", "respective"})
_CONSONANTS = frozenset("bcdfgjklmnpqrstvwyz")  # "an hour" is not like "a house"


def coordination(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with two coordinated nouns, adjectives or clauses in the other order.

    Nouns and adjectives are single words or have determiners of their own; clauses say how things
    are and do not follow one another. Left alone: more than two, pairs said in one order only
    (``pros and cons``), words of order (``then``), pronouns that point back, and what may
    belong to one of the two or to both.
    """
    if _IN_TURN.intersection(sentence.lower):
        return
    plain = sentence.lower[-1] != "?"
    for place in range(len(sentence)):
        for rule in (*SERIES, _list, _both):
            if (rewrite := rule(sentence, place)) is not None:
                yield rewrite
    for second in range(len(sentence)):
        first = sentence[second].head
        if sentence[second].dep != "conj" or first >= second:
            continue
        if first == sentence.root and sentence[second].tag in _FINITE:
            rewrite = predicates(sentence, first, second) if plain else None
        else:
            rewrite = _words(sentence, first, second)
        if rewrite is not None:
            yield rewrite


def _words(sentence: Sentence, first: int, second: int) -> Edit | None:
    link = link_of(sentence, first, second)
    if link is None or sentence[first].dep not in _PLACES or sentence.lower[first] in FIXED:
        return None
    left, right = _member(sentence, first, link), _member(sentence, second, None)
    if left is None or right is None or left[1] != link - 1 or right[0] != link + 1:
        return None
    if not _alike(sentence, first, second) or not _fits(sentence, left, right):
        return None
    there = sentence.child(sentence[first].head, "expl") is not None
    if there and sentence[first].tag != sentence[second].tag:
        return None  # "there is" agrees with the first
    after = right[1] + 1
    subject = sentence[first].dep.startswith("nsubj")
    if not subject and after < len(sentence) and sentence[after].tag in {"VBZ", "VBP", "VBD", "MD", "VBN"}:
        return None  # the second is the subject of what follows
    if sentence.lower[link] == "or" and subject:
        return None  # the verb agrees with the nearer one
    moved = opening(sentence, *left)
    if left[0] == 0 and moved[0].isupper() and sentence[0].tag not in NAMES | {"PRP"}:
        return None  # a word that no dictionary has in lower case keeps its capital
    new = f"{sentence.slice(*right)} {sentence.slice(link, link)} {moved}"
    return edit(sentence, left[0], right[1], new, "coordination")


def _alike(sentence: Sentence, first: int, second: int) -> bool:
    """Whether two words are of one kind: nouns, adjectives, adverbs of manner, or deeds in *-ing*."""
    tags = {sentence[first].tag, sentence[second].tag}
    words = (sentence.lower[first], sentence.lower[second])
    participles = {w for i, w in zip((first, second), words, strict=True) if sentence[i].tag == "VBG"}
    if tags <= {"JJ", "VBG"} and "JJ" in tags and participles <= QUALITIES:
        return sentence[first].dep in {"amod", "acomp", "ROOT", "conj", "advcl"}
    if tags == {"RB"}:
        return all(word.endswith("ly") for word in words)
    if tags == {"VBG"}:
        return all(lemma(sentence, i) in DOING for i in (first, second))
    return tags <= NOUNS and sentence[first].dep not in {"ROOT", "advmod", "xcomp"}


def _both(sentence: Sentence, place: int) -> Edit | None:
    """Return *the cats and the dogs* for *both the cats and the dogs*."""
    link = {"both": "and", "either": "or"}.get(sentence.lower[place])
    if link is None or sentence[place].dep != "preconj" or place + 1 >= len(sentence):
        return None
    first = sentence[place].head
    links = [sentence.lower[i] for i in sentence.children[first] if sentence[i].dep == "cc"]
    if {"not", "n't", "never", "without"}.intersection(sentence.lower[:place]) and link == "or":
        return None
    if first <= place or links != [link] or sentence[first].dep.startswith("nsubj") or place == 0:
        return None
    return Edit(sentence[place].start, sentence[place + 1].start, "", "coordination")


def _list(sentence: Sentence, first: int) -> Edit | None:
    """Return *milk, tea and sugar* for *tea, milk and sugar*: the first two of three change places."""
    second = sentence.child(first, "conj")
    third = sentence.child(second, "conj") if second is not None else None
    if second is None or third is None or not first < second < third:
        return None
    left, right = _listed(sentence, first), _listed(sentence, second)
    if left is None or right is None or left[1] + 2 != right[0] or sentence.lower[right[0] - 1] != ",":
        return None
    after = right[1] + 1 + (sentence.lower[right[1] + 1] == ",")
    listed = sentence.lower[after - 1] == "," and sentence[first].tag in _ADJECTIVES and third == after
    if not (listed or sentence.lower[after] in {"and", "or"}) or not _may_change(
        sentence, left, right, third
    ):
        return None
    mark = sentence.text[sentence[left[1]].end : sentence[right[0]].start]
    new = f"{sentence.slice(*right)}{mark}{opening(sentence, *left)}"
    return edit(sentence, left[0], right[1], new, "coordination")


def _listed(sentence: Sentence, head: int) -> tuple[int, int] | None:
    """Return a member of a list: what stands before its head, if that is an article or another noun."""
    before = [i for i in sentence.children[head] if i < head]
    behind = [i for i in sentence.children[head] if i > head]
    if any(sentence[i].dep not in {"det", "poss", "compound"} or sentence.children[i] for i in before):
        return None
    if any(sentence[i].dep not in {"conj", "cc", "punct"} for i in behind):
        return None
    first = head - len(before)
    words = sentence.lower[first : head + 1]
    alone = before == list(range(first, head)) and all(word.isalpha() for word in words)
    return (first, head) if alone and not (THIRD | ORDER).intersection(words) else None


def _may_change(sentence: Sentence, left: tuple[int, int], right: tuple[int, int], third: int) -> bool:
    """Whether two members are alike, and no word before the first belongs to it alone."""
    tags = {sentence[left[1]].tag, sentence[right[1]].tag}
    kind = _ADJECTIVES if sentence[left[1]].tag in _ADJECTIVES else NOUNS
    last = {"VBG", "VBN"} if kind is _ADJECTIVES else {"VBG"}
    if not tags <= kind or sentence[third].tag not in kind | last:
        return False
    starts = {sentence[first].dep in {"det", "poss"} for first, _ in (left, right)}
    if len(starts) != 1 or (sentence[left[1]].dep.startswith("nsubj") and "NNS" not in tags):
        return False
    before = sentence[left[0] - 1].tag if left[0] else "."
    return before not in _NEAR if starts == {False} else before != "CC"


_NEAR = frozenset("JJ NN NNP NNS VBG DT PRP$ POS HYPH , JJR RB RBR CD VBN".split())


def _member(sentence: Sentence, head: int, link: int | None) -> tuple[int, int] | None:
    """Return one of the two: a single word, or one that begins with its own determiner; nothing behind."""
    kept = [i for i in sentence.subtree(head) if link is None or i < link]
    shared = {i for i in kept if sentence[i].dep in {"preconj"}}
    inside = [i for i in kept if i not in shared]
    if inside[-1] != head or inside[-1] - inside[0] + 1 != len(inside):
        return None
    if any(sentence.lower[i] in THIRD | ORDER | {"enough"} or sentence[i].tag in _OUTSIDE for i in inside):
        return None
    return inside[0], inside[-1]


def _fits(sentence: Sentence, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether what stands before the first is sure to be its own, or no word does."""
    starts = [sentence[first].dep in {"det", "poss"} for first, _ in (left, right)]
    if all(starts):
        return True
    if not any(starts) and _equal(sentence, left, right):
        after = right[1] + 1
        return after == len(sentence) or (
            sentence[after].tag not in NOUNS
            and sentence.lower[after] not in _OWN
            and not _may_be_shared(sentence, left)
        )
    if any(starts) or left[0] != left[1] or right[0] != right[1]:
        return False
    before = sentence.lower[left[0] - 1] if left[0] else ""
    if before in {"a", "an"} and not all(sentence.lower[i][0] in _CONSONANTS for i in (left[0], right[0])):
        return False
    after = right[1] + 1
    if sentence[left[1]].tag in _ADJECTIVES or after == len(sentence):
        return True
    return sentence[after].tag not in NOUNS and sentence.lower[after] not in _OWN


def _equal(sentence: Sentence, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether both have adjectives of their own, or both are names of several words."""
    kinds = []
    for first, last in (left, right):
        tags = {sentence[i].tag for i in range(first, last + 1)}
        if first < last and tags <= {"NNP"}:
            kinds.append("name")
        elif first < last and sentence[first].tag in {"JJ", "NN"} and sentence[last].tag in {"NN", "NNS"}:
            kinds.append("noun" if sentence[first].dep in {"amod", "compound"} else "")
        else:
            kinds.append("")
    return kinds in (["name", "name"], ["noun", "noun"])


def _may_be_shared(sentence: Sentence, left: tuple[int, int]) -> bool:
    """Whether a word before the first may belong to both and fit only the one beside it."""
    before = sentence[left[0] - 1].tag if left[0] else "."
    return before in {"RB", "RBR", "RBS", "JJ", "NN", "NNP", "NNS", "HYPH", "CD", "DT", "PRP$", "POS", ","}
