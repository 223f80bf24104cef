from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from boss.analysis.shift import Encoder, measure_shift, similarities
from boss.analysis.texts import distinct_texts, main_field, sample
from boss.data.suite import Suite
from boss.data.types import Split
from boss.errors import ConfigError
from boss.tasks import TASKS, get_task

SplitOf = Callable[..., Split]
SENTIMENT = get_task("sentiment")


def test_the_premise_and_the_context_are_compared_not_what_was_written_for_them() -> None:
    fields = {name: main_field(task) for name, task in TASKS.items()}
    assert fields == {
        "sentiment": "text",
        "toxicity": "text",
        "nli": "premise",
        "ner": "tokens",
        "qa": "context",
    }


def test_equal_texts_count_once_and_a_small_sample_begins_a_large_one(split_of: SplitOf) -> None:
    texts = distinct_texts(split_of([f"text {i % 20}" for i in range(60)]), SENTIMENT)
    assert texts.n_total == 20
    large = sample(texts, 15, seed=3)
    assert sample(texts, 5, seed=3).texts == large.texts[:5]
    assert sample(texts, 15, seed=4).texts != large.texts
    reversed_split = split_of([f"text {i % 20}" for i in range(60)])
    assert sample(distinct_texts(reversed_split, SENTIMENT), 15, seed=3).texts == large.texts


def test_one_text_of_a_source_is_independent(split_of: SplitOf) -> None:
    split = split_of([("a", "negative", "s1"), ("b", "negative", "s2"), ("c", "negative", "s1")])
    texts = distinct_texts(split, SENTIMENT)
    assert texts.sources.tolist() == [0, 1, 0]
    assert texts.independent.tolist() == [0, 1]


def test_cosines_of_centroids_and_of_pairs_known_by_hand(split_of: SplitOf) -> None:
    sets = [
        distinct_texts(split_of(["a", "b"], name="one"), SENTIMENT),
        distinct_texts(split_of(["c", "d"], name="two"), SENTIMENT),
    ]
    vectors = {"one test": np.array([[1.0, 0.0], [0.0, 1.0]]), "two test": np.array([[1.0, 0.0], [1.0, 0.0]])}
    same, across, _ = similarities(sets, vectors)
    assert (same.centroids.value, same.pairs) == (1, None)
    assert across.centroids.value == pytest.approx(np.sqrt(0.5))
    assert across.pairs is not None
    assert across.pairs.value == pytest.approx(0.5)


def test_the_interval_covers_the_centroids_cosine_of_the_whole(split_of: SplitOf) -> None:
    rng = np.random.default_rng(0)
    whole = [rng.normal(centre, 1, size=(4000, 5)) for centre in (1.0, np.array([1, 1, 1, 0, -1.0]))]
    means = [part.mean(0) for part in whole]
    true = means[0] @ means[1] / np.linalg.norm(means[0]) / np.linalg.norm(means[1])
    sets = [
        distinct_texts(split_of([f"{name}{i}" for i in range(50)], name=name), SENTIMENT) for name in "xy"
    ]
    covered = []
    for start in range(0, 4000, 50):
        vectors = {f"{name} test": part[start : start + 50] for name, part in zip("xy", whole, strict=True)}
        estimate = similarities(sets, vectors)[1].centroids
        assert estimate.low is not None and estimate.high is not None
        covered.append(estimate.low <= true <= estimate.high)
    assert 0.87 <= np.mean(covered) <= 1.0  # 80 intervals of nominal 0.95


@pytest.mark.parametrize("task", TASKS)
def test_every_task_of_the_toy_suite_is_measured(task: str, toy: Suite, encoder: Encoder) -> None:
    report = measure_shift(toy, task, encoder, n=12, seed=0, n_permutations=19)
    data = toy.load(task)
    assert data.train is not None
    assert [row.dataset for row in report.tests] == [split.dataset for split in data.tests]
    assert report.train == f"{data.train.dataset} train"
    k = 1 + len(data.tests)
    assert len(report.similarities) == k * (k + 1) // 2
    assert report.missing == ()
    for row in report.tests:
        assert row.n <= 12
        assert (row.labels is None) == (task == "qa")
        assert 0 <= row.vocabulary.jaccard <= 1
        assert row.mmd is not None and row.p_holm is not None
        assert row.mmd.p <= row.p_holm <= 1
        assert row.length.low is not None and row.length.low <= row.length.value


def test_the_far_set_is_farther_than_the_id_test(toy: Suite, encoder: Encoder) -> None:
    report = measure_shift(toy, "sentiment", encoder, n=100, seed=0, n_permutations=99)
    known = {(s.first, s.second): s.centroids.value for s in report.similarities}
    home, away = (known[report.train, f"{row.dataset} test"] for row in report.tests)
    assert away < home
    home_row, away_row = report.tests
    assert away_row.vocabulary.unseen.value > home_row.vocabulary.unseen.value
    assert away_row.mmd is not None
    assert away_row.mmd.p < 0.05


def test_a_set_of_one_source_has_no_test_of_its_own(
    toy: Suite, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = toy.load("sentiment")
    home, away = data.tests
    one = replace(away, examples=tuple(replace(e, source="one") for e in away.examples))
    monkeypatch.setattr(Suite, "load", lambda *_: replace(data, tests=(home, one)))
    home_row, away_row = measure_shift(toy, "sentiment", encoder, n=20, seed=0, n_permutations=19).tests
    assert (away_row.mmd, away_row.p_holm, away_row.length.low) == (None, None, None)
    assert home_row.mmd is not None
    assert home_row.p_holm == home_row.mmd.p


def test_the_same_seed_gives_the_same_report(toy: Suite, encoder: Encoder) -> None:
    one, two, other = (
        measure_shift(toy, "sentiment", encoder, n=10, seed=s, n_permutations=19) for s in (0, 0, 1)
    )
    assert one == two
    assert one.similarities != other.similarities


def test_a_sample_of_one_text_is_refused(toy: Suite, encoder: Encoder) -> None:
    with pytest.raises(ConfigError, match="n must be at least 2 texts, got 1"):
        measure_shift(toy, "sentiment", encoder, n=1, seed=0, n_permutations=19)


def test_an_unordered_split_gives_the_same_sample(split_of: SplitOf) -> None:
    texts: Sequence[str] = [f"text {i}" for i in range(30)]
    split = split_of(texts)
    turned = type(split)(split.card, split.split, split.examples[::-1], split.revision, split.n_total)
    one, two = (sample(distinct_texts(s, SENTIMENT), 8, seed=0) for s in (split, turned))
    assert one.texts == two.texts
