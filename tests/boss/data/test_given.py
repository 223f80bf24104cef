"""A dataset on the command line: what the options make of it, and what they refuse."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from boss.data.config import find_suite
from boss.data.given import given_dataset
from boss.data.suite import Suite, load_suite
from boss.errors import ConfigError
from boss.paths import conf_dir
from boss.tasks import TASKS

CSV = "body,stars\nA fine lamp,Positive\nIt broke,NEGATIVE\nA lamp,neutral\n"


def mini(tmp_path: Path, given: Mapping[str, Any], *tasks: str) -> Suite:
    return load_suite("mini", [conf_dir()], tmp_path / "cache", given=given, chosen=tasks or ("sentiment",))


def given(**options: Any) -> Any:
    return given_dataset(options, find_suite("mini", [conf_dir()]), {"sentiment": TASKS["sentiment"]})


def test_a_file_becomes_the_last_dataset_of_its_task_in_an_extended_suite(tmp_path: Path) -> None:
    path = tmp_path / "my reviews.csv"
    path.write_text(CSV)
    suite = mini(tmp_path, {"path": str(path), "text": "body", "label": "stars"})
    assert suite.name_for("sentiment") == "mini+my_reviews"
    assert suite.name_for("nli") == "mini"
    names = [card.name for card in suite.cards if card.task == "sentiment"]
    assert names == ["amazon_snippets", "movie_snippets", "tweets", "nyt_snippets", "my_reviews"]
    (dataset,) = (d for d in suite.datasets if d.card.name == "my_reviews")
    only = Suite(suite.spec, (dataset,), tmp_path / "cache")
    (split,), failures = only.splits("sentiment")
    assert failures == ()
    assert [e.gold for e in split.examples] == ["positive", "negative", "neutral"]
    assert dataset.card.role == "ood" and not dataset.card.store_text
    assert str(tmp_path) not in dataset.card.source  # a card may travel


def test_labels_fields_ids_and_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [
        {"a": "A man sleeps", "b": "He rests", "y": 0, "key": "p1"},
        {"a": "A man sleeps", "b": "He runs", "y": 1, "key": "p2"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    options = {
        "path": str(path),
        "fields": {"premise": "a", "hypothesis": "b"},
        "label": "y",
        "labels": {0: "entailment", 1: "not_entailment"},
        "id": "key",
        "called": "mine",
        "task": "nli",
    }
    suite = mini(tmp_path, options, "sentiment", "nli")
    dataset = suite.with_dataset  # the suite can be extended further
    assert callable(dataset)
    (mine,) = (d for d in suite.datasets if d.card.name == "mine")
    (split,), _ = Suite(suite.spec, (mine,), tmp_path / "cache").splits("nli")
    assert [(e.id, e.gold) for e in split.examples] == [
        ("mine-p1", "entailment"),
        ("mine-p2", "not_entailment"),
    ]
    assert mine.card.labels == ("entailment", "not_entailment")


def test_tagged_rows_are_read_with_the_usual_short_types(tmp_path: Path) -> None:
    path = tmp_path / "tags.jsonl"
    path.write_text(json.dumps({"tokens": ["Eva", "left", "Oslo"], "ner": ["B-PER", "O", "B-LOC"]}))
    options = {"path": str(path), "label": "ner"}
    suite = mini(tmp_path, options, "ner")
    (mine,) = (d for d in suite.datasets if d.card.name == "tags")
    (split,), failures = Suite(suite.spec, (mine,), tmp_path / "cache").splits("ner")
    assert failures == ()
    assert split.examples[0].gold == ("B-person", "O", "B-location")


def test_no_option_means_no_dataset() -> None:
    assert given(path=None, label=None) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "x/y"}, "dataset.label: Field required. Give dataset.path="),
        ({"label": "y"}, "dataset.path: Field required"),
        ({"path": "x/y", "label": "y", "lable": 1}, "dataset.lable: Extra inputs"),
        ({"path": "nowhere.csv", "label": "y"}, "'nowhere.csv' is no file here, and no id OWNER/NAME"),
        ({"path": "/a/b", "label": "y"}, "is no file here"),
        (
            {"path": "x/y", "label": "y", "task": "nli"},
            "dataset.task='nli' is not measured here",
        ),
        ({"path": "x/y", "label": "y", "called": "../up"}, "dataset.called='../up' is no name"),
        ({"path": "x/y", "label": "y", "fields": {"premise": "a"}}, "'text' is not given, or is no field"),
        (
            {"path": "x/y", "label": "y", "labels": {"0": "great", "1": "positive"}},
            "label 'great' is not a label of task",
        ),
    ],
)
def test_an_option_that_is_wrong_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        given(**options)


def test_two_tasks_need_to_be_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"dataset.task says which task it is of; this run has sentiment"):
        mini(tmp_path, {"path": "x/y", "label": "y"}, "sentiment", "nli")
    with pytest.raises(ConfigError, match=r"dataset.fields=\{premise: COLUMN, hypothesis: COLUMN\}"):
        mini(tmp_path, {"path": "x/y", "label": "y"}, "nli")


def test_a_name_that_is_taken_says_how_to_give_another() -> None:
    suite = load_suite("mini", [conf_dir()], Path())
    dataset = given(path="owner/tweets", label="y", text="t")
    with pytest.raises(ConfigError, match=r"dataset.called=tweets_2"):
        suite.with_dataset(dataset)
