from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.intervals import CURRENT, IntervalRule, wilson
from boss.metrics.scoring import score_tally, tally
from boss.metrics.summaries import DIMENSIONS, Summaries
from boss.results.schema import Subject
from boss.results.summary import Summary
from robtest import attacks

Make = Callable[..., Any]
SUM_OF_SOURCES = IntervalRule(welch=False)
"""As schema version 3 had it."""
N, P = "negative", "positive"
SWEEP = (0.0, 0.1, 0.2)
SUBJECT = Subject(
    id="guess",
    revision="1",
    adapter="callable",
    method="none",
    weights_sha256="unknown",
    finetuned_on="none",
    training_datasets=(),
    n_parameters=None,
    licence="MIT",
    dtype="float64",
    max_length=None,
    fingerprint="f",
)
Measured = tuple[Measurement, Any]


@pytest.fixture
def measure(make_cell: Make, make_attack: Make, make_table: Make) -> Callable[..., Measured]:
    """An attacked measurement: example i, one of two classes, is right at its first ``rights[i]`` degrees."""

    def make(dataset: str, dimension: str, rights: Sequence[int], **changes: Any) -> Measured:
        own = {key: changes.pop(key) for key in ("name", "level", "tag") if key in changes}
        attack = {"name": dimension, "dimension": dimension, **own}
        measurement = make_cell(
            len(rights),
            **{"dataset": dataset, "role": "ood", **changes},
            attack=make_attack(SWEEP, 1, **attack),
        )
        rows = [
            (f"e{i:03}", (N, P)[i % 2], (N, P)[i % 2 if d < right else 1 - i % 2], 0, SWEEP[d])
            for i, right in enumerate(rights)
            for d in range(3)
        ]
        return measurement, make_table(rows)

    return make


@pytest.fixture
def measure_clean(make_cell: Make, make_table: Make) -> Callable[..., Measured]:
    def make(dataset: str, n_right: int, n: int, **changes: Any) -> Measured:
        rows = [(f"e{i:03}", (N, P)[i % 2], (N, P)[i % 2 if i < n_right else 1 - i % 2]) for i in range(n)]
        return make_cell(n, **{"dataset": dataset, "role": "ood", **changes}), make_table(rows)

    return make


def summed(
    measurements: Iterable[Measured], seed: int = 0, n_resamples: int = 500, rule: IntervalRule = CURRENT
) -> list[Summary]:
    sums = Summaries(seed=seed, n_resamples=n_resamples, rule=rule)
    for measurement, table in measurements:
        counted = tally(measurement, table)
        sums.add(counted, score_tally(counted, seed=seed, n_resamples=n_resamples), SUBJECT)
    return sums.summaries()


def one(summaries: Sequence[Summary], **wanted: Any) -> Summary:
    """Return the one summary with these fields; ``scope``, ``level`` and ``dimension`` are its attack's."""

    def has(summary: Summary, name: str, value: Any) -> bool:
        owner = summary.attack if name in ("scope", "level", "dimension") else summary
        return bool(getattr(owner, name, None) == value)

    [found] = [s for s in summaries if all(has(s, name, value) for name, value in wanted.items())]
    return found


def test_the_ood_mean_and_the_lowest_count_every_dataset_once_whatever_its_size(
    measure_clean: Callable[..., Measured],
) -> None:
    measurements = [
        measure_clean("posts", 8, 10),
        measure_clean("chat", 24, 40),
        measure_clean("reviews", 9, 10, role="id"),
    ]
    made = summed(measurements)
    mean = one(made, metric="accuracy", role="ood", over="mean")
    assert (mean.value, mean.n_datasets, mean.n_scored) == (pytest.approx(0.7), 2, 50)
    assert mean.measurements == ("sentiment/chat/clean", "sentiment/posts/clean")
    assert (mean.attack, mean.aggregate, mean.degree) == (None, "clean", None)
    assert mean.ci.low < 0.7 < mean.ci.high and mean.ci.n_units == 50
    assert one(made, metric="accuracy", over="lowest").value == pytest.approx(0.6)
    assert one(made, metric="accuracy", role="id").value == 0.9
    assert one(made, metric="macro_f1", role="ood", over="mean").n_datasets == 2


