from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss.data.build import Draft, choose, compare_texts, hash_fraction, number_repeats
from boss.data.readers.base import content_id
from boss.data.types import Card, Example, SplitName
from boss.tasks import get_task


def card(name: str, task: str) -> Card:
    return Card(name, "own", task, "id", name, "none", "own", "https://example.org", "MIT", (), "none")


def draft(name: str, split: SplitName, inputs: Sequence[dict[str, str]], task: str = "sentiment") -> Draft:
    examples = [Example(f"{name}-{split}-{i}", row, "x", str(i)) for i, row in enumerate(inputs)]
    return Draft(card(name, task), split, "1", examples)


def texts(*values: str) -> list[dict[str, str]]:
    return [{"text": value} for value in values]


def test_the_hash_fraction_is_the_first_digits_of_the_sha256() -> None:
    # sha256("abc") starts ba7816bf8f01c (FIPS 180-2, appendix B.1)
    assert hash_fraction("abc") == 0xBA7816BF8F01C / 16**13


def test_a_choice_is_nested_and_independent_of_order() -> None:
    examples = [Example(str(i), {"text": str(i)}, "x", str(i)) for i in range(50)]
    small, large = choose(examples, 10, "0"), choose(examples, 30, "0")
    assert large[:10] == small
    assert choose(examples[::-1], 10, "0") == small
    assert choose(examples, 10, "1") != small
    assert len({e.id for e in large}) == 30


def test_a_text_of_train_that_stands_in_test_is_removed_and_counted() -> None:
    test = draft("home", "test", texts("A red  door", "one"))
    train = draft("home", "train", texts("a RED door ", "two", "two", "three"))
    compare_texts(get_task("sentiment"), [test, train])
    assert [e.inputs["text"] for e in train.examples] == ["two", "three"]
    assert train.removed == {"also in home test": 1, "duplicate": 1}
    assert test.removed == Counter()


def test_tests_keep_what_they_hold_and_training_gives_way() -> None:
    first, second = draft("home", "test", texts("a", "b")), draft("away", "test", texts("b", "c"))
    validation, train = draft("home", "validation", texts("c", "d")), draft("home", "train", texts("d", "e"))
    compare_texts(get_task("sentiment"), [first, second, validation, train])
    kept = [[e.inputs["text"] for e in d.examples] for d in (first, second, validation, train)]
    assert kept == [["a", "b"], ["b", "c"], ["d"], ["e"]]
    assert second.noted == {"also in home test": 1} and second.removed == Counter()
    assert validation.removed == {"also in away test": 1}
    assert train.removed == {"also in home validation": 1}


@pytest.mark.parametrize(
    ("task", "shared", "other"), [("nli", "premise", "hypothesis"), ("qa", "context", "question")]
)
def test_training_data_share_no_passage_with_a_test_but_tests_may(task: str, shared: str, other: str) -> None:
    test = draft("home", "test", [{shared: "P", other: "1"}, {shared: "P", other: "2"}], task)
    away = draft("away", "test", [{shared: "P", other: "3"}, {shared: "p", other: "2"}], task)
    train = draft("home", "train", [{shared: "p", other: "4"}, {shared: "Q", other: "1"}], task)
    compare_texts(get_task(task), [test, away, train])
    assert len(test.examples) == 2
    assert [e.inputs[other] for e in away.examples] == ["3", "2"]
    assert away.noted == {"also in home test": 1}
    assert [e.inputs[shared] for e in train.examples] == ["Q"]
    assert train.removed == {f"{shared} also in home test": 1}


def test_a_test_says_what_it_holds_twice() -> None:
    same, case = {"text": "Good lamp"}, {"text": "good  LAMP"}
    examples = [
        Example("1", same, "positive", "1"),
        Example("2", same, "positive", "2"),
        Example("3", case, "positive", "3"),
        Example("4", same, "negative", "4"),
    ]
    test = Draft(card("home", "sentiment"), "test", "1", examples)
    compare_texts(get_task("sentiment"), [test])
    assert len(test.examples) == 4
    assert test.noted == {
        "a text that stands twice": 1,
        "a text but for case and spaces": 1,
        "a text that has another label as well": 1,
    }


def content(text: str, gold: str) -> Example:
    key = content_id({"text": text})
    return Example(f"home-{key}", {"text": text}, gold, key)


def test_repeated_contents_are_counted_whatever_the_order_of_the_rows() -> None:
    rows = [
        content("a", "positive"),
        content("b", "positive"),
        content("a", "negative"),
        content("a", "positive"),
    ]
    a, b = rows[0].id, rows[1].id
    assert [e.id for e in number_repeats(rows)] == [f"{a}-2", b, a, f"{a}-3"]
    by_label = {(e.id, e.gold) for e in number_repeats(rows)}
    assert {(e.id, e.gold) for e in number_repeats(rows[::-1])} == by_label


def test_ids_of_the_file_that_repeat_are_left_to_be_refused() -> None:
    rows = [Example("home-7", {"text": "a"}, "x", "7"), Example("home-7", {"text": "b"}, "x", "7")]
    assert [e.id for e in number_repeats(rows)] == ["home-7", "home-7"]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(0, 8), st.randoms())
def test_a_row_put_in_renames_no_other(texts: list[str], place: int, rng: Random) -> None:
    rows = [content(text, "positive") for text in texts]
    before = Counter((e.id, e.text("text")) for e in number_repeats(rows))
    rows.insert(place, content("another", "negative"))
    rng.shuffle(rows)
    after = Counter((e.id, e.text("text")) for e in number_repeats(rows))
    assert before <= after and len({key for key, _ in after}) == len(rows)
