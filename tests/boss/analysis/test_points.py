from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boss.analysis import points
from boss.analysis.points import Point, points_of_csv, points_of_runs
from boss.errors import ConfigError, DataError, ResultError
from boss.metrics.intervals import wilson
from boss.results.store import StoredRun, find_runs, read_run

N_TRAIN = 63  # of the toy reviews


def altered(stored: StoredRun, seed: int, n_train: int, **subject: Any) -> StoredRun:
    """The same measurements as if another model had made them."""
    records = tuple(
        r.model_copy(update={"seed": seed, "model": r.model.model_copy(update=subject)})
        for r in stored.records
    )
    data = tuple(d.model_copy(update={"n": n_train}) if d.split == "train" else d for d in stored.run.data)
    return replace(stored, run=stored.run.model_copy(update={"data": data}), records=records)


def factors_of(found: Mapping[str, StoredRun], monkeypatch: pytest.MonkeyPatch) -> dict[str, Point]:
    """Collect points of runs that are not on disk; label -> point."""
    monkeypatch.setattr(points, "find_runs", lambda root: [Path(name) for name in found])
    monkeypatch.setattr(points, "read_run", lambda path: found[str(path)])
    (pair,) = points_of_runs([Path()], task=None, metric=None)
    return {point.label: point for point in pair.points}


def test_runs_of_a_sweep_become_points_with_their_factor(runs: Path) -> None:
    (pair,) = points_of_runs([runs], task="sentiment", metric=None)
    assert (pair.suite, pair.task, pair.id, pair.ood) == ("toy", "sentiment", "toy_reviews", "toy_posts")
    assert pair.metric == "accuracy"
    assert {(p.factor, p.factors["shots"]) for p in pair.points} == {
        ("shots", 12),
        ("shots", 48),
        ("scale", N_TRAIN),
    }
    records = [r for path in find_runs(runs) for r in read_run(path).records if r.score.metric == "accuracy"]
    values = {r.score.value: r.score for r in records if r.measurement.role == "id"}
    for point in pair.points:
        score = values[point.id.value]
        assert (point.id.low, point.id.high, point.id.n) == (score.ci.low, score.ci.high, score.n_scored)


def test_a_measurement_that_stands_in_two_folders_counts_once(runs: Path) -> None:
    once = points_of_runs([runs], task=None, metric=None)
    assert points_of_runs([runs, runs], task=None, metric=None) == once
    assert len(once[0].points) == 3


def test_methods_outside_the_baseline_are_only_compared(runs: Path) -> None:
    (pair,) = points_of_runs([runs], task=None, metric=None, baseline_methods=["finetune"])
    assert {point.baseline for point in pair.points} == {False}


