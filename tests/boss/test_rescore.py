import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boss.errors import ResultError
from boss.metrics.summaries import Summaries
from boss.rescore import main
from boss.results import rescore as module
from boss.results.parts import read_part, write_part
from boss.results.rescore import rescore
from boss.results.schema import Record

FIXTURES = Path(__file__).parent / "results" / "fixtures"
CLEAN = "predictions/sentiment/notes/clean"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A complete run that a test may damage."""
    return Path(shutil.copytree(FIXTURES / "v5", tmp_path / "run"))


def edit(run: Path, line: int, change: Callable[[dict[str, Any]], object], *, forge: bool = False) -> None:
    """Change a line of records.jsonl; a forger also makes the record id fit."""
    lines = (run / "records.jsonl").read_text().splitlines()
    raw = json.loads(lines[line - 1])
    change(raw)
    if forge:
        raw.pop("record_id")
        raw = Record.model_validate_json(json.dumps(raw)).model_dump(mode="json")
    lines[line - 1] = json.dumps(raw)
    (run / "records.jsonl").write_text("\n".join(lines) + "\n")


def edit_first_summary(run: Path, **changes: Any) -> None:
    first, *rest = (run / "summaries.jsonl").read_text().splitlines(keepends=True)
    (run / "summaries.jsonl").write_text(
        "".join([json.dumps({**json.loads(first), **changes}) + "\n", *rest])
    )


def found(run: Path) -> list[str]:
    return [str(difference) for difference in rescore(run).differences]


def test_an_honest_run_agrees(run: Path) -> None:
    report = rescore(run)
    assert report.ok
    assert (report.n_cells, report.n_records, report.n_summaries, report.n_files) == (2, 21, 53, 6)


@pytest.mark.parametrize(
    ("version", "n_records", "n_summaries"), [("v1", 8, 0), ("v2", 18, 50), ("v4", 21, 53)]
)
def test_an_honest_older_run_agrees_and_is_not_held_to_numbers_that_came_later(
    version: str, n_records: int, n_summaries: int
) -> None:
    report = rescore(FIXTURES / version)
    assert report.ok
    assert (report.n_cells, report.n_records, report.n_summaries) == (2, n_records, n_summaries)


def test_summaries_of_an_older_run_have_the_intervals_of_its_version(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = []

    def sums(**options: Any) -> Summaries:
        rules.append(options["rule"])
        return Summaries(**options)

    monkeypatch.setattr(module, "Summaries", sums)
    for path in (FIXTURES / "v2", FIXTURES / "v3", run):
        assert rescore(path).ok
    assert [(rule.expanded, rule.welch) for rule in rules] == [(False, False), (True, False), (True, True)]


def test_a_run_that_says_it_is_of_version_1_is_held_to_all_that_version_wrote(run: Path) -> None:
    raw = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**raw, "schema_version": 1}))
    said = found(run)
    assert any("+typo/d50_worst: stored present, recomputed absent" in line for line in said)
    edit_first_summary(run, value=0.8)
    assert "summaries.jsonl:1: accuracy@id mean: value: stored 0.8, recomputed 0.75" in found(run)


def test_an_edited_left_out_or_made_up_summary_is_named(run: Path) -> None:
    file = run / "summaries.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = json.dumps({**json.loads(lines[0]), "role": "ood"}) + "\n"
    file.write_text("".join(lines))
    edit_first_summary(run, value=0.8)
    said = found(run)
    assert "summaries.jsonl:1: accuracy@id mean: value: stored 0.8, recomputed 0.75" in said
    assert "summaries.jsonl:2: accuracy@ood mean: stored present, recomputed absent" in said
    assert "summaries.jsonl: sentiment: brier@id mean: stored absent, recomputed present" in said


def test_a_missing_file_of_summaries_is_named_line_by_line(run: Path) -> None:
    (run / "summaries.jsonl").unlink()
    said = found(run)
    assert "summaries.jsonl: listed in run.json: stored present, recomputed absent" in said
    assert sum("stored absent, recomputed present" in line for line in said) == 53


def test_an_edited_coverage_is_found(run: Path) -> None:
    edit(run, 8, lambda r: r["score"].update(coverage=1.0))
    edit(run, 9, lambda r: r["score"]["touched"].update(value=1.0))
    lines = (run / "summaries.jsonl").read_text().splitlines()
    first = next(n for n, text in enumerate(lines, 1) if json.loads(text)["coverage"] == 0.75)
    raw = {**json.loads(lines[first - 1]), "coverage": 0.9}
    (run / "summaries.jsonl").write_text(
        "\n".join([*lines[: first - 1], json.dumps(raw), *lines[first:]]) + "\n"
    )
    said = [text for text in found(run) if "sha256" not in text]
    assert said == [
        "records.jsonl:8: accuracy@notes+typo:0.1/average: score.coverage: stored 1.0, recomputed 0.75",
        "records.jsonl:9: accuracy@notes+typo:0.1/worst: score.touched.value: stored 1.0, recomputed "
        f"{2 / 3}",
        f"summaries.jsonl:{first}: accuracy@id mean+typo:0.1/average: coverage: stored 0.9, recomputed 0.75",
    ]


def test_an_edited_value_is_found_with_file_and_line(run: Path) -> None:
    edit(run, 1, lambda r: r["score"].update(value=0.8))
    assert "records.jsonl:1: accuracy@notes: score.value: stored 0.8, recomputed 0.75" in found(run)
    assert any(line.startswith("records.jsonl: sha256: stored") for line in found(run))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda r: r["score"]["ci"].update(low=0.4), "score.ci.low"),
        (lambda r: r["score"].update(n_failed=1), "score.n_failed"),
        (lambda r: r["score"]["ci"].update(n_units=5), "score.ci.n_units"),
        (lambda r: r["cost"].update(n_forward=0), "cost.n_forward"),
        (lambda r: r["measurement"].update(majority=0.4), "measurement.majority"),
        (lambda r: r.update(majority_value=0.4), "majority_value"),
        (lambda r: r.update(run_id="another"), "run_id"),
        (lambda r: r.update(predictions="predictions/elsewhere"), "predictions"),
        (lambda r: r.update(predictions_sha256="0" * 64), "predictions_sha256"),
    ],
)
def test_every_other_edited_field_is_found_too(
    change: Callable[[dict[str, Any]], object], field: str, run: Path
) -> None:
    edit(run, 2, change, forge=True)
    assert any(line.startswith(f"records.jsonl:2: macro_f1@notes: {field}: stored") for line in found(run))


def test_rounding_below_the_tolerance_is_no_difference_of_values(run: Path) -> None:
    edit(run, 1, lambda r: r["score"].update(value=0.75 + 1e-12))
    assert [line.split(":")[1] for line in found(run)] == [" sha256"]


def test_an_edited_prediction_changes_digest_and_score(run: Path) -> None:
    path = run / CLEAN / "part-00001.parquet"
    table, cost, maker = read_part(path)
    at = table.schema.get_field_index("prediction")
    table = table.set_column(at, table.schema.field(at), pa.array(table["label"].to_pylist()))
    write_part(path, table, cost, maker)
    lines = found(run)
    assert any(line.startswith(f"{CLEAN}/part-00001.parquet: sha256") for line in lines)
    assert "records.jsonl:1: accuracy@notes: score.value: stored 0.75, recomputed 1.0" in lines


def test_a_dropped_row_is_named(run: Path) -> None:
    path = run / CLEAN / "part-00001.parquet"
    table, cost, maker = read_part(path)
    write_part(path, table.slice(1), cost, maker)
    assert any("3 examples, and the measurement is of n_evaluated=4" in line for line in found(run))
    assert any(line == f"{CLEAN}/part-00001.parquet: rows: stored 2, recomputed 1" for line in found(run))


def test_a_missing_torn_or_added_file_is_named(run: Path) -> None:
    (run / CLEAN / "part-00000.parquet").write_bytes(b"torn")
    (run / "extra.txt").write_text("hello")
    (run / CLEAN / "part-00001.parquet").unlink()
    lines = found(run)
    assert any(line.startswith(f"{CLEAN}/part-00000.parquet: readable: stored yes") for line in lines)
    assert f"{CLEAN}/part-00001.parquet: listed in run.json: stored present, recomputed absent" in lines
    assert "extra.txt: listed in run.json: stored absent, recomputed present" in lines
    assert any(line.startswith(f"{CLEAN}: can be scored: stored yes") for line in lines)


def test_a_record_left_out_or_made_up_is_named(run: Path) -> None:
    lines = (run / "records.jsonl").read_text().splitlines(keepends=True)
    (run / "records.jsonl").write_text("".join([lines[0], lines[0], *lines[2:]]))
    assert "records.jsonl:2: accuracy@notes: stored present, recomputed absent" in found(run)
    missing = "records.jsonl: sentiment/notes/clean: macro_f1, clean: stored absent, recomputed present"
    assert missing in found(run)


def test_an_unfinished_run_is_refused_with_its_command(run: Path) -> None:
    raw = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**raw, "status": "running"}))
    with pytest.raises(ResultError, match=r"unfinished .* python -m boss\.eval model=guess"):
        rescore(run)


def test_the_command_exits_0_when_all_agrees(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run)]) == 0
    assert "records compared" in capsys.readouterr().out


def test_the_command_exits_1_with_each_difference(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(run, 1, lambda r: r["score"].update(value=0.8))
    assert main([str(run)]) == 1
    assert "records.jsonl:1: accuracy@notes: score.value" in capsys.readouterr().out


def test_the_command_speaks_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(run, 1, lambda r: r["score"].update(value=0.8))
    assert main([str(run), "--output", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["n_records"]) == (False, 21)
    assert {d["line"] for d in report["differences"]} == {None, 1}


def test_a_folder_that_holds_no_run_is_an_error_of_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: ")
