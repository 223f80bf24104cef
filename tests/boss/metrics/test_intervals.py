from collections.abc import Callable

import numpy as np
import pytest

from boss.errors import ConfigError
from boss.metrics import intervals as module
from boss.metrics.intervals import (
    Column,
    by_source,
    intervals,
    percentile,
    resampled_sums,
    tail_of,
    tail_over_sets,
    variance,
    wilson,
)
from boss.metrics.scores import Floats
from boss.results.schema import Interval


def mean(sums: Floats) -> Floats:
    return sums[..., 0] / sums[..., 1]


def column(values: Floats, *, zero_one: bool = False, repeated: bool = False) -> Column:
    return Column(np.stack([values, np.ones_like(values)], axis=1), mean, zero_one, repeated)


def interval(
    values: Floats,
    sources: Floats | None = None,
    *,
    zero_one: bool = False,
    n_resamples: int = 300,
    seed: int = 0,
) -> Interval:
    of = np.arange(len(values)) if sources is None else np.asarray(sources, dtype=np.intp)
    return intervals([column(values, zero_one=zero_one)], of, seed=seed, n_resamples=n_resamples)[0]


def test_wilson_by_hand() -> None:
    z2 = 1.959963984540054**2
    assert wilson(0, 10) == pytest.approx((0, z2 / (10 + z2)))
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_a_proportion_of_distinct_examples_gets_wilson() -> None:
    found = interval(np.array([1.0, 1, 1, 0]), zero_one=True)
    assert (found.method, found.unit, found.n_units, found.seed) == ("wilson", "example", 4, None)
    assert (found.low, found.high) == wilson(3, 4)


def test_a_proportion_of_examples_that_share_sources_is_bootstrapped_by_source() -> None:
    found = interval(np.array([1.0, 1, 1, 0, 0, 0]), np.array([0, 0, 1, 1, 2, 2]), zero_one=True, seed=7)
    assert (found.method, found.unit, found.n_units, found.seed) == ("bootstrap", "source", 3, 7)


def test_values_made_of_several_variants_count_examples_as_sources() -> None:
    columns = [column(np.array([0.5, 1, 0]), repeated=True), column(np.array([0.5, 1, 0]))]
    found = intervals(columns, np.arange(3), seed=0)
    assert [ci.unit for ci in found] == ["source", "example"]


def test_the_bootstrap_equals_a_loop_over_its_draws() -> None:
    units = np.random.default_rng(1).random((17, 3))
    draws = np.random.default_rng(5).integers(17, size=(40, 17))
    by_hand = np.array([units[draw].sum(axis=0) for draw in draws])
    np.testing.assert_allclose(resampled_sums(units, seed=5, n_resamples=40), by_hand, atol=1e-8)


def test_the_bootstrap_does_not_depend_on_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    units = np.random.default_rng(1).random((17, 3))
    whole = resampled_sums(units, seed=5, n_resamples=40)
    monkeypatch.setattr(module, "_DRAWS_PER_CHUNK", 17 * 7)
    np.testing.assert_array_equal(resampled_sums(units, seed=5, n_resamples=40), whole)


def test_sums_are_exact_so_columns_may_be_summed_in_any_company() -> None:
    units = np.random.default_rng(1).random((999, 8))
    together = resampled_sums(units, seed=5, n_resamples=50)
    alone = [resampled_sums(units[:, [i]], seed=5, n_resamples=50)[:, 0] for i in range(8)]
    np.testing.assert_array_equal(together, np.stack(alone, axis=1))


def test_the_seed_decides_the_bootstrap() -> None:
    values = np.random.default_rng(0).random(50)
    assert interval(values, seed=1) == interval(values, seed=1)
    assert interval(values, seed=1).low != interval(values, seed=2).low


@pytest.mark.parametrize("n_resamples", [0, -1])
def test_a_bootstrap_without_resamples_is_refused(n_resamples: int) -> None:
    with pytest.raises(ConfigError, match=f"got {n_resamples}"):
        interval(np.array([0.5, 0.7]), n_resamples=n_resamples)


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_sources_that_all_agree_get_wilson_on_their_number(extreme: float) -> None:
    found = interval(np.full(10, extreme), np.repeat(np.arange(5), 2), zero_one=True)
    assert (found.method, found.unit, found.n_units) == ("wilson-clusters", "source", 5)
    assert (found.low, found.high) == wilson(int(5 * extreme), 5)


