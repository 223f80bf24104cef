import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from boss.results.schema import Record
from leaderboard.board.merge import newest
from leaderboard.board.table import Choice, board
from leaderboard.store.index import read_runs

WriteRun = Callable[..., Path]
CHOICE = Choice("mini", "sentiment")


def merged(folder: Path) -> pd.DataFrame:
    return newest(read_runs(folder.parent).records)


def other_version(folder: Path, fingerprint: str) -> None:
    """Say that a run measured other weights of the same model."""
    file = folder / "records.jsonl"
    records = [Record.model_validate_json(_without_id(line)) for line in file.read_text().splitlines()]
    models = [record.model.model_copy(update={"fingerprint": fingerprint}) for record in records]
    changed = [r.model_copy(update={"model": model}) for r, model in zip(records, models, strict=True)]
    file.write_text("".join(record.model_dump_json() + "\n" for record in changed))


def _without_id(line: str) -> str:
    raw = json.loads(line)
    raw.pop("record_id")
    return json.dumps(raw)


def test_a_newer_run_on_fewer_examples_replaces_nothing(write_run: WriteRun, clean: Any) -> None:
    full = write_run(numbers=clean, day=1)
    small = write_run(numbers=[replace(n, value=0.99, n=8) for n in clean], day=2)
    assert set(merged(small)["run"]) == {full.name}


def test_a_newer_run_on_as_many_examples_replaces_the_older(write_run: WriteRun, clean: Any) -> None:
    write_run(numbers=clean, day=1)
    newer = write_run(numbers=clean, day=2)
    assert set(merged(newer)["run"]) == {newer.name}


def test_a_newer_run_adds_the_attack_it_measured_to_the_older_clean_numbers(
    write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    old = write_run(numbers=clean, day=1)
    few = [replace(n, n=50) for n in clean]
    new = write_run(numbers=[*few, *attacked], day=2)
    rows = merged(new)
    assert set(rows.loc[rows["attack"].isna(), "run"]) == {old.name}
    assert set(rows.loc[rows["attack"].notna(), "run"]) == {new.name}
    table = board(rows, Choice("mini", "sentiment", "typo", "malicious", 0.1))
    assert list(table["notes"]) == ["numbers of 2 runs"]
    assert list(table["comparable"]) == [True]


def test_numbers_of_two_versions_of_a_model_are_not_mixed(
    write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    full = write_run(numbers=clean + attacked, day=1)
    newer = write_run(numbers=clean, day=2)
    other_version(newer, "other weights")
    assert set(merged(newer)["run"]) == {full.name}


def test_of_two_equally_full_versions_the_newer_counts(write_run: WriteRun, clean: Any) -> None:
    write_run(numbers=clean, day=1)
    newer = write_run(numbers=clean, day=2)
    other_version(newer, "other weights")
    assert set(merged(newer)["run"]) == {newer.name}


def test_a_newer_run_under_other_settings_takes_nobodys_place(
    write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    """Model a was attacked as b was, and later with more copies of each example."""
    write_run("b", numbers=clean + attacked, day=1)
    old = write_run("a", numbers=clean + attacked, day=2)
    new = write_run("a", numbers=[*clean, *(replace(n, n_variants=50) for n in attacked)], day=3)
    rows = merged(new).query("model == 'a'")
    assert set(rows.loc[rows["attack"].isna(), "run"]) == {new.name}
    assert set(rows.loc[rows["attack"].notna(), "run"]) == {old.name}
    assert set(rows.loc[rows["attack"].notna(), "n_variants"]) == {5}


def test_of_two_equally_full_versions_the_one_measured_as_most_models_are_counts(
    write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    """As of two seeds of one model, the second under copies of its own."""
    write_run("b", numbers=clean + attacked, day=1)
    usual = write_run("a", numbers=clean + attacked, day=2)
    newer = write_run("a", numbers=[*clean, *(replace(n, n_variants=50) for n in attacked)], day=3)
    other_version(newer, "other weights")
    assert set(merged(newer).query("model == 'a'")["run"]) == {usual.name}


def test_merging_keeps_every_row_of_other_models_and_its_index(write_run: WriteRun) -> None:
    write_run("a")
    records = read_runs(write_run("b", method="finetune").parent).records
    pd.testing.assert_frame_equal(newest(records), records)
    pd.testing.assert_frame_equal(newest(records.iloc[:0]), records.iloc[:0])
