"""Adjectives before a noun, phrases with a preposition, and deeds, in another order."""

from robtest.language.forms import article_before, suits
from robtest.language.parser import Sentence
from robtest.language.rewrites.attribute import is_doubtful
from robtest.language.rewrites.phrase import NOUNS, THIRD, edit, opening
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

DOING = frozenset(
    "sing dance sit stand talk laugh smile walk run play eat drink jump cheer clap wave sleep read write"
    " cook paint swim ski skate chat shout scream cry watch wait look listen".split()
)
"""What one may do at the same time as another, or in turn."""

_SET = frozenset(
    "other such same own many few several last first next little old young more only good nice"
    " big great large small multi semi non sub pre post anti self mid ultra pseudo quasi neo co half".split()
)
_STRONG = frozenset("more most less least very so too as much rather quite".split())
_SAME = frozenset("in on at with without for by about against among".split())
_NO_PLACE = frozenset("fact time general particular turn addition order all".split())
_SHARING = frozenset("the a an its his her their our my your these those some".split())
_OWN = frozenset("of from with for without in on at to 's ' - that who which".split())
FIXED = frozenset(
    "dead pros ups ins bread fish rock trial supply cause odds ladies mother gentlemen black bits peace law"
    " rank hustle safe sick sound cut alive good nice time wear profit research terms husband head".split()
)
"""First words of pairs that English says in one order only, and adjectives that strengthen the next."""

_LATER = frozenset(
    "then later so thus therefore finally eventually also too again else more other another this that those"
    " these such there here both".split()
)


def _beside(sentence: Sentence, noun: int) -> Edit | None:
    """Return *a slow, boring film* for *a boring, slow film*; the article goes with them."""
    if sentence[noun].tag not in NOUNS:
        return None
    pair = [i for i in sentence.children[noun] if sentence[i].dep == "amod" and i < noun][:2]
    if len(pair) != 2 or pair[1] != pair[0] + 2 or sentence.lower[pair[0] + 1] != ",":
        return None
    first, second = pair
    if any(sentence[i].tag != "JJ" or sentence.children[i] or sentence.lower[i] in _SET for i in pair):
        return None
    before = sentence.lower[first - 1] if first else ""
    if before in {"-", "/", "''", ","} | _STRONG or sentence.lower[second + 1] in {"-", "and", "or", "but"}:
        return None
    if first and sentence[first - 1].tag[:2] in {"JJ", "RB", "CD"}:
        return None
    if not all(sentence.lower[i].isalpha() and not sentence.slice(i, i)[1:].isupper() for i in pair):
        return None
    return _with_article(sentence, first, second)


def _with_article(sentence: Sentence, first: int, second: int) -> Edit | None:
    """Return the edit that turns two words round, and *a* before them to *an* where the other wants it."""
    new = sentence.slice(second, second)
    mark = sentence.text[sentence[first].end : sentence[second].start]
    moved = opening(sentence, first, first)
    if first == 0 and moved[0].isupper():
        return None  # a word that no dictionary has in lower case keeps its capital
    words = f"{new}{mark}{moved}"
    article = article_before(sentence.text, sentence[first].start)
    if article is None or suits(article, new.lower()):
        if article is not None and is_doubtful(new):
            return None
        return edit(sentence, first, second, words, "coordination")
    if is_doubtful(new) or first == 0:
        return None
    other = {"a": "an", "an": "a"}[article]
    gap = sentence.text[sentence[first - 1].end : sentence[first].start]
    other = other.capitalize() if sentence.slice(first - 1, first - 1)[0].isupper() else other
    return edit(sentence, first - 1, second, f"{other}{gap}{words}", "coordination")