def test_where_lower_is_better_the_worst_dataset_is_the_highest(make_cell: Make, make_table: Make) -> None:
    def sure_of_positive(dataset: str, p: float, **changes: Any) -> Measured:
        rows = [(f"e{i}", P if changes else (N, P)[i % 2], P) for i in range(10)]
        table = make_table(rows, probs={name: (1 - p, p) for name, _, _ in rows})
        return make_cell(10, dataset=dataset, role="ood", **changes), table

    of_one_class = sure_of_positive("slurs", 0.2, recall_only=True)
    made = summed([sure_of_positive("posts", 0.6), sure_of_positive("chat", 0.9), of_one_class])
    # posts: half 2 * 0.6^2, half 2 * 0.4^2; chat: half 2 * 0.9^2, half 2 * 0.1^2
    mean, highest = (one(made, metric="brier", over=over) for over in ("mean", "highest"))
    assert (mean.value, highest.value) == (pytest.approx(0.67), pytest.approx(0.82))
    assert (mean.higher_is_better, mean.maximum, mean.n_datasets) == (False, 2, 2)
    assert mean.measurements == ("sentiment/chat/clean", "sentiment/posts/clean")  # not of one class
    assert mean.ci.low < 0.67 < mean.ci.high < highest.ci.high
    assert one(made, metric="ece", over="highest").value == pytest.approx(0.5)  # of 10 bins, one of each kind
    assert one(made, metric="confidence_when_wrong", over="mean").value == pytest.approx(0.75)
    assert not [s for s in made if s.over == "lowest" and not s.higher_is_better]


def test_a_summary_of_one_cell_is_its_number_with_its_interval(
    measure_clean: Callable[..., Measured],
) -> None:
    measurement, table = measure_clean("posts", 8, 10)
    [accuracy, _] = score_tally(tally(measurement, table), seed=0)
    mean = one(summed([(measurement, table)]), metric="accuracy", over="mean")
    assert (mean.value, mean.ci) == (accuracy.value, accuracy.ci)
    assert mean.ci.method == "wilson"


def test_dimensions_levels_and_overall_by_hand(measure: Callable[..., Measured]) -> None:
    measurements = [
        measure("posts", "typo", [3, 3, 2, 1]),  # right at 0, 0.1, 0.2: 4/4, 3/4, 2/4
        measure("chat", "typo", [1, 1]),  # 2/2, 0, 0
        measure("posts", "glyph", [3, 3, 3, 3]),  # 1, 1, 1
        measure("chat", "glyph", [2, 1]),  # 1, 1/2, 0
        measure("posts", "synonym", [2, 2, 2, 2], level="word", tag="general"),  # 1, 1, 0
        measure("chat", "synonym", [2, 2], level="word", tag="general"),
    ]
    made = summed(measurements)

    def at(degree: float, **scope: Any) -> float:
        return one(made, aggregate="worst", degree=degree, **scope).value

    assert at(0.1, dimension="typo") == pytest.approx((3 / 4 + 0) / 2)
    assert at(0.1, dimension="glyph") == pytest.approx((1 + 1 / 2) / 2)
    assert at(0.1, scope="level", level="char") == pytest.approx((3 / 8 + 3 / 4) / 2)
    assert at(0.1, scope="level", level="word") == 1
    assert at(0.1, scope="overall") == pytest.approx((3 / 8 + 3 / 4 + 1) / 3)
    assert at(0.2, scope="overall") == pytest.approx((1 / 4 + 1 / 2 + 0) / 3)
    rate = one(made, aggregate="attack_success_rate", degree=0.1, dimension="typo")
    assert (rate.value, rate.n_scored, rate.higher_is_better) == (pytest.approx((1 / 4 + 1) / 2), 6, False)
    overall = one(made, aggregate="worst", degree=0.1, scope="overall")
    assert overall.attack is not None
    assert (overall.attack.n_dimensions, overall.n_datasets, overall.n_scored) == (3, 2, 6)
    assert len(overall.measurements) == 6 and overall.measurements == tuple(sorted(overall.measurements))
    assert not [s for s in made if s.attack and s.attack.level == "sentence"]


