from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.board.table import Choice, board, curves, labels, majority
from leaderboard.stats.fit import fit
from leaderboard.store.index import read_runs
from leaderboard.web.charts import plots
from leaderboard.web.charts.heatmap import heat_map, heat_sentence, heat_table
from leaderboard.web.charts.scatter import scatter, scatter_sentence

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)


@pytest.fixture
def rows(write_run: Callable[..., Path], clean: Any, attacked: Any) -> pd.DataFrame:
    write_run("strong", numbers=clean + attacked)
    lower = [type(n)(**{**vars(n), "value": n.value - 0.04}) for n in (*clean, *attacked)]
    return read_runs(write_run("weak", numbers=lower).parent).records


@pytest.fixture
def labelled(rows: pd.DataFrame) -> pd.DataFrame:
    table = board(rows, CHOICE)
    return table.assign(label=labels(table))


def specs(chart: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = chart.to_dict()["layer"]
    return layers


def marks(chart: Any) -> list[str]:
    return [layer["mark"]["type"] for layer in specs(chart)]


def test_labels_name_the_method_only_where_a_model_has_several() -> None:
    models = pd.DataFrame({"model": ["a", "a", "b"], "method": ["x", "y", "x"]})
    assert list(labels(models)) == ["a (x)", "a (y)", "b"]


def test_two_models_whose_names_look_alike_keep_two_labels() -> None:
    models = pd.DataFrame({"model": ["a b", "a\nb"], "method": ["x", "x"]})
    assert list(labels(models)) == ["a b", "a b #2"]


def test_scatter_holds_points_bars_both_ways_the_diagonal_and_majority_lines(
    rows: pd.DataFrame, labelled: pd.DataFrame
) -> None:
    chart = scatter(labelled, majority(rows, CHOICE), list(labelled["label"]))
    assert marks(chart) == ["line", "rule", "rule", "point", "rule", "rule", "rule", "text"]
    diagonal = next(iter(chart.to_dict()["datasets"].values()))
    assert all(point["id"] == point["ood_mean"] for point in diagonal)


def test_scatter_axes_are_equal_so_that_the_diagonal_is_one(labelled: pd.DataFrame) -> None:
    layer = specs(scatter(labelled, {}, list(labelled["label"])))[0]["encoding"]
    assert layer["x"]["scale"]["domain"] == layer["y"]["scale"]["domain"]


def test_a_model_has_the_same_shape_in_every_chart(rows: pd.DataFrame, labelled: pd.DataFrame) -> None:
    names = list(labelled["label"])
    points = curves(rows, CHOICE).merge(labelled[["model", "method", "label"]])
    points_of = specs(scatter(labelled, {}, names))[3]["encoding"]["shape"]["scale"]
    curve = specs(plots.degree_curve(points[points["role"] == "id"], "worst", names))[2]["encoding"]["shape"][
        "scale"
    ]
    assert points_of == curve == {"domain": ["strong", "weak"], "range": ["circle", "square"]}


def test_colour_and_shape_together_tell_thirty_six_models_apart() -> None:
    names = [str(i) for i in range(36)]
    shapes = plots.shape(names).to_dict()["scale"]["range"]
    assert len({(i % 6, shape) for i, shape in enumerate(shapes)}) == 36


def test_scatter_sentence_of_one_model_gives_its_loss(labelled: pd.DataFrame) -> None:
    sentence = scatter_sentence(labelled.head(1), {})
    assert sentence.endswith("strong goes from 80.0 on ID to 65.0 on the OOD mean (-15.0 points).")


def test_scatter_sentence_names_the_highest_and_the_overlap(labelled: pd.DataFrame) -> None:
    # 65 [62.5, 67.5] and 61 [58.5, 63.5] overlap
    sentence = scatter_sentence(labelled, {})
    assert "2 of 2 models lie below it. strong has the highest OOD mean, 65.0 [62.5–67.5]" in sentence
    assert sentence.endswith("but its interval overlaps that of weak.")


def test_scatter_sentence_is_silent_on_overlap_where_there_is_none(labelled: pd.DataFrame) -> None:
    apart = labelled.assign(ood_mean_high=labelled["ood_mean_high"].where(labelled["label"] == "strong", 0.6))
    assert "overlaps" not in scatter_sentence(apart, {})


def test_scatter_sentence_explains_the_majority_lines_only_where_they_are(labelled: pd.DataFrame) -> None:
    assert scatter_sentence(labelled, {"id": 0.4}).startswith("Dotted lines: always answering")
    assert "Dotted" not in scatter_sentence(labelled, {})


def speaking(chart: Any) -> list[str]:
    """Return the marks that say something when they are pointed at; Streamlit makes all others speak."""
    return [
        layer["mark"]["type"] for layer in specs(chart) if layer["mark"].get("tooltip", "own") is not None
    ]


def test_only_points_say_a_value_and_a_ribbon_never_gives_its_end_as_one(
    rows: pd.DataFrame, labelled: pd.DataFrame
) -> None:
    points = curves(rows, CHOICE).merge(labelled[["model", "method", "label"]])
    chart = plots.degree_curve(points[points["role"] == "ood"], "worst", list(labelled["label"]), 0.1)
    assert speaking(chart) == ["point"]
    shown = {tip["field"]: tip["title"] for tip in specs(chart)[-1]["encoding"]["tooltip"] if "title" in tip}
    assert shown == {"label": "model", "said": "worst copy", "changed": "texts changed"}
    data = [row for part in chart.to_dict()["datasets"].values() for row in part if "said" in row]
    said = {(row["label"], row["degree"]): row["said"] for row in data}
    # worst, 0.1: 50 and 40 in the two shifted sets of 100 examples, of half-width sqrt(0.02^2 * 2) / 2
    assert said["strong", 0.1] == "45.0 [43.6–46.4] (n 200)"
    assert speaking(scatter(labelled, {"id": 0.4}, list(labelled["label"]))) == ["point"]


def test_the_chosen_degree_is_marked_in_the_curve(rows: pd.DataFrame, labelled: pd.DataFrame) -> None:
    points = curves(rows, CHOICE).merge(labelled[["model", "method", "label"]])
    chart = plots.degree_curve(points, "worst", list(labelled["label"]), 0.3)
    assert marks(chart)[0] == "rule"
    assert [{"degree": 0.3}] in chart.to_dict()["datasets"].values()


def test_degree_curve_has_a_ribbon_a_line_and_points_of_one_aggregate(
    rows: pd.DataFrame, labelled: pd.DataFrame
) -> None:
    points = curves(rows, CHOICE).merge(labelled[["model", "method", "label"]])
    chart = plots.degree_curve(points[points["role"] == "ood"], "worst", list(labelled["label"]))
    assert marks(chart) == ["area", "line", "point"]
    data = next(iter(chart.to_dict()["datasets"].values()))
    values = {(row["label"], row["degree"]): row["value"] for row in data}
    assert values[("strong", 0.3)] == pytest.approx(5.0)
    assert len(data) == 4


@pytest.mark.parametrize(
    ("degree", "average", "worst"),
    [(0.3, "35.0 [33.6–36.4]", "5.0 [3.6–6.4]"), (0.1, "55.0 [53.6–56.4]", "45.0 [43.6–46.4]")],
)
def test_curve_sentence_speaks_of_the_chosen_degree(
    rows: pd.DataFrame, labelled: pd.DataFrame, degree: float, average: str, worst: str
) -> None:
    points = curves(rows, CHOICE).merge(labelled[["model", "method", "label"]])
    sentence = plots.curve_sentence(points[points["role"] == "ood"], "typo", "ood", degree)
    assert sentence == (
        f"typo at degree {degree:g}, OOD mean: the highest are {average} for strong on the average copy "
        f"and {worst} for strong on the worst copy. Ribbons are intervals."
    )


@pytest.fixture
def measurements() -> pd.DataFrame:
    """Two models under three attacks; the second lacks one."""
    rows = [
        ("a", "typo", 0.6),
        ("a", "glyph", 0.5),
        ("a", "synonym", 0.7),
        ("b", "typo", 0.4),
        ("b", "glyph", 0.3),
    ]
    table = pd.DataFrame(rows, columns=["label", "column", "value"])
    return table.assign(low=table["value"] - 0.1, high=table["value"] + 0.1, n=50, coverage=1.0, few=False)


def test_heat_map_writes_the_number_into_each_cell(measurements: pd.DataFrame) -> None:
    chart = heat_map(measurements, "worst copy")
    assert marks(chart) == ["rect", "text"]
    data = next(iter(chart.to_dict()["datasets"].values()))
    assert {(row["label"], row["attack"]): row["value"] for row in data}[("b", "glyph")] == pytest.approx(30)
    assert specs(chart)[0]["encoding"]["y"]["sort"] == ["a", "b"]


def test_a_cell_of_the_heat_map_is_as_wide_as_its_number_on_every_screen(measurements: pd.DataFrame) -> None:
    spec = heat_map(measurements, "worst copy").to_dict()
    assert (spec["width"], spec["height"], spec["autosize"]["type"]) == (3 * 76, 2 * 28, "pad")


def test_heat_sentence_compares_attacks_over_the_models_that_have_all(measurements: pd.DataFrame) -> None:
    # b lacks synonym, so glyph and typo are those of a alone: 50 and 60, not 40 and 50
    assert heat_sentence(measurements) == (
        "Over the 1 model with every attack, glyph is the hardest attack, 50.0 on average; synonym is the "
        "mildest, 70.0. The lowest cell is b under glyph: 30.0 [20.0–40.0]. An empty cell was not measured."
    )
    both = measurements[measurements["column"] != "synonym"]
    assert heat_sentence(both).startswith(
        "Over all models, glyph is the hardest attack, 40.0 on average; typo is the mildest, 50.0. The"
    )


def test_where_no_model_has_every_attack_none_is_called_the_hardest(measurements: pd.DataFrame) -> None:
    apart = measurements[(measurements["label"] == "b") | (measurements["column"] == "synonym")]
    assert heat_sentence(apart).startswith("The lowest cell is b under glyph")


def test_a_cell_of_few_changed_texts_has_a_mark_no_colour_and_is_compared_with_none(
    measurements: pd.DataFrame,
) -> None:
    few = measurements["column"] == "glyph"
    cells = measurements.assign(few=few, coverage=[0.4 if thin else 1.0 for thin in few])
    chart = heat_map(cells, "worst copy")
    data = {(r["label"], r["attack"]): r for r in next(iter(chart.to_dict()["datasets"].values()))}
    assert (data["b", "glyph"]["text"], data["b", "glyph"]["changed"]) == ("30.0 †", "40.0 %")
    assert data["b", "typo"]["text"] == "40.0"
    cell, number = specs(chart)
    assert cell["encoding"]["color"]["condition"]["value"] == "#E0E0E0"
    assert number["encoding"]["color"]["condition"][0]["test"] == "((!datum.few) && (datum.value > 71.0))"
    assert heat_sentence(cells) == (
        "Over the 1 model with every attack, typo is the hardest attack, 60.0 on average; synonym is the "
        "mildest, 70.0. The lowest cell is b under typo: 40.0 [30.0–50.0]. 2 cells marked †: less than half "
        "of the texts of a set were changed, so the number says little of the attack. An empty cell was not "
        "measured."
    )
    assert heat_sentence(cells.assign(few=True)).startswith("5 cells marked †")
    table = heat_table(cells).set_index("Model")
    assert (table.loc["b", "glyph"], table.loc["b", "synonym"]) == ("30.0 †", "–")


def test_heat_sentence_calls_no_attack_the_hardest_where_all_are_equal(measurements: pd.DataFrame) -> None:
    both = measurements[measurements["column"] != "synonym"].assign(value=0.5)
    assert heat_sentence(both).startswith("Over all models, all attacks leave 50.0 on average.")


def test_scatter_draws_the_band_of_the_baselines_and_cuts_it_at_the_axes(labelled: pd.DataFrame) -> None:
    line = fit([0.6, 0.7, 0.8, 0.85, 0.9], [0.5, 0.62, 0.7, 0.74, 0.82])
    chart = scatter(labelled, {}, list(labelled["label"]), line)
    assert marks(chart)[:3] == ["area", "line", "line"]
    assert [layer["mark"].get("clip") for layer in specs(chart)[:2]] == [True, True]
    assert "fitted on 5 baselines" in scatter_sentence(labelled, {}, line)
    assert "tentative" in scatter_sentence(labelled, {}, line)
