"""``python -m boss.texts``: a run's texts, made again without the run."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from boss.errors import ConfigError, DataError
from boss.measurement import Measurement
from boss.results.parts import read_parts
from boss.results.store import StoredRun, find_runs, read_run
from boss.results.texts import KEY, clean
from boss.texts import main, measurement_from, write_texts

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
def attacked(run: StoredRun) -> Measurement:
    return next(measurement for measurement in run.measurements() if measurement.attack is not None)


def edited(measurement: Measurement, part: str, **update: object) -> Measurement:
    """Return a measurement with other values of its own, of its ``attack`` or of its attack's ``search``."""
    raw = measurement.model_dump(mode="json")
    owner = {"measurement": raw, "attack": raw["attack"], "search": raw["attack"]["search"]}[part]
    owner.update(update)
    return measurement_from(json.dumps(raw))


def made(measurement: Measurement, cache: Path) -> pd.DataFrame:
    path = write_texts(measurement, [CONF], cache)
    return pq.read_table(path).to_pandas().set_index(KEY)


def test_every_text_of_every_task_has_the_digest_that_the_run_answered(run: StoredRun, cache: Path) -> None:
    measurements = run.measurements()
    assert {measurement.task for measurement in measurements} == {"sentiment", "toxicity", "nli", "ner", "qa"}
    for measurement in measurements:
        rows = read_parts(run.path, measurement.name)[0].to_pandas()
        rows = rows.fillna({"variant": 0, "degree": 0.0}).set_index(KEY)
        texts = made(measurement, cache).reindex(rows.index)
        assert len(rows) == measurement.n_evaluated * (1 if measurement.attack is None else 1 + 2 * 2)
        assert list(texts["input_sha256"]) == list(rows["input_sha256"])
        assert list(texts["label"]) == list(rows["label"])
        if measurement.attack is not None:
            stored = rows["text"].dropna()
            assert list(texts.loc[stored.index, measurement.attack.field]) == list(stored)


