from typing import Any

import pandas as pd
import pytest

from boss.tasks import TASKS
from leaderboard.preference.preferences import Axis, axes
from leaderboard.web.charts.trade_off import (
    first_places,
    first_sentence,
    share_table,
    trade_off,
    trade_off_sentence,
)

AXES = axes(TASKS["sentiment"])


@pytest.fixture
def ranked() -> pd.DataFrame:
    """Three models with a rank; gamma is dominated."""
    rows = [
        ("alpha", 1, 0.9, 0.30, 1e8, True, 0.75),
        ("beta", 2, 0.7, 0.40, 0.0, True, 0.25),
        ("gamma", 3, 0.6, 0.50, 1e9, False, 0.0),
    ]
    names = ["label", "rank", "id", "calibration", "cost", "front", "first_both"]
    table = pd.DataFrame(rows, columns=names)
    for key in ("id", "calibration", "cost"):
        table[f"{key}_low"], table[f"{key}_high"] = table[key] * 0.9, table[key] * 1.1
        table[f"{key}_n"], table[f"{key}_coverage"] = 100, float("nan")
    return table.assign(
        first_weights=table["first_both"], first_examples=[1.0, 0.0, 0.0], top=1.0, independent=""
    )


def layers(chart: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chart.to_dict()["layer"]
    return found


def data(chart: Any) -> pd.DataFrame:
    return pd.DataFrame(next(iter(chart.to_dict()["datasets"].values())))


def test_the_front_is_told_by_shape_and_by_text_not_by_colour_alone(ranked: pd.DataFrame) -> None:
    chart = trade_off(ranked, AXES["id"], AXES["calibration"])
    kinds = [layer["mark"]["type"] for layer in layers(chart)]
    assert kinds == ["rule", "rule", "point", "point", "rule", "text"]
    shapes = layers(chart)[2]["encoding"]["shape"]["scale"]
    assert dict(zip(shapes["domain"], shapes["range"], strict=True)) == {
        "on the front": "diamond",
        "dominated": "circle",
    }
    named = list(chart.to_dict()["datasets"].values())
    assert [row["said"] for part in named for row in part if "said" in row] == [
        "alpha",
        "beta",
        "gamma (dominated)",
    ]


def test_only_points_say_a_value_with_its_interval(ranked: pd.DataFrame) -> None:
    chart = trade_off(ranked, AXES["id"], AXES["calibration"])
    silent = [layer["mark"]["type"] for layer in layers(chart) if layer["mark"].get("tooltip", "own") is None]
    assert silent == ["rule", "rule", "rule", "text"]
    assert data(chart)["id_said"][0] == "90.0 [81.0–99.0] (n 100)"


def test_error_bars_go_both_ways(ranked: pd.DataFrame) -> None:
    first, second = (layer["encoding"] for layer in layers(trade_off(ranked, AXES["id"], AXES["cost"]))[:2])
    assert (first["x"]["field"], first["x2"]["field"]) == ("id_low", "id_high")
    assert (second["y"]["field"], second["y2"]["field"]) == ("cost_low", "cost_high")


@pytest.mark.parametrize(("axis", "falls"), [("id", False), ("calibration", True), ("cost", True)])
def test_up_is_always_better(ranked: pd.DataFrame, axis: str, falls: bool) -> None:
    up = layers(trade_off(ranked, AXES["id"], AXES[axis]))[0]["encoding"]["y"]["scale"]
    bottom, top = up["domain"]
    assert (bottom > top) == falls
    values = ranked[[axis, f"{axis}_low", f"{axis}_high"]].to_numpy() * (100 if axis == "id" else 1)
    assert min(bottom, top) <= values.min() and values.max() <= max(bottom, top)


def test_a_model_without_parameters_has_a_place_on_the_cost_axis(ranked: pd.DataFrame) -> None:
    scale = layers(trade_off(ranked, AXES["cost"], AXES["id"]))[0]["encoding"]["x"]["scale"]
    assert scale["type"] == "symlog"


def test_the_sentence_names_the_front_and_says_over_what(ranked: pd.DataFrame) -> None:
    wanted: list[Axis] = [AXES["id"], AXES["cost"]]
    sentence = trade_off_sentence(ranked, wanted)
    start = "The Pareto front over ID and Cost holds 2 of 3 models: alpha and beta. Each of the others is"
    assert sentence.startswith(start)
    alone = trade_off_sentence(ranked.head(2), wanted)
    assert "2 of 2 models" in alone and "others" not in alone


def test_every_model_has_its_three_shares_in_the_order_of_the_ranks(ranked: pd.DataFrame) -> None:
    chart = first_places(ranked)
    table = data(chart)
    assert len(table) == 9
    shares = {(row["label"], row["varies"]): row["share"] for row in table.to_dict("records")}
    assert shares["alpha", "weights vary"] == 75 and shares["alpha", "examples vary"] == 100
    assert layers(chart)[1]["encoding"]["y"]["sort"] == ["alpha", "beta", "gamma"]


def test_first_place_is_said_with_its_shares(ranked: pd.DataFrame) -> None:
    assert first_sentence(ranked) == (
        "alpha is first with the chosen weights. It is first in 75.0 % when weights vary, 100.0 % when "
        "examples vary and 75.0 % when both vary, of 2,000 draws each. Weights are drawn around the "
        "chosen ones (Dirichlet, concentration 20). Other examples are drawn from the stored answers, the "
        "same for all models."
    )


def test_a_shared_first_place_is_said_to_be_shared(ranked: pd.DataFrame) -> None:
    sentence = first_sentence(ranked.assign(rank=[1, 1, 3]))
    assert sentence.startswith("alpha and beta share first place with the chosen weights. alpha is first in")


def test_of_many_models_the_first_are_drawn_and_the_sentence_says_so(ranked: pd.DataFrame) -> None:
    many = pd.concat([ranked] * 5, ignore_index=True)
    assert data(first_places(many))["label"].size == 3 * 12
    assert first_sentence(many).endswith("The chart shows the first 12 models of 15.")


def test_the_table_beside_the_chart_has_every_share(ranked: pd.DataFrame) -> None:
    table = share_table(ranked)
    assert list(table.columns)[1:] == [
        "First, weights vary",
        "First, examples vary",
        "First, both vary",
        "Top 3, both vary",
    ]
    assert table.iloc[0].tolist() == ["alpha", "75.0 %", "100.0 %", "75.0 %", "100.0 %"]
