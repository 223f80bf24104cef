import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from boss.analyze import main

COMMANDS = ("relation", "shift", "select", "overlap", "sweep")


def table(path: Path) -> Path:
    lines = [f"m{i},{expit(x)},{expit(0.8 * x - 0.5)}" for i, x in enumerate(np.linspace(-0.5, 2.5, 20))]
    path.write_text("\n".join(["label,id,ood", *lines]))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"boss.analyze {command}" in capsys.readouterr().out


def test_relation_prints_a_verdict_and_draws_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "pair.csv")
    assert (
        main(["relation", "--csv", str(path), "--plots", str(tmp_path / "plots"), "--n-resamples", "100"])
        == 0
    )
    line = next(
        line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["pair"] and "20" in line
    )
    assert line.split()[1:4] == ["20", "I", "line"]
    assert (tmp_path / "plots" / "pair.svg").is_file()


def test_relation_of_stored_runs_withholds_its_verdict(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["relation", str(runs), "--output", "json"]) == 0
    (relation,) = json.loads(capsys.readouterr().out)
    assert (relation["n"], relation["type"]) == (3, None)
    assert relation["reasons"][0] == "3 points; at least 15 are needed"
    assert relation["pair"]["points"][0]["factors"]["shots"] == 12


def test_relation_wants_runs_or_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["relation"]) == 2
    assert "give either folders of runs or --csv FILE" in capsys.readouterr().err


def test_shift_and_overlap_of_the_toy_suite(
    toy_conf: Path, tiny_roberta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--suite", "toy", "--conf", str(toy_conf), "--cache", str(tmp_path), "--task", "sentiment"]
    options = ["--encoder", str(tiny_roberta), "--n", "10", "--n-permutations", "19"]
    assert main(["shift", *where, *options]) == 0
    shown = capsys.readouterr().out
    assert "100 x cosine of centroids of texts" in shown
    assert "Tests against toy_reviews train (10 of 63 texts" in shown
    assert main(["shift", *where, *options, "--output", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert [row["dataset"] for row in report["tests"]] == ["toy_reviews", "toy_posts"]
    assert main(["overlap", *where]) == 0
    assert "2 pairs of a train and a test split compared" in capsys.readouterr().out


def test_a_users_own_file_is_a_candidate_and_its_texts_are_shown_on_request_only(
    toy_conf: Path, tiny_roberta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(toy_conf.parent / "data", tmp_path / "data")
    folder = tmp_path / "own" / "dataset" / "toy"
    folder.mkdir(parents=True)
    yaml = (toy_conf / "dataset" / "toy" / "toy_posts.yaml").read_text()
    (folder / "toy_letters.yaml").write_text(yaml.replace("posts_test.csv", "letters.csv"))
    repeated = "We bought a charming kettle!"
    letters = [
        "text,label",
        f"{repeated},positive",
        "Dear aunt: it rained.,neutral",
        "I am cross with you.,negative",
    ]
    (tmp_path / "data" / "toy" / "letters.csv").write_text("\n".join(letters))
    where = ["--conf", str(toy_conf), "--cache", str(tmp_path / "cache")]
    options = ["--encoder", str(tiny_roberta), "--n", "20"]
    assert main(["select", str(folder / "toy_letters.yaml"), *where, *options]) == 0
    shown = capsys.readouterr().out
    assert "toy_letters (ood) as a dataset of toy/sentiment" in shown
    assert "1 exact and 0 near duplicates of toy_reviews train among its 3 texts" in shown
    assert "3. Hard shift: not measured." in shown
    task = ["--suite", "toy", "--conf", str(tmp_path / "own"), "--task", "sentiment"]
    assert main(["overlap", *where, *task]) == 0
    assert repeated not in capsys.readouterr().out
    assert main(["overlap", *where, *task, "--texts"]) == 0
    assert repeated in capsys.readouterr().out


def test_a_candidate_outside_a_dataset_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text("task: sentiment\n")
    assert main(["select", str(tmp_path / "own.yaml")]) == 2
    assert "must be a file DIR/dataset/mini/NAME.yaml" in capsys.readouterr().err


def test_sweep_prints_the_commands(
    toy_conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--suite", "toy", "--conf", str(toy_conf), "--cache", str(tmp_path)]
    assert main(["sweep", "model=tfidf", *where]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"python -m boss.eval task=sentiment attack=none --config-dir={toy_conf} cache={tmp_path} suite=toy "
        "model=tfidf n_train=4 seed=0",
        f"python -m boss.eval task=sentiment attack=none --config-dir={toy_conf} cache={tmp_path} suite=toy "
        "model=tfidf n_train=16 seed=0",
        f"python -m boss.eval task=sentiment attack=none --config-dir={toy_conf} cache={tmp_path} suite=toy "
        "model=tfidf seed=0",
    ]


def test_an_unknown_task_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shift", "--task", "sentimant"]) == 2
    assert "did you mean 'sentiment'?" in capsys.readouterr().err