def test_the_factor_is_what_a_run_falls_short_in(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = read_run(find_runs(runs)[0])
    tuned = {"id": "net", "method": "finetune", "n_parameters": 1_000}
    full = tuned | {"options": {"epochs": 3, "batch_size": 16}}
    found = factors_of(
        {
            "a": altered(stored, 0, 72, **full),
            "b": altered(stored, 1, 16, **full),
            "c": altered(stored, 2, 72, **full | {"options": {"epochs": 1, "batch_size": 16}}),
            "d": altered(stored, 3, 16, **full | {"options": {"epochs": 1, "batch_size": 16}}),
            "e": altered(stored, 4, 72, **full | {"method": "linear_probe"}),
            "f": altered(stored, 5, 72, **full | {"id": "big", "n_parameters": 9_000}),
        },
        monkeypatch,
    )
    assert {label: point.factor for label, point in found.items()} == {
        "net finetune, seed 0": "scale",
        "net finetune, seed 1": "shots",
        "net finetune, seed 2": "steps",
        "net finetune, seed 3": "several",
        "net linear_probe, seed 4": "tunable",
        "big finetune, seed 5": "scale",
    }
    # 3 epochs of ceil(72 / 16) = 5 steps; a frozen backbone has no such steps.
    assert found["net finetune, seed 0"].factors == {"scale": 1e3, "shots": 72, "steps": 15, "tunable": 1e3}
    assert found["net linear_probe, seed 4"].factors == {"scale": 1e3, "shots": 72}


def test_what_was_trained_and_for_how_long_is_read_from_the_records(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = read_run(find_runs(runs)[0])
    full = {"id": "net", "method": "finetune", "n_parameters": 1_000, "n_tunable": 1_020}
    options = {"epochs": 3, "batch_size": 16, "max_steps": None}
    found = factors_of(
        {
            "a": altered(stored, 0, 72, **full, options=options),
            "b": altered(stored, 1, 72, **full, options=options | {"max_steps": 4}),
            "c": altered(stored, 2, 72, **full | {"method": "lora", "n_tunable": 60}, options=options),
        },
        monkeypatch,
    )
    assert {label: point.factor for label, point in found.items()} == {
        "net finetune, seed 0": "scale",
        "net finetune, seed 1": "steps",
        "net lora, seed 2": "tunable",
    }
    assert found["net finetune, seed 1"].factors == {"scale": 1e3, "shots": 72, "steps": 4, "tunable": 1020}
    assert found["net lora, seed 2"].factors["tunable"] == 60


def test_revisions_of_a_dataset_are_not_mixed(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = (read_run(path) for path in find_runs(runs))
    records = tuple(
        r.model_copy(update={"measurement": r.measurement.model_copy(update={"dataset_revision": "other"})})
        for r in second.records
    )
    with pytest.raises(ResultError, match="a and b measured different revisions of toy_reviews or toy_posts"):
        factors_of(
            {"a": replace(first, path=Path("a")), "b": replace(second, path=Path("b"), records=records)},
            monkeypatch,
        )


def test_a_folder_without_runs_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"holds a clean ID and a clean OOD score; .*boss.analyze sweep"):
        points_of_runs([tmp_path], task=None, metric=None)


def test_a_metric_of_which_less_is_better_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'brier': lower is better.*such as macro_f1"):
        points_of_runs([tmp_path], task=None, metric="brier")


def test_a_table_becomes_points_with_wilsons_intervals(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    path.write_text("label,id,ood,n_id,factor,shots,baseline\nb,0.8,0.5,100,shots,16,0\na,0.7,0.6,,,,\n")
    pair = points_of_csv(path)
    assert [p.label for p in pair.points] == ["a", "b"]
    a, b = pair.points
    assert (a.id.low, a.id.n, a.factor, a.factors, a.baseline) == (None, None, None, {}, True)
    assert (b.id.low, b.id.high) == wilson(80, 100)
    assert (b.factor, b.factors, b.baseline) == ("shots", {"shots": 16}, False)


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    lines = [f"m{i},{0.5 + i / 50},{0.3 + i / 100}" for i in range(20)]
    made = []
    for order in (lines, lines[::-1]):
        (tmp_path / "pair.csv").write_text("\n".join(["label,id,ood", *order]))
        made.append(points_of_csv(tmp_path / "pair.csv"))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,accuracy\n0.5,0.5\n", "column ood is missing"),
        ("id,ood\n", "holds no points"),
        ("id,ood\n71.5,0.5\n", r"line 2, column id: a score must be in \[0, 1\], got '71.5'"),
        ("id,ood\nhigh,0.5\n", "line 2, column id: 'high' is no float"),
        ("id,ood,n_id\n0.5,0.5,0\n", "line 2, column n_id: must be at least 1, got 0"),
    ],
)
def test_a_table_that_cannot_be_read_names_line_and_column(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "pair.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        points_of_csv(tmp_path / "pair.csv")


def test_an_unknown_factor_lists_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "pair.csv").write_text("id,ood,factor\n0.5,0.5,size\n")
    with pytest.raises(ConfigError, match="'size' is none of scale, steps, shots, tunable"):
        points_of_csv(tmp_path / "pair.csv")
