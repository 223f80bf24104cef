from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from boss.data.types import Answer, Split
from boss.errors import ModelError
from boss.models.cache import (
    ENTRY,
    Identity,
    fitted,
    load_arrays,
    load_json,
    save_arrays,
    save_json,
    split_identity,
)

IDENTITY = Identity(
    kind="kind",
    code="e" * 64,
    options={"strength": 1.0},
    task=("sentiment",),
    train="a" * 64,
    validation="b" * 64,
    method="none",
    seed=0,
    weights="c" * 64,
    libraries={"numpy": "2.0"},
)


class Maker:
    """Counts how often a model is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, folder: Path) -> None:
        self.made += 1
        save_json(folder / "model.json", {"answer": 42})


def load(folder: Path) -> int:
    return int(load_json(folder / "model.json")["answer"])


def test_the_same_identity_is_made_once(tmp_path: Path) -> None:
    maker = Maker()
    assert [fitted(tmp_path, IDENTITY, maker, load) for _ in range(3)] == [42, 42, 42]
    assert maker.made == 1


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"code": "f" * 64},
        {"options": {"strength": 2.0}},
        {"task": ("toxicity",)},
        {"train": "d" * 64},
        {"validation": "none"},
        {"method": "finetune"},
        {"seed": 1},
        {"weights": "none"},
        {"libraries": {"numpy": "2.1"}},
    ],
)
def test_every_part_of_the_identity_makes_another_model(tmp_path: Path, change: dict[str, object]) -> None:
    maker = Maker()
    other = replace(IDENTITY, **change)  # type: ignore[arg-type]
    assert other.key != IDENTITY.key
    fitted(tmp_path, IDENTITY, maker, load)
    fitted(tmp_path, other, maker, load)
    assert maker.made == 2


def test_order_answers_offsets_and_every_character_tell_splits_apart(split: Callable[..., Split]) -> None:
    rows = list(split("qa").examples)
    moved = [replace(rows[0], gold=(Answer(rows[0].gold[0].text, 0),)), *rows[1:]]
    typo = [rows[0].with_input("question", rows[0].text("question") + "?"), *rows[1:]]
    variants = [rows, rows[::-1], rows[1:], moved, typo]
    assert len({split_identity(split("qa", examples)) for examples in variants}) == len(variants)
    assert split_identity(split("qa", list(rows))) == split_identity(split("qa", rows))
    assert split_identity(None) == "none"


@pytest.mark.parametrize("damage", ["changed", "truncated", "missing", "extra", "no entry", "bad entry"])
def test_a_corrupt_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    maker = Maker()
    fitted(tmp_path, IDENTITY, maker, load)
    folder = tmp_path / "models" / IDENTITY.kind / IDENTITY.key
    if damage == "changed":
        save_json(folder / "model.json", {"answer": 43})
    elif damage == "truncated":
        (folder / "model.json").write_text("{")
    elif damage == "missing":
        (folder / "model.json").unlink()
    elif damage == "extra":
        (folder / "more.json").write_text("{}")
    elif damage == "no entry":
        (folder / ENTRY).unlink()
    else:
        (folder / ENTRY).write_text("[]")
    assert fitted(tmp_path, IDENTITY, maker, load) == 42
    assert maker.made == 2


def test_an_interrupted_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").write_text("a half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path, IDENTITY, interrupted, load)
    assert not [p for p in (tmp_path / "models" / IDENTITY.kind).iterdir() if p.is_dir()]
    assert fitted(tmp_path, IDENTITY, Maker(), load) == 42


def test_a_full_disk_is_a_model_error_with_the_folder(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match=r"No space left.*cache=DIR"):
        fitted(tmp_path, IDENTITY, full, load)


def test_arrays_come_back_as_they_were_and_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    save_arrays(path, {"a": np.arange(3.0)})
    assert load_arrays(path)["a"].tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(TypeError, match="objects"):
        save_arrays(path, {"objects": np.array([object()])})
