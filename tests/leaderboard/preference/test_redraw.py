from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boss.tasks import TASKS
from leaderboard.board.site import Site, load, stamp_of
from leaderboard.board.table import Choice
from leaderboard.preference.order import counted, drawn_from, order
from leaderboard.preference.preferences import Preference
from leaderboard.preference.redraw import N_DRAWS, other_examples
from leaderboard.store.folder import Folders

WriteRun = Callable[..., Path]
CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)
OOD = Preference({"ood_mean": 1})


def ranked(site: Site, preference: Preference, *, paired: bool = True) -> pd.DataFrame:
    board = site.board(CHOICE)
    wanted = counted(board, TASKS["sentiment"], preference)
    others = other_examples(site, CHOICE, wanted) if paired else None
    return order(board, TASKS["sentiment"], preference, others).set_index("model")


@pytest.fixture
def site(write_answers: WriteRun, tmp_path: Path) -> Site:
    """Two models on the same examples: what the second gets right, the first does, and one in five more."""
    write_answers("first", lambda dataset, i, degree, dimension: i % 5 < 4 and degree < 0.2)
    write_answers("second", lambda dataset, i, degree, dimension: i % 5 < 3 and degree < 0.2)
    folders = Folders(tmp_path / "runs")
    return load(folders, stamp_of(folders))


def test_a_model_that_is_right_wherever_another_is_stays_first_whatever_is_drawn(site: Site) -> None:
    table = ranked(site, OOD)
    assert table["first_examples"]["first"] == 1
    # it ties in the draws that hold none of the examples it alone gets right
    assert table["first_examples"]["second"] < 0.01
    assert set(table["independent"]) == {""}


def test_drawn_as_independent_the_same_first_place_looks_less_certain(site: Site) -> None:
    table = ranked(site, OOD, paired=False)
    assert table["first_examples"]["first"] < 0.99
    assert table["independent"]["first"] == "OOD mean: no stored answers"


def test_resampled_answers_reproduce_the_number_and_its_interval(site: Site) -> None:
    board = site.board(CHOICE).set_index("model")
    wanted = counted(site.board(CHOICE), TASKS["sentiment"], OOD)
    drawn = other_examples(site, CHOICE, wanted)["ood_mean"]["first", "default"]
    assert isinstance(drawn, np.ndarray) and drawn.shape == (N_DRAWS,)
    assert drawn.mean() == pytest.approx(board["ood_mean"]["first"], abs=0.01)
    # two sets of 20 at 0.8: a standard deviation of sqrt(0.8 * 0.2 / 40)
    assert drawn.std() == pytest.approx(np.sqrt(0.16 / 40), rel=0.1)


def test_axes_measured_on_the_same_examples_are_drawn_together(site: Site) -> None:
    wanted = counted(site.board(CHOICE), TASKS["sentiment"], Preference({"ood_mean": 1, "adversarial": 1}))
    found = other_examples(site, CHOICE, wanted)
    # at degree 0.1 every copy is answered as the clean text is
    clean, attacked = (found[key]["first", "default"] for key in ("ood_mean", "adversarial"))
    assert np.array_equal(clean, attacked)


def test_a_model_without_stored_answers_is_drawn_from_its_intervals_and_named(
    write_run: WriteRun, clean: Any, tmp_path: Path, site: Site
) -> None:
    write_run("bare", numbers=[replace(number, n=20) for number in clean])
    site = load(site.folders, stamp_of(site.folders))
    table = ranked(site, Preference({"id": 1}))
    assert table["independent"]["first"] == "" and table["independent"]["bare"].startswith("ID: ")
    said = drawn_from(table.reset_index())
    assert said.startswith("The numbers of bare are drawn from their intervals")
    assert drawn_from(table.drop("bare").reset_index()).endswith("the same for all models.")
