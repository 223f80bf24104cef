"""``python -m boss.texts``: a run's texts, made again without the run."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from boss.errors import ConfigError, DataError
from boss.results.parts import read_parts
from boss.results.schema import Cell
from boss.results.store import StoredRun, find_runs, read_run
from boss.results.texts import KEY, Asked, asked_of
from boss.texts import main, write_texts

ROOT = Path(__file__).parents[2]
CONF = ROOT / "tests" / "conf"
SETTINGS = ("suite=toy", "task=all", "attack=typo", "model=majority", "n_attacked=3", "n_variants=2")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> StoredRun:
    output = tmp_path_factory.mktemp("runs")
    words = (*SETTINGS, "degrees=[0.1,0.3]", f"output={output}", f"cache={cache}")
    done = subprocess.run(
        [sys.executable, "-m", "boss.eval", f"--config-dir={CONF}", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return read_run(find_runs(output)[0])


@pytest.fixture
def asked(run: StoredRun) -> Asked:
    return next(asked_of(cell, copies=True) for cell in run.cells() if cell.attack is not None)


def made(cell: Cell, cache: Path) -> pd.DataFrame:
    path = write_texts(asked_of(cell, copies=True), [CONF], cache)
    return pq.read_table(path).to_pandas().set_index(KEY)


def test_every_text_of_every_task_has_the_digest_that_the_run_answered(run: StoredRun, cache: Path) -> None:
    cells = run.cells()
    assert {cell.task for cell in cells} == {"sentiment", "toxicity", "nli", "ner", "qa"}
    for cell in cells:
        rows = read_parts(run.path, cell.key)[0].to_pandas()
        rows = rows.fillna({"variant": 0, "degree": 0.0}).set_index(KEY)
        texts = made(cell, cache).reindex(rows.index)
        assert len(rows) == cell.n_evaluated * (1 if cell.attack is None else 1 + 2 * 2)
        assert list(texts["input_sha256"]) == list(rows["input_sha256"])
        assert list(texts["label"]) == list(rows["label"])
        if cell.attack is not None:
            stored = rows["text"].dropna()
            assert list(texts.loc[stored.index, cell.attack.field]) == list(stored)


def test_the_same_question_gives_the_same_bytes(asked: Asked, tmp_path: Path) -> None:
    first, second = (write_texts(asked, [CONF], tmp_path / name) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name


def test_other_data_and_another_version_of_an_attack_are_refused(asked: Asked, cache: Path) -> None:
    other = asked.model_copy(update={"dataset_sha256": "0" * 64})
    with pytest.raises(DataError, match="is not the data that was measured"):
        write_texts(other, [CONF], cache)
    assert asked.copies is not None
    newer = asked.model_copy(update={"copies": asked.copies.model_copy(update={"version": "2"})})
    with pytest.raises(DataError, match="is version '1' here, the copies were made by '2'"):
        write_texts(newer, [CONF], cache)


@pytest.mark.parametrize(
    ("part", "update", "said"),
    [
        ("asked", {"suite": "maxi"}, "unknown suite 'maxi'"),
        (
            "asked",
            {"dataset": "toy_revews"},
            r"unknown dataset 'toy_revews' \(did you mean 'toy_reviews'\?\)",
        ),
        ("asked", {"split": "hidden"}, "has no split 'hidden'"),
        ("copies", {"field": "label"}, "has no field 'label' to attack; it has: text"),
        ("copies", {"n_variants": 10**9}, "9,000,000,000 copies are asked for; at most 200,000"),
    ],
)
def test_a_hostile_question_is_refused_before_anything_is_made(
    asked: Asked, cache: Path, part: str, update: dict[str, object], said: str
) -> None:
    if part == "copies":
        assert asked.copies is not None
        update = {"copies": asked.copies.model_copy(update=update)}
    with pytest.raises(ConfigError, match=said):
        write_texts(asked.model_copy(update=update), [CONF], cache)


def test_an_unknown_dimension_is_refused_with_the_known_ones(asked: Asked, cache: Path) -> None:
    assert asked.copies is not None
    update = {"copies": asked.copies.model_copy(update={"dimension": "os.system"})}
    with pytest.raises(ValueError, match=r"unknown dimension 'os\.system'; known dimensions: typo"):
        write_texts(asked.model_copy(update=update), [CONF], cache)


def test_the_command_prints_the_file_or_the_reason(
    asked: Asked, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(cache))
    assert main([f"--config-dir={CONF}", *asked.words()]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.parent == cache / "texts" and path.exists()
    assert main([*asked.words(), "suite=../toy"]) == 2
    assert capsys.readouterr().err.startswith("error: suite: ")
