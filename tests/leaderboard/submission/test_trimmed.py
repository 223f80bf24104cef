"""Trimmed runs: the keepers' own pass the check, a stranger's does not."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from boss.data.types import Answer, Card, Example, Split
from boss.measurement import Measurement
from boss.results.migrations import Context
from boss.results.reduce import reduced
from boss.results.rescore import rescore
from boss.results.schema import PREDICTIONS
from boss.results.store import StoredRun, read_run
from boss.results.trim import trim
from boss.tasks import TASKS, encode_answer
from leaderboard.submission.check import References, check
from leaderboard.submission.content import Row, check_data, clean_rows, data_sha256
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.manifest import Header, check_manifest, write_manifests

MakeRun = Callable[..., Path]
KEEPERS = References(by_keepers=True)


@pytest.fixture
def trimmed(make_run: MakeRun, tmp_path: Path) -> Path:
    return trim(make_run(), tmp_path / "trimmed")


def test_the_keepers_trimmed_run_passes_with_every_number_recomputed(trimmed: Path) -> None:
    report = check(trimmed, KEEPERS)
    assert report.ok, report.findings
    assert report.n_records == len(read_run(trimmed).records) > 0
    assert {finding.code for finding in report.findings} == {"no_manifest"}


def test_a_strangers_trimmed_run_is_refused_with_the_cure(trimmed: Path) -> None:
    (finding,) = (f for f in check(trimmed).findings if f.code == "trimmed")
    assert finding.severity == "error"
    assert "only the board's keepers may trim theirs" in finding.message
    assert finding.cure == "Send the run directory as `python -m boss.eval` wrote it."


def test_an_edited_answer_of_a_trimmed_run_is_found(trimmed: Path, forger: Any) -> None:
    other = {"negative": "positive", "positive": "negative"}

    def turn(rows: list[dict[str, Any]]) -> None:
        rows[0] |= {"prediction": other[rows[0]["prediction"]], "probs": rows[0]["probs"][::-1]}

    forger.edit_part(trimmed, turn)
    assert "rescore" in {f.code for f in check(trimmed, KEEPERS).findings if f.severity == "error"}


def test_copies_of_a_trimmed_run_are_those_of_the_whole_one(
    make_run: MakeRun, trimmed: Path, board: Any, accepted: Callable[[Path], str]
) -> None:
    accepted(make_run("lab/first", run_id="run-2", start=20))
    report = check(trimmed, replace(board.references(), by_keepers=True))
    assert "other_copies" not in {finding.code for finding in report.findings}


def test_a_trimmed_run_is_held_against_the_manifest_but_makes_none(
    make_run: MakeRun, trimmed: Path, tmp_path: Path
) -> None:
    write_manifests(make_run("lab/keeper", run_id="run-9"), tmp_path / "manifests")
    report = check(trimmed, References(tmp_path / "manifests", by_keepers=True))
    assert report.findings == ()
    with pytest.raises(SubmissionError, match="is trimmed; take the run it was made of"):
        write_manifests(trimmed, tmp_path / "manifests")


@pytest.fixture
def question_cell() -> tuple[StoredRun, Measurement, pa.Table, Split]:
    """A trimmed measurement of four questions, in a run that says so."""
    gold = (Answer("the stone bridge", 4),)
    examples = tuple(
        Example(f"q{i}", {"question": f"What is {i}?", "context": "By the stone bridge."}, gold, f"s{i}")
        for i in range(4)
    )
    card = Card("notes", "mini", "qa", "id", "", "", "", "", "", TASKS["qa"].labels, "")
    split = Split(card, "test", examples, "1", 4)
    measurement = Measurement(
        suite="mini",
        suite_version="1",
        task="qa",
        dataset="notes",
        split="test",
        role="id",
        recall_only=False,
        stand_in=True,
        labels=(),
        dataset_revision="1",
        dataset_sha256=split.sha256,
        n_total=4,
        n_evaluated=4,
        subset="all",
    )
    label = encode_answer(TASKS["qa"], examples[0].gold_texts)
    rows = [
        {
            "example_id": e.id,
            "source": e.source,
            "input_sha256": e.input_sha256,
            "label": label,
            "prediction": "a bridge",
            "truncated": False,
        }
        for e in examples
    ]
    table = reduced(measurement, pa.Table.from_pylist(rows, schema=PREDICTIONS))
    run: Any = SimpleNamespace(trimmed=True)
    return StoredRun(Path("run"), 0, run, (), Context({})), measurement, table, split


def test_answers_that_are_digests_are_not_held_against_the_data(
    question_cell: tuple[StoredRun, Measurement, pa.Table, Split],
) -> None:
    stored, measurement, table, split = question_cell
    assert data_sha256(clean_rows(measurement, table)) != split.sha256
    record: Any = SimpleNamespace(measurement=measurement)
    assert list(check_data(stored, 1, record, table)) == []
    whole: Any = SimpleNamespace(trimmed=False)
    codes = [f.code for f in check_data(replace(stored, run=whole), 1, record, table)]
    assert codes == ["other_data"]


def test_a_manifest_without_answers_still_knows_ids_sources_and_inputs(
    question_cell: tuple[StoredRun, Measurement, pa.Table, Split], tmp_path: Path
) -> None:
    _, measurement, table, _ = question_cell
    rows = clean_rows(measurement, table)
    path = manifest(
        tmp_path, measurement, {key: replace(row, answer="of the data") for key, row in rows.items()}
    )
    record: Any = SimpleNamespace(measurement=measurement)
    assert list(check_manifest(path, 1, record, rows, answers=False)) == []
    assert [f.code for f in check_manifest(path, 1, record, rows)] == ["manifest"]
    changed = {**rows, "q0": replace(rows["q0"], input_sha256="0" * 64)}
    assert [f.code for f in check_manifest(path, 1, record, changed, answers=False)] == ["manifest"]


def manifest(folder: Path, measurement: Measurement, rows: Mapping[str, Row]) -> Path:
    """Write a manifest of the measurement's data as it would be made of a whole run."""
    fields = ("suite", "task", "dataset", "split", "role", "recall_only", "stand_in", "labels", "subset")
    values = {name: getattr(measurement, name) for name in fields}
    header = Header(suite_version="1", sha256=data_sha256(rows), **values)
    lines = [json.dumps([key, row.source, row.input_sha256, row.answer]) for key, row in rows.items()]
    path = folder / "manifest.jsonl"
    path.write_text("\n".join([header.model_dump_json(), *lines]) + "\n")
    return path


def test_a_trimmed_run_rescores(trimmed: Path) -> None:
    assert rescore(trimmed).ok
