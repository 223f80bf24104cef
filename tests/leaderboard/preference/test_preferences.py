import math
import re

import numpy as np
import pandas as pd
import pytest

from boss.errors import ConfigError
from boss.tasks import TASKS
from leaderboard.preference.preferences import (
    KEYS,
    Preference,
    axes,
    equal_weights,
    offered,
    read_numbers,
    reward,
    written,
)


def test_an_accuracy_counts_from_guessing_to_one_on_every_axis() -> None:
    # three labels of sentiment: guessing is 1/3, and 2/3 lies halfway
    for key in ("id", "ood_mean", "ood_worst", "adversarial"):
        found = axes(TASKS["sentiment"])[key].scaled(np.array([1 / 3, 2 / 3, 1.0]))
        assert found == pytest.approx([0, 0.5, 1])


def test_entities_and_questions_cannot_be_guessed() -> None:
    for task in ("ner", "qa"):
        assert axes(TASKS[task])["id"].scaled(np.array([0.0, 0.25, 1.0])) == pytest.approx([0, 0.25, 1])


def test_less_is_better_in_calibration_and_cost() -> None:
    known = axes(TASKS["nli"])
    assert known["calibration"].scaled(np.array([0.0, 0.5, 2.0])) == pytest.approx([1, 0.75, 0])
    # a tenth of the parameters is one of the five powers of ten between the ends
    assert known["cost"].scaled(np.array([1e6, 1e8, 1e9, 1e11])) == pytest.approx([1, 0.6, 0.4, 0])


def test_less_than_guessing_counts_less_than_zero() -> None:
    assert axes(TASKS["toxicity"])["id"].scaled(np.array([0.4])) == pytest.approx([-0.2])


def test_nothing_is_cheaper_than_the_cheap_end_and_no_parameters_are_a_number() -> None:
    assert axes(TASKS["qa"])["cost"].scaled(np.array([0.0, 1e5, 1e12, np.nan])) == pytest.approx(
        [1, 1, 0, np.nan], nan_ok=True
    )


def test_numbers_are_printed_in_their_own_unit() -> None:
    known = axes(TASKS["sentiment"])
    texts = [
        known["id"].text(0.7125),
        known["calibration"].text(0.31),
        known["cost"].text(1.25e9),
        known["cost"].text(4_300.0),
        known["cost"].text(12.0),
        known["cost"].text(math.nan),
    ]
    assert texts == ["71.2", "0.310", "1.25B", "4.3k", "12", "–"]


def test_the_adversarial_axis_is_the_worst_copy_or_the_area_under_its_curve() -> None:
    columns = [axes(TASKS["qa"], under)["adversarial"].column for under in ("worst", "area")]
    assert columns == ["attacked_ood_worst", "attacked_ood_area_worst"]


def test_only_axes_with_a_number_are_offered() -> None:
    board = pd.DataFrame({"id": [0.8, np.nan], "ood_mean": [np.nan, np.nan], "n_parameters": [np.nan, 1e7]})
    assert list(offered(board, TASKS["sentiment"], "worst")) == ["id", "cost"]


def test_weights_start_alike_on_what_is_there() -> None:
    assert equal_weights(["cost", "adversarial", "id"]) == {"id": 1, "adversarial": 1}
    assert equal_weights(["cost"]) == {"cost": 1}


def test_a_reward_by_hand() -> None:
    # ID 0.8 counts 0.7 of the way from 1/3 to 1, OOD 0.6 counts 0.4; weights 1 and 3
    preference = Preference({"id": 1, "ood_mean": 3})
    wanted = [axes(TASKS["sentiment"])[key] for key in preference.keys]
    values = np.stack(
        [axis.scaled(np.array([value])) for axis, value in zip(wanted, (0.8, 0.6), strict=True)], axis=-1
    )
    assert reward(values, preference, wanted, preference.shares) == pytest.approx([0.25 * 0.7 + 0.75 * 0.4])


