from collections import Counter
from collections.abc import Sequence

import pytest

from boss.data.shots import largest_class, shots
from boss.data.types import Answer, Card, Example, Gold, Split
from boss.tasks import get_task


def split_of(task: str, golds: Sequence[Gold]) -> Split:
    card = Card(
        name="own",
        suite="toy",
        task=task,
        role="id",
        title="own",
        shift="none",
        source="own",
        url="",
        licence="MIT",
        labels=get_task(task).labels,
        label_mapping="none",
    )
    examples = tuple(Example(f"e{i}", {"text": f"Text {i}."}, gold, f"e{i}") for i, gold in enumerate(golds))
    return Split(card, "train", examples, "1", len(examples))


def test_every_class_gives_as_many_examples_or_all_it_has() -> None:
    task, split = (
        get_task("sentiment"),
        split_of("sentiment", ["positive"] * 9 + ["negative"] * 5 + ["neutral"]),
    )
    few = shots(task, split, 3, seed=0)
    assert Counter(example.gold for example in few.examples) == {"positive": 3, "negative": 3, "neutral": 1}
    assert (few.subset, few.n_total) == ("3-shot:0", 15)
    assert largest_class(task, split) == 9
    assert len(shots(task, split, 9, seed=0).examples) == 15


def test_the_seed_draws_and_fewer_shots_are_part_of_more() -> None:
    task, split = get_task("sentiment"), split_of("sentiment", ["positive", "negative"] * 30)
    few, more = ({e.id for e in shots(task, split, n, seed=1).examples} for n in (4, 16))
    assert few < more
    assert few != {e.id for e in shots(task, split, 4, seed=2).examples}


def test_a_sentence_is_kept_while_one_of_its_types_is_wanted() -> None:
    both = ("B-person", "O", "B-location")
    task, split = get_task("ner"), split_of("ner", [("B-person", "I-person")] * 6 + [both] * 3 + [("O",)] * 4)
    few = shots(task, split, 2, seed=0)
    counts = Counter(tag for e in few.examples for tag in e.gold if str(tag).startswith("B-"))
    assert counts["B-location"] == 2
    assert 2 <= counts["B-person"] <= 4
    assert all(("O",) != example.gold for example in few.examples)
    assert largest_class(task, split) == 9


def test_questions_are_counted_in_all() -> None:
    task, split = get_task("qa"), split_of("qa", [(Answer("Text", 0),)] * 8)
    assert len(shots(task, split, 5, seed=0).examples) == 5
    assert largest_class(task, split) == 8


@pytest.mark.parametrize("task", ["sentiment", "ner", "qa"])
def test_without_a_number_the_split_is_left_as_it_is(task: str) -> None:
    split = split_of(task, [])
    assert shots(get_task(task), split, None, seed=0) is split
