"""Asides before the subject and behind it: *in May, the mayor left* and *the mayor, in May, left*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import SUBJECTS, THIRD, edit, is_time, opening
from robtest.types import Edit

_PHRASES = (
    *(("however",), ("therefore",), ("moreover",), ("nevertheless",), ("indeed",), ("unfortunately",)),
    *(("fortunately",), ("of", "course"), ("for", "example"), ("for", "instance"), ("in", "fact")),
    *(("after", "all"), ("at", "least"), ("in", "short"), ("in", "turn"), ("to", "be", "sure")),
)
_REPLIES = frozenset(
    "thanks thank yes yeah no ok okay lol haha hey hi hello good great happy not sorry".split()
)
_HEAVY = frozenset({",", "WP", "WDT", "VBG", "-LRB-", "CC", "POS"})
_PREPOSITIONS = frozenset("including excluding following according regarding concerning".split())
_MARKS = frozenset("although though while if when because after before once unless".split())
_ASIDE = frozenset(
    "meanwhile however therefore moreover fortunately unfortunately indeed nevertheless nonetheless"
    " consequently thus today yesterday sadly surprisingly".split()
)
_ADVERBIAL = frozenset(
    "in on at during after before since despite under for by within throughout unlike".split()
)


def aside(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with what stands before its subject behind it, between commas, and the other way.

    Phrases and clauses of time and place, participles, *however* and the like; an address (``@anna``) and
    *please* go to the end. Left alone: subjects that are pronouns or have a pronoun that would point forward.
    """
    for rule in (_address, _between_commas, _inside, _outside, _please):
        if (made := rule(sentence)) is not None:
            yield made


def _address(sentence: Sentence) -> Edit | None:
    """Return *I like it, @anna* for *@anna I like it*."""
    end = last_word(sentence)
    while end > 0 and sentence.lower[end] == "?":
        end -= 1
    first = next((i for i, word in enumerate(sentence.lower) if not _is_handle(word)), 0)
    if not first or not 1 < end - first + 1 <= 25 or not _begins_anew(sentence, first):
        return None
    if any(word[0] in "@#:" or word.startswith("http") for word in sentence.lower[first : end + 1]):
        return None
    new = f"{sentence.slice(first, end)}, {sentence.slice(0, first - 1)}"
    return Edit(sentence[0].start, sentence[end].end, new, "aside")


def _is_handle(word: str) -> bool:
    return word.startswith("@") and len(word) > 2


def _begins_anew(sentence: Sentence, place: int) -> bool:
    """Whether a sentence begins here, so that the name before it is addressed and no subject."""
    tag = sentence[place].tag
    if sentence.lower[place] in _REPLIES or tag in {"PRP", "UH", "WP", "WRB", "VB"}:
        return True
    after = sentence[place + 1].tag if place + 1 < len(sentence) else "VBZ"
    return tag in {"RB", "DT", "JJ"} and after not in {"VBZ", "VBP", "VBD", "MD", "RB", "CC"}


def _please(sentence: Sentence) -> Edit | None:
    """Return *follow me, please* for *please follow me*."""
    end = last_word(sentence)
    if sentence.lower[0] != "please" or not 2 <= end <= 12 or sentence[1].tag != "VB" or sentence.root != 1:
        return None
    if any(not word[0].isalnum() and word[0] != "'" for word in sentence.lower[1 : end + 1]):
        return None
    if any(sentence[i].dep in {"conj", "advcl", "ccomp", "parataxis"} for i in sentence.children[1]):
        return None
    words = sentence.slice(1, end)
    first = words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words
    return Edit(sentence[0].start, sentence[end].end, f"{first}, please", "aside")


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
        return comma and (participle or (word in _MARKS and sentence.child(head, *SUBJECTS) is not None))
    if tags & {"VBG", "VBN", "VB", "VBD", "VBZ", "WP", "WDT", "WRB"} or last > 6:
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
