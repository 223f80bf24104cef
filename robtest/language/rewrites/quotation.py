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

    What is reported without quotation marks goes behind *said that*: *it works, he said*; a speaker goes
    before a quotation that is a sentence by itself.

    Left alone: pronouns (``said he`` is of another time), and speakers with more behind them.
    """
    end = last_word(sentence)
    for made in (_reported(sentence, end), _speaker_first(sentence, end)):
        if made is not None:
            yield made
    yield from _turned(sentence, end)


def _turned(sentence: Sentence, end: int) -> Iterator[Edit]:
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


def _speaker_first(sentence: Sentence, end: int) -> Edit | None:
    """Return the sentence with the speaker first: *Anna said, "It rains."*."""
    marks = [i for i in range(len(sentence)) if sentence.lower[i] in _MARKS]
    if len(marks) != 2 or marks[0] != 0 or end - marks[1] not in range(2, 6) or marks[1] < 3:
        return None
    close, last = marks[1], marks[1] - 1
    verb = next((i for i in (close + 1, end) if sentence.lower[i] in _SAID), None)
    if verb is None or sentence.lower[last] not in {",", "?", "!"}:
        return None
    first, after = (close + 2, end) if verb == close + 1 else (close + 1, end - 1)
    who = range(first, after + 1)
    if any(sentence[i].tag not in {"DT", "PRP", "PRP$", "NN", "NNP", "NNS", "JJ"} for i in who):
        return None
    if sentence[after].tag not in {"NN", "NNP", "NNS", "PRP"} or end + 2 < len(sentence):
        return None
    text = sentence.text
    speaker = text[sentence[first].start : sentence[after].end]
    speaker = speaker[0].upper() + speaker[1:]
    mark = "." if sentence.lower[last] == "," else sentence.slice(last, last)
    said = text[sentence[0].start : sentence[last].start] + mark + sentence.slice(close, close)
    new = f"{speaker} {sentence.slice(verb, verb)}, {said}"
    return Edit(sentence[0].start, sentence[-1].end, new, "quotation")


_MARKS = frozenset({"''", '"', "``", "“", "”"})
# What is reported with these, is said or thought.
_HELD = frozenset(
    "thought notes noted reports reported argues insists insisted warned explains observes observed estimates"
    " estimated concludes concluded believes believed claims claimed predicts predicted suggests".split()
)


def _reported(sentence: Sentence, end: int) -> Edit | None:
    """Return *he said that it works* for *it works, he said*."""
    subject = sentence.child(end, "nsubj")
    span = sentence.phrase(subject) if subject is not None else None
    if sentence.lower[end] not in _SAID | _HELD or span is None or span[1] != end - 1 or span[0] < 4:
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
