import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boss.errors import ResultError
from boss.metrics.calibration import METRICS
from boss.results.schema import Record, Score
from boss.results.store import find_runs, read_run

FIXTURES = Path(__file__).with_name("fixtures")
KINDS = ("area", "d50", "weighted_total", "robtest_total")


def test_a_run_reads_back_as_it_was_written(tiny: ModuleType, stored: Path) -> None:
    run = read_run(stored)
    clean, attacked = tiny.make_cell(attacked=False), tiny.make_cell(attacked=True)
    assert run.measurements() == [clean, attacked]
    assert [str(record) for record in run.records][:7] == [
        "accuracy@notes",
        "macro_f1@notes",
        "brier@notes",
        "ece@notes",
        "confidence_when_wrong@notes",
        "accuracy@notes+typo:0/average",
        "accuracy@notes+typo:0/worst",
    ]
    assert run.records[0].score.value == 0.75
    assert run.predictions(clean.name).column("example_id").to_pylist() == ["s1", "s2", "s3", "s4"]
    assert (run.run.status, run.run.files["records.jsonl"].rows) == ("complete", len(run.records))


def test_the_oldest_fixture_still_reads() -> None:
    run = read_run(FIXTURES / "v1")
    assert (run.version, run.run.schema_version, run.run.status) == (1, 5, "complete")
    assert not run.run.trimmed
    assert run.summaries() == ()
    assert [record.score.value for record in run.records[:2]] == pytest.approx([0.75, 11 / 15])
    assert run.predictions("sentiment/notes/typo-malicious-rule-text").num_rows == 20


def test_every_fixture_holds_the_same_numbers_whatever_its_version() -> None:
    def scores(version: str) -> dict[str, Score]:
        return {str(record): record.score for record in read_run(FIXTURES / version).records}

    first, second, third, fourth, fifth = map(scores, ("v1", "v2", "v3", "v4", "v5"))
    assert all(second[name] == score for name, score in first.items())
    # Intervals were widened for few units with version 3.
    assert all(third[name].value == score.value for name, score in second.items())
    assert {name.split("/")[-1] for name in second.keys() - first.keys()} == {
        "attack_success_rate",
        *(f"{kind}_{curve}" for kind in KINDS for curve in ("average", "worst")),
    }
    assert {name.split("@")[0] for name in third.keys() - second.keys()} == {*METRICS}
    assert fourth == third
    # Version 5 says what share of the texts was changed; in its fixture no edit of s4 fits at 0.1.
    assert {name: score.value for name, score in fifth.items()} == {n: s.value for n, s in fourth.items()}
    assert {score.coverage for score in fourth.values()} == {None}
    assert fifth["accuracy@notes+typo:0.1/average"].coverage == 0.75


def test_a_summary_reads_back_as_it_was_written_and_a_wrong_line_is_named(stored: Path) -> None:
    assert read_run(stored).summaries() == read_run(FIXTURES / "v5").summaries()
    edit(stored / "summaries.jsonl", 3, lambda r: r.update(value="high"))
    with pytest.raises(ResultError, match=r"summaries\.jsonl, line 3: field value: .*got 'high'"):
        read_run(stored).summaries()


def test_runs_are_found_under_any_folder_but_not_inside_a_run(stored: Path, tmp_path: Path) -> None:
    inner = stored / "predictions" / "inner"
    inner.mkdir()
    (inner / "run.json").write_text("{}")
    assert find_runs(tmp_path) == find_runs(stored) == [stored]
    assert find_runs(tmp_path / "nothing") == []


def edit(path: Path, line: int, change: Callable[[dict[str, Any]], object]) -> None:
    lines = path.read_text().splitlines()
    raw = json.loads(lines[line - 1])
    change(raw)
    lines[line - 1] = json.dumps(raw)
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["score"].update(value=float("nan")), "line 2: not valid JSON: NaN is not a number"),
        (lambda r: r["score"].update(value="0.9"), "line 2: field score.value: .*got '0.9'"),
        (lambda r: r["score"].pop("n_scored"), "line 2: field score.n_scored: Field required"),
        (lambda r: r.update(colour="red"), "line 2: field colour: Extra inputs are not permitted"),
        (lambda r: r.update(schema_version=99), "line 2: schema_version 99 cannot be read"),
        (lambda r: r.pop("schema_version"), "line 2: schema_version None cannot be read"),
        (lambda r: r["measurement"].update(dataset="other"), "line 2: record_id is '.*the line was edited"),
        (lambda r: r.pop("record_id"), "line 2: record_id is None"),
    ],
)
def test_a_wrong_line_is_named_with_its_file(
    change: Callable[[dict[str, Any]], object], message: str, stored: Path
) -> None:
    edit(stored / "records.jsonl", 2, change)
    with pytest.raises(ResultError, match=rf"records\.jsonl, {message}"):
        read_run(stored)


@pytest.mark.parametrize(
    ("text", "message"), [("{", "not valid JSON"), ("[]", "must be a JSON object"), ("", "JSON")]
)
def test_a_manifest_that_is_no_json_object_is_named(text: str, message: str, stored: Path) -> None:
    (stored / "run.json").write_text(text)
    with pytest.raises(ResultError, match=rf"run\.json: .*{message}"):
        read_run(stored)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"run\.json cannot be read"):
        read_run(tmp_path)


def test_a_cell_whose_key_leads_out_of_the_run_is_not_read(stored: Path) -> None:
    with pytest.raises(ResultError, match="cannot name a folder"):
        read_run(stored).predictions("../../secret")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    name=st.text(st.characters(exclude_categories=["Cs"])),
    options=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.floats(0, 1) | st.text("aé\u2028")
    ),
    seed=st.integers(0, 2**40),
)
def test_records_survive_writing_and_reading(
    value: float, name: str, options: dict[str, Any], seed: int, stored: Path
) -> None:
    old = read_run(FIXTURES / "v1").records[-1]
    assert old.measurement.attack is not None
    attack = old.measurement.attack.model_copy(update={"options": options})
    update = {
        "seed": seed,
        "score": old.score.model_copy(update={"value": value}),
        "model": old.model.model_copy(update={"id": name}),
        "measurement": old.measurement.model_copy(update={"attack": attack}),
    }
    record: Record = old.model_copy(update=update)
    line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, allow_nan=False)
    (stored / "records.jsonl").write_text(line + "\n", encoding="utf-8")
    assert read_run(stored).records == (record,)


def test_reading_a_run_imports_no_heavy_library() -> None:
    program = (
        "import sys; from pathlib import Path; from boss.results.store import read_run\n"
        "run = read_run(Path(sys.argv[1])); run.predictions(run.measurements()[0].name)\n"
        "heavy = {'torch', 'transformers', 'textattack', 'sklearn', 'scipy', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, FIXTURES / "v1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
