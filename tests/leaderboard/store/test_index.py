import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.store import index
from leaderboard.store.index import opened, read_runs, stamp, store_file
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


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"no database",
        lambda content: content[: len(content) // 2],
        lambda content: content[:20_000] + bytes(byte ^ 1 for byte in content[20_000:]),
    ],
)
def test_a_store_that_cannot_be_read_is_said_and_made_again(
    write_run: WriteRun, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    root = write_run().parent
    first = read_runs(root).records
    whole = store_file(root).read_bytes()
    store_file(root).unlink()  # who has it open keeps it
    store_file(root).write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        pd.testing.assert_frame_equal(read_runs(root).records, first)
    assert "the runs are read again" in caplog.text
    assert store_file(root).stat().st_size == len(whole)


def test_a_store_is_copied_and_never_written_to(write_run: WriteRun) -> None:
    root = write_run("a").parent
    before = opened(root)
    file = store_file(root)
    content = file.read_bytes()
    held = file.open("rb")
    write_run("b")
    after = opened(root)
    assert set(after.every()["model"]) == {"a", "b"}
    assert held.read() == content
    held.close()
    assert [path.name for path in file.parent.glob("*.duckdb")] == [store_file(root).name]
    # Who opened the old one goes on reading it, though its file is gone.
    assert set(before.every()["model"]) == {"a"}
    assert list(before.stamps) == ["run-000"]


def test_a_question_reads_the_rows_of_its_task(write_run: WriteRun) -> None:
    write_run("a", task="nli")
    root = write_run("b").parent
    rows = opened(root)
    assert set(rows.of("mini", "nli")["model"]) == {"a"}
    assert rows.of("mini", "qa").empty
    assert rows.firsts()[["run", "task", "model"]].to_numpy().tolist() == [
        ["run-000", "nli", "a"],
        ["run-001", "sentiment", "b"],
    ]


READ = """
import sys
from pathlib import Path
from leaderboard.store.index import opened, read_runs
root = Path(sys.argv[1])
held = opened(root)
print(sorted(set(held.every()["model"])), flush=True)
sys.stdin.readline()
print(sorted(set(read_runs(root).records["model"])), sorted(set(held.every()["model"])), flush=True)
"""


def test_two_sites_on_one_cache_do_not_break_each_other(write_run: WriteRun) -> None:
    root = write_run("a").parent
    both = [
        subprocess.Popen(
            [sys.executable, "-c", READ, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "['a']\n"
    write_run("b")
    for process in both:
        said, wrong = process.communicate("\n", timeout=120)
        assert (said, wrong, process.returncode) == ("['a', 'b'] ['a']\n", "", 0)
    assert len(list(store_file(root).parent.glob("*.duckdb"))) == 1


def test_a_cache_that_cannot_be_written_stops_nothing(
    write_run: WriteRun, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_run().parent
    cache.write_text("a file where the folder would be")
    with caplog.at_level(logging.WARNING):
        assert len(read_runs(root).records) == 3
    assert "the store was not kept" in caplog.text


def test_an_index_of_another_version_is_not_used(
    write_run: WriteRun, no_reading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_run().parent
    read_runs(root)
    monkeypatch.setattr(index, "READER", "another code")
    no_reading()
    with pytest.raises(AssertionError, match="read again"):
        read_runs(root)


def test_two_folders_have_two_indexes(write_run: WriteRun, tmp_path: Path) -> None:
    root = write_run().parent
    assert store_file(root) != store_file(tmp_path / "other")
    assert store_file(root) == store_file(root / ".." / root.name)


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
