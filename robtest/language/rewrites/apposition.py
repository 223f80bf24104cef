"""Appositions and the clauses they stand for: *Anna, a painter, left* and *Anna, who is a painter, left*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import NAMES, NOUNS, PEOPLE, definite, edit, finite, opening
from robtest.types import Edit

_PERSONS = PEOPLE | frozenset(
    "president chairman director author judge senator governor mayor spokesman spokeswoman professor"
    " secretary economist historian scientist founder editor publisher owner painter poet novelist candidate"
    " attorney mathematician physicist engineer analyst coach captain king queen minister ambassador general"
    " filmmaker manager composer photographer reporter journalist principal prosecutor specialist researcher"
    " veteran champion pioneer crusader native resident".split()
)
_THINGS = frozenset(
    "company city town country state nation village group organization organisation agency film movie book"
    " novel newspaper magazine drug disease plant river island subsidiary school university program programme"
    " project bank store restaurant hotel street bridge building museum church club team firm institute"
    " recipient duty example sequel comedy drama documentary law bill plan system network park".split()
)
_ARTICLES = frozenset({"a", "an", "the"})


def apposition(sentence: Sentence) -> Iterator[Edit]:
    """Yield *who is*, *which was* and the like before an apposition between commas, and without them.

    Of what begins with an article and says who or what the noun before it is. Left alone: lists.
    """
    for place in range(2, len(sentence) - 2):
        if sentence[place].dep == "appos":
            for rule in (_as_clause, _of_several, _swapped):
                if (made := rule(sentence, place)) is not None:
                    yield made
        if sentence.lower[place] in {"who", "which"} and (made := _as_phrase(sentence, place)) is not None:
            yield made


def _as_clause(sentence: Sentence, place: int) -> Edit | None:
    span, head = sentence.phrase(place), sentence[place].head
    if span is None or sentence[place].tag != "NN" or sentence.lower[span[0]] not in _ARTICLES:
        return None
    if sentence.lower[span[0] - 1] != "," or head != span[0] - 2 or not _closed(sentence, span[1]):
        return None
    named = sentence[head].tag in {"NN", "NNP"} and sentence.child(head, "conj", "cc") is None
    if not named or sentence[head].dep in {"conj", "appos"} or "," in sentence.lower[span[0] : span[1]]:
        return None
    if sentence.lower[place] in _PERSONS and (
        sentence[head].tag in NAMES or sentence.lower[head] in _PERSONS
    ):
        who = "who"
    elif sentence.lower[place] in _THINGS:
        who = "which"
    else:
        return None
    be = "was" if finite(sentence, head) == "past" else "is"
    return Edit(sentence[span[0] - 1].end, sentence[span[0] - 1].end, f" {who} {be}", "apposition")


def _of_several(sentence: Sentence, place: int) -> Edit | None:
    """Return *the brothers, who are painters, left* for *the brothers, painters, left*."""
    span, head = sentence.phrase(place), sentence[place].head
    if span is None or sentence[place].tag != "NNS" or sentence[head].tag not in {"NNS", "NNPS"}:
        return None
    if sentence.lower[span[0] - 1] != "," or head != span[0] - 2 or not _closed(sentence, span[1]):
        return None
    singular = sentence.lower[place].removesuffix("s")
    if singular not in _PERSONS | _THINGS or not definite(sentence, head):
        return None
    if sentence[head].dep in {"conj", "appos"} or sentence.child(head, "conj", "cc") is not None:
        return None
    inside = range(span[0], span[1] + 1)
    if any(sentence.lower[i] in {",", "and", "or"} or sentence[i].tag in {"PRP$", "POS"} for i in inside):
        return None
    who = "who" if singular in _PERSONS else "which"
    be = "were" if finite(sentence, head) == "past" else "are"
    return Edit(sentence[span[0] - 1].end, sentence[span[0] - 1].end, f" {who} {be}", "apposition")


def _swapped(sentence: Sentence, place: int) -> Edit | None:
    """Return *her teacher, Anna Lee, left* for *Anna Lee, her teacher, left*, and back."""
    head = sentence[place].head
    span, whole = sentence.phrase(place), sentence.phrase(head)
    if span is None or whole is None or whole[1] < span[1] or span[0] - 2 != head:
        return None
    left, last = (whole[0], head), span[1]
    if sentence.lower[head + 1] != "," or last + 2 >= len(sentence) or sentence.lower[last + 1] != ",":
        return None
    if sentence.lower[last + 2] in {"and", "or"} or sentence[head].dep in {"conj", "appos"}:
        return None
    described = (left, span) if sentence[place].tag in NAMES else (span, left)
    if not (_describes(sentence, *described[0]) and _is_name(sentence, *described[1])):
        return None
    mark = sentence.text[sentence[head].end : sentence[span[0]].start]
    new = f"{sentence.slice(*span)}{mark}{opening(sentence, *left)}"
    return edit(sentence, left[0], last, new, "apposition")


def _is_name(sentence: Sentence, first: int, last: int) -> bool:
    return last - first < 4 and all(sentence[i].tag == "NNP" for i in range(first, last + 1))


def _describes(sentence: Sentence, first: int, last: int) -> bool:
    """Whether this is a person by what they are: *her teacher*, *a writer*."""
    tags = {sentence[i].tag for i in range(first, last + 1)}
    fits = sentence.lower[last] in _PERSONS or sentence.lower[last].endswith(("er", "or", "ist", "man"))
    starts = sentence.lower[first] in _ARTICLES or sentence[first].tag == "PRP$"
    return fits and starts and sentence[last].tag == "NN" and not tags & {"IN", ",", "CC", "WP", "VBG", "TO"}


def _closed(sentence: Sentence, last: int) -> bool:
    """Whether a comma or the end of the sentence follows, and no list goes on."""
    after = last + 1
    if after >= len(sentence) or sentence.lower[after] in {".", "!"}:
        return True
    return sentence.lower[after] == "," and sentence.lower[after + 1 : after + 2] not in {("and",), ("or",)}


def _as_phrase(sentence: Sentence, place: int) -> Edit | None:
    verb = place + 1
    if sentence.lower[place - 1] != "," or sentence.lower[verb] not in {"is", "was"}:
        return None
    if sentence[verb].dep != "relcl" or sentence[place - 2].tag not in NOUNS or verb + 2 >= len(sentence):
        return None
    span, noun = sentence.phrase(verb), sentence.child(verb, "attr")
    if span is None or noun is None or sentence.lower[verb + 1] not in _ARTICLES:
        return None
    inner = sentence.phrase(noun)
    if inner != (verb + 1, span[1]) or not _closed(sentence, span[1]) or sentence[noun].tag != "NN":
        return None
    return Edit(sentence[place].start, sentence[verb + 1].start, "", "apposition")