def _places(sentence: Sentence, first: int) -> Edit | None:
    """Return *in Rome and in Paris* for *in Paris and in Rome*: two phrases with one preposition."""
    second = sentence.child(first, "conj")
    if sentence[first].dep != "prep" or second is None or sentence.lower[first] not in _SAME:
        return None
    if sentence.lower[second] != sentence.lower[first] or sentence.lower[second - 1] not in {"and", "or"}:
        return None
    nouns = [sentence.child(i, "pobj") for i in (first, second)]
    span, last = sentence.phrase(first), sentence.phrase(second)
    if None in nouns or span is None or last is None or last[0] != second or span[0] != first:
        return None
    if sentence.child(second, "conj", "cc") is not None or span[1] != last[1] or last[1] - first > 12:
        return None
    inside = range(first, last[1] + 1)
    if any(sentence.lower[i] in THIRD | _LATER | _NO_PLACE or sentence.lower[i] == "," for i in inside):
        return None
    if any(sentence[i].tag[:2] in {"VB", "WD", "WP", "WR"} for i in inside):
        return None
    link = sentence.slice(second - 1, second - 1)
    right, left = sentence.slice(*last), opening(sentence, first, second - 2)
    return edit(sentence, first, last[1], f"{right} {link} {left}", "coordination")


def _deeds(sentence: Sentence, first: int) -> Edit | None:
    """Return *is holding a cup and wearing a hat* for *is wearing a hat and holding a cup*.

    Of what goes on at the same time: in *-ing* behind *is*, each with an object; or two deeds that know no
    order (*sings and dances*).
    """
    second = sentence.child(first, "conj")
    links = [i for i in sentence.children[first] if sentence[i].dep == "cc"]
    if second is None or len(links) != 1 or sentence.lower[links[0]] != "and" or second != links[0] + 1:
        return None
    if sentence[second].tag != sentence[first].tag or sentence.child(second, "conj", "cc") is not None:
        return None
    end = _last_of_going(sentence, first, second) or _last_of_simple(sentence, first, second)
    if end is None:
        return None
    inside = range(first, end + 1)
    if any(sentence.lower[i] in (THIRD | _LATER) or sentence.lower[i] == "," for i in inside):
        return None
    if any(sentence[i].tag in {"WDT", "WP", "WRB"} for i in inside):
        return None
    right, left = sentence.slice(second, end), opening(sentence, first, second - 2)
    return edit(sentence, first, end, f"{right} and {left}", "coordination")


_GOING = frozenset("is are 's 're am 'm".split())


def _last_of_going(sentence: Sentence, first: int, second: int) -> int | None:
    """Return the last place of two deeds in *-ing* with an object each and nothing else."""
    going = sentence.child(first, "aux")
    if sentence[first].tag != "VBG" or going is None or sentence.lower[going] not in _GOING:
        return None
    objects = [sentence.child(i, "dobj") for i in (first, second)]
    behind = [
        i for i in sentence.children[first] if i > first and sentence[i].dep not in {"punct", "cc", "conj"}
    ]
    more = [i for i in sentence.children[second] if sentence[i].dep != "punct"]
    if objects[0] is None or objects[1] is None or behind != [objects[0]] or more != [objects[1]]:
        return None
    left, right = sentence.phrase(objects[0]), sentence.phrase(objects[1])
    if right is None or left != (first + 1, second - 2) or right[0] != second + 1 or right[1] - first > 14:
        return None
    return right[1]


def _last_of_simple(sentence: Sentence, first: int, second: int) -> int | None:
    """Return the place of the second of two deeds without an object, before a place or the end."""
    if sentence[first].tag not in {"VBZ", "VBP"} or second != first + 2:
        return None
    if any(lemma(sentence, i) not in DOING for i in (first, second)):
        return None
    after = second + 1
    if after < len(sentence) and sentence[after].tag not in {".", "IN"}:
        return None
    more = sentence.child(second, "dobj", "prt", "advcl", "xcomp", "ccomp") is not None
    return None if more else second


