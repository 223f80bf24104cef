import json
import shlex
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from boss.errors import DataError, ResultError
from boss.measurement import Measurement
from boss.metrics.calibration import METRICS
from boss.metrics.summaries import Summaries
from boss.results import digested
from boss.results.rescore import rescore
from boss.results.schema import PREDICTIONS, Cost
from boss.results.store import StoredRun, describe_file, read_run
from boss.results.trim import trim
from boss.results.writer import open_run
from boss.run import finish

FIXTURES = Path(__file__).with_name("fixtures")
GOLD, ANSWERS = "behind the old mill", ("the old mill", "In a barn.", None)


@pytest.fixture
def asked(tiny: ModuleType, tmp_path: Path) -> Path:
    """A complete run of three questions, clean and under attack, one of them without an answer."""
    qa = {"task": "qa", "labels": (), "n_total": 3, "n_evaluated": 3, "majority": None}
    measurements = [tiny.make_cell(attacked, **qa, scoring="boss") for attacked in (False, True)]
    sums = Summaries(seed=7)
    with open_run(tmp_path / "runs", tiny.make_run(tasks=("qa",))) as writer:
        for measurement in measurements:
            writer.parts(measurement, tiny.make_subject())
            writer.write_part(measurement.name, 0, question_rows(measurement), Cost(n_queries=3, n_forward=3))
            finish(writer, sums, measurement, tiny.make_subject(), n_parts=1, seed=7)
        writer.close("complete", sums.summaries())
    return writer.path


def question_rows(measurement: Measurement) -> pa.Table:
    slots: list[tuple[int | None, float | None]] = [(None, None)]
    if measurement.attack is not None:
        slots = [(0, 0.0), *((v, d) for v in (0, 1) for d in measurement.attack.degrees[1:])]
    made = [
        {
            "example_id": f"q{i}",
            "source": f"q{i}",
            "variant": variant,
            "degree": degree,
            "input_sha256": "b" * 64,
            "label": json.dumps([GOLD, "the mill"]),
            "prediction": answer,
            "distance": degree,
            "unperturbable": None if degree is None else False,
            "truncated": False,
            "text": GOLD,
        }
        for i, answer in enumerate(ANSWERS)
        for variant, degree in slots
    ]
    return pa.Table.from_pylist(made, schema=PREDICTIONS)


