from collections.abc import Callable

import pytest

from boss.analysis.overlap import Match, compare, find_overlaps, indexed
from boss.analysis.shingles import Index
from boss.analysis.texts import distinct_texts
from boss.data.suite import Suite
from boss.data.types import Split
from boss.errors import ConfigError
from boss.metrics.intervals import wilson
from boss.tasks import get_task

SplitOf = Callable[..., Split]
LAMP = "The lamp in the hall went out again last night, so I bought another one."
TRAIN = [LAMP, "Nobody told us that the ferry had left.", "The soup was cold and the waiter was colder."]


def compared(train: Split, test: Split, threshold: float = 0.8) -> tuple[Match, ...]:
    task = get_task("sentiment")
    learnt = indexed(distinct_texts(train, task))
    return compare(learnt, Index.of(learnt.keys), indexed(distinct_texts(test, task)), threshold).matches


def test_planted_duplicates_are_found_and_nothing_else(split_of: SplitOf) -> None:
    train = split_of(TRAIN, name="home", split="train", removed={"also in notes test": 2, "duplicate": 5})
    near = LAMP.replace("another", "a new")
    test = split_of(["The clock is slow.", "NOBODY told us: that the ferry had left!", near])
    task = get_task("sentiment")
    learnt = indexed(distinct_texts(train, task))
    found = compare(learnt, Index.of(learnt.keys), indexed(distinct_texts(test, task)), 0.7)
    exact, close = found.matches
    assert exact == Match("notes-test-1", "home-train-1", 1.0, True)
    assert (close.test_id, close.train_id, close.exact) == ("notes-test-2", "home-train-0", False)
    assert 0.7 <= close.similarity < 1
    assert (found.n_train, found.n_test, found.n_exact, found.n_near, found.n_removed) == (3, 3, 1, 1, 2)
    assert (found.share, found.low, found.high) == (2 / 3, *wilson(2, 3))


def test_the_threshold_decides_what_is_near(split_of: SplitOf) -> None:
    train = split_of(TRAIN, name="home", split="train")
    test = split_of([LAMP.replace("another", "a new")])
    (match,) = compared(train, test, 0.5)
    assert compared(train, test, match.similarity) == (match,)
    assert compared(train, test, match.similarity + 0.01) == ()


def test_the_nearest_training_text_is_named(split_of: SplitOf) -> None:
    train = split_of(
        [LAMP + " Twice.", LAMP + "!", LAMP.replace("hall", "attic")], name="home", split="train"
    )
    assert compared(train, split_of([LAMP]))[0].train_id == "home-train-1"


def test_a_text_that_stands_twice_in_a_test_counts_once(split_of: SplitOf) -> None:
    train = split_of(TRAIN, name="home", split="train")
    assert len(compared(train, split_of([LAMP, LAMP]))) == 1


def test_every_train_is_compared_with_every_test_across_tasks(toy: Suite) -> None:
    found = list(find_overlaps(toy, ["sentiment", "nli"], 0.8))
    pairs = [(overlap.train, overlap.test) for overlap in found]
    trains, tests = ["toy_reviews train", "toy_pairs train"], {test for _, test in pairs}
    assert [train for train, _ in pairs] == [train for train in trains for _ in tests]
    assert {"toy_reviews test", "toy_posts test", "toy_pairs test"} <= tests
    assert all(overlap.n_near + overlap.n_exact == len(overlap.matches) for overlap in found)


def test_a_threshold_out_of_range_is_refused(toy: Suite) -> None:
    with pytest.raises(ConfigError, match=r"threshold must be in \(0, 1\], got 0"):
        next(find_overlaps(toy, ["sentiment"], 0))
