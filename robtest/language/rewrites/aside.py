"""Asides before the subject and behind it: *in May, the mayor left* and *the mayor, in May, left*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import SUBJECTS, THIRD, edit, is_time, opening
from robtest.language.rewrites.surface import adverb
from robtest.types import Edit

_PHRASES = (
    *(("however",), ("therefore",), ("moreover",), ("nevertheless",), ("indeed",), ("unfortunately",)),
    *(("fortunately",), ("of", "course"), ("for", "example"), ("for", "instance"), ("in", "fact")),
    *(("after", "all"), ("at", "least"), ("in", "short"), ("in", "turn"), ("to", "be", "sure")),
)
_HEAVY = frozenset({",", "WP", "WDT", "VBG", "-LRB-", "CC", "POS"})
_PREPOSITIONS = frozenset("including excluding following according regarding concerning".split())
_MARKS = frozenset("although though while if when because after before once unless".split())
_ASIDE = frozenset(
    "meanwhile however therefore moreover fortunately unfortunately indeed nevertheless nonetheless"
    " consequently thus today yesterday sadly surprisingly".split()
)
_ADVERBIAL = frozenset(
    "in on at during after before since despite under for by within throughout unlike with without amid among"
    " beyond beneath across".split()
)


def aside(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with what stands before its subject behind it, between commas, and the other way.

    Phrases and clauses of time and place, participles, *however* and the like; what speaks of the whole
    sentence (*unfortunately*, *in a way*) goes to its end and back. Left alone: subjects that are pronouns or
    have a pronoun that would point forward.
    """
    for rule in (_between_commas, _inside, _outside, _to_the_end, _to_the_front):
        if (made := rule(sentence)) is not None:
            yield made


def _between_commas(sentence: Sentence) -> Edit | None:
    """Return *however, the plan failed* for *the plan, however, failed*."""
    for words in _PHRASES:
        for place in range(2, len(sentence) - len(words) - 1):
            last = place + len(words) - 1
            if sentence.lower[place : last + 1] != words:
                continue
            if sentence.lower[place - 1] != "," or sentence.lower[last + 1] != "," or place > 10:
                continue
            if any(sentence.lower[i] in {",", "and", "but", "that"} for i in range(place - 1)):
                continue
            if not _before_main_verb(sentence, place):
                continue
            phrase = sentence.slice(place, last)
            upper = sentence.slice(0, 0)[0].isupper()
            phrase = phrase[0].upper() + phrase[1:] if upper else phrase
            new = f"{phrase}, {opening(sentence, 0, place - 2)}"
            return Edit(sentence[0].start, sentence[last + 1].end, new, "aside")
    return None


def _before_main_verb(sentence: Sentence, place: int) -> bool:
    """Whether what stands before a place is the subject of the main clause, or its subject and auxiliary."""
    subject = sentence.child(sentence.root, *SUBJECTS)
    span = sentence.phrase(subject) if subject is not None else None
    return span is not None and span[0] == 0 and place - 2 == span[1] and sentence.root > place


def _inside(sentence: Sentence) -> Edit | None:
    """Return *the mayor, in May, left* for *in May, the mayor left*."""
    root = sentence.root
    subject = sentence.child(root, "nsubj", "nsubjpass")
    span = sentence.phrase(subject) if subject is not None else None
    if subject is None or span is None or sentence[subject].tag not in {"NN", "NNS", "NNP"}:
        return None
    comma = span[0] > 1 and sentence.lower[span[0] - 1] == ","
    last, after = span[0] - 1 - comma, span[1] + 1
    if last < 0 or span[1] - span[0] > 7 or after + 1 >= len(sentence) or sentence[root].tag == "VB":
        return None
    head = next((i for i in sentence.children[root] if sentence.phrase(i) == (0, last)), None)
    if head is None or not _is_adverbial(sentence, head, last, comma):
        return None
    if after != root and sentence[after].head != root:
        return None
    inside = range(span[0], after + 1)
    if any(sentence[i].tag in _HEAVY or sentence.lower[i] in THIRD | {"no", "neither", "'s"} for i in inside):
        return None
    words = sentence.slice(*span)
    first = words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words
    return edit(sentence, 0, span[1], f"{first}, {opening(sentence, 0, last)},", "aside")


def _is_adverbial(sentence: Sentence, head: int, last: int, comma: bool) -> bool:
    """Whether this is a preposition and its noun, a time, an aside, or a short clause."""
    word, words = sentence.lower[0], sentence.lower[: last + 1]
    tags = {sentence[i].tag for i in range(last + 1)}
    if last > 9 or "," in words:
        return False
    if sentence[head].dep == "advcl":
        participle = head == 0 and sentence[0].tag in {"VBG", "VBN"} and last > 1
        reduced = last > 1 and sentence[1].tag in {"VBG", "VBN"} and head == 1
        clause = reduced or sentence.child(head, *SUBJECTS) is not None
        return comma and (participle or (word in _MARKS and clause))
    if tags & {"VBG", "VBN", "VB", "VBD", "VBZ", "WP", "WDT", "WRB"} or last > (8 if comma else 6):
        return False
    if last == 0:
        return comma and word in _ASIDE
    if sentence[head].dep == "npadvmod":
        return comma and is_time(sentence, head)
    noun = sentence.child(head, "pobj") if sentence[head].dep == "prep" and head == 0 else None
    return noun is not None and word in _ADVERBIAL and (comma or is_time(sentence, noun))


