import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaderboard.board.all_tasks import board_of_tasks, task_measures
from leaderboard.board.ranking import PAIRED
from leaderboard.board.site import Site, read
from leaderboard.store.folder import Folders

WriteRun = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], Site]:
    return lambda: read(Folders(tmp_path / "runs"))


def shifted(numbers: Any, by: float, **others: Any) -> list[Any]:
    return [replace(n, value=n.value + by, **others) for n in numbers]


def test_a_model_is_ranked_by_its_mean_over_all_tasks(
    site: Callable[[], Site], write_run: WriteRun, clean: Any
) -> None:
    """OOD means: a 65 and 55, b 60 and 50, part 95 of one task alone, odd 75 on other data and 65."""
    for name, by in (("a", 0.0), ("b", -0.05)):
        write_run(name, numbers=shifted(clean, by), task="sentiment")
        write_run(name, numbers=shifted(clean, by - 0.1), task="nli")
    write_run("part", numbers=shifted(clean, 0.3), task="nli")
    write_run("odd", numbers=shifted(clean, 0.1, data="another"), task="sentiment")
    write_run("odd", numbers=clean, task="nli")
    board, measures, _ = board_of_tasks(site(), "mini")
    assert [(measure.key, measure.label) for measure in measures] == [
        ("tasks_mean", "Mean"),
        ("task:sentiment", "sentiment"),
        ("task:nli", "nli"),
    ]
    assert list(board["model"]) == ["a", "b", "odd", "part"]
    table = board.set_index("model")
    assert table["task:sentiment"].dropna().to_dict() == pytest.approx({"a": 0.65, "b": 0.60, "odd": 0.75})
    assert table["task:nli"].to_dict() == pytest.approx({"a": 0.55, "b": 0.50, "odd": 0.65, "part": 0.95})
    assert table["tasks_mean"].dropna().to_dict() == pytest.approx({"a": 0.60, "b": 0.55, "odd": 0.70})
    # Of two tasks whose half-widths are 0.025 each: sqrt(2) * 0.025 / 2.
    half = math.sqrt(2) * 0.025 / 2
    assert [table.loc["a", f"tasks_mean_{end}"] for end in ("low", "high", "n")] == pytest.approx(
        [0.60 - half, 0.60 + half, 400]
    )
    assert table["rank"].dropna().to_dict() == {"a": 1, "b": 2}
    assert table["tasks_mean_mark"].to_dict() == {
        "a": "",
        "b": "",
        "odd": "1 task not ranked",
        "part": "1 of 2 tasks",
    }
    assert "other data" in table.loc["odd", "task:sentiment_mark"]
    assert table.loc["odd", "task:nli_mark"] == table.loc["part", "task:nli_mark"] == ""


def test_who_lacks_fewer_tasks_stands_before_who_lacks_more(
    site: Callable[[], Site], write_run: WriteRun, clean: Any
) -> None:
    for task in ("sentiment", "nli", "ner"):
        metric = "span_f1" if task == "ner" else "accuracy"
        write_run("zz-all", numbers=shifted(clean, 0.0, metric=metric), task=task)
    write_run("aa-one", numbers=clean, task="nli")
    for task in ("sentiment", "nli"):
        write_run("mm-two", numbers=clean, task=task)
    board, _, _ = board_of_tasks(site(), "mini")
    assert list(board["model"]) == ["zz-all", "mm-two", "aa-one"]
    assert list(board["tasks_mean_mark"]) == ["", "2 of 3 tasks", "1 of 3 tasks"]


def test_a_task_without_a_set_of_all_classes_counts_by_id(
    site: Callable[[], Site], write_run: WriteRun, clean: Any
) -> None:
    write_run("a", numbers=clean, task="sentiment")
    write_run("a", numbers=[replace(n, recall_only=n.role == "ood") for n in clean], task="nli")
    measures = task_measures(site(), "mini")
    assert {task: measure.key for task, (_, measure) in measures.items()} == {
        "sentiment": "ood_mean",
        "nli": "id",
    }
    assert measures["nli"][1].help == "Accuracy, the ID set."
    board, _, _ = board_of_tasks(site(), "mini")
    assert board["tasks_mean"].to_list() == pytest.approx([(0.65 + 0.80) / 2])


def test_with_answers_to_all_tasks_models_are_told_apart_in_pairs(
    site: Callable[[], Site], write_answers: Callable[..., Path]
) -> None:
    for task in ("sentiment", "nli"):
        write_answers("high", lambda dataset, i, *_: i % 10 > 0, n=100, task=task)
        write_answers("twin", lambda dataset, i, *_: i % 10 > 0, n=100, task=task)
        write_answers("low", lambda dataset, i, *_: i % 10 > 3, n=100, task=task)
    board, _, samples = board_of_tasks(site(), "mini")
    table = board.set_index("model")
    assert table["rank"].to_dict() == {"high": 1, "twin": 1, "low": 3}
    assert set(table["ranked_by"]) == {PAIRED}
    assert table["tasks_mean"].to_dict() == pytest.approx({"high": 0.9, "twin": 0.9, "low": 0.6})
    high = samples["high", "default"]
    assert not isinstance(high, str)
    assert [sample.n_units for sample in high] == [100, 100]
    # A task is one draw of its two sets: the deviation of the mean of 200 answers.
    assert [float(np.std(sample.resampled)) for sample in high] == pytest.approx(
        [math.sqrt(0.9 * 0.1 / 200)] * 2, rel=0.1
    )
    assert len({sample.identity for sample in high}) == 2
