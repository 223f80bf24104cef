import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.store import index
from leaderboard.store.index import index_file, read_runs, stamp
from leaderboard.store.records import COLUMNS

WriteRun = Callable[..., Path]


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, no run may be read."""

    def forbid() -> None:
        def refuse(path: Path, name: str) -> Any:
            raise AssertionError(f"{name} was read again")

        monkeypatch.setattr(index, "rows_of", refuse)

    return forbid


def test_a_run_is_read_once_and_then_comes_from_the_index(
    write_run: WriteRun, no_reading: Callable[[], None]
) -> None:
    root = write_run().parent
    first = read_runs(root)
    no_reading()
    second = read_runs(root)
    pd.testing.assert_frame_equal(first.records, second.records)
    assert tuple(second.records.columns) == COLUMNS
    assert len(second.records) == 3


def test_only_a_changed_run_is_read_again(write_run: WriteRun, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run("same")
    changed = write_run("changed")
    read_runs(changed.parent)
    read: list[str] = []
    rows_of = index.rows_of
    monkeypatch.setattr(index, "rows_of", lambda path, name: (read.append(name), rows_of(path, name))[1])
    lines = (changed / "records.jsonl").read_text().splitlines(keepends=True)
    (changed / "records.jsonl").write_text("".join(lines[:-1]))
    records = read_runs(changed.parent).records
    assert read == [changed.name]
    assert records.groupby("model").size().to_dict() == {"changed": 2, "same": 3}


def test_a_removed_run_leaves_the_index(write_run: WriteRun) -> None:
    write_run("kept")
    gone = write_run("gone")
    assert set(read_runs(gone.parent).records["model"]) == {"kept", "gone"}
    for file in gone.iterdir():
        file.unlink()
    gone.rmdir()
    runs = read_runs(gone.parent)
    assert set(runs.records["model"]) == {"kept"}
    assert runs.n_runs == 1


def test_the_reason_why_a_run_is_left_out_is_kept_too(
    write_run: WriteRun, no_reading: Callable[[], None]
) -> None:
    broken = write_run()
    (broken / "records.jsonl").write_text("{half a li")
    first = read_runs(broken.parent)
    assert "records.jsonl, line 1: not valid JSON" in first.problems[0].reason
    no_reading()
    assert read_runs(broken.parent).problems == first.problems


def test_records_that_are_not_the_ones_the_run_listed_are_refused(write_answers: Callable[..., Path]) -> None:
    path = write_answers("m", lambda *_: True)
    root = path.parents[2]
    assert not read_runs(root).problems
    lines = (path / "records.jsonl").read_text().splitlines(keepends=True)
    (path / "records.jsonl").write_text("".join(lines[:-1]))
    runs = read_runs(root)
    assert "the file was changed or cut after the run" in runs.problems[0].reason
    assert runs.records.empty


@pytest.mark.parametrize("content", [b"", b"no parquet"])
def test_an_index_that_cannot_be_read_is_said_and_made_again(
    write_run: WriteRun, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_run().parent
    read_runs(root)
    index_file(root).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert len(read_runs(root).records) == 3
    assert "the runs are read again" in caplog.text
    assert index_file(root).stat().st_size > len(content)


def test_an_index_of_another_version_is_not_used(
    write_run: WriteRun, no_reading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_run().parent
    read_runs(root)
    monkeypatch.setattr(index, "SCHEMA_VERSION", 99)
    no_reading()
    with pytest.raises(AssertionError, match="read again"):
        read_runs(root)


def test_two_folders_have_two_indexes(write_run: WriteRun, tmp_path: Path) -> None:
    root = write_run().parent
    assert index_file(root) != index_file(tmp_path / "other")
    assert index_file(root) == index_file(root / ".." / root.name)


def test_stamp_changes_when_a_run_is_added_or_changed(write_run: WriteRun) -> None:
    folder = write_run()
    first = stamp(folder.parent)
    assert stamp(folder.parent) == first
    write_run("another")
    second = stamp(folder.parent)
    with (folder / "records.jsonl").open("a") as file:
        file.write("\n")
    assert len({first, second, stamp(folder.parent)}) == 3


def test_numbers_over_all_attacks_stand_beside_the_records(write_answers: Callable[..., Path]) -> None:
    path = write_answers("m", lambda *_: True, dimensions=("typo", "glyph"))
    records = read_runs(path.parents[2]).records
    wide = records[records["scope"] == "overall"]
    assert set(wide["attack"]) == {"all attacks"}
    assert set(wide["tag"]) == {"all"}
    assert set(wide["value"]) >= {1.0}
    assert set(wide["dataset"]) == {"all id sets", "all ood sets"}
