"""Readers on files that were not made here; BOSS_REAL_DATA names the folder that holds them."""

import os
from collections import Counter
from pathlib import Path

import pytest

from boss.data.config import find_datasets, find_suite
from boss.data.readers.table import Delimited
from boss.data.types import Example
from boss.paths import conf_dir
from robtest.assets import Member

REAL = os.environ.get("BOSS_REAL_DATA")
pytestmark = pytest.mark.skipif(REAL is None, reason="BOSS_REAL_DATA names no folder")


def read(name: str, file: str) -> list[Example]:
    """Read a file as the suite reads the upstream file of the dataset."""
    datasets = find_datasets(find_suite("boss", [conf_dir()]), [conf_dir()])
    (dataset,) = (d for d in datasets if d.card.name == name)
    reader = next(
        o.reader for o in dataset.origins if type(o.reader).__name__ == "Conll" and "http" in str(o.source)
    )
    return list(reader.read(Member(Path(str(REAL)), file), Counter()))


def entities(examples: list[Example]) -> int:
    return sum(str(tag).startswith("B-") for example in examples for tag in example.gold)


def test_e_ner_has_its_sentences_and_entities() -> None:
    examples = read("ener", "e-ner/edgar_all_4.csv")
    assert (len(examples), entities(examples)) == (11640, 8725)
    assert max(len(example.gold) for example in examples) == 702


def test_wnut_has_its_sentences() -> None:
    examples = read("wnut", "wnut17/test.conll")
    # The file has 1,079 lines whose tag begins with B-.
    assert (len(examples), entities(examples)) == (1287, 1079)


def test_sst2_has_its_rows() -> None:
    reader = Delimited(
        {"text": "sentence"}, "label", {"0": "negative", "1": "positive"}, delimiter="\t", quoting=False
    )
    sizes = [
        len(list(reader.read(Member(Path(str(REAL)), f"sst2/{split}.tsv"), Counter())))
        for split in ("train", "dev", "test")
    ]
    assert sizes == [6920, 872, 1821]
