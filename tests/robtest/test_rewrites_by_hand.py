"""The rules on parses written by hand, so that no model and no mistake of a model comes in between."""

import pytest

from robtest.language.parser import Sentence, Word
from robtest.language.rewrites import PARSED, plain, rewritable
from robtest.text import apply


def parsed(*rows: str) -> Sentence:
    """A sentence of rows ``word tag dep head``, the head by its place; a space before all but marks."""
    text, words = "", []
    for row in rows:
        word, tag, dep, head = row.split()
        text += word if not text or dep == "punct" or "'" in word else f" {word}"
        words.append(Word(len(text) - len(word), len(text), tag, dep, int(head)))
    return Sentence(text, tuple(words))


def rewritten(sentence: Sentence, kind: str) -> list[str]:
    """Every text that one rewrite of one kind gives."""
    return [apply(sentence.text, [edit]) for edit in PARSED[kind](sentence)]


CHASED = (
    "The DT det 1",
    "dog NN nsubj 2",
    "chased VBD ROOT 2",
    "me PRP dobj 2",
    "daily RB advmod 2",
    ". . punct 2",
)
CAUGHT = (
    *("They PRP nsubjpass 4", "have VBP aux 4", "n't RB neg 4", "been VBN auxpass 4", "seen VBN ROOT 4"),
    *("by IN agent 4", "the DT det 7", "guard NN pobj 5", ". . punct 4"),
)
WENT = ("We PRP nsubj 1", "slept VBD ROOT 1", "last JJ amod 3", "night NN npadvmod 1", "! . punct 1")
TEA = ("Tea NN nsubj 3", "and CC cc 0", "milk NN conj 0", "mix VBP ROOT 3", ". . punct 3")
LENT = ("I PRP nsubj 1", "lent VBD ROOT 1", "her PRP dative 1", "a DT det 4", "car NN dobj 1", ". . punct 1")


@pytest.mark.parametrize(
    ("rows", "kind", "made"),
    [
        (CHASED, "passive", ["I was chased by the dog daily."]),
        (CHASED, "cleft", ["It was the dog that chased me daily."]),
        (CAUGHT, "active", ["The guard hasn't seen them."]),
        (WENT, "fronting", ["Last night, we slept!"]),
        (WENT, "cleft", ["It was last night that we slept!"]),
        (TEA, "coordination", ["Milk and tea mix."]),
        (LENT, "dative", ["I lent a car to her."]),
    ],
)
def test_a_rule_reads_the_parse(rows: tuple[str, ...], kind: str, made: list[str]) -> None:
    assert rewritable(parsed(*rows))
    assert rewritten(parsed(*rows), kind) == made


@pytest.mark.parametrize(
    ("rows", "place", "other", "kind"),
    [
        (CHASED, 3, "himself PRP dobj 2", "passive"),
        (CHASED, 2, "resembled VBD ROOT 2", "passive"),
        (CHASED, 2, "zyzzyvad VBD ROOT 2", "passive"),  # no dictionary has its forms
        (CHASED, 4, "bark VB ccomp 2", "passive"),
        (CAUGHT, 7, "midnight NN pobj 5", "active"),
        (CAUGHT, 4, "seen VBN relcl 4", "active"),
        (WENT, 2, "a DT det 3", "fronting"),
        (WENT, 3, "chair NN npadvmod 1", "fronting"),
        (TEA, 1, "but CC cc 0", "coordination"),
        (TEA, 2, "mixed VBN conj 0", "coordination"),
        (LENT, 1, "drove VBD ROOT 1", "dative"),
        (LENT, 2, "it PRP dative 1", "dative"),
    ],
)
def test_one_word_more_doubtful_and_the_rule_keeps_quiet(
    rows: tuple[str, ...], place: int, other: str, kind: str
) -> None:
    assert rewritten(parsed(*rows[:place], other, *rows[place + 1 :]), kind) == []


@pytest.mark.parametrize(
    "rows",
    [
        (*CHASED[:-1], "? . punct 2"),
        ("Fine NN ROOT 0", ", , punct 0", "thanks NNS appos 0", ". . punct 0"),
        ("Stop VB ROOT 0", "! . punct 0"),
    ],
)
def test_questions_and_fragments_are_not_rewritten_as_a_whole(rows: tuple[str, ...]) -> None:
    assert not plain(parsed(*rows))
    assert not any(rewritten(parsed(*rows), kind) for kind in ("passive", "fronting", "cleft", "existential"))


def test_capitals_and_single_words_are_not_rewritten_at_all() -> None:
    assert rewritable(parsed(*WENT))
    assert not rewritable(parsed("WE PRP nsubj 1", "LEFT VBD ROOT 1", "IT PRP dobj 1", ". . punct 1"))
    assert not rewritable(parsed("Stop VB ROOT 0"))


@pytest.mark.parametrize("kind", PARSED)
@pytest.mark.parametrize("rows", [CHASED, CAUGHT, WENT, TEA, LENT])
def test_a_parse_that_is_all_wrong_breaks_nothing(rows: tuple[str, ...], kind: str) -> None:
    # Every word hangs from every other in turn, loops apart, and has every other's label.
    words = [row.split() for row in rows]
    for shift in range(1, len(words)):
        mixed = [
            f"{word} {tag} {words[(i + shift) % len(words)][2]} {max(0, i - shift)}"
            for i, (word, tag, _, _) in enumerate(words)
        ]
        wrong = parsed(*mixed)
        for edit in PARSED[kind](wrong):
            assert apply(wrong.text, [edit]) != wrong.text
