"""What a stranger without a model once got away with, each tried again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.results.store import describe_file
from leaderboard.board.files import Shown, bibtex
from leaderboard.board.merge import newest
from leaderboard.store.index import read_runs
from leaderboard.store.standing import judged
from leaderboard.submission.check import check
from leaderboard.submission.findings import SubmissionError

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


def test_another_senders_run_of_a_name_takes_nobodys_place(
    make_run: MakeRun, packed: Callable[..., Path], board: Any
) -> None:
    honest = accept(board, packed(make_run(n_wrong={"notes": 9, "letters": 20})), "Honest Lab")
    before = rows_of(board)
    better = told(
        make_run(run_id="forged", n_wrong={"notes": 1, "letters": 1}), created_at="2026-11-01T00:00:00Z"
    )
    forged = accept(board, packed(better, "forged.zip", submitter="Eve"), "Eve")
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
    board.receive(packed(make_run()), "A. Sender")
    again = packed(make_run(run_id="again"), "again.zip", notes="other words")
    honest = packed(make_run("lab/new", run_id="new", start=17), "new.zip")
    names = [check(archive).submission for archive in (again, honest)]
    for archive, name in zip((again, honest), names, strict=True):
        archive.rename(board.queue / f"{name}.zip")
    found = {report.submission: report.ok for report in board.collect("keeper")}
    assert found == {names[0]: False, names[1]: True}
    assert names[1] in board.standings() and names[0] not in board.standings()


@pytest.mark.parametrize("exposure", ["training", "selection"])
def test_who_was_trained_on_or_chosen_by_ood_data_is_marked_on_all_of_it(
    make_run: MakeRun, packed: Callable[..., Path], board: Any, exposure: str
) -> None:
    accept(board, packed(make_run(), ood_exposure=exposure), "Lab")
    rows = rows_of(board)
    ood = rows[rows["role"] == "ood"]
    assert len(ood) and ood["contaminated"].str.contains("as its sender declares").all()
    assert (rows.loc[rows["role"] == "id", "contaminated"] == "").all()