def test_the_same_measurement_gives_the_same_bytes(attacked: Measurement, tmp_path: Path) -> None:
    first, second = (write_texts(attacked, [CONF], tmp_path / name) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name


def test_the_texts_without_copies_have_a_file_of_their_own(attacked: Measurement, tmp_path: Path) -> None:
    assert attacked.id  # however much was asked of the measurement before
    with_copies, without = (write_texts(each, [CONF], tmp_path) for each in (attacked, clean(attacked)))
    assert with_copies != without
    n = attacked.n_evaluated
    assert [len(pd.read_parquet(path)) for path in (with_copies, without)] == [n * (1 + 2 * 2), n]


def test_other_data_are_refused(attacked: Measurement, cache: Path) -> None:
    other = edited(attacked, "measurement", dataset_sha256="0" * 64)
    with pytest.raises(DataError, match="is not the data that was measured"):
        write_texts(other, [CONF], cache)


@pytest.mark.parametrize(
    ("part", "update", "said"),
    [
        ("attack", {"version": "2"}, "version of the attack: 2 and 1"),
        (
            "attack",
            {"options": {"operators": ["swap"], "misspellings": None}},
            r"options.operators: \[swap\] and \[delete, insert, replace, swap, repeat\]",
        ),
        ("attack", {"options": "unknown"}, "options: unknown and none"),
        ("attack", {"access": "score"}, "access: score and rule"),
        ("search", {"version": "0"}, "version of the search: 0 and 1"),
        ("search", {"options": {"compatible": True}}, "search.options.compatible: true and false"),
    ],
)
def test_another_attack_than_the_one_here_is_refused(
    attacked: Measurement, cache: Path, part: str, update: dict[str, object], said: str
) -> None:
    other = edited(attacked, part, **update)
    with pytest.raises(DataError, match=f"is another attack here than the one that made the copies: {said}"):
        write_texts(other, [CONF], cache)
    assert not (cache / "texts" / f"{other.id[:32]}.parquet").exists()


@pytest.mark.parametrize(
    ("part", "update", "said"),
    [
        ("measurement", {"suite": "maxi"}, "unknown suite 'maxi'"),
        ("measurement", {"suite": "../suite/toy"}, "unknown suite '../suite/toy'"),
        (
            "measurement",
            {"dataset": "toy_revews"},
            r"unknown dataset 'toy_revews' \(did you mean 'toy_reviews'\?\)",
        ),
        ("measurement", {"dataset": "../../etc/passwd"}, "unknown dataset '../../etc/passwd'"),
        ("measurement", {"split": "hidden"}, "has no split 'hidden'"),
        ("attack", {"field": "label"}, "has no field 'label' to attack; it has: text"),
        ("attack", {"n_variants": 10**9}, "9,000,000,000 copies are asked for; at most 200,000"),
    ],
)
def test_a_hostile_measurement_is_refused_before_anything_is_made(
    attacked: Measurement, cache: Path, part: str, update: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        write_texts(edited(attacked, part, **update), [CONF], cache)


def test_an_added_dataset_is_found_in_the_folders_it_was_added_by(attacked: Measurement, cache: Path) -> None:
    """Its suite is named after it, and no such suite is in any folder."""
    extended = edited(attacked, "measurement", suite="toy+toy_extra")
    assert made(extended, cache).equals(made(attacked, cache))


def test_an_unknown_dimension_is_refused_with_the_known_ones(attacked: Measurement, cache: Path) -> None:
    other = edited(attacked, "attack", dimension="os.system")
    with pytest.raises(ValueError, match=r"unknown dimension 'os\.system'; known dimensions: typo"):
        write_texts(other, [CONF], cache)


def without(*names: str) -> Callable[[dict[str, Any]], object]:
    return lambda raw: [raw.pop(name) for name in names]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw.update(dataset_sha256="abc"), "dataset_sha256: String should match pattern"),
        (lambda raw: raw.update(n_evaluated=-1), "n_evaluated: Input should be greater than or equal to 0"),
        (lambda raw: raw.update(n_evaluated="many"), "n_evaluated: Input should be a valid integer"),
        (lambda raw: raw["attack"].update(degrees=[2.0]), "attack.degrees.0: Input should be less than or"),
        (lambda raw: raw["attack"].update(degrees=[float("nan")]), "attack.degrees.0: "),
        (lambda raw: raw["attack"].update(access="magic"), "attack.access: Input should be 'rule'"),
        (lambda raw: raw.update(_target_="os.system"), "_target_: Extra inputs are not permitted"),
        (without("dataset", "split"), "dataset: Field required, got {.*; split: Field required"),
    ],
)
def test_what_is_no_measurement_is_refused_with_field_and_rule(
    attacked: Measurement, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    raw = attacked.model_dump(mode="json")
    change(raw)
    with pytest.raises(ConfigError, match=said) as error:
        measurement_from(json.dumps(raw))
    assert len(str(error.value)) < 1_000


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"mini"', "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        measurement_from(text)


def test_a_measurement_reads_back_as_it_was_written(run: StoredRun) -> None:
    for measurement in run.measurements():
        again = measurement_from(json.dumps(measurement.model_dump(mode="json")))
        assert again == measurement and again.id == measurement.id


def test_the_command_prints_the_file_or_the_reason(
    attacked: Measurement, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(cache))
    words = json.dumps(attacked.model_dump(mode="json"))
    assert main([f"--config-dir={CONF}", words]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.parent == cache / "texts" and path.exists()
    assert main([f"--config-dir={CONF}", words.replace('"suite": "toy"', '"suite": "../toy"')]) == 2
    assert capsys.readouterr().err.startswith("error: unknown suite '../toy'")
    assert main([f"--config-dir={CONF}", "suite=toy"]) == 2
    assert capsys.readouterr().err.startswith("error: ")
