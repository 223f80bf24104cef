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
from boss.results.store import StoredRun, find_runs, read_run

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


def measured(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], StoredRun]:
    options = (*TOY, "model=tfidf", "n_attacked=null", *arguments)
    done = command("boss.eval", *options, f"output={folder / 'runs'}", f"cache={folder / 'cache'}")
    return done, read_run(find_runs(folder / "runs")[-1])


def numbers(run: StoredRun) -> dict[tuple[Any, ...], Any]:
    """Return everything that was scored under attack, and what it cost, without what the attack is called."""
    return {
        (r.measurement.task, r.measurement.dataset, r.score.metric, r.score.aggregate, r.score.degree): (
            r.score,
            r.cost,
        )
        for r in run.records
        if r.measurement.attack is not None
    }


def test_copies_out_of_a_file_give_the_numbers_of_the_attack_that_made_them(
    output: Path, tmp_path: Path
) -> None:
    tasks = ("sentiment", "ner", "qa")
    both = tmp_path / "copies.jsonl"
    files = sorted(path for task in tasks for path in output.glob(f"toy/{task}/*.jsonl"))
    assert len(files) == 6
    both.write_bytes(b"".join(path.read_bytes() for path in files))
    asked = f"task=[{','.join(tasks)}]"
    direct, there = measured(tmp_path / "direct", asked, "attack=typo")
    # Degrees and variants are those of the file, whatever is asked for.
    other = ("n_variants=5", "degrees=[0.05]", "attack.name=again")
    filed, again = measured(tmp_path / "file", asked, "attack=file", f"attack.path={both}", *other)
    assert (direct.returncode, filed.returncode) == (0, 0), filed.stderr
    assert numbers(again) == numbers(there) and len(numbers(again)) > 100
    (names,) = {(m.attack.name, m.attack.dimension) for m in again.measurements() if m.attack}
    assert names == ("again", "again")


def test_a_row_edited_by_hand_counts_and_one_that_breaks_a_rule_is_refused(
    output: Path, tmp_path: Path
) -> None:
    rows = rows_of(output / "toy" / "sentiment" / "toy_posts-test-typo-malicious.jsonl")
    path = tmp_path / "edited.jsonl"
    options = ("task=sentiment", "attack=file", f"attack.path={path}", "n_variants=1")

    def evaluated(copy: str) -> tuple[subprocess.CompletedProcess[str], StoredRun]:
        edited = [{**rows[0], "text": copy}, *rows[1:]]
        path.write_text("".join(json.dumps(row) + "\n" for row in edited), encoding="utf-8")
        return measured(tmp_path, *options)

    original = rows[0]["original"]
    assert len(original) >= 20 and rows[0]["degree"] == 0.1
    done, run = evaluated(original + "!?")  # 2 characters of 20 or more
    assert done.returncode == 0, done.stderr
    folder = run.path / "predictions/sentiment/toy_posts/file-malicious-rule-text"
    judged = pq.read_table(sorted(folder.glob("*.parquet"))).to_pylist()
    at = {"example_id": rows[0]["example_id"], "variant": rows[0]["variant"], "degree": 0.1}
    (found,) = [row for row in judged if at.items() <= row.items()]
    assert found["text"] == original + "!?" and found["distance"] == 2 / len(original)
    # The other dataset has no copies: it is left out, and that is said.
    assert "Left out: file copies of toy_reviews" in done.stderr
    assert {m.dataset for m in run.measurements() if m.attack} == {"toy_posts"}

    done, run = evaluated(original + "!" * 9)
    assert done.returncode == 1
    (failure,) = run.run.failures
    assert failure.measurement == "sentiment/toy_posts/file-malicious-rule-text"
    said = f"edited.jsonl, line 1: attack 'file' made a text at malicious distance 9/{len(original)}"
    assert said in failure.message and "the limit is 0.1; change less" in failure.message


def test_copies_of_nothing_that_is_measured_are_a_failure(output: Path, tmp_path: Path) -> None:
    path = output / "toy" / "qa" / "toy_towns-test-typo-malicious.jsonl"
    done, run = measured(tmp_path, "task=sentiment", "attack=file", f"attack.path={path}")
    assert done.returncode == 1
    (failure,) = run.run.failures
    assert failure.measurement == "sentiment, attack file"
    assert "none of the 24 of toy_" in failure.message and "n_attacked=null" in failure.message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("boss.eval", "attack=file"), "attack.path has no value of its own; give it one: attack.path=..."),
        (("boss.eval", "attack=file", "attack.path=gone.jsonl"), "gone.jsonl cannot be read"),
        (("boss.perturb", "attack=file"), "attack.path has no value of its own"),
    ],
)
def test_a_file_that_is_not_there_is_said_at_the_door(arguments: tuple[str, ...], said: str) -> None:
    done = command(arguments[0], *TOY, *arguments[1:])
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