def _shared(sentence: Sentence, first: int) -> Edit | None:
    """Return *its dreams and hopes* for *its hopes and dreams*: one article or possessive before both."""
    second = first + 2
    if first < 1 or second >= len(sentence) or sentence.lower[first + 1] != "and":
        return None
    if sentence[second].head != first or sentence[second].dep != "conj" or sentence.children[second]:
        return None
    if sentence[first].tag != sentence[second].tag or sentence[first].tag not in {"NN", "NNS"}:
        return None
    own = [i for i in sentence.children[first] if i not in {first + 1, second}]
    if own != [first - 1] or sentence[first - 1].dep not in {"det", "poss"}:
        return None
    if (
        sentence.lower[first - 1] not in _SHARING
        or sentence.lower[first] in FIXED
        or sentence.lower[second] == "wife"
    ):
        return None
    after = second + 1
    if after < len(sentence) and (sentence[after].tag in NOUNS or sentence.lower[after] in _OWN):
        return None
    if not suits(article_before(sentence.text, sentence[first].start), sentence.lower[second]):
        return None
    new = f"{sentence.slice(second, second)} and {sentence.slice(first, first)}"
    return edit(sentence, first, second, new, "coordination")


def _graded(sentence: Sentence, first: int) -> Edit | None:
    """Return *deeply sad and wildly funny* for *wildly funny and deeply sad*."""
    link, second = first + 1, first + 3
    if first < 1 or second >= len(sentence) or sentence.lower[link] != "and":
        return None
    if sentence[second].head != first or sentence[second].dep != "conj" or sentence[first].dep == "conj":
        return None
    pairs = ((first - 1, first), (second - 1, second))
    for adverb, word in pairs:
        if sentence[word].tag not in {"JJ", "VBN", "VBG"} or sentence[adverb].head != word:
            return None
        if sentence[adverb].tag != "RB" or not sentence.lower[adverb].endswith("ly"):
            return None
        if not sentence.lower[word].isalpha() or sentence.lower[adverb] in {"only", "equally", "similarly"}:
            return None
    if sentence.children[second] != (second - 1,) or any(
        i > first and i not in {link, second} and sentence[i].dep != "punct" for i in sentence.children[first]
    ):
        return None
    left = opening(sentence, first - 1, first)
    new, begin = f"{sentence.slice(second - 1, second)} and {left}", first - 1
    article = article_before(sentence.text, sentence[begin].start)
    if not suits(article, new.lower()) or (article is not None and is_doubtful(new)):
        return None
    return edit(sentence, begin, second, new, "coordination")


def _with_me(sentence: Sentence, first: int) -> Edit | None:
    """Return *my sister and me* for *me and my sister*, and back."""
    if sentence.lower[first : first + 2] == ("me", "and") and first + 2 < len(sentence):
        start = first + 2
        last = start + (sentence[start].tag == "PRP$")
        if last >= len(sentence) or not _is_somebody(sentence, start, last):
            return None
        return edit(sentence, first, last, f"{sentence.slice(start, last)} and me", "coordination")
    link = first - 1
    if sentence.lower[first] != "me" or link < 1 or sentence.lower[link] != "and":
        return None
    start = link - 1 - (link > 1 and sentence[link - 2].tag == "PRP$")
    if not _is_somebody(sentence, start, link - 1) or (start and sentence.lower[start - 1] in {"and", ","}):
        return None
    return edit(sentence, start, first, f"me and {opening(sentence, start, link - 1)}", "coordination")


def _is_somebody(sentence: Sentence, first: int, last: int) -> bool:
    """Whether this is *you*, a name, or somebody with *my*, and nothing more of the phrase follows."""
    after = sentence[last + 1].tag if last + 1 < len(sentence) else "."
    if after in NOUNS | {"POS", "CC", ","}:
        return sentence.lower[last + 1] == "and" and sentence.lower[last + 2 : last + 3] == ("me",)
    if first < last:
        return sentence[last].tag in {"NN", "NNS"} and sentence.lower[first] in {"my", "our"}
    return sentence.lower[first] == "you" or sentence[first].tag == "NNP"


SERIES = (_beside, _places, _deeds, _shared, _graded, _with_me)
"""What yields one edit of a sentence and a place, or none."""
