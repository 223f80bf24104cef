"""Adverbs at another place of their clause: *is also good* and *also is good*; *he left quickly*."""

from collections.abc import Container, Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import SUBJECTS, opening
from robtest.language.rewrites.whereabouts import beside, closes
from robtest.types import Edit

_EITHER = frozenset(
    "also probably certainly definitely surely clearly obviously apparently presumably usually often always"
    " generally normally typically sometimes rarely seldom never actually already".split()
)
_FIRST = frozenset("is are was were am has have had will would can could should may might must".split())
# These say how often or since when, of the whole clause, and may begin it.
_BE = frozenset("is are was were am".split())
_OFTEN = frozenset(
    "sometimes usually often generally normally typically occasionally traditionally frequently now recently"
    " currently previously probably apparently presumably reportedly supposedly obviously later soon"
    " fortunately unfortunately sadly luckily ultimately eventually perhaps lately nowadays".split()
)
# Between subject and verb these would want commas.
_OPENERS = frozenset(
    "perhaps nowadays lately fortunately unfortunately sadly luckily supposedly presumably".split()
)
_MANNER = frozenset(
    "quickly slowly quietly loudly carefully gently happily softly suddenly rapidly swiftly silently"
    " calmly angrily nervously eagerly patiently politely cheerfully brightly wildly gracefully".split()
)
_LY = (
    frozenset(
        "recently repeatedly publicly openly formally officially privately deliberately explicitly heavily"
        " steadily gradually sharply strongly firmly constantly continually boldly bravely patiently"
        " reluctantly regularly routinely frequently occasionally".split()
    )
    | _MANNER
)


def placement(sentence: Sentence) -> Iterator[Edit]:
    """Yield the clause with an adverb at another place.

    *Also*, *often* and the like change places with the first auxiliary; what says how often goes to the
    beginning and back; an adverb of manner stands on either side of a verb without an object, of a
    participle, and of a verb with its object; *at school* and *today* change places. Left alone: adverbs
    behind short forms (``it's also``), in questions, and under a negation.
    """
    for place in range(1, len(sentence) - 1):
        if (made := beside(sentence, place)) is not None:
            yield made
    if sentence.lower[-1] == "?":
        return
    for place in range(1, len(sentence) - 1):
        for between in (_either, _manner, _swiftly, _done, _with_object):
            if (made := between(sentence, place)) is not None:
                yield made
    for whole in (_to_front, _from_front):
        if (made := whole(sentence)) is not None:
            yield made


def _either(sentence: Sentence, place: int) -> Edit | None:
    """Return *also is* for *is also*, and back; the subject stands before both."""
    left, right = sentence.lower[place], sentence.lower[place + 1]
    if left in _FIRST and right in _EITHER:
        verb, adverb = place, place + 1
    elif left in _EITHER and right in _FIRST:
        adverb, verb = place, place + 1
    else:
        return None
    after = place + 2
    if after >= len(sentence) or not sentence.lower[after][0].isalnum() or sentence[adverb].tag != "RB":
        return None
    head = verb if sentence[verb].dep not in {"aux", "auxpass"} else sentence[verb].head
    subject = sentence.child(head, *SUBJECTS)
    # The adverb is of the verb, not of an adjective or a number behind it.
    if subject is None or sentence[adverb].head not in {head, verb} or sentence.children[adverb]:
        return None
    span = sentence.phrase(subject)
    if span is None or span[1] != place - 1 or sentence.child(head, "neg") not in {None, adverb}:
        return None
    if sentence.lower[after] in {"so", "as", "to", "not", "only"} or sentence[after].tag in {"CC", "IN"}:
        return None
    if sentence[verb].dep not in {"aux", "auxpass"} and sentence.lower[adverb] == "already":
        return None
    if sentence.lower[verb] in {"has", "have", "had"} and sentence[verb].dep != "aux":
        return None
    return _swapped(sentence, place)


def _pair(sentence: Sentence, place: int, adverbs: Container[str]) -> tuple[int, int] | None:
    """Return the places of an adverb and its verb, of two words that stand side by side in either order."""
    for adverb, verb in ((place, place + 1), (place + 1, place)):
        if sentence.lower[adverb] in adverbs and sentence[adverb].head == verb:
            return adverb, verb
    return None


def _swapped(sentence: Sentence, place: int) -> Edit:
    """Return the edit that turns a word and the next one round."""
    new = f"{sentence.slice(place + 1, place + 1)} {sentence.slice(place, place)}"
    return Edit(sentence[place].start, sentence[place + 1].end, new, "placement")


def _manner(sentence: Sentence, place: int) -> Edit | None:
    """Return *left quickly* for *quickly left*, and back, where the clause ends there."""
    if (pair := _pair(sentence, place, _MANNER)) is None:
        return None
    adverb, verb = pair
    if sentence[verb].tag not in {"VBD", "VBZ", "VBP", "VBG"} or place + 1 != last_word(sentence):
        return None
    if sentence.child(verb, "neg", "dobj") is not None or sentence[adverb].tag != "RB":
        return None
    return _swapped(sentence, place)


def _swiftly(sentence: Sentence, place: int) -> Edit | None:
    """Return *slowly moved through it* for *moved slowly through it*, and back."""
    if (pair := _pair(sentence, place, _LY)) is None:
        return None
    adverb, verb = pair
    after = place + 2
    if (
        after >= len(sentence)
        or sentence[verb].tag not in {"VBD", "VBZ", "VBP"}
        or sentence[after].tag != "IN"
    ):
        return None
    subject = sentence.child(verb, *SUBJECTS)
    if subject is None or subject > place or sentence.children[adverb] or sentence[after].head != verb:
        return None
    if sentence.lower[verb] in _FIRST or sentence.child(verb, "prt", "dobj", "neg", "aux") is not None:
        return None
    if sentence.lower[after] in {"than", "as", "enough", "that", "because", "if"}:
        return None
    return _swapped(sentence, place)


