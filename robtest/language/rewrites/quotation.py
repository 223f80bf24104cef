"""Who speaks behind a quotation: *"…," said Anna* and *"…," Anna said*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import SUBJECTS, edit, opening
from robtest.types import Edit

_SAID = frozenset(
    "said says wrote writes asked asks added adds replied replies cried explained argued".split()
)
_QUOTES = frozenset({"''", '"', "'", "”", "’"})
_LONGEST = 5


def quotation(sentence: Sentence) -> Iterator[Edit]:
    """Yield *Anna said* for *said Anna*, and back, right behind a quotation and at the end of its sentence.

    What is reported without quotation marks goes behind *said that*: *it works, he said*.

    Left alone: pronouns (``said he`` is of another time), and speakers with more behind them.
    """
    end = last_word(sentence)
    if (made := _reported(sentence, end)) is not None:
        yield made
    for place in range(2, len(sentence)):
        if sentence.lower[place] not in _SAID or sentence[place].tag not in {"VBD", "VBZ"}:
            continue
        subject = sentence.child(place, "nsubj")
        span = sentence.phrase(subject) if subject is not None else None
        if subject is None or span is None or span[1] - span[0] >= _LONGEST:
            continue
        if sentence[subject].tag not in {"NN", "NNP", "NNS"} or any(
            sentence[i].tag in {",", "WP", "WDT", "VBG", "VBN"} for i in range(span[0], span[1] + 1)
        ):
            continue
        first = min(place, span[0])
        if sentence.lower[first - 1] not in _QUOTES or max(place, span[1]) != end:
            continue
        verb, words = sentence.slice(place, place), sentence.slice(*span)
        made = None
        if span[0] == place + 1:
            made = edit(sentence, place, span[1], f"{words} {verb}", "quotation")
        elif span[1] == place - 1:
            made = edit(sentence, span[0], place, f"{verb} {words}", "quotation")
        if made is not None:
            yield made


def _reported(sentence: Sentence, end: int) -> Edit | None:
    """Return *he said that it works* for *it works, he said*."""
    subject = sentence.child(end, "nsubj")
    span = sentence.phrase(subject) if subject is not None else None
    if sentence.lower[end] not in _SAID | {"thought"} or span is None or span[1] != end - 1 or span[0] < 4:
        return None
    last = span[0] - 2
    content = range(last + 1)
    if sentence.lower[last + 1] != "," or sentence[0].tag not in {"DT", "PRP", "PRP$", "NNP", "NNS", "EX"}:
        return None
    if any(sentence.lower[i] in {"?", "!"} for i in content) or span[1] - span[0] >= _LONGEST:
        return None
    if not any(sentence[i].dep in SUBJECTS for i in content) or sentence.lower[end] in {"asked", "asks"}:
        return None
    new = f"{sentence.slice(span[0], end)} that {opening(sentence, 0, last)}"
    return edit(sentence, 0, end, new, "quotation")
