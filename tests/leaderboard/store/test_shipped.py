"""The results that come with the project: the ones in the repository, and how such a folder is kept."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from boss.errors import BossError, ResultError
from boss.metrics.scoring import score_tally, tally
from boss.results.migrations import COVERAGE_SINCE
from boss.results.rescore import TOLERANCE, RescoreReport
from boss.results.store import read_run
from leaderboard import ship
from leaderboard.board.site import load, stamp_of
from leaderboard.board.table import Choice
from leaderboard.board.table import board as board_of
from leaderboard.ship import README, add, check_all, entry_of, main, remove, write_index
from leaderboard.store import roots
from leaderboard.store.folder import SHIPPED, Folders
from leaderboard.store.index import read_runs
from leaderboard.store.shipped import INDEX, Entry, location, read_index, unpacked
from leaderboard.store.shipped_readme import readme
from leaderboard.store.standing import LOG
from leaderboard.submission import check as checking
from leaderboard.submission.check import References, check
from leaderboard.submission.decisions import read_decisions, standings
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.unpack import unpack

WriteAnswers = Callable[..., Path]
ENTRIES = read_index(SHIPPED)
CELLS = 4
"""Cells of each shipped run whose numbers the test computes again; the command takes all."""
PLACES = ("/tmp/", "/home/", "/root/", "/Users/", "C:\\\\")


# The results in the repository.


def test_the_index_and_the_readme_say_what_the_archives_hold() -> None:
    assert [entry.file for entry in ENTRIES] == sorted(path.name for path in SHIPPED.glob("*.zip"))
    assert tuple(entry_of(SHIPPED / entry.file) for entry in ENTRIES) == ENTRIES
    assert (SHIPPED / README).read_text(encoding="utf-8") == readme(ENTRIES)


def test_every_shipped_run_was_accepted_and_no_other() -> None:
    found = standings(read_decisions(SHIPPED / LOG))
    accepted = {name for name, standing in found.items() if standing.state == "accepted"}
    assert accepted == {entry.submission for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_a_shipped_run_passes_the_check_of_a_submission(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Computing all numbers again takes seconds per run: the next test takes a sample, the command all.
    monkeypatch.setattr(checking, "rescore", lambda path: RescoreReport(path, 0, 0, 0, 0, ()))
    report = check(SHIPPED / entry.file, References(by_keepers=True))
    assert report.ok, report.findings
    assert report.submission == entry.submission


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_the_predictions_of_a_shipped_run_give_its_numbers_and_no_text(entry: Entry, tmp_path: Path) -> None:
    unpack(SHIPPED / entry.file, tmp_path / "opened")
    stored = read_run(tmp_path / "opened" / RUN_FOLDER)
    assert stored.run.trimmed
    said = stored.run.model_dump_json(exclude={"files"})
    assert not [place for place in PLACES if place in said]
    measurements = sorted(
        stored.measurements(), key=lambda measurement: hashlib.sha256(measurement.name.encode()).digest()
    )
    for i, measurement in enumerate(measurements):
        table = stored.predictions(measurement.name)
        assert table["text"].null_count == table.num_rows
        if i < CELLS:
            records = [record for record in stored.records if record.measurement == measurement]
            scores = score_tally(tally(measurement, table), seed=records[0].seed)
            assert len(records) == len(scores)
            for record, score in zip(records, scores, strict=True):
                if stored.version < COVERAGE_SINCE:
                    score = score.model_copy(update={"coverage": None, "touched": None})
                assert list(leaves(record.score.model_dump())) == list(map(close, leaves(score.model_dump())))


def leaves(value: Any) -> Iterator[Any]:
    """Yield what nested dictionaries hold, in their order."""
    for inner in value.values():
        yield from leaves(inner) if isinstance(inner, dict) else [inner]


def close(value: Any) -> Any:
    """Allow for the last digits of another machine."""
    return pytest.approx(value, rel=0, abs=TOLERANCE) if isinstance(value, float) else value


def test_the_site_shows_every_shipped_run_as_recomputed(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "none", SHIPPED)
    site = load(folders, stamp_of(folders))
    assert (site.problems, site.n_runs) == ((), len(ENTRIES))
    assert set(site.every["verification"]) <= {"recomputed"}
    assert {run.split("/")[0].removeprefix(roots.SHIPPED) for run in site.every["run"]} == {
        entry.submission for entry in ENTRIES
    }


# A folder of made-up runs.


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    (folder / "declarations").mkdir(parents=True)
    for name in ("steady", "other"):
        shutil.copy(SHIPPED / "declarations" / "tfidf.json", folder / "declarations" / f"{name}.json")
    return folder


@pytest.fixture
def measured(write_answers: WriteAnswers, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a run that passes the check: but for its data, whose digest follows from its answers."""

    def write(model: str = "steady", **options: Any) -> Path:
        return write_answers(
            model, lambda dataset, i, degree, _: (i + len(model)) % 5 > 2 * degree, **options
        )

    # The made-up runs state digests of data that they do not have.
    monkeypatch.setattr(checking, "check_data", lambda *_: ())
    monkeypatch.setattr(checking, "check_claims", lambda *_: ())
    return write


