"""Decisions about sentences: where sentences end, and that each is decided once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest.errors import AssetError
from robtest.language.decisions import LONGEST, Decisions, sentence_spans
from robtest.types import Edit


class Capitals:
    """Proposes the first letter of a sentence in upper case, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, sentences: Sequence[str]) -> list[tuple[Edit, ...]]:
        self.asked.extend(sentences)
        return [(Edit(0, 1, sentence[0].upper(), "capital"),) for sentence in sentences]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("  ", []),
        ("one. two", ["one. two"]),  # no capital behind the stop
        ("It rained. We left! Why? No", ["It rained.", "We left!", "Why?", "No"]),
        ('He said "go." Then he left.', ['He said "go."', "Then he left."]),
        ("first\n\n second ", ["first", "second"]),
        ("3.5 miles", ["3.5 miles"]),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(alphabet="aB.!? \n\"'x", max_size=80))
def test_nothing_but_white_space_lies_between_sentences(text: str) -> None:
    at = 0
    for start, end in sentence_spans(text):
        assert not text[at:start].strip()
        assert text[start:end].strip() == text[start:end] != ""
        at = end
    assert not text[at:].strip()


def test_a_long_sentence_is_cut_at_white_space() -> None:
    text = "word " * 400
    spans = sentence_spans(text)
    assert len(spans) > 1
    assert all(0 < end - start <= LONGEST for start, end in spans)
    assert " ".join(text[start:end] for start, end in spans) == text.strip()
    assert len(sentence_spans("x" * (2 * LONGEST))) == 2


def test_edits_stand_where_their_sentence_stands(tmp_path: Path) -> None:
    decisions = Decisions("v", Capitals(), tmp_path)
    text = "go. Away now. so it is"
    assert decisions.edits(text, 0, 3) == [Edit(0, 1, "G", "capital")]
    assert decisions.edits(text, 4, 8) == [Edit(4, 5, "A", "capital")]
    assert decisions.edits(text, 9, 13) == []


def test_a_sentence_is_decided_once_in_all_texts_and_processes(tmp_path: Path) -> None:
    first, second, other = Capitals(), Capitals(), Capitals()
    decisions = Decisions("v", first, tmp_path)
    decisions.prepare(["one. Two.", "Two."])
    decisions.prepare(["Two. Three."])
    assert first.asked == ["one.", "Two.", "Three."]
    assert Decisions("v", second, tmp_path).edits("Two.", 0, 4) == [Edit(0, 1, "T", "capital")]
    assert second.asked == []
    Decisions("w", other, tmp_path).prepare(["Two."])  # what another version decided is not its own
    assert other.asked == ["Two."]


def test_a_lone_surrogate_is_a_sentence_like_any(tmp_path: Path) -> None:
    for _ in range(2):
        (edit,) = Decisions("v", Capitals(), tmp_path).edits("\ud800b", 0, 2)
        assert edit.new == "\ud800"


def test_a_file_that_is_no_database_is_named_with_the_cure(tmp_path: Path) -> None:
    decisions = Decisions("v", Capitals(), tmp_path)
    decisions.prepare(["one"])
    (path,) = (tmp_path / "decisions").glob("*.sqlite")
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(AssetError, match=r"sqlite cannot be .*Remove it, it is made again"):
        Decisions("v", Capitals(), tmp_path).prepare(["two"])
