"""Whom a sentence is said to, and what is called out: *thanks, Anna* and *Anna, thanks*; *lol I know*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.types import Edit

_REPLIES = frozenset(
    "thanks thank yes yeah no ok okay lol haha hey hi hello good great happy not sorry".split()
)
_GREETINGS = frozenset(
    (
        *(("thanks",), ("thank", "you"), ("hi",), ("hello",), ("hey",), ("bye",), ("goodbye",)),
        *(("good", "morning"), ("good", "night"), ("good", "evening"), ("good", "luck"), ("goodnight",)),
        *(("happy", "birthday"), ("congratulations",), ("congrats",), ("sorry",), ("welcome", "back")),
        *(("welcome",), ("yes",), ("no",), ("well", "done"), ("good", "job"), ("see", "you")),
        *(("thanks", "again"), ("thanks", "a", "lot"), ("thank", "you", "so", "much"), ("take", "care")),
    )
)
_CALLED = frozenset("mom mum dad guys everyone everybody dude bro folks buddy sir madam ladies".split())
_CRIES = frozenset(
    "lol haha hahaha lmao omg wow yay ugh yikes hooray alas hehe sigh yeah yep yup yes".split()
)
_POLITE = frozenset("can could will would".split())
_LONGEST = 20


def address(sentence: Sentence) -> Iterator[Edit]:
    """Yield the sentence with a name that it is said to, an interjection or *please* at the other end.

    Left alone: names that may be a subject or an apposition, *please* in what has a second clause, and
    sentences with links, tags or a second part of their own.
    """
    for rule in (_handle, _greeting, _called, _cry, _please, _asking):
        if (made := rule(sentence)) is not None:
            yield made


def _handle(sentence: Sentence) -> Edit | None:
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
    return Edit(sentence[0].start, sentence[end].end, new, "address")


def _is_handle(word: str) -> bool:
    return word.startswith("@") and len(word) > 2


def _begins_anew(sentence: Sentence, place: int) -> bool:
    """Whether a sentence begins here, so that the name before it is addressed and no subject."""
    tag = sentence[place].tag
    if sentence.lower[place] in _REPLIES or tag in {"PRP", "UH", "WP", "WRB", "VB"}:
        return True
    after = sentence[place + 1].tag if place + 1 < len(sentence) else "VBZ"
    return tag in {"RB", "DT", "JJ"} and after not in {"VBZ", "VBP", "VBD", "MD", "RB", "CC"}


def _greeting(sentence: Sentence) -> Edit | None:
    """Return *Anna, thanks!* for *Thanks, Anna!*, and back: a greeting and a name, and nothing else."""
    end = last_word(sentence)
    comma = next((i for i in range(1, end) if sentence.lower[i] == ","), None)
    if comma is not None:
        left, right = (0, comma - 1), (comma + 1, end)
    else:
        named = (i for i in range(1, end + 1) if sentence[i].tag == "NNP" or _is_called(sentence.lower[i]))
        first = next(named, 0)
        left, right = (0, first - 1), (first, end)
        if not first or sentence.lower[:first] not in _GREETINGS:
            return None
    greets = [sentence.lower[a : b + 1] in _GREETINGS for a, b in (left, right)]
    names = [_is_name(sentence, *span) for span in (left, right)]
    if (greets, names) not in (([True, False], [False, True]), ([False, True], [True, False])):
        return None
    new = f"{_at_start(sentence, *right)}, {_inside(sentence, *left)}"
    return Edit(sentence[0].start, sentence[end].end, new, "address")


def _is_name(sentence: Sentence, first: int, last: int) -> bool:
    """Whether these are one or two names, or one word by which people are called."""
    names = range(first, last + 1)
    if all(_is_handle(sentence.lower[i]) for i in names):
        return True
    if all(sentence[i].tag == "NNP" and sentence.slice(i, i).istitle() for i in names):
        return len(names) <= 2
    return first == last and sentence.lower[first] in _CALLED


def _is_called(word: str) -> bool:
    return word in _CALLED or _is_handle(word)


def _at_start(sentence: Sentence, first: int, last: int) -> str:
    """Return words as they stand at the beginning, with a capital where the sentence has one."""
    words = sentence.slice(first, last)
    return words[0].upper() + words[1:] if sentence.slice(0, 0)[0].isupper() else words


def _inside(sentence: Sentence, first: int, last: int) -> str:
    """Return words as they stand behind others: names and *I* keep their capital."""
    words, begin = sentence.slice(first, last), sentence.slice(first, first)
    kept = sentence.lower[first] in {"i", "i'm"} or (sentence[first].tag in {"NNP", "NNPS"})
    known = (sentence.lower[first],) in _GREETINGS or sentence.lower[first] in _CALLED | {"good", "happy"}
    if (kept and not known) or begin != begin.capitalize():
        return words
    return words[0].lower() + words[1:]


def _called(sentence: Sentence) -> Edit | None:
    """Return *guys, I won* for *I won, guys*, and back."""
    end = last_word(sentence)
    if not 3 <= end <= _LONGEST or not _is_one_piece(sentence, end):
        return None
    if sentence.lower[end] in _CALLED and sentence.lower[end - 1] == "," and _starts(sentence, 0):
        new = f"{_at_start(sentence, end, end)}, {_inside(sentence, 0, end - 2)}"
    elif sentence.lower[0] in _CALLED and sentence.lower[1] == "," and _starts(sentence, 2):
        new = f"{_at_start(sentence, 2, end)}, {_inside(sentence, 0, 0)}"
    else:
        return None
    return Edit(sentence[0].start, sentence[end].end, new, "address")


def _starts(sentence: Sentence, place: int) -> bool:
    """Whether a clause begins here whose subject is no noun: *I …*, *this …*, *come …*, *don't …*."""
    tag, word = sentence[place].tag, sentence.lower[place]
    return tag in {"PRP", "VB", "PRP$", "EX"} or word in {"this", "that", "it", "do"}