def test_one_source_alone_never_gets_an_interval_of_no_width() -> None:
    found = interval(np.array([0.4, 0.6]), np.array([0, 0]))
    assert (found.low, found.high) == (0, 1)


def test_units_that_do_not_bear_on_the_metric_do_not_narrow_its_interval() -> None:
    """Thirty sentences with a span each, all right, among a hundred without: n is 30, not 130."""
    counts = np.zeros((130, 3))
    counts[:30] = 1
    f1 = Column(counts, lambda s: 2 * s[..., 0] / (s[..., 1] + s[..., 2]))
    found = intervals([f1], np.arange(130), seed=0, n_resamples=20)[0]
    assert (found.method, found.n_units, found.low) == ("wilson-clusters", 30, wilson(30, 30)[0])


Draw = Callable[[np.random.Generator], tuple[Floats, Floats | None]]


def coverage(draw: Draw, truth: float, n_repeats: int, zero_one: bool) -> float:
    rng = np.random.default_rng(20)
    inside = 0
    for repeat in range(n_repeats):
        values, sources = draw(rng)
        found = interval(values, sources, zero_one=zero_one, seed=repeat)
        inside += found.low <= truth <= found.high
    return inside / n_repeats


def test_wilson_covers_a_proportion_as_often_as_it_says() -> None:
    for n, p in ((50, 0.9), (200, 0.97), (1000, 0.5)):
        assert 0.92 <= coverage(lambda r, n=n, p=p: ((r.random(n) < p) * 1.0, None), p, 600, True) <= 0.98


def test_the_bootstrap_covers_a_mean_as_often_as_it_says() -> None:
    # like token F1: half the answers right, the rest partly
    def draw(rng: np.random.Generator) -> tuple[Floats, None]:
        return np.where(rng.random(200) < 0.5, 1.0, rng.random(200)), None

    assert 0.92 <= coverage(draw, 0.75, 600, False) <= 0.98


