from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board.columns import named_apart
from leaderboard.board.datasets import dataset_measures, of_datasets
from leaderboard.board.site import Site, read
from leaderboard.board.table import Choice, measures
from leaderboard.store.folder import Folders

WriteRun = Callable[..., Path]
CHOICE = Choice("mini", "sentiment")


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], Site]:
    return lambda: read(Folders(tmp_path / "runs"))


def test_every_set_has_a_column_of_its_clean_numbers_id_first(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("a", numbers=clean + attacked)
    here = site()
    columns = dataset_measures(of_datasets(here.of_task(CHOICE), CHOICE))
    assert [(measure.label, measure.help) for measure in columns] == [
        ("reviews", "Clean, ID set, accuracy."),
        ("letters", "Clean, OOD set, accuracy."),
        ("tweets", "Clean, OOD set, accuracy."),
    ]
    row = here.front(CHOICE).iloc[0]
    assert [row[measure.key] for measure in columns] == pytest.approx([0.80, 0.60, 0.70])
    assert [row[f"{measure.key}_low"] for measure in columns] == pytest.approx([0.78, 0.56, 0.67])
    assert [row[f"{measure.key}_high"] for measure in columns] == pytest.approx([0.82, 0.64, 0.73])
    assert [row[f"{measure.key}_n"] for measure in columns] == [100, 100, 100]


def test_a_set_that_a_model_lacks_is_empty_and_other_data_are_marked(
    site: Callable[[], Site], write_run: WriteRun, clean: Any
) -> None:
    for name in ("a", "b"):
        write_run(name, numbers=clean)
    write_run("short", numbers=clean[:2])
    write_run("other", numbers=[replace(n, data="x" if n.dataset == "letters" else "") for n in clean])
    board = site().front(CHOICE).set_index("model")
    assert board["dataset:letters"].isna().to_dict() == {
        "a": False,
        "b": False,
        "short": True,
        "other": False,
    }
    assert board["dataset:letters_mark"].to_dict() == {
        "a": "",
        "b": "",
        "short": "",
        "other": "other data: letters",
    }
    assert set(board["dataset:tweets_mark"]) == {""}


def test_a_set_of_one_class_is_a_column_by_its_recall(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, number: Any
) -> None:
    write_run(numbers=[*clean, number("rare", 0.4, recall_only=True, metric="recall")])
    here = site()
    columns = dataset_measures(of_datasets(here.of_task(CHOICE), CHOICE))
    assert [(measure.label, measure.help) for measure in columns][2] == ("rare", "Clean, OOD set, recall.")
    assert here.front(CHOICE)["dataset:rare"].to_list() == [0.4]


def test_columns_called_alike_get_a_number(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, number: Any
) -> None:
    write_run(numbers=[*clean, number("ID", 0.4), number("Drop", 0.4)])
    here = site()
    front = here.front(CHOICE)
    of_sets = dataset_measures(of_datasets(here.of_task(CHOICE), CHOICE))
    labels = [measure.label for measure in named_apart([*measures(front), *of_sets])]
    assert len(set(labels)) == len(labels)
    assert {"ID", "ID #2", "Drop"} <= set(labels)