def bytes_of(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def numbers(run: StoredRun) -> dict[str, Any]:
    """All that is made of answers, by what it is of."""
    lines: list[Any] = [*run.records, *run.summaries()]
    return {
        f"{line}": (getattr(line, "score", line).value, getattr(line, "score", line).ci)
        for line in lines
        if getattr(line, "score", line).metric not in METRICS
    }


def test_a_trimmed_run_is_the_same_run_and_its_predictions_give_its_numbers(
    stored: Path, tmp_path: Path
) -> None:
    path = trim(stored, tmp_path / "small")
    assert path == tmp_path / "small" / "mini" / "lab-guess" / stored.name
    whole, trimmed = read_run(stored), read_run(path)
    assert rescore(path).ok
    assert trimmed.run.trimmed
    kept = {"run_id", "created_at", "finished_at", "status", "seed", "code", "environment", "config_sha256"}
    assert trimmed.run.model_dump(include=kept) == whole.run.model_dump(include=kept)
    assert numbers(trimmed) == numbers(whole)
    assert [r.record_id for r in trimmed.records] == [r.record_id for r in whole.records]
    assert [s.metric for s in trimmed.summaries()] == [s.metric for s in whole.summaries()]
    assert [r.cost for r in trimmed.records] == [r.cost for r in whole.records]


def test_numbers_made_of_probabilities_follow_their_rounding(tiny: ModuleType, tmp_path: Path) -> None:
    measurement, subject = tiny.make_cell(attacked=False), tiny.make_subject()
    table = pa.concat_tables(tiny.make_part(measurement, i) for i in range(2)).to_pylist()
    fine = [{**row, "probs": [0.654321, 0.345679]} for row in table]
    sums = Summaries(seed=7)
    with open_run(tmp_path / "runs", tiny.make_run()) as writer:
        writer.parts(measurement, subject)
        part = pa.Table.from_pylist(fine, schema=PREDICTIONS)
        writer.write_part(measurement.name, 0, part, Cost(n_queries=4, n_forward=4))
        finish(writer, sums, measurement, subject, n_parts=1, seed=7)
        writer.close("complete", sums.summaries())
    path = trim(writer.path, tmp_path / "small")
    found = {record.score.metric: record.score.value for record in read_run(path).records}
    assert found["brier"] == pytest.approx((2 * 0.3457**2 + 2 * 0.6543**2) / 2, abs=1e-12)
    assert rescore(path).ok


def test_the_same_run_gives_the_same_bytes(stored: Path, tmp_path: Path) -> None:
    one, two = (trim(stored, tmp_path / name) for name in ("one", "two"))
    assert bytes_of(one) == bytes_of(two)


def test_answers_to_questions_are_in_no_file_and_score_as_before(asked: Path, tmp_path: Path) -> None:
    path = trim(asked, tmp_path / "small")
    assert numbers(read_run(path)) == numbers(read_run(asked))
    assert {"exact_match_boss@notes", "token_f1@notes+typo:0.2/worst"} <= numbers(read_run(path)).keys()
    assert rescore(path).ok
    for key in (measurement.name for measurement in read_run(path).measurements()):
        held = " ".join(map(str, read_run(path).predictions(key).to_pylist()))
        assert "mill" not in held and "barn" not in held


def test_digests_that_collide_change_no_number_silently(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digested, "_word", lambda word: "x0")
    with pytest.raises(ResultError, match="token_f1, clean would change by trimming"):
        trim(asked, tmp_path / "small")
    assert not list((tmp_path / "small").rglob("*.*"))


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_an_older_run_becomes_one_of_today(version: str, tmp_path: Path) -> None:
    path = trim(FIXTURES / version, tmp_path)
    run = read_run(path)
    assert (run.version, rescore(path).ok) == (5, True)
    assert {*METRICS, "accuracy"} <= {record.score.metric for record in run.records}
    assert run.summaries()


def test_a_trimmed_run_of_an_older_version_gets_what_is_new_and_keeps_its_predictions(
    asked: Path, tmp_path: Path
) -> None:
    today = trim(asked, tmp_path / "today")
    old = shutil.copytree(today, tmp_path / "old")
    raw = json.loads((old / "run.json").read_text())
    for name in ("records.jsonl", "summaries.jsonl"):
        lines = [json.loads(line) for line in (old / name).read_text().splitlines()]
        for line in lines:
            line["schema_version"] = 4
            for place in (line, line.get("score", {})):
                place.pop("coverage", None)
                place.pop("touched", None)
        (old / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        raw["files"][name] = describe_file(old / name).model_dump(mode="json")
    (old / "run.json").write_text(json.dumps({**raw, "schema_version": 4}))
    assert {record.score.coverage for record in read_run(old).records} == {None}
    path = trim(old, tmp_path / "again")
    assert bytes_of(path) == bytes_of(today)
    assert {record.score.coverage for record in read_run(path).records} == {None, 1.0}


def test_what_names_a_machine_is_left_out(tiny: ModuleType, tmp_path: Path) -> None:
    words = ("model=guess", "output=/home/ada/runs", "+cache='/home/ada/my cache'", "seed=7")
    run = tiny.make_run(
        command=shlex.join(["python", "-m", "boss.eval", *words]),
        overrides=words,
        config={"seed": 7, "output": "/home/ada/runs", "cache": "/home/ada/my cache"},
    )
    sums = Summaries(seed=7)
    with open_run(tmp_path / "runs", run) as writer:
        tiny.measure(writer, tiny.make_cell(attacked=False), tiny.make_subject(), sums)
        writer.fail("sentiment/letters", DataError("missing"), "/home/ada/letters.csv is missing")
        writer.close("failed", sums.summaries())
    path = trim(writer.path, tmp_path / "small")
    trimmed = read_run(path).run
    assert (trimmed.command, trimmed.overrides) == (
        "python -m boss.eval model=guess seed=7",
        ("model=guess", "seed=7"),
    )
    assert (trimmed.config, trimmed.status) == ({"seed": 7}, "failed")
    assert [(f.measurement, f.error) for f in trimmed.failures] == [("sentiment/letters", "DataError")]
    assert not any(b"/ada/" in data for data in bytes_of(path).values())


def test_nothing_is_written_over(stored: Path, tmp_path: Path) -> None:
    path = trim(stored, tmp_path / "small")
    before = bytes_of(path)
    with pytest.raises(ResultError, match="exists and is not written over; choose another output=DIR"):
        trim(stored, tmp_path / "small")
    assert bytes_of(path) == before


def test_a_run_that_was_edited_is_not_trimmed(stored: Path, tmp_path: Path) -> None:
    lines = (stored / "records.jsonl").read_text()
    (stored / "records.jsonl").write_text(lines.replace('"value": 0.75', '"value": 0.85', 1))
    with pytest.raises(
        ResultError, match=r"differs from its predictions in 2 places, such as records\.jsonl"
    ):
        trim(stored, tmp_path / "small")
    assert not (tmp_path / "small").exists()


def test_a_run_that_is_unfinished_or_trimmed_is_not_trimmed(
    tiny: ModuleType, stored: Path, tmp_path: Path
) -> None:
    path = trim(stored, tmp_path / "small")
    with pytest.raises(ResultError, match="is trimmed already"):
        trim(path, tmp_path / "smaller")
    with open_run(tmp_path / "other", tiny.make_run()) as writer:
        pass
    with pytest.raises(ResultError, match="is unfinished"):
        trim(writer.path, tmp_path / "smaller")


def test_a_failure_leaves_nothing_behind(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ResultError, match="cannot be made: No space left"):
        trim(stored, tmp_path / "small")
    monkeypatch.undo()
    assert not list((tmp_path / "small").rglob("*.*"))