def test_a_coverage_is_the_mean_of_those_behind_the_number_by_hand(
    measure: Callable[..., Measured], measure_clean: Callable[..., Measured], leave_alone: Make
) -> None:
    """Of two, four and five examples some cannot be changed at 0.1, under one attack or the other."""

    def left(dataset: str, dimension: str, n: int, n_alone: int, **level: Any) -> Measured:
        measurement, table = measure(dataset, dimension, [2] * n, **level)
        alone = {f"e{i:03}" for i in range(n_alone)}
        return measurement, leave_alone(table, lambda e, v, d: d == 0.1 and e in alone)

    made = summed(
        [
            left("posts", "typo", 2, 1),  # 1/2
            left("chat", "typo", 4, 3),  # 1/4
            left("posts", "synonym", 5, 1, level="word"),  # 4/5
            measure_clean("posts", 2, 2),
        ]
    )
    at = {"aggregate": "average", "degree": 0.1}
    assert one(made, **at, dimension="typo").coverage == 3 / 8
    assert one(made, **at, scope="level", level="word").coverage == 4 / 5
    assert one(made, **at, scope="overall").coverage == pytest.approx((3 / 8 + 4 / 5) / 2)
    assert one(made, aggregate="average", degree=0.2, scope="overall").coverage == 1
    assert one(made, aggregate="area_average", dimension="typo").coverage == pytest.approx(
        (3 / 4 + 5 / 8) / 2
    )
    unsaid = [s for s in made if s.attack is None or s.degree == 0]
    assert len(unsaid) > 4 and {s.coverage for s in unsaid} == {None}


def test_a_variant_of_a_dimension_stands_for_itself(measure: Callable[..., Measured]) -> None:
    """Levels and overall are over dimensions as they are; what a run calls otherwise is a summary more."""
    made = summed(
        [
            measure("posts", "typo", [3, 3, 1, 1]),  # 2/4 at 0.1
            measure("posts", "typo", [1, 1, 1, 1], name="typo-swap"),  # 0
            measure("posts", "glyph", [3, 3, 3, 3]),  # 1
        ]
    )
    by_name = {
        s.attack.name: s.value
        for s in made
        if s.attack and s.attack.scope == "dimension" and (s.aggregate, s.degree) == ("worst", 0.1)
    }
    assert by_name == {"typo": 0.5, "typo-swap": 0.0, "glyph": 1.0}
    overall = one(made, aggregate="worst", degree=0.1, scope="overall")
    assert overall.value == pytest.approx((1 / 2 + 1) / 2)
    assert overall.attack is not None
    assert (overall.attack.n_dimensions, overall.attack.name, len(overall.measurements)) == (2, None, 2)


def test_what_is_read_off_a_curve_is_read_off_the_mean_curve(measure: Callable[..., Measured]) -> None:
    made = summed([measure("posts", "typo", [3, 3, 3, 3]), measure("chat", "typo", [1, 1])])
    # Means: 1, 1/2, 1/2. Chance is 1/2 in both, so half is 3/4: one set alone never gets there.
    assert one(made, aggregate="d50_worst", scope="dimension").value == pytest.approx(0.05)
    assert one(made, aggregate="area_worst", scope="dimension").value == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_a_success_rate_that_one_dataset_cannot_have_is_left_out(measure: Callable[..., Measured]) -> None:
    made = summed([measure("posts", "typo", [3, 1]), measure("chat", "typo", [0, 0])])
    assert not [s for s in made if s.aggregate == "attack_success_rate"]
    assert one(made, aggregate="worst", degree=0.1, scope="overall").value == pytest.approx(1 / 4)


