from collections.abc import Callable
from pathlib import Path

import pytest

from boss.analysis.selection import examine
from boss.analysis.shift import Encoder
from boss.data.suite import Suite
from boss.errors import ConfigError, ResultError
from boss.results.store import find_runs, read_run


@pytest.fixture
def make(encoder: Encoder) -> Callable[[], Encoder]:
    return lambda: encoder


def test_the_three_principles_are_answered(toy: Suite, make: Callable[[], Encoder], runs: Path) -> None:
    run = find_runs(runs)[-1]
    report = examine(toy, "toy_posts", make, run=run, n=50, seed=0)
    data = toy.load("sentiment")
    assert data.train is not None
    home, candidate = report.knowledge
    assert (home.split, home.n) == ("toy_reviews train", len(data.train.examples))
    assert (candidate.split, candidate.n) == ("toy_posts test", len(data.tests[1].examples))
    assert candidate.smallest_class == pytest.approx(1 / 3, abs=0.02)
    assert {pair.first for pair in report.similarities} == {"toy_reviews train", "toy_reviews test"}
    assert [(pair.first, pair.second) for pair in report.others] == [
        ("toy_reviews train", "toy_reviews test")
    ]
    (drop,) = report.drops
    assert (drop.dataset, drop.metric, report.model) == ("toy_posts", "accuracy", "tfidf none")
    scores = {r.measurement.role: r.score for r in read_run(run).records if r.score.metric == "accuracy"}
    id_, ood = scores["id"], scores["ood"]
    assert drop.drop.value == pytest.approx(id_.value - ood.value)
    # Newcombe's interval of a difference, out of Wilson's of its parts.
    below = ((id_.value - id_.ci.low) ** 2 + (ood.ci.high - ood.value) ** 2) ** 0.5
    above = ((id_.ci.high - id_.value) ** 2 + (ood.value - ood.ci.low) ** 2) ** 0.5
    assert drop.drop.low == pytest.approx(drop.drop.value - below)
    assert drop.drop.high == pytest.approx(drop.drop.value + above)


def test_sets_of_one_upstream_page_are_named(toy: Suite, make: Callable[[], Encoder]) -> None:
    assert examine(toy, "toy_posts", make, run=None, n=20, seed=0).same_upstream == ("toy_reviews",)


def test_without_a_run_the_third_principle_is_open(toy: Suite, make: Callable[[], Encoder]) -> None:
    report = examine(toy, "toy_posts", make, run=None, n=20, seed=0)
    assert (report.drops, report.model) == ((), None)


def test_an_unknown_dataset_lists_the_known_ones(toy: Suite, make: Callable[[], Encoder]) -> None:
    with pytest.raises(ConfigError, match=r"unknown dataset 'toy_post' \(did you mean 'toy_posts'\?\)"):
        examine(toy, "toy_post", make, run=None, n=20, seed=0)


def test_a_run_without_the_candidate_is_refused(toy: Suite, make: Callable[[], Encoder], runs: Path) -> None:
    with pytest.raises(ResultError, match="holds no clean span_f1 of toy_chat; measure it"):
        examine(toy, "toy_chat", make, run=find_runs(runs)[0], n=20, seed=0)