def _outside(sentence: Sentence) -> Edit | None:
    """Return *built in May, the hall opened* for *the hall, built in May, opened*."""
    root = sentence.root
    subject = sentence.child(root, "nsubj", "nsubjpass")
    if subject is None or subject + 5 >= len(sentence) or sentence.lower[subject + 1] != ",":
        return None
    first = subject + 2
    last = next((i - 1 for i in range(first, len(sentence)) if sentence.lower[i] == ","), None)
    if last is None or not 1 < last - first < 12 or sentence[first].tag not in {"VBG", "VBN"}:
        return None
    after = last + 2
    hangs = sentence[first].dep in {"acl", "advcl"} and sentence[first].head in {subject, root}
    if (
        not hangs
        or after >= len(sentence)
        or root < after
        or (after != root and sentence[after].head != root)
    ):
        return None
    begin = range(subject + 1)
    if any(sentence[i].tag in _HEAVY for i in begin) or sentence[0].tag not in {
        "DT",
        "NNP",
        "NNS",
        "NN",
        "PRP$",
    }:
        return None
    if sentence.lower[first] in _PREPOSITIONS or THIRD.intersection(sentence.lower[first : last + 1]):
        return None
    words = sentence.slice(first, last)
    words = words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words
    return edit(sentence, 0, last + 1, f"{words}, {opening(sentence, 0, subject)}", "aside")


_WHOLE = (
    *_PHRASES,
    *(("in", "a", "way"), ("in", "the", "end"), ("for", "once"), ("in", "general"), ("in", "hindsight")),
    *(("on", "the", "whole"), ("for", "the", "most", "part"), ("in", "many", "ways"), ("as", "usual")),
    *(("to", "be", "fair"), ("to", "be", "honest"), ("in", "my", "opinion"), ("in", "other", "words")),
    *(("sadly",), ("luckily",), ("thankfully",), ("apparently",), ("honestly",), ("frankly",), ("ideally",)),
    *(
        ("surprisingly",),
        ("seriously",),
        ("basically",),
        ("obviously",),
        ("all", "in", "all"),
        ("at", "times"),
    ),
    *(("in", "theory"), ("in", "practice"), ("by", "the", "way"), ("as", "always")),
)
_NO_BEGIN = frozenset("and but or so yet however which who that".split())


def _to_the_end(sentence: Sentence) -> Edit | None:
    """Return *the plan failed, unfortunately* for *unfortunately, the plan failed*."""
    end = last_word(sentence)
    if any(adverb(sentence.text, *sentence.span)):
        return None  # `surface.adverb` has it
    for words in _WHOLE:
        first = len(words) + 1
        if sentence.lower[: len(words)] != words or sentence.lower[first - 1 : first] != (",",):
            continue
        if not _is_short_clause(sentence, first, end):
            return None
        rest, phrase = sentence.slice(first, end), opening(sentence, 0, first - 2)
        rest = rest[0].upper() + rest[1:] if sentence.slice(0, 0)[0].isupper() else rest
        return edit(sentence, 0, end, f"{rest}, {phrase}", "aside")
    return None


def _to_the_front(sentence: Sentence) -> Edit | None:
    """Return *unfortunately, the plan failed* for *the plan failed, unfortunately*."""
    end = last_word(sentence)
    for words in _WHOLE:
        last = end - len(words) - 1
        if last < 1 or sentence.lower[last + 2 : end + 1] != words or sentence.lower[last + 1] != ",":
            continue
        if not _is_short_clause(sentence, 0, last):
            return None
        return edit(
            sentence, 0, end, f"{sentence.slice(last + 2, end)}, {opening(sentence, 0, last)}", "aside"
        )
    return None


def _is_short_clause(sentence: Sentence, first: int, last: int) -> bool:
    """Whether this is a clause of up to 15 words with a subject, no comma and no second clause."""
    root = sentence.root
    if not 2 <= last - first < 15 or sentence.lower[-1] == "?" or not first <= root <= last:
        return False
    if sentence.lower[first] in _NO_BEGIN or sentence[root].tag[:2] not in {"VB", "MD"}:
        return False
    subject = sentence.child(root, *SUBJECTS)
    inside = range(first, last + 1)
    second = any(
        sentence[i].dep in {"conj", "ccomp", "advcl", "relcl", "parataxis"} and sentence[i].tag[:2] == "VB"
        for i in inside
        if i != root
    )
    return subject is not None and not second and "," not in sentence.lower[first : last + 1]
