"""``python -m boss.perturb`` as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boss.measurement import AttackSettings
from boss.results.store import find_runs

ROOT = Path(__file__).resolve().parents[1]
TOY = (f"--config-dir={ROOT / 'tests' / 'conf'}", "suite=toy", "n_variants=2", "degrees=[0.1,0.3]")


def command(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copies")
    done = command("boss.perturb", *TOY, "task=all", f"output={folder}", f"cache={folder / 'cache'}")
    assert done.returncode == 0, done.stderr
    return folder


def test_every_dataset_gets_a_file_of_copies_and_a_card_that_counts_them(output: Path) -> None:
    files = sorted(output.glob("toy/*/*.jsonl"))
    assert {path.parent.name for path in files} == {"sentiment", "toxicity", "nli", "ner", "qa"}
    for path in files:
        rows, card = rows_of(path), json.loads(path.with_suffix(".card.json").read_text())
        assert len(rows) == card["n_copies"] == card["n_examples"] * 2 * 2
        attack = AttackSettings.model_validate(card["attack"])
        assert (attack.name, attack.dimension, attack.degrees) == ("typo", "typo", (0.0, 0.1, 0.3))
        assert (attack.access, attack.tag, attack.n_variants) == ("rule", "malicious", 2)
        for row in rows:
            assert row["realised"] <= row["degree"]
            assert (row[row["field"]] == row["original"]) == row["unperturbable"]


def test_copies_are_those_that_a_run_under_rule_access_judges(output: Path) -> None:
    arguments = (*TOY, "attack=typo", "model=majority", "n_attacked=null", "task=[sentiment,ner]")
    done = command("boss.eval", *arguments, f"output={output / 'runs'}", f"cache={output / 'cache'}")
    assert done.returncode == 0, done.stderr
    (run,) = find_runs(output / "runs")
    for task, dataset, field in (("sentiment", "toy_posts", "text"), ("ner", "toy_news", "tokens")):
        folder = run / "predictions" / task / dataset / f"typo-malicious-rule-{field}"
        judged = pq.read_table(sorted(folder.glob("*.parquet"))).to_pylist()
        found = rows_of(output / "toy" / task / f"{dataset}-test-typo-malicious.jsonl")
        key = ("example_id", "variant", "degree")
        assert {(*(row[k] for k in key), row["text"]) for row in judged if row["degree"] > 0} == {
            (*(row[k] for k in key), row[field]) for row in found
        }


def test_train_copies_are_of_the_id_dataset_and_what_does_not_apply_is_said(tmp_path: Path) -> None:
    done = command(
        "boss.perturb", *TOY, "task=ner", "split=train", "attack=distraction", f"output={tmp_path}"
    )
    assert done.returncode == 0, done.stderr
    assert "left out: ner, distraction" in done.stdout
    done = command("boss.perturb", *TOY, "task=ner", "split=train", f"output={tmp_path}")
    assert [path.name for path in tmp_path.glob("toy/ner/*.jsonl")] == ["toy_news-train-typo-malicious.jsonl"]


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("split=tests", "split must be test | train | validation, got 'tests'"),
        ("model=tfidf", "unknown option 'model'"),
        ("degrees=[2]", "a degree must be in [0, 1], got 2"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(
    argument: str, said: str, tmp_path: Path
) -> None:
    done = command("boss.perturb", *TOY, argument, f"output={tmp_path}")
    assert done.returncode != 0
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_not_written_over(output: Path) -> None:
    path = output / "toy" / "qa" / "toy_towns-test-typo-malicious.jsonl"
    before = path.read_bytes()
    done = command("boss.perturb", *TOY, "task=qa", f"output={output}", f"cache={output / 'cache'}")
    assert done.returncode == 2
    assert "exists and is not overwritten" in done.stderr
    assert path.read_bytes() == before
