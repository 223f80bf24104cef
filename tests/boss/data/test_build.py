from collections import Counter
from collections.abc import Sequence

import pytest

from boss.data.build import Draft, choose, drop_repeated, hash_fraction
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
    drop_repeated(get_task("sentiment"), [test, train])
    assert [e.inputs["text"] for e in train.examples] == ["two", "three"]
    assert train.removed == {"also in home test": 1, "duplicate": 1}
    assert test.removed == Counter()


def test_the_earlier_split_keeps_a_repeated_text() -> None:
    first, second = draft("home", "test", texts("a", "b")), draft("away", "test", texts("b", "c"))
    validation, train = draft("home", "validation", texts("c", "d")), draft("home", "train", texts("d", "e"))
    drop_repeated(get_task("sentiment"), [first, second, validation, train])
    kept = [[e.inputs["text"] for e in d.examples] for d in (first, second, validation, train)]
    assert kept == [["a", "b"], ["c"], ["d"], ["e"]]
    assert validation.removed == {"also in away test": 1}
    assert train.removed == {"also in home validation": 1}


@pytest.mark.parametrize(
    ("task", "shared", "other"), [("nli", "premise", "hypothesis"), ("qa", "context", "question")]
)
def test_training_data_share_no_passage_with_a_test_but_tests_may(task: str, shared: str, other: str) -> None:
    test = draft("home", "test", [{shared: "P", other: "1"}, {shared: "P", other: "2"}], task)
    away = draft("away", "test", [{shared: "P", other: "3"}, {shared: "p", other: "2"}], task)
    train = draft("home", "train", [{shared: "p", other: "4"}, {shared: "Q", other: "1"}], task)
    drop_repeated(get_task(task), [test, away, train])
    assert len(test.examples) == 2
    assert [e.inputs[other] for e in away.examples] == ["3"]
    assert [e.inputs[shared] for e in train.examples] == ["Q"]
    assert train.removed == {f"{shared} also in home test": 1}
