"""`train_on=`: a model fitted on, or shown examples of, the train split of a shifted set."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from boss.analysis.points import points_of_runs
from boss.config import identity_sha256
from boss.data.suite import load_suite
from boss.errors import ConfigError, ResultError
from boss.results.store import StoredRun, find_runs, read_run
from leaderboard.store.index import read_runs

ROOT = Path(__file__).parents[2]
SHIFTED_TRAIN = "text,label\n" + "".join(
    f"{number}: {line}\n"
    for number in range(12)
    for line in (
        "so fab and dreamy,positive",
        "meh and so faulty,negative",
        "a box that is square,neutral",
    )
)


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy suite, whose posts have a train split; one of its rows stands in a test too."""
    tests = tmp_path_factory.mktemp("conf")
    for name in ("conf", "data"):
        shutil.copytree(ROOT / "tests" / name, tests / name)
    posts = tests / "conf" / "dataset" / "toy" / "toy_posts.yaml"
    told = posts.read_text()
    assert "files: {test: posts_test.csv}" in told
    posts.write_text(told.replace("{test: posts_test.csv}", "{train: posts_train.csv, test: posts_test.csv}"))
    tested = (tests / "data" / "toy" / "posts_test.csv").read_text().splitlines()[1]
    (tests / "data" / "toy" / "posts_train.csv").write_text(f"{SHIFTED_TRAIN}{tested}\n")
    return tests / "conf"


@pytest.fixture(scope="module")
def two(
    conf: Path, boss_eval: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, StoredRun], str, Path]:
    """The runs fitted on the ID set and on the posts, what was printed of the second, and their folder."""
    folder = tmp_path_factory.mktemp("train_on")
    where = (f"output={folder / 'runs'}", f"cache={folder / 'cache'}", "model=tfidf", "attack=none")
    assert boss_eval(*where, conf=conf).returncode == 0
    done = boss_eval(*where, "train_on=toy_posts", conf=conf)
    assert done.returncode == 0, done.stderr
    runs = [read_run(path) for path in find_runs(folder / "runs")]
    return {str(run.run.config["train_on"]): run for run in runs}, done.stdout, folder / "runs"


def test_a_train_split_of_a_shifted_set_is_read_where_it_is_asked_for(conf: Path, tmp_path: Path) -> None:
    toy = load_suite("toy", [conf], tmp_path)
    usual, shifted = toy.load("sentiment"), toy.trained_on("toy_posts", ["sentiment"]).load("sentiment")
    assert usual.train is not None and shifted.train is not None and shifted.validation is not None
    assert (usual.train.dataset, shifted.train.dataset) == ("toy_reviews", "toy_posts")
    assert shifted.validation.dataset == "toy_posts"
    # 36 rows and one that stands in the test, which is out; the tests are the same, whatever is fitted on.
    assert len(shifted.train.examples) + len(shifted.validation.examples) == 36
    assert sum(shifted.train.removed.values()) + sum(shifted.validation.removed.values()) == 1
    assert [split.sha256 for split in usual.tests] == [split.sha256 for split in shifted.tests]
    assert {split.dataset for split in toy.splits("sentiment")[0] if split.split == "train"} == {
        "toy_reviews"
    }
    assert toy.load("nli") == toy.trained_on("toy_posts", ["sentiment"]).load("nli")


def test_what_it_was_fitted_on_is_in_its_name_and_its_record(
    two: tuple[dict[str, StoredRun], str, Path],
) -> None:
    runs, said, _ = two
    model, usual = runs["toy_posts"].records[0].model, runs["None"].records[0].model
    assert (usual.id, model.id) == ("tfidf", "tfidf (fitted on toy_posts)")
    assert model.finetuned_on.startswith("toy/toy_posts/train@") and model.fitted_dataset == "toy_posts"
    assert usual.fitted_dataset == "toy_reviews"
    assert model.fingerprint != usual.fingerprint
    assert "fitted on the train split of toy_posts, which is no shift for this model" in said


def test_on_the_board_its_number_on_that_set_is_marked(two: tuple[dict[str, StoredRun], str, Path]) -> None:
    table = read_runs(two[2]).records
    marked = table[table["contaminated"] != ""]
    assert set(marked["model"]) == {"tfidf (fitted on toy_posts)"}
    assert set(marked["dataset"]) == {"toy_posts"}
    assert set(marked["contaminated"]) == {"toy_posts (fitted on its train split)"}


def test_it_is_no_point_of_the_relation_of_id_to_ood(two: tuple[dict[str, StoredRun], str, Path]) -> None:
    runs, _, folder = two
    [pair] = points_of_runs([folder], task=None, metric=None)
    assert [point.label for point in pair.points] == ["tfidf none, seed 0"]
    with pytest.raises(ResultError, match="no run under"):
        points_of_runs([runs["toy_posts"].path], task=None, metric=None)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("toy_post", r"no dataset of sentiment in suite toy \(did you mean 'toy_posts'\?\)"),
        ("toy_forum", "no dataset of sentiment in suite toy; with a train split: toy_reviews, toy_posts"),
    ],
)
def test_a_set_that_cannot_be_fitted_on_is_refused(
    conf: Path, tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load_suite("toy", [conf], tmp_path).trained_on(name, ["sentiment"])


def test_a_set_without_a_train_split_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    toy = load_suite("toy", [ROOT / "tests" / "conf"], tmp_path)
    with pytest.raises(ConfigError, match="it has no train split in suite toy; datasets that have one: toy"):
        toy.trained_on("toy_posts", ["sentiment"])
    assert toy.trained_on("toy_reviews", ["sentiment"]) == toy == toy.trained_on(None, ["sentiment"])


def test_a_run_from_before_there_was_the_option_is_continued() -> None:
    assert identity_sha256({"seed": 1}) == identity_sha256({"seed": 1, "train_on": None})
    assert identity_sha256({"seed": 1}) != identity_sha256({"seed": 1, "train_on": "toy_posts"})
