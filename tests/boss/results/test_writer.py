import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from boss.errors import DataError, ResultError
from boss.metrics.summaries import Summaries
from boss.results.schema import TIME_AND_HOST_FIELDS, Cost
from boss.results.store import read_run
from boss.results.writer import open_run
from boss.run import finish


def without_times(value: Any) -> Any:
    """Drop what may differ, and the digests of files that hold it."""
    if isinstance(value, dict):
        dropped = TIME_AND_HOST_FIELDS | {"records.jsonl"}
        return {key: without_times(inner) for key, inner in value.items() if key not in dropped}
    return value


def contents(path: Path) -> dict[str, Any]:
    """Return all that a run holds but its journal, without times."""
    found: dict[str, Any] = {}
    for file in sorted(
        p for p in path.rglob("*") if p.is_file() and p.name not in ("journal.jsonl", ".lock")
    ):
        name = file.relative_to(path).as_posix()
        if file.suffix == ".parquet":
            found[name] = file.read_bytes()
        elif file.suffix == ".json":
            found[name] = without_times(json.loads(file.read_text()))
        else:
            found[name] = [without_times(json.loads(line)) for line in file.read_text().splitlines()]
    return found


def events(path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (path / "journal.jsonl").read_text().splitlines()]


def test_records_stand_in_planned_order_whatever_finishes_first(tiny: ModuleType, stored: Path) -> None:
    keys = [measurement.name for measurement in read_run(stored).measurements()]
    assert keys == ["sentiment/notes/clean", "sentiment/notes/typo-malicious-rule-text"]
    finished = [
        json.loads(line)["measurement"]
        for line in (stored / "journal.jsonl").read_text().splitlines()
        if "measurement finished" in line
    ]
    assert finished == keys[::-1]


def test_a_record_says_where_its_predictions_are_and_what_they_cost(stored: Path) -> None:
    record = read_run(stored).records[-1]
    assert record.predictions == "predictions/sentiment/notes/typo-malicious-rule-text"
    assert record.cost == Cost(n_queries=20, n_forward=4)
    assert record.majority_value == 0.375  # of a total whose weights sum to 3/4


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_run_killed_again_and_again_ends_as_one_that_was_not(
    tiny: ModuleType, tiny_path: Path, tmp_path: Path
) -> None:
    straight = tiny.measure_all(tmp_path / "straight").path
    output = tmp_path / "killed"

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def attempt(*kill: str) -> int:
        command = [sys.executable, tiny_path, output, *kill]
        return subprocess.run(command, env=environment, check=False).returncode

    assert attempt("part-00001.parquet", "1") == -signal.SIGKILL
    assert attempt("records.jsonl", "1") == -signal.SIGKILL
    assert attempt("run.json", "3") == -signal.SIGKILL  # at close
    assert attempt() == 0
    [killed] = (output / "mini" / "lab-guess").iterdir()
    assert contents(killed) == contents(straight)
    assert events(killed).count("resumed") == 3
    assert read_run(killed).run.run_id == killed.name


def test_summaries_are_written_at_the_end_and_listed_with_their_digest(stored: Path) -> None:
    run = read_run(stored)
    summaries = run.summaries()
    assert run.run.files["summaries.jsonl"].rows == len(summaries) > 0
    names = ("accuracy", "brier", "confidence_when_wrong", "ece", "macro_f1")
    assert [str(summary) for summary in summaries][:5] == [f"{name}@id mean" for name in names]
    for summary in (s for s in summaries if s.attack is not None):  # over one measurement each
        [record] = [
            r
            for r in run.records
            if r.measurement.attack is not None
            and (r.score.metric, r.score.aggregate, r.score.degree)
            == (summary.metric, summary.aggregate, summary.degree)
        ]
        assert (summary.value, summary.ci, summary.measurements) == (
            record.score.value,
            record.score.ci,
            (record.measurement.name,),
        )


