"""Parses: what a sentence knows of itself, where a long text is cut, and the embedded model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest.language.parser import ENGLISH, PIECE, Sentence, Word, pieces


def sentence() -> Sentence:
    """``Old dogs sleep here.``, parsed by hand."""
    text = "Old dogs sleep here."
    return Sentence(
        text,
        (
            Word(0, 3, "JJ", "amod", 1),
            Word(4, 8, "NNS", "nsubj", 2),
            Word(9, 14, "VBP", "ROOT", 2),
            Word(15, 19, "RB", "advmod", 2),
            Word(19, 20, ".", "punct", 2),
        ),
    )


def test_a_sentence_knows_what_hangs_from_what() -> None:
    parsed = sentence()
    assert parsed.root == 2
    assert parsed.children == ((), (0,), (1, 3, 4), (), ())
    assert parsed.child(2, "dobj", "nsubj") == 1
    assert parsed.child(2, "dobj") is None
    assert parsed.subtree(1) == [0, 1]
    assert parsed.phrase(1) == (0, 1)
    assert parsed.slice(0, 1) == "Old dogs"
    assert parsed.span == (0, 20)
    assert parsed.lower == ("old", "dogs", "sleep", "here", ".")


def test_a_subtree_with_a_gap_is_no_phrase() -> None:
    words = sentence().words
    crossed = Sentence(sentence().text, (*words[:3], words[3]._replace(head=1), words[4]))
    assert crossed.subtree(1) == [0, 1, 3]
    assert crossed.phrase(1) is None


@given(st.text() | st.text("ab. \n").map(lambda text: text * 500))
def test_pieces_are_short_and_make_the_text(text: str) -> None:
    cuts = list(pieces(text))
    assert "".join(text[start:end] for start, end in cuts) == text
    assert all(0 < end - start <= PIECE for start, end in cuts)


def test_a_long_text_is_cut_behind_a_sentence_then_at_white_space_then_anywhere() -> None:
    assert list(pieces("It rained. We left. " + "A" * PIECE)) == [(0, 20), (20, 20 + PIECE)]
    assert next(pieces("a b " + "c" * PIECE)) == (0, 4)
    assert list(pieces("c" * (PIECE + 1))) == [(0, PIECE), (PIECE, PIECE + 1)]


@pytest.mark.data
def test_the_embedded_model_parses_sentences_where_they_stand() -> None:
    text = " The dogs slept here.\n\n They  snore\ud800. "
    first, second = ENGLISH(text)
    assert [(w.tag, w.dep, w.head) for w in first.words] == [
        ("DT", "det", 1),
        ("NNS", "nsubj", 2),
        ("VBD", "ROOT", 2),
        ("RB", "advmod", 2),
        (".", "punct", 2),
    ]
    assert first.slice(0, 4) == "The dogs slept here."
    assert second.slice(0, 1) == "They  snore"
    assert second.text is first.text


@pytest.mark.data
def test_a_sentence_behind_many_others_is_parsed_as_if_alone() -> None:
    alone = "The dog chased the cat."
    text = f"{alone} " * 300
    (single,) = ENGLISH(alone)
    found = ENGLISH(text)
    assert len(found) == 300
    assert {tuple((w.tag, w.dep, w.head) for w in parsed.words) for parsed in found} == {
        tuple((w.tag, w.dep, w.head) for w in single.words)
    }
    assert [parsed.span for parsed in found] == [(24 * i, 24 * i + 23) for i in range(300)]