def test_a_missing_cell_is_missing_from_the_list_of_cells(measure: Callable[..., Measured]) -> None:
    measurements = [measure(d, a, [3, 2, 1]) for d in ("posts", "chat") for a in ("typo", "glyph")]
    found = one(summed(measurements[:-1]), aggregate="worst", degree=0.1, scope="overall")
    assert found.measurements == tuple(sorted(measurement.name for measurement, _ in measurements[:-1]))
    assert found.attack is not None and found.attack.n_dimensions == 2


def test_metrics_tasks_and_roles_are_not_mixed(
    measure_clean: Callable[..., Measured], make_table: Make
) -> None:
    recall, _ = measure_clean("insults", 1, 2, recall_only=True)
    table = make_table([("a", P, P), ("b", P, N)])
    made = summed([measure_clean("posts", 8, 10), (recall, table), measure_clean("x", 1, 4, task="nli")])
    assert one(made, metric="accuracy", task="sentiment", over="mean").n_datasets == 1
    assert one(made, metric="recall", over="mean").value == 0.5
    assert one(made, metric="accuracy", task="nli", over="mean").value == 0.25


def test_the_order_in_which_cells_are_added_changes_nothing(measure: Callable[..., Measured]) -> None:
    rng = np.random.default_rng(0)
    rights = {d: rng.integers(0, 4, size=7).tolist() for d in ("posts", "chat", "notes")}
    measurements = [
        measure(d, a, right) for d, right in rights.items() for a in ("typo", "glyph", "phonetic")
    ]
    assert summed(measurements) == summed(measurements[::-1])


def test_a_cell_cannot_count_twice(measure_clean: Callable[..., Measured]) -> None:
    with pytest.raises(ResultError, match="sentiment/posts/clean was added before"):
        summed([measure_clean("posts", 8, 10)] * 2)


def width(summary: Summary) -> float:
    return summary.ci.high - summary.ci.low


def test_dimensions_that_fail_on_the_same_examples_are_no_more_certain_than_one(
    measure: Callable[..., Measured],
) -> None:
    rng = np.random.default_rng(1)
    rights = rng.integers(1, 4, size=100).tolist()
    alike = summed(measure("posts", dimension, rights) for dimension in ("typo", "glyph"))
    overall = one(alike, aggregate="average", degree=0.1, scope="overall")
    single = summed([measure("posts", "typo", rights), measure("chat", "glyph", rights)])
    apart = one(single, aggregate="average", degree=0.1, scope="overall")
    p = overall.value
    expected = 2 * 1.96 * np.sqrt(p * (1 - p) / 100)
    assert width(overall) == pytest.approx(expected, rel=0.15)
    # Two datasets are drawn independently, so their mean is more certain by the root of two.
    assert width(apart) == pytest.approx(expected / np.sqrt(2), rel=0.15)


def test_an_ood_mean_where_nothing_varies_is_not_certain(measure_clean: Callable[..., Measured]) -> None:
    made = summed([measure_clean("posts", 10, 10), measure_clean("chat", 40, 40)])
    mean = one(made, metric="accuracy", over="mean")
    # As certain as one dataset of 2^2 / (1/10 + 1/40) = 32 examples.
    assert (mean.ci.method, mean.ci.n_units, mean.ci.high) == ("wilson-clusters", 32, 1)
    assert mean.ci.low == pytest.approx(32 / (32 + 1.959963984540054**2))


def test_a_small_set_beside_a_large_one_gives_the_mean_the_interval_of_few_sources(
    measure: Callable[..., Measured],
) -> None:
    rights = [measure("posts", "typo", [1, 2, 3] * 4), measure("chat", "typo", [1, 2, 3] * 200)]
    mean = {"aggregate": "area_average", "scope": "dimension"}
    now = one(summed(rights, n_resamples=20_000), **mean)
    before = one(summed(rights, n_resamples=20_000, rule=SUM_OF_SOURCES), **mean)
    # Areas are 1/4, 3/4, 1: variance 7/72, so of the means 7/72 / 12 and 7/72 / 600; 612 sources in all.
    small, large = 7 / 72 / 11 / 4, 7 / 72 / 599 / 4
    freedom = (small + large) ** 2 / (small**2 / 11 + large**2 / 599)
    assert width(now) == pytest.approx(2 * t.ppf(0.975, freedom) * np.sqrt(small + large), rel=0.03)
    deviation = np.sqrt(small * 11 / 12 + large * 599 / 600)
    assert width(before) == pytest.approx(2 * t.ppf(0.975, 611) * deviation, rel=0.03)
    assert now.ci.n_units == before.ci.n_units == 612


