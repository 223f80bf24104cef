"""One wrong file at a time beside the project's own configuration."""

from pathlib import Path

import pytest

from boss.validate import main

MAJORITY = "_target_: boss.models.majority.Majority\n"
SUITE = """
name: own
version: "1"
description: of this test
stand_in: true
fractions: {train: 0.7, validation: 0.1, test: 0.2}
"""
DATASET = """
task: sentiment
role: id
title: Letters of this test
shift: the ID dataset
url: https://example.org
licence: CC0-1.0
labels: [negative, positive]
label_mapping: as they are
store_text: true
order: 0
source:
  _target_: boss.data.sources.LocalFile
  path: letters.csv
reader:
  _target_: boss.data.readers.table.Delimited
  fields: {text: letter}
  label: feeling
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "own"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_shipped_file_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert ", 0 wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("model/own.yaml", "_target_: boss.models.nowhere.Model\n", "is no class that can be imported"),
        ("model/own.yaml", MAJORITY + "size: 3\n", "unexpected keyword argument 'size'"),
        ("model/own.yaml", "_target_: boss.models.callable.PythonFunction\nfunktion: ???\n", "'funktion'"),
        ("model/own.yaml", "_target_: robtest.attacks.typo.Typo\n", "is no model: it has no fit"),
        (
            "attack/own.yaml",
            "own:\n  _target_: boss.models.majority.Majority\n",
            "is no attack: it has no level",
        ),
        ("method/own.yaml", "_target_: boss.methods.focal.Focal\ngamma: -1\n", "gamma"),
        (
            "experiment/own.yaml",
            "# @package _global_\nn_variants: 0\n",
            "n_variants: must be at least 1, got 0",
        ),
        ("experiment/own.yaml", "# @package _global_\ndefaults:\n  - override /model: modle\n", "modle"),
        ("model/own.yaml", "a: [\n", "own.yaml"),
    ],
)
def test_a_wrong_file_is_named_with_the_rule(
    folder: Path, name: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(folder, name, text)
    assert main([f"--config-dir={folder}", f"{path.parent.name}={path.stem}"]) == 1
    *problems, summary = capsys.readouterr().out.splitlines()
    assert len(problems) == 1, problems
    assert str(path) in problems[0] and message in problems[0]
    assert summary == "1 file checked, 1 wrong"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DATASET.replace("role: id", "role: best"), "role: "),
        (DATASET.replace("[negative, positive]", "[negative, blue]"), "blue"),
        (DATASET.replace("boss.data.sources.LocalFile", "boss.data.sources.Nowhere"), "does not exist"),
        (DATASET.replace("path: letters.csv", "place: letters.csv"), "place"),
    ],
)
def test_a_wrong_dataset_is_named_before_its_data_is_read(
    folder: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "suite/own.yaml", SUITE)
    path = write(folder, "dataset/own/letters.yaml", text)
    assert main([f"--config-dir={folder}", "suite=own"]) == 1
    out = capsys.readouterr().out
    assert str(path) in out and message in out
    path.write_text(DATASET)
    assert main([f"--config-dir={folder}", "suite=own"]) == 0
    assert capsys.readouterr().out == "2 files checked, 0 wrong\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["suite=mimi"], "did you mean 'mini'"),
        (["modle=hf"], "did you mean 'model'"),
        (["hf"], "'hf' is no option"),
    ],
)
def test_a_wrong_option_says_which_there_are(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err
