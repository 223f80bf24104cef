from collections.abc import Callable
from pathlib import Path

import pytest

from boss.errors import ResultError
from boss.results.compare import check_comparable
from boss.results.schema import Record
from boss.results.store import read_run

RECORDS = read_run(Path(__file__).parent / "fixtures" / "v1").records
CLEAN = RECORDS[0]
WORST = next(r for r in RECORDS if r.score.aggregate == "worst" and r.score.degree == 0.1)
AVERAGE = next(r for r in RECORDS if r.score.aggregate == "average" and r.score.degree == 0.1)


def with_cell(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"cell": record.cell.model_copy(update=changes)})


def with_attack(record: Record, **changes: object) -> Record:
    assert record.cell.attack is not None
    return with_cell(record, attack=record.cell.attack.model_copy(update=changes))


def with_score(record: Record, **changes: object) -> Record:
    return record.model_copy(update={"score": record.score.model_copy(update=changes)})


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.model_copy(update={"model": r.model.model_copy(update={"id": "another"}), "seed": 99}),
        lambda r: with_attack(r, seed=99),
        lambda r: with_attack(r, degrees=(0.1, 0.2, 0.3)),
    ],
)
def test_models_and_seeds_and_higher_degrees_may_differ(change: Callable[[Record], Record]) -> None:
    check_comparable(WORST, change(WORST))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: with_cell(r, dataset_sha256="0" * 64), "dataset_sha256: 'eeee.*0000"),
        (lambda r: with_cell(r, n_evaluated=3), "n_evaluated: 4 and 3"),
        (lambda r: with_cell(r, labels=("negative", "positive", "neutral")), "labels"),
        (lambda r: with_attack(r, n_variants=5), "n_variants: 2 and 5"),
        (lambda r: with_attack(r, version="2"), "version: '1' and '2'"),
        (lambda r: with_attack(r, options={"layout": "qwerty"}), "options"),
        (lambda r: with_attack(r, degrees=(0.05, 0.1)), "degrees up to it"),
        (lambda r: with_score(r, degree=0.2), "degree: 0.1 and 0.2"),
        (lambda r: with_score(r, metric="recall"), "metric: 'accuracy' and 'recall'"),
        (lambda r: with_score(r, aggregate="average"), "aggregate: 'worst' and 'average'"),
        (lambda r: r.model_copy(update={"benchmark_version": "0.2"}), "benchmark_version"),
    ],
)
def test_what_is_measured_may_not_differ(change: Callable[[Record], Record], reason: str) -> None:
    with pytest.raises(ResultError, match=f"cannot be compared, they differ in .*{reason}"):
        check_comparable(WORST, change(WORST))


def test_the_grid_of_degrees_does_not_matter_to_an_average() -> None:
    check_comparable(AVERAGE, with_attack(AVERAGE, degrees=(0.05, 0.1)))


@pytest.mark.parametrize("aggregate", ["area_average", "d50_worst", "robtest_total_worst"])
def test_what_is_read_off_the_curve_needs_the_whole_grid(aggregate: str) -> None:
    off_curve = with_score(WORST, aggregate=aggregate, degree=None)
    check_comparable(off_curve, with_attack(off_curve, seed=99))
    with pytest.raises(ResultError, match="degrees up to it"):
        check_comparable(off_curve, with_attack(off_curve, degrees=(0.0, 0.1, 0.2, 0.3)))


def test_a_success_rate_needs_the_grid_below_it() -> None:
    rate = with_score(WORST, aggregate="attack_success_rate")
    check_comparable(rate, with_attack(rate, degrees=(0.1, 0.2, 0.3)))
    with pytest.raises(ResultError, match="degrees up to it"):
        check_comparable(rate, with_attack(rate, degrees=(0.05, 0.1)))


def test_clean_and_attacked_are_not_compared() -> None:
    with pytest.raises(ResultError, match="dimension: None and 'typo'"):
        check_comparable(CLEAN, AVERAGE)
