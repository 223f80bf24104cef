from collections.abc import Callable
from types import ModuleType

import pytest

from boss.errors import ResultError
from boss.results.compare import check_comparable
from boss.results.schema import Aggregate, Record
from boss.results.store import read_run

Find = Callable[[Aggregate, float | None], Record]


@pytest.fixture(scope="module")
def find(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Find:
    """Records of accuracy by aggregate and degree: rule access on characters, degrees 0, 0.1 and 0.2."""
    records = read_run(tiny.measure_all(tmp_path_factory.mktemp("runs")).path).records

    def at(aggregate: Aggregate, degree: float | None) -> Record:
        [record] = (
            r
            for r in records
            if (r.score.metric, r.score.aggregate, r.score.degree) == ("accuracy", aggregate, degree)
        )
        return record

    return at


@pytest.fixture
def worst(find: Find) -> Record:
    return find("worst", 0.1)


def with_measurement(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"measurement": record.measurement.model_copy(update=changes)})


def with_attack(record: Record, **changes: object) -> Record:
    assert record.measurement.attack is not None
    return with_measurement(record, attack=record.measurement.attack.model_copy(update=changes))


def with_search(record: Record, **changes: object) -> Record:
    assert record.measurement.attack is not None
    return with_attack(record, search=record.measurement.attack.search.model_copy(update=changes))


def with_score(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"score": record.score.model_copy(update=changes)})


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.model_copy(update={"model": r.model.model_copy(update={"id": "another"}), "seed": 99}),
        lambda r: with_attack(r, degrees=(0.1, 0.2, 0.3)),
        lambda r: with_attack(r, name="slips"),
        lambda r: with_measurement(r, dataset_revision="2", n_total=9, stand_in=False, majority=0.9),
        lambda r: with_measurement(r, subset="cap", scoring="boss"),
    ],
)
def test_models_and_descriptions_and_higher_degrees_may_differ(
    change: Callable[[Record], Record], worst: Record
) -> None:
    check_comparable(worst, change(worst))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: with_measurement(r, dataset_sha256="0" * 64), "content of the data: e{12}… and 0{12}…"),
        (lambda r: with_measurement(r, n_evaluated=3), "number of examples: 4 and 3"),
        (
            lambda r: with_measurement(r, labels=("negative", "positive", "neutral")),
            r"labels: \[negative, positive\] and \[negative, positive, neutral\]",
        ),
        (lambda r: with_measurement(r, suite="mini+letters"), r"suite: mini and mini\+letters"),
        (lambda r: with_measurement(r, suite_version="2"), "suite_version: 1 and 2"),
        (lambda r: with_measurement(r, benchmark_version="0.2"), "benchmark_version: 1 and 0.2"),
        (lambda r: with_attack(r, seed=99), "seed of the copies: 7 and 99"),
        (lambda r: with_attack(r, n_variants=5), "copies of each example: 2 and 5"),
        (lambda r: with_attack(r, version="2"), "version of the attack: 1 and 2"),
        (lambda r: with_attack(r, options={"layout": "qwerty"}), "options.layout: azerty and qwerty"),
        (lambda r: with_search(r, version="2"), "version of the search: 1 and 2"),
        (
            lambda r: with_search(r, options={"compatible": True}),
            "search.options.compatible: false and true",
        ),
        (
            lambda r: with_attack(r, degrees=(0.05, 0.1)),
            r"degrees that count: \[0.1\] and \[0.05, 0.1\]",
        ),
        (lambda r: with_score(r, degree=0.2), "degree: 0.1 and 0.2"),
        (lambda r: with_score(r, metric="recall"), "metric: 'accuracy' and 'recall'"),
        (lambda r: with_score(r, aggregate="average"), "aggregate: 'worst' and 'average'"),
    ],
)
def test_what_is_measured_may_not_differ(
    change: Callable[[Record], Record], reason: str, worst: Record
) -> None:
    with pytest.raises(ResultError, match=f"cannot be compared, they differ in {reason}[.;]"):
        check_comparable(worst, change(worst))


def test_all_differences_are_named(worst: Record) -> None:
    other = with_attack(with_measurement(worst, n_evaluated=3), seed=99)
    with pytest.raises(
        ResultError, match=r"number of examples: 4 and 3; seed of the copies: 7 and 99\. Measure both"
    ):
        check_comparable(worst, other)


def test_an_average_needs_the_grid_below_it_too(find: Find) -> None:
    average = find("average", 0.1)
    check_comparable(average, with_attack(average, degrees=(0.1, 0.2, 0.3)))
    with pytest.raises(ResultError, match=r"degrees that count: \[0.1\] and \[0.05, 0.1\]"):
        check_comparable(average, with_attack(average, degrees=(0.05, 0.1)))


@pytest.mark.parametrize("aggregate", ["area_average", "d50_worst", "robtest_total_worst"])
def test_what_is_read_off_the_curve_needs_the_whole_grid(aggregate: Aggregate, worst: Record) -> None:
    off_curve = with_score(worst, aggregate=aggregate, degree=None)
    check_comparable(off_curve, with_attack(off_curve, name="slips"))
    with pytest.raises(ResultError, match=r"degrees that count: \[0.1, 0.2\] and \[0.1, 0.2, 0.3\]"):
        check_comparable(off_curve, with_attack(off_curve, degrees=(0.0, 0.1, 0.2, 0.3)))


def test_a_success_rate_needs_the_grid_below_it(find: Find) -> None:
    rate = find("attack_success_rate", 0.1)
    check_comparable(rate, with_attack(rate, degrees=(0.1, 0.2, 0.3)))
    with pytest.raises(ResultError, match="degrees that count"):
        check_comparable(rate, with_attack(rate, degrees=(0.05, 0.1)))


def test_a_search_that_asks_the_model_needs_the_grid_above_it_too(worst: Record) -> None:
    guided = with_attack(worst, access="score")
    with pytest.raises(ResultError, match=r"degrees that count: \[0.1, 0.2\] and \[0.1, 0.2, 0.3\]"):
        check_comparable(guided, with_attack(guided, degrees=(0.0, 0.1, 0.2, 0.3)))


def test_clean_and_attacked_are_not_compared(find: Find) -> None:
    with pytest.raises(ResultError, match="aggregate: 'clean' and 'average'"):
        check_comparable(find("clean", None), find("average", 0.0))


def test_what_an_old_run_cannot_tell_is_not_comparable_even_with_itself(worst: Record) -> None:
    old = with_attack(worst, options="unknown")
    with pytest.raises(ResultError, match="they differ in options: unknown and unknown"):
        check_comparable(old, old)
