import json
from collections.abc import Callable
from pathlib import Path

import pytest

from boss.errors import ResultError
from leaderboard.store.snapshots import CODE, FOLDER, Snapshot, digest_of, keep, missing, read, take

WriteRun = Callable[..., Path]


def test_the_same_runs_and_decisions_have_the_same_name(write_run: WriteRun, tmp_path: Path) -> None:
    runs = {"a": write_run("a"), "b": write_run("b")}
    log = tmp_path / "decisions.jsonl"
    first = take(runs, {"log": log})
    assert first == take(dict(reversed(runs.items())), {"log": log})
    log.write_text("{}\n")
    assert take(runs, {"log": log}).id != first.id
    assert take({"a": runs["a"]}, {}).id != first.id
    assert len(first.id) == 16


def test_a_half_written_line_of_the_log_is_not_part_of_it(tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    log.write_text('{"one": 1}\n')
    whole = take({}, {"log": log})
    log.write_text('{"one": 1}\n{"tw')
    assert take({}, {"log": log}) == whole
    assert whole.logs["log"].n_bytes == 11


def test_a_changed_number_changes_the_digest_of_a_run(write_run: WriteRun) -> None:
    run = write_run()
    before = digest_of(run)
    text = (run / "records.jsonl").read_text()
    (run / "records.jsonl").write_text(text.replace('"value":0.8', '"value":0.9'))
    assert digest_of(run) != before
    (run / "records.jsonl").write_text(text)
    assert digest_of(run) == before


def test_files_that_run_json_lists_are_not_read_again(write_answers: Callable[..., Path]) -> None:
    run = write_answers("m", lambda *_: True)
    before = digest_of(run)
    (run / "records.jsonl").write_text("not what run.json lists, so that the run is refused when it is read")
    assert digest_of(run) == before
    manifest = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(manifest | {"status": "failed"}))
    assert digest_of(run) != before


def test_a_kept_snapshot_is_written_once_and_read_again(write_run: WriteRun, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    snapshot = take({"a": write_run("a")}, {})
    keep(root, snapshot)
    file = root / FOLDER / f"{snapshot.id}.json"
    written = file.stat().st_mtime_ns
    keep(root, snapshot)
    assert file.stat().st_mtime_ns == written
    assert [path.name for path in (root / FOLDER).iterdir()] == [file.name]
    assert read(root, snapshot.id) == snapshot


@pytest.mark.parametrize("id", ["../../decisions", "", "0123456789ABCDEF", "0" * 15, "0" * 17, "ｆ" * 16])
def test_what_is_no_id_leads_to_no_file(tmp_path: Path, id: str) -> None:
    with pytest.raises(ResultError, match="is no snapshot; it is named by 16 of the digits"):
        read(tmp_path, id)


def test_an_unknown_snapshot_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="open the link on the site that made it"):
        read(tmp_path, "0" * 16)


def test_a_snapshot_that_was_edited_is_refused(write_run: WriteRun, tmp_path: Path) -> None:
    snapshot = take({"a": write_run("a")}, {})
    keep(tmp_path, snapshot)
    file = tmp_path / FOLDER / f"{snapshot.id}.json"
    file.write_text(file.read_text().replace('"a":', '"b":'))
    with pytest.raises(ResultError, match="was changed, it is now"):
        read(tmp_path, snapshot.id)
    file.write_text("{")
    with pytest.raises(ResultError, match="cannot be read; restore"):
        read(tmp_path, snapshot.id)


def test_what_can_no_longer_be_had_is_said_by_name(write_run: WriteRun, tmp_path: Path) -> None:
    runs = {name: write_run(name) for name in ("same", "changed", "removed")}
    log = tmp_path / "decisions.jsonl"
    log.write_text("{}\n")
    then = take(runs, {"decisions.jsonl": log})
    assert missing(then, runs, {"decisions.jsonl": log}).sentences() == ()
    log.write_text("{}\n{}\n")
    assert missing(then, runs, {"decisions.jsonl": log}).sentences() == ()

    (runs["changed"] / "records.jsonl").write_text("")
    log.write_text("[]\n")
    left = {name: path for name, path in runs.items() if name != "removed"}
    assert missing(then, left, {"decisions.jsonl": log}).sentences() == (
        "decisions.jsonl was edited since; the decisions of today are shown.",
        "Run changed is not shown: it was changed.",
        "Run removed is not shown: it was removed.",
    )


def test_another_version_of_the_code_is_said() -> None:
    old = Snapshot(code="boss-robtest 0.0.1, schema 1", runs={}, logs={})
    assert missing(old, {}, {}).sentences() == (
        f"It was made by boss-robtest 0.0.1, schema 1; {CODE} works it out now.",
    )
