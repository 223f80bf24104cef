from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


@pytest.fixture
def preferences(
    opened: Callable[[str], Open], write_run: Callable[..., Path], clean: Any, attacked: Any
) -> Open:
    """Open the page on two models, one of them without an attacked number, and on a task without attacks."""
    write_run("a", numbers=clean + attacked)
    write_run("b", numbers=clean)
    write_run("a", numbers=clean, task="toxicity")

    return opened("preferences")


def warnings(app: AppTest) -> list[str]:
    return [warning.value.replace("\\", "") for warning in app.warning]


def test_targets_are_asked_in_per_cent_and_the_command_has_the_same(preferences: Open) -> None:
    app = preferences(percent_ood_mean="62.5", penalty="2")
    assert app.number_input(key="percent_ood_mean").value == 62.5
    assert app.number_input(key="percent_ood_mean").label == "OOD mean: at least (%)"
    assert warnings(app) == []
    command = next(code.value for code in app.code if code.value.startswith("python -m leaderboard.rank"))
    assert "targets=ood_mean:0.625 penalty=2" in command
    captions = [caption.value.replace("\\", "") for caption in app.caption]
    assert "Together: ID 33.3 %, OOD mean 33.3 % and Adversarial 33.3 %." in captions


def test_a_link_that_gives_a_share_as_a_fraction_is_told_the_new_way_not_read_as_per_cent(
    preferences: Open,
) -> None:
    app = preferences(target_ood_mean="0.6")
    assert warnings(app) == [
        "The link gives target_ood_mean as a fraction; it is now percent_ood_mean, in per cent."
    ]
    assert app.number_input(key="percent_ood_mean").value is None


def test_a_link_that_asks_for_what_is_not_here_or_cannot_be_says_so(preferences: Open) -> None:
    assert warnings(preferences(percent_id="101")) == [
        "The link asks for percent_id 101, which is no number it can be."
    ]
    asked = preferences(task="toxicity", weight_adversarial="2")
    assert warnings(asked) == ["The link asks for a weight of adversarial, which is not here."]


def test_a_reader_s_own_changes_are_no_stale_link(preferences: Open) -> None:
    app = preferences(weight_adversarial="2", up="OOD mean")
    assert warnings(app) == []
    # The axis that was up is now across; then a task on which nothing was attacked.
    app.selectbox(key="across").set_value("ood_mean").run()
    assert warnings(app) == []
    assert "Choose two axes." in [caption.value for caption in app.caption]
    app.selectbox(key="task").set_value("toxicity").run()
    assert not app.exception
    assert warnings(app) == []


def test_models_without_a_rank_stand_apart_with_their_reason(preferences: Open) -> None:
    tables = [table.value.replace(r"\\(.)", r"\1", regex=True) for table in preferences().table]
    order, unranked = tables[:2]
    assert order["Model"].tolist() == ["a"]
    assert "Not ranked because" not in order
    assert unranked.to_numpy().tolist() == [["b", "no number: Adversarial"]]