def test_a_target_is_one_sided_and_costs_the_penalty_times_what_is_missing() -> None:
    preference = Preference({"id": 1}, {"id": 0.8}, penalty=2)
    wanted = [axes(TASKS["qa"])["id"]]
    found = reward(np.array([[0.9], [0.8], [0.7]]), preference, wanted, preference.shares)
    assert found == pytest.approx([0, 0, -0.2])


def test_a_target_where_less_is_better_is_the_most_that_is_enough() -> None:
    preference = Preference({"calibration": 1}, {"calibration": 0.5})
    axis = axes(TASKS["nli"])["calibration"]
    values = axis.scaled(np.array([[0.4], [0.5], [0.7]]))
    assert reward(values, preference, [axis], preference.shares) == pytest.approx([0, 0, -0.1])


def test_a_missing_number_makes_no_reward() -> None:
    preference = Preference({"id": 1, "ood_mean": 1}, {"ood_mean": 0.5})
    wanted = [axes(TASKS["qa"])[key] for key in preference.keys]
    assert np.isnan(reward(np.array([[0.9, np.nan]]), preference, wanted, preference.shares)).all()


def test_only_the_ratios_of_weights_count() -> None:
    assert Preference({"id": 1, "ood_mean": 3}).shares == pytest.approx([0.25, 0.75])
    assert Preference({"id": 1e308, "ood_mean": 1e308}).shares == pytest.approx([0.5, 0.5])
    assert Preference({"ood_mean": 3, "cost": 0, "id": 1}).keys == ("id", "ood_mean")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"weights": {"oodmean": 1}},
            "unknown axis 'oodmean' (did you mean 'ood_mean'?); axes: id, ood_mean",
        ),
        ({"weights": {"id": -1}}, "the weight of id is -1; a weight is 0 or more"),
        ({"weights": {"id": math.nan}}, "the weight of id is nan"),
        ({"weights": {"id": math.inf}}, "the weight of id is inf"),
        ({"weights": {"id": 0}}, "no axis has a weight above 0"),
        ({"weights": {}}, "no axis has a weight above 0"),
        ({"weights": {"id": 1}, "targets": {"id": 60}}, "the target of id is 60; it must be between 0 and 1"),
        ({"weights": {"cost": 1}, "targets": {"cost": 0}}, "the target of cost is 0; it must be at least 1"),
        ({"weights": {"id": 1}, "targets": {"id": math.nan}}, "the target of id is nan"),
        ({"weights": {"id": 1}, "targets": {"cost": 5}}, "cost has a target and no weight"),
        ({"weights": {"id": 1}, "penalty": 0}, "penalty=0; it must be above 0"),
        ({"weights": {"id": 1}, "under": "best"}, "under='best' is unknown; known: worst, area"),
    ],
)
def test_what_cannot_be_wanted_is_refused_with_the_rule(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        Preference(**given)  # type: ignore[arg-type]


def test_weights_are_read_as_they_are_written() -> None:
    weights = {key: 0.1 * (i + 1) for i, key in enumerate(KEYS)}
    assert read_numbers(written(weights), "weights") == pytest.approx(weights)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id", "weights: 'id' is not axis:number, as in weights=ood_mean:0.6"),
        ("id:one", "weights: 'id:one' is not axis:number"),
        ("id:1,id:2", "weights: 'id' is given twice"),
        ("speed:1", "unknown axis 'speed'; axes: id"),
        ("", "weights: '' is not axis:number"),
    ],
)
def test_what_is_no_list_of_weights_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read_numbers(text, "weights")


def test_a_target_may_be_given_in_per_cent_where_that_is_the_axis_unit() -> None:
    assert read_numbers("id:60%,cost:1e8", "targets") == {"id": 0.6, "cost": 1e8}
    assert read_numbers("id:50%,cost:50%", "weights") == {"id": 0.5, "cost": 0.5}
    with pytest.raises(ConfigError, match="cost is no share; give the number without %"):
        read_numbers("cost:60%", "targets")
