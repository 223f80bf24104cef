"""What a stranger without a model once got away with, each tried again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.data.types import Split
from boss.results.store import describe_file
from leaderboard.board.files import Shown, bibtex
from leaderboard.board.merge import newest
from leaderboard.board.table import Choice
from leaderboard.board.table import board as table_of
from leaderboard.store.index import read_runs
from leaderboard.store.standing import judged
from leaderboard.submission.check import check
from leaderboard.submission.findings import Refused, SubmissionError
from leaderboard.submission.scratch import scratch, sweep

MakeRun = Callable[..., Path]


def codes(run: Path) -> set[str]:
    return {finding.code for finding in check(run).findings if finding.severity == "error"}


def told(run: Path, **changes: str) -> Path:
    """Write other words into run.json, which no number follows from."""
    path = run / "run.json"
    before = json.loads(path.read_text())
    records, files = run / "records.jsonl", before["files"]
    if "created_at" in changes:  # which every record says as well
        records.write_text(records.read_text().replace(before["created_at"], changes["created_at"]))
        files = {**files, records.name: describe_file(records).model_dump(mode="json")}
    path.write_text(json.dumps({**before, **changes, "files": files}))
    return run


def accept(board: Any, archive: Path, by: str) -> str:
    report = board.receive(archive, by)
    assert report.ok, report.findings
    name = report.submission
    board.accept(name, "keeper", "looks right")
    return str(name)


def rows_of(board: Any) -> pd.DataFrame:
    records, problems = judged(read_runs(board.runs).records, board.runs)
    assert not problems
    return newest(records)


@pytest.mark.parametrize(
    "time", ["2099-01-01T00:00:00+00:00", "}}@evil{x,y", "yesterday", "2026-01-02", "2026-01-02T03:04:05", ""]
)
def test_a_time_that_is_none_or_not_over_is_refused(make_run: MakeRun, time: str) -> None:
    assert "time" not in codes(make_run())
    assert "time" in codes(told(make_run(run_id="other"), created_at=time))


def test_what_ends_before_it_begins_is_refused(make_run: MakeRun) -> None:
    assert "time" in codes(told(make_run(), finished_at="2026-01-01T00:00:00+00:00"))


@pytest.mark.parametrize("day", ["}}@evil", "2026-01-0}", "9999"])
def test_a_day_that_is_none_is_no_part_of_a_citation(day: str) -> None:
    shown = Shown(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": ["1"]}), "a table", day, "abc")
    entry = bibtex(shown)
    assert day not in entry and "year" not in entry and entry.count("@") == 1
    assert "year = {2026}" in bibtex(Shown(shown.data, shown.text, "a table", "2026-02-01", "abc"))


@pytest.mark.parametrize(("first", "name"), [("lab/x", "lab/x"), ("lab/x", "Lab/X"), ("lab/a_b", "lab/a-b")])
def test_a_name_is_refused_to_all_but_its_first_sender(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, first: str, name: str
) -> None:
    """Whatever the declaration says of the submitter, and from when the first was received."""
    honest = board.receive(packed(make_run(first)), "github:lab").submission
    forged = packed(make_run(name, run_id="b", n_wrong={"notes": 1}), "b.zip", submitter="A. Sender")
    for state in ("queued", "accepted"):
        assert board.standing(honest).state == state
        with pytest.raises(Refused, match=f"another sender's, by submission {honest}") as refusal:
            board.receive(forged, "github:eve")
        assert refusal.value.finding.code == "name_taken" and "name of your own" in refusal.value.finding.cure
        if state == "queued":
            board.accept(honest, "keeper")
    board.decide(honest, "withdrawn", "keeper", "it was not theirs")
    assert board.receive(forged, "github:eve").ok


def test_another_name_is_nobodys(make_run: MakeRun, packed: Callable[..., Path], board: Any) -> None:
    board.receive(packed(make_run("lab/x")), "github:lab")
    assert board.receive(packed(make_run("lab/x2", run_id="b", start=9), "b.zip"), "github:eve").ok


def test_a_run_under_another_name_in_its_manifest_is_known_by_its_records(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    board.receive(packed(make_run()), "github:lab")
    forged = told(make_run(run_id="b", n_wrong={"notes": 1}), model="lab/other")
    with pytest.raises(Refused, match="'lab/steady' is another sender's"):
        board.receive(packed(forged, "b.zip"), "github:eve")


def test_a_name_that_two_senders_had_before_stays_two_rows(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    """Logs from before names were refused hold such runs, and no ``name``."""
    honest = accept(board, packed(make_run(n_wrong={"notes": 9, "letters": 20})), "Honest Lab")
    before = rows_of(board)
    better = told(
        make_run(run_id="forged", n_wrong={"notes": 1, "letters": 1}), created_at="2026-11-01T00:00:00Z"
    )
    forged = accept(board, packed(better, "forged.zip", submitter="Eve"), "Honest Lab")
    lines = [json.loads(line) for line in board.log.read_text().splitlines()]
    for line in lines:
        del line["name"]
        if line["submission"] == forged and line["action"] == "received":
            line["by"] = "Eve"
    board.log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(Refused, match="another sender's"):
        board.receive(packed(make_run(run_id="c", start=17), "c.zip"), "Somebody")
    rows = rows_of(board)
    assert set(rows["model"]) == {"lab/steady", "lab/steady (Eve)"}
    stands = rows[rows["model"] == "lab/steady"]
    assert set(stands["run"].str.split("/").str[0]) == {honest}
    pd.testing.assert_frame_equal(stands.reset_index(drop=True), before.reset_index(drop=True))
    assert set(rows.loc[rows["model"] == "lab/steady (Eve)", "run"].str.split("/").str[0]) == {forged}


def test_the_same_sender_may_send_a_newer_one_and_receipt_decides(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    accept(board, packed(told(make_run(), created_at="2026-11-01T00:00:00Z")), "Lab")
    second = accept(board, packed(make_run(run_id="b", n_wrong={"notes": 4, "letters": 9}), "b.zip"), "Lab")
    rows = rows_of(board)  # the first says that it is ten months younger
    assert set(rows["model"]) == {"lab/steady"}
    assert set(rows["run"].str.split("/").str[0]) == {second}


def test_what_was_verified_further_is_not_replaced(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    first = accept(board, packed(make_run()), "Lab")
    board.decide(first, "regenerated", "keeper", "made again")
    accept(board, packed(make_run(run_id="b", n_wrong={"notes": 1, "letters": 1}), "b.zip"), "Lab")
    assert set(rows_of(board)["run"].str.split("/").str[0]) == {first}


@pytest.mark.parametrize("changes", [{"notes": "other words"}, {"submitter": "Somebody Else"}])
def test_the_same_answers_under_other_words_are_one_entry(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, changes: dict[str, str]
) -> None:
    name = board.receive(packed(make_run()), "A. Sender").submission
    with pytest.raises(SubmissionError, match=f"the same answers were submitted before, as {name}"):
        board.receive(packed(make_run(run_id="again"), "again.zip", **changes), "A. Sender")
    spaced = make_run(run_id="spaced")
    records = spaced / "records.jsonl"
    lines = records.read_text().splitlines()
    records.write_text("".join(json.dumps(json.loads(line)) + "\n" for line in lines))
    with pytest.raises(SubmissionError, match="the same answers"):
        board.receive(packed(told(spaced), "spaced.zip", **changes), "A. Sender")
    board.decide(name, "rejected", "keeper", "wrong words")
    assert board.receive(packed(make_run(run_id="right"), "right.zip", **changes), "A. Sender").ok


def test_answers_that_were_sent_before_stop_no_other_pull_request(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, tmp_path: Path
) -> None:
    board.receive(packed(make_run()), "github:lab")
    again = packed(make_run(run_id="again"), "again.zip", notes="other words")
    honest = packed(make_run("lab/new", run_id="new", start=17), "new.zip")
    names = [check(archive).submission for archive in (again, honest)]
    for archive, name in zip((again, honest), names, strict=True):
        archive.rename(board.queue / f"{name}.zip")
    found = {report.submission: report.ok for report in board.collect("keeper", "github:lab")}
    assert found == {names[0]: False, names[1]: True}
    assert names[1] in board.standings() and names[0] not in board.standings()


def test_a_misnamed_file_stops_no_other_pull_request_and_says_what_to_do(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    board.queue.mkdir(parents=True)
    for name in ("a", "b"):  # the first would have ended it
        archive = packed(make_run(f"lab/{name}", run_id=name, start=ord(name)), f"{name}.zip")
        archive.rename(
            board.queue / ("0" * 24 + ".zip" if name == "a" else f"{check(archive).submission}.zip")
        )
    (board.queue / "torn.zip").write_bytes(b"PK")
    misnamed, honest, torn = board.collect("keeper", "github:lab")
    assert (misnamed.ok, honest.ok, torn.ok) == (False, True, False)
    assert misnamed.findings[0].code == "misnamed"
    assert misnamed.findings[0].cure == f"Rename it {misnamed.submission}.zip."
    (standing,) = board.standings().values()
    assert (standing.submission, standing.sender) == (honest.submission, "github:lab")


def test_the_sender_of_a_pull_request_is_its_account_and_not_what_the_file_says(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    board.receive(packed(make_run()), "github:lab")
    forged = packed(make_run(run_id="b", start=9), "b.zip", submitter="github:lab")
    name = check(forged).submission
    forged.rename(board.queue / f"{name}.zip")
    (report,) = board.collect("keeper", "github:eve", only=[f"{name}.zip"])
    assert report.findings[0].code == "name_taken" and name not in board.standings()
    with pytest.raises(SubmissionError, match=r"holds no 'else\.zip'"):
        board.collect("keeper", "github:eve", only=["else.zip"])


def test_one_sender_does_not_fill_the_queue(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.submission.board.MOST_QUEUED_BY_ONE", 2)
    sent = [packed(make_run(f"lab/{i}", run_id=f"{i}", start=9 * i), f"{i}.zip") for i in range(4)]
    names = [board.receive(archive, "github:eve").submission for archive in sent[:2]]
    with pytest.raises(Refused, match="2 submissions of 'github:eve' wait"):
        board.receive(sent[2], "github:eve")
    assert board.receive(sent[3], "github:ada").ok
    board.decide(names[0], "rejected", "keeper", "no such model")
    assert board.receive(sent[2], "github:eve").ok


def test_what_a_killed_upload_left_is_gone_with_the_next_command(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    board.queue.mkdir(parents=True)
    left = [board.queue / name for name in (".incoming-" + "0" * 24, ".ab12cd_9")]  # as now, and as before
    for file in left:
        file.write_bytes(b"half")
    (board.root / ".checking-abc" / "run").mkdir(parents=True)
    (board.queue / ".gitkeep").touch()
    board.settle()
    assert [path.name for path in board.queue.iterdir()] == [".gitkeep"]
    assert not list(board.root.glob(".checking-*"))
    left[0].write_bytes(b"half")
    board.receive(packed(make_run()), "github:lab")
    assert not left[0].exists()


def test_scratch_of_a_killed_process_is_cleared_and_that_of_another_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("leaderboard.submission.scratch._GRACE_SECONDS", 0.0)
    code = "import sys, time; from leaderboard.submission.scratch import scratch\n"
    code += "with scratch() as folder: print(folder, flush=True); time.sleep(600)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        with scratch() as own:
            sweep()
            assert folder.is_dir() and own.is_dir() and own.parent.parent == tmp_path
        process.kill()
    sweep()
    assert list(tmp_path.iterdir()) == []


def table(board: Any) -> pd.DataFrame:
    return table_of(rows_of(board), Choice("mini", "sentiment")).set_index("model")


def measured_otherwise(dataset: str, word: str = "") -> Callable[[Split], Split]:
    """Return what puts another set, or other sentences, in the place of the shifted set."""

    def choose(split: Split) -> Split:
        if split.card.role == "id":
            return split
        examples = tuple(e.with_input("text", f"{e.text('text')}{word}") for e in split.examples)
        return replace(split, card=replace(split.card, name=dataset), examples=examples)

    return choose


def test_a_set_of_ones_own_invention_unranks_nobody(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    honest = accept(board, packed(make_run()), "github:lab")
    board.decide(honest, "regenerated", "keeper", "every input was made again")
    before = table(board).loc[["lab/steady"]]
    for i in range(3):
        run = make_run(
            f"eve/{i}", run_id=f"eve-{i}", start=9 * i + 3, chosen=measured_otherwise(f"invented{i}")
        )
        accept(board, packed(run, f"{i}.zip"), "github:eve")
    after = table(board)
    pd.testing.assert_frame_equal(after.loc[["lab/steady"]], before)
    assert after.loc["lab/steady", "comparable"] and after.loc["lab/steady", "ood_mean_mark"] == ""
    for i in range(3):
        assert not after.loc[f"eve/{i}", "comparable"]
        assert f"unknown set: invented{i}" in after.loc[f"eve/{i}", "ood_mean_mark"]


def test_many_runs_on_other_data_do_not_outvote_what_was_made_again(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    honest = accept(board, packed(make_run()), "github:lab")
    board.decide(honest, "regenerated", "keeper", "every input was made again")
    for i in range(3):
        run = make_run(
            f"eve/{i}", run_id=f"eve-{i}", start=9 * i + 3, chosen=measured_otherwise("letters", "!")
        )
        accept(board, packed(run, f"{i}.zip"), "github:eve")
    rows = table(board)
    assert rows.loc["lab/steady", "ood_mean_mark"] == "" and rows.loc["lab/steady", "comparable"]
    assert "other data: letters" in rows.loc["eve/0", "ood_mean_mark"]


def test_calibration_by_silence_is_not_ranked(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    accept(board, packed(make_run()), "github:lab")
    records = rows_of(board)
    silent = (records["dataset"] == "letters") & (records["metric"] == "ece")
    assert silent.sum() == 1 and (records.loc[silent, "n"] == 40).all()
    records.loc[silent, "n"] = 30  # as where ten answers are missing
    row = table_of(records, Choice("mini", "sentiment")).iloc[0]
    assert (row["ood_ece_mark"], row["ood_mean_mark"]) == ("10 of 40 answers withheld", "")


@pytest.mark.parametrize("exposure", ["training", "selection"])
def test_who_was_trained_on_or_chosen_by_ood_data_is_marked_on_all_of_it(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, exposure: str
) -> None:
    accept(board, packed(make_run(), ood_exposure=exposure), "Lab")
    rows = rows_of(board)
    ood = rows[rows["role"] == "ood"]
    assert len(ood) and ood["contaminated"].str.contains("as its sender declares").all()
    assert (rows.loc[rows["role"] == "id", "contaminated"] == "").all()
