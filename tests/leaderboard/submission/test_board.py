"""The queue, the decisions and where the files go."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.results.rescore import rescore
from boss.results.store import read_run
from leaderboard.store.index import read_runs
from leaderboard.store.standing import with_standings
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import Decision, append_decision, read_decisions
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.training import contaminated

MakeRun = Callable[..., Path]
Pack = Callable[..., Path]


def files(folder: Path) -> list[str]:
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"
    )


def sent(board: Board, archive: Path) -> str:
    report = board.receive(archive, "A. Sender")
    assert report.submission is not None
    return report.submission


def test_a_run_goes_from_sender_to_board(board: Board, make_run: MakeRun, packed: Pack) -> None:
    name = sent(board, packed(make_run()))
    assert board.standing(name).state == "queued"
    assert board.standing(name).verification == "uploaded"
    assert files(board.root) == ["decisions.jsonl", f"queue/{name}.zip"]
    board.accept(name, "reviewer")
    assert board.standing(name).state == "accepted"
    assert board.standing(name).verification == "recomputed"
    assert not list(board.queue.iterdir())
    assert rescore(board.run(name)).ok
    assert (board.runs / name / "submission.json").exists()


def test_a_refused_upload_leaves_nothing_behind(
    board: Board, make_run: MakeRun, packed: Pack, forger: Any
) -> None:
    run = make_run()
    forger.edit_line(run, lambda line: line["score"].update(value=0.99))
    report = board.receive(packed(run), "A. Sender")
    assert not report.ok
    assert not board.root.exists()


def test_the_same_run_is_taken_once(board: Board, make_run: MakeRun, packed: Pack) -> None:
    run = make_run()
    name = sent(board, packed(run))
    with pytest.raises(SubmissionError, match=f"as {name}; it is queued"):
        board.receive(packed(run, "again.zip"), "Another")
    assert [path.name for path in board.queue.iterdir()] == [f"{name}.zip"]


def test_uploads_at_once_lose_nothing(board: Board, make_run: MakeRun, packed: Pack) -> None:
    archives = [packed(make_run(f"lab/{i}", run_id=f"run-{i}", start=i), f"{i}.zip") for i in range(6)]
    threads = [threading.Thread(target=board.receive, args=(path, "A. Sender")) for path in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {standing.model for standing in board.standings().values()} == {f"lab/{i}" for i in range(6)}
    assert len(list(board.queue.iterdir())) == 6
    assert board.log.read_text().count("\n") == 6


def test_a_full_queue_takes_no_more(
    board: Board, make_run: MakeRun, packed: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.submission.board.MOST_QUEUED", 1)
    sent(board, packed(make_run()))
    with pytest.raises(SubmissionError, match="the queue is full"):
        board.receive(packed(make_run(run_id="run-2", start=9), "b.zip"), "A. Sender")
    assert len(list(board.queue.iterdir())) == 1


def test_a_rejected_run_leaves_its_reason_only(board: Board, make_run: MakeRun, packed: Pack) -> None:
    archive = packed(make_run())
    name = sent(board, archive)
    with pytest.raises(SubmissionError, match="without a reason"):
        board.decide(name, "rejected", "reviewer", " ")
    board.decide(name, "rejected", "reviewer", "The contact does not answer.")
    assert files(board.root) == ["decisions.jsonl"]
    with pytest.raises(SubmissionError, match="The contact does not answer"):
        board.receive(archive, "A. Sender")


def test_a_newer_run_supersedes_an_older_one(
    board: Board, make_run: MakeRun, accepted: Callable[[Path], str]
) -> None:
    old, new = accepted(make_run()), accepted(make_run(run_id="run-2", start=9))
    with pytest.raises(SubmissionError, match="another, accepted"):
        board.supersede(old, old, "reviewer", "longer")
    after = board.supersede(old, new, "reviewer", "measured with the mended tokenizer")
    assert (after.state, after.replaced_by) == ("superseded", new)
    assert [path.name for path in board.runs.iterdir()] == [new]
    assert (board.retired / old / "run" / "run.json").exists()


def test_a_withdrawn_run_leaves_the_board(
    board: Board, make_run: MakeRun, accepted: Callable[[Path], str]
) -> None:
    name = accepted(make_run())
    board.decide(name, "withdrawn", "A. Sender", "trained on the test data by mistake")
    assert not list(board.runs.iterdir())
    with pytest.raises(SubmissionError, match="is withdrawn and cannot be superseded"):
        board.decide(name, "superseded", "reviewer", "late")


def test_a_queued_file_that_was_changed_is_not_accepted(
    board: Board, make_run: MakeRun, packed: Pack, forger: Any
) -> None:
    run = make_run()
    name = sent(board, packed(run))
    forger.edit_line(run, lambda line: line["score"].update(value=0.99))
    packed(run).replace(board.queue / f"{name}.zip")
    with pytest.raises(SubmissionError, match=r"is not accepted: error: run/records\.jsonl"):
        board.accept(name, "reviewer")
    assert board.standing(name).state == "queued"
    assert not board.runs.exists()


def test_a_queued_file_that_became_another_good_one_is_not_accepted(
    board: Board, make_run: MakeRun, packed: Pack
) -> None:
    name = sent(board, packed(make_run()))
    packed(make_run(run_id="run-2", start=9)).replace(board.queue / f"{name}.zip")
    with pytest.raises(SubmissionError, match="holds another submission"):
        board.accept(name, "reviewer")


def test_what_a_pull_request_put_there_is_collected(
    board: Board, make_run: MakeRun, packed: Pack, forger: Any
) -> None:
    run = make_run()
    name = sent(Board(board.root.parent / "elsewhere"), packed(run))
    board.queue.mkdir(parents=True)
    packed(run).replace(board.queue / f"{name}.zip")
    (board.queue / "junk.zip").write_bytes(b"junk")
    assert [report.ok for report in board.collect("reviewer", "github:lab")] == [True, False]
    assert board.standing(name).state == "queued"
    assert not board.collect("reviewer", "github:lab")[0].ok  # only the junk is left


@pytest.mark.parametrize("killed_at", ["rename", "unlink"])
def test_a_killed_acceptance_is_completed_by_the_next_command(
    killed_at: str, board: Board, make_run: MakeRun, packed: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = sent(board, packed(make_run()))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, killed_at, killed)
        board.accept(name, "reviewer")
    assert board.standing(name).state == "accepted"
    board.settle()
    assert rescore(board.run(name)).ok
    assert files(board.root)[0] == "decisions.jsonl"
    assert not [path for path in files(board.root) if path.startswith((".", "queue"))]


def test_a_torn_line_of_the_log_is_dropped_by_the_next(tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    decision = Decision(at="2026-01-01", submission="a" * 24, action="received", by="A")
    append_decision(log, decision)
    with log.open("a") as file:
        file.write('{"at": "2026')
    assert len(read_decisions(log)) == 1
    append_decision(log, decision.model_copy(update={"action": "rejected", "reason": "no"}))
    assert [each.action for each in read_decisions(log)] == ["received", "rejected"]


def test_an_edited_log_is_refused_with_its_line(board: Board, make_run: MakeRun, packed: Pack) -> None:
    sent(board, packed(make_run()))
    good = board.log.read_text()
    board.log.write_text(good + "gold star\n")
    with pytest.raises(SubmissionError, match=r"decisions.jsonl, line 2"):
        board.standings()
    board.log.write_text(good + json.dumps({**json.loads(good), "action": "rerun"}) + "\n")
    with pytest.raises(SubmissionError, match="is queued and cannot be rerun"):
        board.standings()


def test_a_contaminated_cell_is_marked_and_the_others_stay(
    board: Board, make_run: MakeRun, packed: Pack
) -> None:
    name = sent(board, packed(make_run(), training_data=("letters",)))
    board.accept(name, "reviewer")
    marked = with_standings(read_runs(board.runs).records, board.standings())
    assert set(marked["verification"]) == {"recomputed"}
    assert all("no_manifest" in flags and "contaminated" not in flags for flags in marked["flags"])
    said = marked.groupby("dataset")["contaminated"].agg(set).to_dict()
    assert said["notes"] == {""}
    assert said["letters"] == {"letters (declared training data: letters)"}


@pytest.mark.parametrize(
    ("training", "marked"),
    [
        ("mini/letters/test", {"letters"}),
        ("the raters of mini/notes/test", {"notes"}),
        # Of an ID set the train split is there to be learnt from.
        ("mini/notes/train@0123 (40)", set()),
        # Another set, in whose name that of one here stands.
        ("mini/letters_to_editors/test", set()),
        ("letters to editors", {"letters"}),
    ],
)
def test_a_card_that_names_a_split_means_this_dataset(
    make_run: MakeRun, training: str, marked: set[str]
) -> None:
    found = contaminated(read_run(make_run(training=(training,))), None)
    assert {entry.dataset for entry in found} == marked
    assert all(entry.reason == f"declared training data: {training}" for entry in found)