def test_a_failed_run_sums_up_the_cells_it_has_and_starts_again_without_summaries(
    tiny: ModuleType, tmp_path: Path
) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    sums = Summaries(seed=7)
    with open_run(tmp_path, tiny.make_run()) as writer:
        tiny.measure(writer, measurement, subject, sums)
        writer.fail("sentiment/notes/typo-malicious-rule-text", DataError("gone"), "gone")
        writer.close("failed", sums.summaries())
    assert {s.measurements for s in read_run(writer.path).summaries()} == {(measurement.name,)}
    with open_run(tmp_path, tiny.make_run()) as again:
        assert read_run(again.path).summaries() == ()


def test_a_cell_is_finished_once(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    sums = Summaries(seed=7)
    with open_run(tmp_path, tiny.make_run()) as writer:
        tiny.measure(writer, measurement, subject, sums)
        before = (writer.path / "records.jsonl").read_bytes()
        with pytest.raises(ResultError, match="was added before"):
            tiny.measure(writer, measurement, subject, sums)
        assert (writer.path / "records.jsonl").read_bytes() == before


def test_finished_parts_are_not_made_again(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    with open_run(tmp_path, tiny.make_run()) as writer:
        assert writer.parts(measurement, subject) == set()
        writer.write_part(measurement.name, 1, tiny.make_part(measurement, 1), Cost(n_queries=2, n_forward=2))
    with open_run(tmp_path, tiny.make_run("another", created_at="2027-01-01T00:00:00Z")) as again:
        assert (again.resumed, again.path) == (True, writer.path)
        assert (again.run.run_id, again.run.created_at) == (writer.run.run_id, writer.run.created_at)
        assert tiny.measure(again, measurement, subject) == 1


def test_a_complete_run_is_left_alone_and_a_failed_one_continued(tiny: ModuleType, tmp_path: Path) -> None:
    first = open_run(tmp_path, tiny.make_run("first"))
    first.fail("sentiment/notes/clean", DataError("empty"), "notes\udcff.csv is empty")
    first.close("failed", ())
    assert read_run(first.path).run.failures[0].message == "notes\\udcff.csv is empty"
    second = open_run(tmp_path, tiny.make_run("second"))
    assert (second.path, second.run.failures) == (first.path, ())
    second.close("complete", ())
    with open_run(tmp_path, tiny.make_run("third")) as third:
        assert (third.path.name, third.resumed) == ("third", False)


@pytest.mark.parametrize(
    "changes",
    [
        {"config_sha256": "0" * 64},
        {"benchmark_version": "0.2"},
        {"suite_version": "2"},
        {"seed": 8},
        {"model": "lab-guess"},  # another model whose folder is the same
    ],
)
def test_another_run_is_never_continued(changes: dict[str, Any], tiny: ModuleType, tmp_path: Path) -> None:
    with open_run(tmp_path, tiny.make_run("first")) as first:
        pass
    with open_run(tmp_path, tiny.make_run("second", **changes)) as second:
        assert second.path.parent == first.path.parent
        assert second.path != first.path


def test_other_code_never_continues_a_run(tiny: ModuleType, tmp_path: Path) -> None:
    run = tiny.make_run("first")
    edited = run.code.model_copy(update={"source_sha256": "0" * 64})
    with open_run(tmp_path, run):
        pass
    with open_run(tmp_path, tiny.make_run("second", code=edited)) as second:
        assert not second.resumed


def test_two_at_once_get_two_folders(tiny: ModuleType, tmp_path: Path) -> None:
    with open_run(tmp_path, tiny.make_run()) as one, open_run(tmp_path, tiny.make_run()) as two:
        assert one.path != two.path
        assert two.run.run_id == two.path.name == f"{one.run.run_id}-2"


@pytest.mark.parametrize("damage", [b"", b"PAR1 torn", None])
def test_a_part_that_is_torn_or_of_another_model_is_made_again(
    damage: bytes | None, tiny: ModuleType, tmp_path: Path
) -> None:
    measurement = tiny.make_cell(attacked=False)
    with open_run(tmp_path, tiny.make_run()) as writer:
        writer.parts(measurement, tiny.make_subject("other" if damage is None else "lab/guess"))
        writer.write_part(measurement.name, 0, tiny.make_part(measurement, 0), Cost(n_queries=2, n_forward=2))
    [part] = (writer.path / "predictions").rglob("*.parquet")
    if damage is not None:
        part.write_bytes(damage)
    with open_run(tmp_path, tiny.make_run()) as again:
        assert again.parts(measurement, tiny.make_subject()) == set()
    assert not part.exists()
    assert "part removed" in events(again.path)


def test_parts_of_other_data_are_made_again(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    with open_run(tmp_path, tiny.make_run()) as writer:
        writer.parts(measurement, subject)
        writer.write_part(measurement.name, 0, tiny.make_part(measurement, 0), Cost(n_queries=2, n_forward=2))
        assert writer.parts(measurement, subject) == {0}
        assert writer.parts(tiny.make_cell(attacked=False, dataset_sha256="0" * 64), subject) == set()


def test_parts_beyond_the_last_are_removed(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    with open_run(tmp_path, tiny.make_run()) as writer:
        writer.parts(measurement, subject)
        writer.write_part(measurement.name, 5, tiny.make_part(measurement, 0), Cost(n_queries=2, n_forward=2))
        tiny.measure(writer, measurement, subject)
        assert len(list(writer.path.rglob("*.parquet"))) == tiny.N_PARTS


def test_a_cell_with_a_missing_part_is_not_finished(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    with open_run(tmp_path, tiny.make_run()) as writer:
        writer.parts(measurement, subject)
        with pytest.raises(ResultError, match=r"parts are missing: part-00000\.parquet"):
            finish(writer, Summaries(seed=0), measurement, subject, n_parts=1, seed=0)


def test_a_failure_is_one_line_in_the_run_and_has_its_traceback_in_the_journal(
    tiny: ModuleType, tmp_path: Path
) -> None:
    def broken() -> None:
        raise ValueError("a\udcff text")

    with open_run(tmp_path, tiny.make_run()) as writer:
        try:
            broken()
        except ValueError as error:
            writer.fail("sentiment/notes/clean", error, "one line")
    [failure] = read_run(writer.path).run.failures
    assert (failure.measurement, failure.error, failure.message) == (
        "sentiment/notes/clean",
        "ValueError",
        "one line",
    )
    last = json.loads((writer.path / "journal.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["message"]) == ("failure", "one line")
    assert "in broken\n" in last["traceback"]
    assert last["traceback"].endswith("ValueError: a\\udcff text\n")


def test_an_interrupted_run_says_so_and_is_continued(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    with open_run(tmp_path, tiny.make_run()) as writer:
        writer.parts(measurement, subject)
        writer.write_part(measurement.name, 0, tiny.make_part(measurement, 0), Cost(n_queries=2, n_forward=2))
        writer.interrupt("SIGTERM")
        assert read_run(writer.path).run.status == "interrupted"
        with open_run(tmp_path, tiny.make_run("next")) as again:  # it is unlocked already
            assert (again.path, again.run.status) == (writer.path, "running")
            assert tiny.measure(again, measurement, subject) == 1


def test_a_torn_last_line_of_the_journal_does_not_swallow_the_next(tiny: ModuleType, tmp_path: Path) -> None:
    with open_run(tmp_path, tiny.make_run()) as writer:
        pass
    with (writer.path / "journal.jsonl").open("a") as file:
        file.write('{"at": "2026')
    with open_run(tmp_path, tiny.make_run()):
        pass
    last = (writer.path / "journal.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "resumed"


def test_an_error_inside_the_block_unlocks_the_run_and_leaves_it_running(
    tiny: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt), open_run(tmp_path, tiny.make_run()) as writer:
        raise KeyboardInterrupt
    assert read_run(writer.path).run.status == "running"
    with open_run(tmp_path, tiny.make_run("next")) as again:
        assert again.resumed