def _is_one_piece(sentence: Sentence, end: int) -> bool:
    """Whether a sentence has one comma at most, no mark of the web, and ends on a word and one mark."""
    words = sentence.lower[: end + 1]
    marks = [word for word in words if not word[0].isalnum() and word[0] not in "'@"]
    return marks in ([], [","]) and not any(word.startswith("http") for word in words)


def _cry(sentence: Sentence) -> Edit | None:
    """Return *I know, lol* for *lol, I know*, and back; with a comma where there was one."""
    end = last_word(sentence)
    if not 2 <= end <= _LONGEST or not _is_one_piece(sentence, end) or sentence.lower[-1] == "?":
        return None
    first_cry, last_cry = sentence.lower[0] in _CRIES, sentence.lower[end] in _CRIES
    if first_cry == last_cry:
        return None
    mark = 1 if first_cry else end - 1
    comma = sentence.lower[mark] == ","
    first, last = (1 + comma, end) if first_cry else (0, end - 1 - comma)
    if last - first < 1 or not _starts(sentence, first):
        return None
    if "," in sentence.lower[first : last + 1]:
        return None
    joint = ", " if comma else " "
    if first_cry:
        new = f"{_at_start(sentence, first, last)}{joint}{_inside(sentence, 0, 0)}"
    else:
        new = f"{_at_start(sentence, end, end)}{joint}{_inside(sentence, first, last)}"
    return Edit(sentence[0].start, sentence[end].end, new, "address")


def _please(sentence: Sentence) -> Edit | None:
    """Return *follow me, please* for *please follow me*, and back."""
    end = last_word(sentence)
    behind = sentence.lower[end] == "please"
    comma = behind and sentence.lower[end - 1] == ","
    first, last = (0, end - 1 - comma) if behind else (1, end)
    if not (behind or sentence.lower[0] == "please") or not 0 <= last - first <= 11:
        return None
    verb = first + 2 * (sentence.lower[first : first + 2] in {("do", "not"), ("do", "n't")})
    if sentence[verb].tag != "VB" or sentence.root != verb:
        return None
    if any(not word[0].isalnum() and word[0] != "'" for word in sentence.lower[first : last + 1]):
        return None
    if any(sentence[i].dep in {"conj", "advcl", "ccomp", "parataxis"} for i in sentence.children[verb]):
        return None
    if behind:
        new = f"{_at_start(sentence, end, end)} {_inside(sentence, first, last)}"
    else:
        new = f"{_at_start(sentence, first, last)}, please"
    return Edit(sentence[0].start, sentence[end].end, new, "address")


def _asking(sentence: Sentence) -> Edit | None:
    """Return *can you help me, please?* for *can you please help me?*, and back."""
    end = len(sentence) - 2
    if sentence.lower[-1] != "?" or not 4 <= end <= 14:
        return None
    if sentence.lower[0] not in _POLITE or sentence.lower[1] not in {"you", "we", "i", "someone"}:
        return None
    marks = [word for word in sentence.lower[: end + 1] if not word[0].isalnum() and word[0] != "'"]
    if sentence.lower[2] == "please" and not marks and "please" not in sentence.lower[3:]:
        new = f"{sentence.slice(0, 1)} {sentence.slice(3, end)}, please"
    elif sentence.lower[end] == "please" and marks in ([], [","]) and "please" not in sentence.lower[:end]:
        comma = sentence.lower[end - 1] == ","
        if comma != bool(marks):
            return None
        new = f"{sentence.slice(0, 1)} please {sentence.slice(2, end - 1 - comma)}"
    else:
        return None
    return Edit(sentence[0].start, sentence[end].end, new, "address")