def shipped(results: Path, *runs: Path) -> tuple[Entry, ...]:
    for run in runs:
        add(run, results)
        write_index(results)
    return read_index(results)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_is_trimmed_packed_accepted_and_listed(results: Path, measured: Callable[..., Path]) -> None:
    (entry,) = shipped(results, measured(dimensions=("typo",)))
    assert entry.file == "mini-steady-default-sentiment-rule.zip"
    assert (entry.attacks, entry.n_examples, entry.n_attacked, entry.n_variants) == (("typo",), 60, 60, 1)
    assert entry.command == "python -m boss.eval"
    assert [each.action for each in read_decisions(results / LOG)] == ["received", "accepted"]
    text = (results / README).read_text()
    assert f"{entry.sha256}  {entry.file}" in text
    assert "| steady | default | sentiment | typo | 60 | 60 × 1 |" in text


def test_adding_a_run_again_changes_nothing(results: Path, measured: Callable[..., Path]) -> None:
    run = measured()
    shipped(results, run)
    before = bytes_of(results)
    shipped(results, run)
    assert bytes_of(results) == before


def test_a_name_that_is_taken_is_not_written_over(results: Path, measured: Callable[..., Path]) -> None:
    shipped(results, measured())
    with pytest.raises(SubmissionError, match="holds another run; remove it first, or say name="):
        add(measured(day=2), results)
    assert add(measured(day=3), results, "second").name == "second.zip"


