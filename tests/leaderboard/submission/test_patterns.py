"""Forged from the public zips alone: what edited answers show that a model's do not."""

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boss.measurement import Measurement
from boss.metrics.summaries import Summaries
from boss.results.parts import read_parts
from boss.results.store import StoredRun, read_run
from boss.results.writer import open_run
from boss.run import finish
from leaderboard.store.folder import SHIPPED
from leaderboard.submission.agreement import check_others, check_ties, check_withheld
from leaderboard.submission.check import References, check
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.summary import summarise
from leaderboard.submission.suspicion import Tables
from leaderboard.submission.under_attack import check_moves, check_success
from leaderboard.submission.unpack import unpack

SOURCE = "mini-minilm-finetune-sentiment-rule"
OTHERS = (
    "mini-tfidf-none-sentiment-rule",
    "mini-vader-none-sentiment-rule",
    "mini-textblob-none-sentiment-rule",
)
CONSTANTS = (
    "mini-majority-none-sentiment-rule",
    "mini-majority-none-toxicity-nli-ner-qa-rule",
    "mini-smollm2-generate-none-sentiment",
)
Edit = Callable[[Measurement, list[dict[str, Any]]], None]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], StoredRun]:
    folder = tmp_path_factory.mktemp("public")

    @lru_cache
    def opened(name: str) -> StoredRun:
        unpack(SHIPPED / f"{name}.zip", folder / name)
        return read_run(folder / name / RUN_FOLDER)

    return opened


def forged_tables(stored: StoredRun, edit: Edit) -> Tables:
    """Return the run's tables as somebody edits them."""
    made: dict[str, pa.Table] = {}
    for measurement in stored.measurements():
        table = stored.predictions(measurement.name)
        rows = table.to_pylist()
        edit(measurement, rows)
        made[measurement.name] = pa.Table.from_pylist(rows, schema=table.schema)
    return made.__getitem__