def draw_clusters(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """100 sources with 5 examples each that are alike: the chance of being right is the source's."""
    chance = rng.beta(2, 2, size=100)
    right = rng.random((100, 5)) < chance[:, None]
    return (right * 1.0).ravel(), np.repeat(np.arange(100), 5)


def test_the_cluster_bootstrap_covers_where_examples_share_sources() -> None:
    assert 0.92 <= coverage(draw_clusters, 0.5, 600, True) <= 0.98


def test_ignoring_the_sources_would_not_cover() -> None:
    """The guard bites: the same draws with every example as its own source."""
    assert coverage(lambda rng: (draw_clusters(rng)[0], None), 0.5, 600, True) < 0.9


def read_column(read: Callable[[Floats], Floats]) -> Column:
    """A number that is read off a curve of one point: the mean of ten values from 0 to 0.9."""
    made = column(np.arange(10) / 10)
    return Column(made.statistics, lambda sums: mean(sums)[..., None], read=read)


def test_a_number_read_off_a_curve_is_read_in_every_resample() -> None:
    plain = intervals([column(np.arange(10) / 10)], np.arange(10), seed=0)[0]
    found = intervals([read_column(lambda curve: curve[..., 0] / 2)], np.arange(10), seed=0)[0]
    assert (found.low, found.high) == pytest.approx((plain.low / 2, plain.high / 2))
    assert found.n_undefined == 0


def test_a_resample_beyond_what_was_measured_counts_as_the_maximum() -> None:
    values = np.array([0.2] * 90 + [np.inf] * 10)
    found = percentile(read_column(lambda c: c), values, tail_of(10), unit="source", n_units=10, seed=0)
    assert found is not None
    assert (found.low, found.high, found.n_undefined, found.n_resamples) == (0.2, 1, 10, 100)


def test_a_resample_without_the_number_counts_against_certainty_on_both_sides() -> None:
    values = np.array([0.2] * 90 + [np.nan] * 10)
    found = percentile(read_column(lambda c: c), values, tail_of(10), unit="source", n_units=10, seed=0)
    assert found is not None
    assert (found.low, found.high, found.n_undefined) == (0, 1, 10)


def test_a_few_resamples_without_the_number_do_not_reach_the_limits() -> None:
    values = np.array([0.2, 0.4] * 495 + [np.nan, np.inf] * 5)
    found = percentile(read_column(lambda c: c), values, tail_of(100), unit="source", n_units=100, seed=0)
    assert found is not None
    assert (found.low, found.high, found.n_undefined) == (0.2, 0.4, 10)


def test_a_reading_that_never_varies_gets_the_whole_range_for_it_is_no_proportion() -> None:
    found = intervals([read_column(lambda curve: np.full(curve.shape[:-1], 0.3))], np.arange(10), seed=0)[0]
    assert (found.low, found.high, found.method, found.n_units) == (0, 1, "range", 10)


def test_a_total_whose_weights_do_not_sum_to_1_gets_wilson_on_its_own_scale() -> None:
    made = Column(column(np.full(10, 0.75)).statistics, mean, maximum=0.75)
    found = intervals([made], np.arange(10), seed=0)[0]
    assert (found.low, found.high) == pytest.approx((0.75 * wilson(10, 10)[0], 0.75))


def test_wilson_of_a_share_counts_only_those_it_is_a_share_of() -> None:
    rate = Column(np.array([[1.0, 1], [0, 1], [0, 0], [0, 0]]), mean, zero_one=True)
    found = intervals([rate], np.arange(4), seed=0)[0]
    assert (found.n_units, found.low, found.high) == (2, *wilson(1, 2))


def test_the_tail_over_sets_by_hand() -> None:
    # Student's t with 18 degrees is 2.1009, times sqrt(10 / 9) 2.2146; the normal has 0.0134 beyond it.
    assert tail_over_sets((1, 1), (10, 10)) == pytest.approx(0.01340, abs=1e-5)
    assert tail_over_sets((7, 0), (8, 1000)) == pytest.approx(tail_of(8))
    assert tail_over_sets((0.2, 0.3), (8, 50)) == pytest.approx(tail_over_sets((2, 3), (8, 50)))
    assert tail_of(8) < tail_over_sets((1 / 8, 1 / 1000), (8, 1000)) < tail_of(10)
    assert tail_over_sets((0, 0), (8, 1000)) == tail_of(8)  # nothing varies


def test_a_set_of_one_source_varies_in_no_resample_and_leaves_the_tail_to_the_others() -> None:
    assert tail_over_sets((0, 1), (1, 20)) == pytest.approx(tail_of(20))


def test_a_variance_takes_what_is_no_number_as_its_limits() -> None:
    made = column(np.arange(3.0))
    assert variance(made, np.array([0.2, 0.4])) == pytest.approx(0.01)
    assert variance(made, np.array([np.nan, np.inf])) == pytest.approx(0.25)  # 0 and 1
    assert variance(made, np.array([[0.2, 0.0], [0.4, 0.2]])) == pytest.approx(0.02)


def test_rows_are_summed_by_source_also_where_a_source_has_none() -> None:
    rows, sources = np.array([[1.0, 10], [2, 20], [4, 40]]), np.array([0, 2, 0])
    assert by_source(rows, sources).tolist() == [[5, 50], [0, 0], [2, 20]]
    assert by_source(rows, sources, 4)[3].tolist() == [0, 0]


def test_a_success_rate_covers_the_truth_as_often_as_it_says_where_examples_share_sources() -> None:
    """100 sources with 3 examples each; 80 % are right, of these each source loses its own share."""

    def draw(rng: np.random.Generator) -> tuple[Floats, Floats]:
        loss = rng.beta(2, 4, size=100)
        right = rng.random((100, 3)) < 0.8
        lost = right & (rng.random((100, 3)) < loss[:, None])
        return np.stack([lost.ravel(), right.ravel()], axis=1) * 1.0, np.repeat(np.arange(100), 3)

    rng, inside = np.random.default_rng(3), 0
    for repeat in range(400):
        statistics, sources = draw(rng)
        rate = Column(statistics, mean, zero_one=True)
        found = intervals([rate], sources.astype(np.intp), seed=repeat, n_resamples=300)[0]
        inside += found.low <= 1 / 3 <= found.high
    assert 0.92 <= inside / 400 <= 0.98