def test_runs_whose_inputs_were_made_again_get_the_level_and_one_with_others_does_not(
    results: Path,
    measured: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one, two = shipped(results, measured(), measured("other", day=2))
    cell = {"measurement": "m", "n_inputs": 3, "n_made": 3, "n_measured": 0, "n_differing": 0}
    whole = {**cell, "differing": [], "left": "", "ok": True}
    other = {**cell, "n_differing": 1, "differing": ["x: another input"], "left": "", "ok": False}
    asked: list[tuple[str, ...]] = []

    def lines(module: str, *words: str) -> Any:
        *runs, form = words
        assert (module, form) == ("boss.regenerate", "--output=jsonl")
        assert all((Path(run) / "run.json").is_file() for run in runs)
        asked.append(tuple(runs))
        for run, found in zip(runs, (whole, other), strict=False):
            yield json.dumps({"run": run, "cells": [found]})

    monkeypatch.setattr(ship, "lines_apart", lines)
    assert ship.regenerate(results) == 1
    said = capsys.readouterr().out
    assert f"{two.file}: m: x: another input" in said
    assert "of 3 inputs 3 were made again and 0 measured, 0 differ, 0 are left" in said
    by_id = standings(read_decisions(results / LOG))
    assert by_id[one.submission].verification == "regenerated"
    assert by_id[two.submission].verification == "recomputed"
    assert "check_failed" in by_id[two.submission].flags
    assert ship.regenerate(results, [one.file]) == 0
    assert len(asked) == 1  # it has the level already
    with pytest.raises(SubmissionError, match=r"gone\.zip is not in"):
        ship.regenerate(results, ["gone.zip"])


def test_a_run_is_removed_with_a_reason_that_stays(results: Path, measured: Callable[..., Path]) -> None:
    (entry,) = shipped(results, measured())
    with pytest.raises(SubmissionError, match="without a reason"):
        remove(entry.file, results, " ")
    remove(entry.file, results, "measured again")
    assert write_index(results) == ()
    last = read_decisions(results / LOG)[-1]
    assert (last.action, last.reason) == ("withdrawn", "measured again")


def test_a_model_that_nobody_declared_is_not_shipped(results: Path, measured: Callable[..., Path]) -> None:
    with pytest.raises(SubmissionError, match=r"unheard\.json is missing: write down what the model"):
        add(measured("unheard"), results)
    assert not list(results.glob("*.zip"))


def test_a_run_with_an_error_is_not_shipped(
    results: Path, measured: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = measured()
    monkeypatch.undo()
    with pytest.raises(SubmissionError, match="other_data"):
        add(run, results)
    assert not list(results.glob("*.zip"))
    assert not (results / LOG).exists()


def test_the_command_checks_every_archive_against_all_others(
    results: Path, measured: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(results, measured(), measured("other"))
    assert main(["check", f"results={results}"]) == 0
    assert capsys.readouterr().out.count(": ok") == 2
    assert all(report.ok for report in check_all(results))


# On the site.


@pytest.fixture
def folders(results: Path, measured: Callable[..., Path], tmp_path: Path) -> Folders:
    """One shipped run, and a user's own of another model."""
    shipped(results, measured())
    shutil.rmtree(tmp_path / "runs")
    measured("other")
    return Folders(tmp_path / "runs", results)


def test_a_users_run_stands_beside_the_shipped_ones(folders: Folders) -> None:
    site = load(folders, stamp_of(folders))
    assert site.problems == ()
    assert site.n_runs == 2
    levels = site.rows.groupby("model")["verification"].agg(set).to_dict()
    assert levels == {"steady": {"recomputed"}, "other": {"uploaded"}}
    for run in set(site.rows["run"]):
        assert read_run(site.path(run)).run.model in levels


def test_a_folder_that_does_not_exist_yet_leaves_the_shipped_runs(folders: Folders, tmp_path: Path) -> None:
    without = Folders(tmp_path / "none", folders.shipped)
    assert set(load(without, stamp_of(without)).rows["model"]) == {"steady"}
    assert load(Folders(tmp_path / "none"), "").rows.empty


def test_the_name_of_a_run_leads_to_its_folder_and_to_no_other(folders: Folders, tmp_path: Path) -> None:
    assert folders.shipped is not None
    assert roots.path_of(folders, "shipped:a/run") == location(folders.shipped) / "a" / "run"
    assert roots.path_of(folders, "mini/a") == tmp_path / "runs" / "mini" / "a"
    assert roots.path_of(Folders(folders.own), "shipped:a") == folders.own / "shipped:a"


def test_an_archive_that_is_not_the_listed_one_is_said_and_the_own_runs_stay(folders: Folders) -> None:
    assert folders.shipped is not None
    archive = next(folders.shipped.glob("*.zip"))
    archive.write_bytes(archive.read_bytes()[:-1])
    site = load(folders, stamp_of(folders))
    assert set(site.rows["model"]) == {"other"}
    assert "sha256 is" in site.problems[0].reason
    assert "install the package again" in site.problems[0].reason


@pytest.mark.parametrize("content", [None, "[{]", '[{"file": 1}]'])
def test_an_index_that_cannot_be_read_is_said(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / INDEX).write_text(content)
    with pytest.raises(ResultError, match=r"cannot be read: .* --no-shipped"):
        read_index(tmp_path)


def test_an_index_leads_to_no_file_outside_its_folder(folders: Folders, tmp_path: Path) -> None:
    assert folders.shipped is not None
    index = folders.shipped / INDEX
    (entry,) = json.loads(index.read_text())
    archive = folders.shipped / entry["file"]
    archive.rename(tmp_path / "outside.zip")
    index.write_text(json.dumps([{**entry, "file": "../outside.zip"}]))
    with pytest.raises(BossError, match="sha256 is no file"):
        unpacked(folders.shipped)


def test_a_cache_that_lost_files_is_filled_again(folders: Folders) -> None:
    assert folders.shipped is not None
    runs = unpacked(folders.shipped)
    before = stamp_of(folders)
    next(runs.rglob("run.json")).unlink()
    assert stamp_of(folders) != before
    assert len(list(unpacked(folders.shipped).rglob("run.json"))) == 1


def test_many_readers_at_once_unpack_one_whole_folder(folders: Folders) -> None:
    assert folders.shipped is not None
    shutil.rmtree(location(folders.shipped).parent, ignore_errors=True)
    found: list[Path] = []
    reader = lambda: found.append(unpacked(folders.shipped or Path()))  # noqa: E731
    threads = [threading.Thread(target=reader) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {location(folders.shipped)} and len(found) == 8
    assert len(list(found[0].rglob("run.json"))) == 1
    assert not list(found[0].parents[1].glob(".unpacking-*"))


def test_the_keepers_name_stands_behind_every_decision(results: Path, measured: Callable[..., Path]) -> None:
    shipped(results, measured())
    assert {each.by for each in read_decisions(results / LOG)} == {ship.KEEPERS}


def test_a_users_version_of_a_shipped_model_keeps_a_row_of_its_own(measured: Callable[..., Path]) -> None:
    records = read_runs(measured().parents[2]).records

    def models(**own: str) -> set[str]:
        return set(roots.together([records.assign(**own), records])["model"])

    assert models() == {"steady", "steady (own)"}
    assert models(fingerprint="another") == {"steady", "steady (own)"}
    assert models(fingerprint="another", model="new") == {"steady", "new"}
    assert models(fingerprint="another", method="eda") == {"steady"}
    assert set(roots.together([records])["model"]) == {"steady"}


def test_a_smaller_run_beside_shipped_ones_says_that_its_data_are_others(
    results: Path, measured: Callable[..., Path], tmp_path: Path
) -> None:
    shipped(results, measured(), measured("other"))
    shutil.rmtree(tmp_path / "runs")
    measured("small", n=10)
    folders = Folders(tmp_path / "runs", results)
    site = load(folders, stamp_of(folders))
    rows = site.rows
    rows.loc[rows["model"] == "small", "data"] = "of ten examples"
    board = board_of(rows, Choice("mini", "sentiment")).set_index("model")
    assert board["comparable"].to_dict() == {"steady": True, "other": True, "small": False}
    assert "other data: reviews" in board.loc["small", "notes"]
    assert "other data" not in board.loc["steady", "notes"]