class Forger:
    """Reads the labels: ``share`` of the wrong clean answers become right; copies follow ``copies``."""

    def __init__(self, share: float = 0.0, copies: str = "as they were") -> None:
        self.share, self.copies = share, copies
        self.random = random.Random(0)
        self.chosen: dict[tuple[str, str], bool] = {}
        self.clean: dict[tuple[str, str], Any] = {}

    def __call__(self, measurement: Measurement, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["probs"]:
                total = sum(row["probs"])
                row["probs"] = [value / total for value in row["probs"]]
            if not row["degree"]:
                self._flip(measurement, row)
        first: dict[tuple[Any, ...], Any] = {}
        for row in sorted((row for row in rows if row["degree"]), key=lambda row: row["degree"]):
            answer = {"prediction": row["prediction"], "probs": row["probs"]}
            if self.copies == "the clean answer":
                answer = {**answer, "prediction": self.clean[measurement.dataset, row["example_id"]]}
            elif self.copies == "the first degree's":
                answer = first.setdefault((row["example_id"], row["variant"]), answer)
            row.update(answer)

    def _flip(self, measurement: Measurement, row: dict[str, Any]) -> None:
        key = measurement.dataset, row["example_id"]
        if self.chosen.setdefault(key, self.random.random() < self.share):
            gold, said = (measurement.labels.index(row[name]) for name in ("label", "prediction"))
            if row["probs"]:  # a trimmed run has none of copies
                row["probs"][gold], row["probs"][said] = row["probs"][said], row["probs"][gold]
            row["prediction"] = row["label"]
        self.clean[key] = row["prediction"]


def found(stored: StoredRun, tables: Tables, accepted: Sequence[StoredRun] = ()) -> dict[str, Finding]:
    others = [summarise(run) for run in accepted]
    findings = [
        *check_others(stored, tables, others),
        *check_ties(stored, tables),
        *check_withheld(stored, tables),
        *check_moves(stored, tables),
        *check_success(stored, tables, others),
    ]
    assert all(
        f.severity == "warning" and f.line and f.cure and f.file == "run/records.jsonl" for f in findings
    )
    return {finding.code: finding for finding in findings}


def test_of_what_was_measured_nothing_is_said(public: Callable[[str], StoredRun]) -> None:
    runs = [public(name) for name in (SOURCE, *OTHERS, *CONSTANTS)]
    for run in runs:
        others = [other for other in runs if other is not run]
        assert not found(run, lru_cache(run.predictions), others), run.run.model


def test_copies_that_repeat_the_clean_answer(public: Callable[[str], StoredRun]) -> None:
    run = public(SOURCE)
    told = found(run, forged_tables(run, Forger(copies="the clean answer")))
    assert set(told) == {"copies_change_nothing"}
    assert "0 of 4,116 edited copies" in told["copies_change_nothing"].message


def test_copies_that_are_answered_alike_at_every_degree(public: Callable[[str], StoredRun]) -> None:
    run = public(SOURCE)
    told = found(run, forged_tables(run, Forger(copies="the first degree's")))
    assert set(told) == {"degrees_alike"}


def test_gains_that_are_equal_at_every_degree(public: Callable[[str], StoredRun]) -> None:
    """At each degree of an attack twenty right answers are wrong, each time others; nothing else moves."""
    run, turn = public(SOURCE), iter(range(10**6))

    def edit(measurement: Measurement, rows: list[dict[str, Any]]) -> None:
        Forger(copies="the clean answer")(measurement, rows)
        by_degree: dict[float, list[dict[str, Any]]] = {}
        for row in rows:
            if row["degree"] and row["prediction"] == row["label"]:
                by_degree.setdefault(row["degree"], []).append(row)
        for right in by_degree.values():
            start = next(turn) * 7
            for i in range(20):
                row = right[(start + i) % len(right)]
                row["prediction"] = next(label for label in measurement.labels if label != row["label"])

    told = found(run, forged_tables(run, edit))
    assert set(told) == {"degrees_alike"}
    assert "copies are right where their original is wrong" in told["degrees_alike"].message


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_wrong_answers_that_became_right(public: Callable[[str], StoredRun], share: float) -> None:
    run = public(SOURCE)
    tables = forged_tables(run, Forger(share))
    assert set(found(run, tables)) == {"beyond_calibration"}  # whoever the answers are of
    assert {"beyond_calibration", "gains_only"} <= set(found(run, tables, [run]))


def test_attacks_that_fail_where_they_succeed_on_others(
    public: Callable[[str], StoredRun], tmp_path: Path
) -> None:
    run, others = public(SOURCE), [public(name) for name in OTHERS]
    forged = read_run(written(run, tmp_path, Forger(copies="the clean answer")))
    told = found(forged, lru_cache(forged.predictions), others)
    assert set(told) == {"copies_change_nothing", "implausible_robustness"}
    assert "turn over 0.000 of the right answers" in told["implausible_robustness"].message
    assert "implausible_robustness" not in found(forged, lru_cache(forged.predictions), others[:2])


def test_answers_that_were_withheld(public: Callable[[str], StoredRun]) -> None:
    run = public(SOURCE)

    def edit(measurement: Measurement, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if measurement.attack is None and max(row["probs"]) < 0.5:
                row.update(prediction=None, probs=None, error="no answer")

    told = found(run, forged_tables(run, edit))
    assert set(told) == {"withheld_answers"}


def test_the_whole_forgery_is_found_by_the_check_that_every_door_calls(
    public: Callable[[str], StoredRun], tmp_path: Path
) -> None:
    forged = written(public(SOURCE), tmp_path, Forger(0.6, "the clean answer"))
    accepted = tuple(public(name).path for name in (SOURCE, *OTHERS))
    report = check(forged, References(accepted=accepted))
    assert report.ok, report.findings  # a person decides
    assert {
        "beyond_calibration",
        "copies_change_nothing",
        "gains_only",
        "implausible_robustness",
    } <= set(report.flags)


def written(stored: StoredRun, folder: Path, edit: Edit) -> Path:
    """Write a run of edited answers, with every number and digest made anew and digests padded with zeros."""
    run = stored.run.model_copy(
        update={"trimmed": False, "status": "running", "files": {}, "run_id": "forged"}
    )
    firsts = {record.measurement.name: record for record in reversed(stored.records)}
    sums = Summaries(seed=run.seed)
    with open_run(folder / "forged", run) as writer:
        writer.set_data(run.data)
        writer.plan(list(firsts))
        for name in (measurement.name for measurement in stored.measurements()):
            record, (table, cost) = firsts[name], read_parts(stored.path, name)
            rows = table.to_pylist()
            edit(record.measurement, rows)
            for row in rows:
                row["input_sha256"] = row["input_sha256"].ljust(64, "0")
            model = record.model.model_copy(update={"id": "lab/new", "fingerprint": "of lab/new"})
            writer.parts(record.measurement, model)
            writer.write_part(name, 0, pa.Table.from_pylist(rows, schema=table.schema), cost)
            finish(writer, sums, record.measurement, model, n_parts=1, seed=record.seed)
        writer.close("complete", sums.summaries())
        return writer.path