def _to_front(sentence: Sentence) -> Edit | None:
    """Return *usually, they go by bus* for *they usually go by bus*."""
    root = sentence.root
    subject = sentence.child(root, *SUBJECTS)
    span = sentence.phrase(subject) if subject is not None else None
    if span is None or span[0] != 0 or span[1] - span[0] > 5 or sentence.child(root, "neg") is not None:
        return None
    if sentence[0].tag in {"WP", "WDT", "WRB"}:
        return None
    for adverb in sentence.children[root]:
        if sentence.lower[adverb] not in _OFTEN or sentence[adverb].dep != "advmod":
            continue
        if not span[1] < adverb <= root + 1 or sentence.children[adverb] or sentence[adverb].tag != "RB":
            continue
        if adverb + 1 >= len(sentence) or not sentence.lower[adverb + 1][0].isalnum():
            continue
        if sentence.lower[adverb + 1] in {"and", "or", "but", "to", "than", "as"} or (
            adverb > root and (sentence.lower[root] not in _FIRST)
        ):
            continue
        if sentence.lower[adverb - 1] in {"more", "so", "very", "too", "most", ","}:
            continue
        word = sentence.slice(adverb, adverb)
        first = word.capitalize() if sentence.slice(0, 0)[0].isupper() else word
        between = sentence.text[sentence[span[1]].end : sentence[adverb].start]
        new = f"{first}, {opening(sentence, *span)}{between.rstrip()}"
        return Edit(sentence[0].start, sentence[adverb].end, new, "placement")
    return None


def _from_front(sentence: Sentence) -> Edit | None:
    """Return *they usually go* for *usually, they go*; *it is usually* where the verb is *be*."""
    root = sentence.root
    subject = sentence.child(root, *SUBJECTS)
    span = sentence.phrase(subject) if subject is not None else None
    if span is None or sentence.lower[0] not in _OFTEN - _OPENERS:
        return None
    comma = sentence.lower[1] == ","
    if span[0] != 1 + comma or sentence[0].head != root or span[1] - span[0] > 5 or len(sentence) < 5:
        return None
    if sentence.lower[0] == "now" and comma:
        return None
    if any(sentence.lower[i] in {"what", "when", ",", "neither"} for i in range(1 + comma, span[1] + 1)):
        return None
    verb = span[1] + 1
    if verb >= len(sentence) - 1 or sentence.child(root, "neg") is not None or sentence[root].tag == "VB":
        return None
    if verb != root and not (sentence[verb].dep in {"aux", "auxpass"} and sentence[verb].head == root):
        return None
    if not sentence.lower[verb][0].isalnum():
        return None
    behind = sentence.lower[verb] in _FIRST and (verb != root or sentence.lower[verb] in _BE)
    last = verb if behind else span[1]
    words = sentence.slice(span[0], last)
    words = words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words
    return Edit(sentence[0].start, sentence[last].end, f"{words} {sentence.lower[0]}", "placement")


_HOW = _MANNER | frozenset(
    "beautifully brilliantly nicely neatly perfectly vividly skilfully skillfully cleverly deftly expertly"
    " elegantly smoothly badly poorly completely thoroughly convincingly effectively superbly wonderfully"
    " masterfully carefully subtly crudely faithfully accurately clearly".split()
)
_PAST = frozenset({"is", "are", "was", "were", "be", "been", "'s", "'re"})


def _done(sentence: Sentence, place: int) -> Edit | None:
    """Return *is played beautifully* for *is beautifully played*, and back."""
    if (pair := _pair(sentence, place, _HOW)) is None:
        return None
    adverb, verb = pair
    be = place - 1
    if sentence[verb].tag != "VBN" or sentence.lower[be] not in _PAST or sentence[be].head != verb:
        return None
    if sentence[be].dep != "auxpass" or sentence.children[adverb] or sentence.child(verb, "neg") is not None:
        return None
    return _swapped(sentence, place) if closes(sentence, place + 1) else None


def _with_object(sentence: Sentence, place: int) -> Edit | None:
    """Return *explores the theme brilliantly* for *brilliantly explores the theme*, and back."""
    if sentence.lower[place] not in _HOW or sentence[place].tag != "RB" or sentence.children[place]:
        return None
    verb = sentence[place].head
    thing = sentence.child(verb, "dobj")
    span = sentence.phrase(thing) if thing is not None else None
    if span is None or span[1] - span[0] > 6 or sentence[verb].tag not in {"VBD", "VBZ", "VBP"}:
        return None
    if sentence.child(verb, "neg", "prt", "conj", "xcomp", "ccomp", "dative", "aux") is not None:
        return None
    if any(
        sentence[i].tag in {",", "WDT", "WP", "VBG", "VBN", "TO", "CC"} for i in range(span[0], span[1] + 1)
    ):
        return None
    text = sentence.text
    words, adverb = text[sentence[verb].start : sentence[span[1]].end], sentence.slice(place, place)
    if (place, span[0]) == (verb - 1, verb + 1) and closes(sentence, span[1]):
        return Edit(sentence[place].start, sentence[span[1]].end, f"{words} {adverb}", "placement")
    if (place, span[0]) == (span[1] + 1, verb + 1) and closes(sentence, place):
        return Edit(sentence[verb].start, sentence[place].end, f"{adverb} {words}", "placement")
    return None
