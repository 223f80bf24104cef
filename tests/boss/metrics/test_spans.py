import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from boss.errors import ResultError
from boss.metrics.spans import sentence_f1, span_counts, spans

TAGS = st.sampled_from(["O", "B-person", "I-person", "B-location", "I-location"])


def test_an_inside_tag_without_a_beginning_starts_a_span() -> None:
    assert spans("I-person I-person O I-location") == {(0, 2, "person"), (3, 4, "location")}


def test_a_beginning_or_another_type_ends_the_span_before() -> None:
    assert spans("B-person B-person I-location I-location") == {
        (0, 1, "person"),
        (1, 2, "person"),
        (2, 4, "location"),
    }


def test_a_span_is_right_only_if_start_end_and_type_are() -> None:
    assert span_counts("B-person I-person O", "B-person O O") == (0, 1, 1)
    assert span_counts("B-person I-person O", "B-location I-location O") == (0, 1, 1)
    assert span_counts("B-person I-person O", "I-person I-person B-location") == (1, 1, 2)


def test_sentence_f1_is_one_where_neither_side_has_a_span() -> None:
    assert sentence_f1("O O", "O O") == 1
    assert sentence_f1("O O", "B-person O") == 0
    assert sentence_f1("B-person O", "O O") == 0
    assert sentence_f1("B-person O B-location", "B-person O O") == pytest.approx(2 / 3)


def test_a_failed_prediction_is_wrong_even_where_there_is_no_span() -> None:
    assert sentence_f1("O O", None) == 0
    assert span_counts("B-person O", None) == (0, 1, 0)


@pytest.mark.parametrize("tags", ["person", "S-person", "B-", "I", "o"])
def test_tags_outside_bio_are_refused_by_name(tags: str) -> None:
    with pytest.raises(ResultError, match=f"got {tags!r}"):
        spans(tags)


def test_a_prediction_without_one_tag_per_word_is_refused() -> None:
    with pytest.raises(ResultError, match="2 words needs 2 predicted tags, got 3"):
        span_counts("O O", "O O O")


@settings(deadline=None)
@given(st.lists(TAGS, min_size=1, max_size=12))
def test_spans_are_those_of_seqevals_default_mode(tags: list[str]) -> None:
    reference = {(start, end + 1, kind) for kind, start, end in get_entities(tags)}
    assert spans(" ".join(tags)) == reference