def test_the_lowest_has_the_lowest_of_the_limits(measure_clean: Callable[..., Measured]) -> None:
    """Where one set is far below, these are its own; where sets are alike, both limits are pulled down."""
    apart = [measure_clean("posts", 6, 20), measure_clean("chat", 900, 1000)]
    lowest = one(summed(apart), metric="accuracy", over="lowest")
    assert (lowest.value, lowest.ci.low, lowest.ci.high) == (0.3, *wilson(6, 20))
    alike = [measure_clean("posts", 10, 20), measure_clean("chat", 520, 1000)]
    lowest = one(summed(alike), metric="accuracy", over="lowest")
    assert (lowest.value, lowest.ci.low, lowest.ci.high) == (0.5, wilson(10, 20)[0], wilson(520, 1000)[1])
    assert lowest.ci.method == "extreme"


def test_a_set_without_a_wrong_answer_is_not_taken_for_certain_in_a_mean(
    measure_clean: Callable[..., Measured],
) -> None:
    sets = [measure_clean("posts", 8, 8), measure_clean("chat", 500, 1000)]
    mean = one(summed(sets, n_resamples=20_000), metric="accuracy", over="mean")
    # Wilson of 8 of 8 is [0.6756, 1], half of it counts; the other set's half is half as wide as its own.
    other = 1.96 * np.sqrt(0.25 / 1000) / 2
    assert mean.ci.low == pytest.approx(0.75 - np.hypot((1 - 8 / (8 + 1.96**2)) / 2, other), abs=0.002)
    assert mean.ci.high == pytest.approx(0.75 + other, abs=0.002)
    before = one(summed(sets, rule=SUM_OF_SOURCES), metric="accuracy", over="mean")
    assert before.ci.low == pytest.approx(0.75 - other, abs=0.002)


def test_attacks_that_lose_every_example_of_a_set_are_off_together(
    measure: Callable[..., Measured],
) -> None:
    def lowest(*attacks: str) -> float:
        lost = [measure("posts", name, [1] * 10) for name in attacks]
        rest = [measure("chat", name, [1, 3] * 50) for name in attacks]
        overall = {"aggregate": "worst", "degree": 0.1, "scope": "overall"}
        return one(summed([*lost, *rest]), **overall).ci.high

    # Of two attacks alike the mean is as uncertain as one, not less.
    assert lowest("typo", "glyph") == pytest.approx(lowest("typo"), abs=1e-9)


def test_the_mean_over_datasets_covers_the_truth_as_often_as_it_says(
    measure: Callable[..., Measured],
) -> None:
    """Chances of losing at 0.1 differ by example and are shared by two attacks on each of two sets."""
    rng, inside, n_repeats = np.random.default_rng(5), 0, 100
    for repeat in range(n_repeats):
        sums = Summaries(seed=repeat, n_resamples=200)
        for dataset, a in (("posts", 2), ("chat", 4)):
            chance = rng.beta(a, 2, size=60)
            for dimension in ("typo", "glyph"):
                kept = 1 + 2 * (rng.random(60) < chance)
                sums.add(tally(*measure(dataset, dimension, kept.tolist())), (), SUBJECT)
        found = one(sums.summaries(), aggregate="worst", degree=0.1, scope="overall").ci
        inside += found.low <= (1 / 2 + 2 / 3) / 2 <= found.high
    assert 0.90 <= inside / n_repeats <= 0.99


def test_levels_and_overall_are_over_the_dimensions_there_are() -> None:
    assert set(DIMENSIONS) == set(attacks.DIMENSIONS)
