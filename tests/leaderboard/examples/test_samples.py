from collections.abc import Callable
from pathlib import Path

import pytest

from boss.results.digested import digested, digested_golds
from boss.tasks import TASKS
from leaderboard.examples.samples import Sampled, answer_text, copies, listed_of, mark, sampled, table_of
from leaderboard.stats.compare import read_side

WriteAnswers = Callable[..., Path]
CLEAN = ("sentiment/reviews/clean", "accuracy", "clean", None)
WORST = ("sentiment/reviews/typo-malicious-rule-default", "accuracy", "worst", 0.3)


@pytest.fixture
def models(write_answers: WriteAnswers) -> Callable[..., list[Sampled]]:
    """Four examples: a is right on 0 and 1 (under attack at 0.3 on 0 only), b on 0 and 2."""

    def read(what: tuple[str, str, str, float | None] = CLEAN) -> list[Sampled]:
        a = write_answers("a", lambda _, i, degree, __: i == 0 or (i == 1 and degree < 0.3), n=4)
        b = write_answers("b", lambda _, i, *__: i in (0, 2), n=4)
        kept, reasons = sampled([(name, read_side(path, *what)) for name, path in (("a", a), ("b", b))])
        assert not reasons
        return kept

    return read


def ids(table: object) -> list[str]:
    return [str(name)[-1] for name in table["example_id"]]  # type: ignore[index]


def test_each_example_counts_who_is_right(models: Callable[..., list[Sampled]]) -> None:
    table = table_of(models(), None, None)
    assert list(table["n_right"]) == [2, 1, 1, 0]
    assert list(table["right_0"]) == [True, True, False, False]
    # Labels alternate; who is wrong says the other label, so right and wrong together differ.
    assert list(table["differ"]) == [False, True, True, False]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", "0123"),
        ("all wrong", "3"),
        ("some wrong", "123"),
        ("all right", "0"),
        ("disagreement", "12"),
    ],
)
def test_a_filter_lists_the_examples_it_names(
    models: Callable[..., list[Sampled]], show: str, expected: str
) -> None:
    assert "".join(ids(listed_of(table_of(models(), None, None), 2, show, None, ""))) == expected


def test_gold_label_and_a_part_of_the_id_filter_too(models: Callable[..., list[Sampled]]) -> None:
    table = table_of(models(), None, None)
    assert ids(listed_of(table, 2, "all", "positive", "")) == ["1", "3"]
    assert ids(listed_of(table, 2, "all", None, " EWS-002 ")) == ["2"]
    assert listed_of(table, 2, "all", None, ".*").empty


def test_under_attack_the_worst_copy_is_shown_or_the_one_that_is_chosen(
    models: Callable[..., list[Sampled]],
) -> None:
    found = models(WORST)
    worst = table_of(found, 0.3, None)
    assert list(worst["n_right"]) == [2, 0, 1, 0]
    assert list(worst["degree_0"]) == [0.0, 0.3, 0.0, 0.0]
    assert list(table_of(found, 0.1, 0)["n_right"]) == [2, 1, 1, 0]
    assert set(table_of(found, 0.1, 0)["degree_0"]) == {0.1}


def test_models_measured_on_other_examples_are_left_out_with_the_reason(write_answers: WriteAnswers) -> None:
    paths = [write_answers("a", lambda *_: True, n=4), write_answers("b", lambda *_: True, n=3)]
    kept, reasons = sampled([(name, read_side(path, *CLEAN)) for name, path in zip("ab", paths, strict=True)])
    assert [model.label for model in kept] == ["a"]
    assert len(reasons) == 1
    assert reasons[0].startswith("b is left out") and "number of examples: 4 and 3" in reasons[0]


def test_an_answer_is_marked_by_a_shape_and_a_word() -> None:
    assert (mark(True, "neutral"), mark(False, "neutral")) == ("✓ right: neutral", "✗ wrong: neutral")


@pytest.mark.parametrize(
    ("task", "answer", "fields", "expected"),
    [
        ("sentiment", "positive", {}, "positive"),
        ("sentiment", None, {}, "no answer"),
        ("sentiment", "two\nlines", {}, "two lines"),
        ("ner", "B-person I-person O", {}, "person"),
        ("ner", "B-person I-person O", {"tokens": "Ann Lee left"}, "Ann Lee (person)"),
        ("ner", "O O", {"tokens": "she left"}, "no entity"),
        ("ner", "X", {}, "tags must be O, B-type or I-type, got 'X' at word 1 of 'X'"),
        ("qa", '["the mill", "a mill", "the mill"]', {}, "the mill | a mill"),
        ("qa", "by the mill", {}, "by the mill"),
        ("qa", '["x3f9c0a12b7de x00c0ffee0123"]', {}, "answer not stored"),
        ("qa", "x3f9c0a12b7de", {}, "answer not stored"),
        ("qa", "", {}, "no answer"),
        ("qa", "[1995", {}, "[1995"),
    ],
)
def test_labels_and_answers_read_well(
    task: str, answer: str | None, fields: dict[str, str], expected: str
) -> None:
    assert answer_text(TASKS[task], answer, fields) == expected


def test_a_digest_of_an_answer_is_looked_up_in_the_passage() -> None:
    passage = {"context": "In spring the old mill, by the river, turns. Grain comes by boat."}
    assert answer_text(TASKS["qa"], digested("an Old Mill by river"), passage) == "old mill, by the river,"
    assert answer_text(TASKS["qa"], digested_golds('["turns", "The mill"]'), passage) == "turns. | mill,"
    assert answer_text(TASKS["qa"], digested("by the lake"), passage) == "answer not stored"
    assert answer_text(TASKS["qa"], digested("boat"), {}) == "answer not stored"


def test_the_copies_to_choose_are_those_of_the_attack_and_never_too_many() -> None:
    assert copies([]) == []
    assert copies([2.0, 3.0]) == ["copy 1", "copy 2", "copy 3"]
    assert len(copies([1e9])) == 100
