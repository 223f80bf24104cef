from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from leaderboard.board.merge import newest
from leaderboard.board.table import Choice, behind, board, combine, curves, heat, lowest, majority, measures
from leaderboard.store.index import read_runs

WriteRun = Callable[..., Path]
CLEAN_CHOICE = Choice("mini", "sentiment")
CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)


def records(folder: Path) -> pd.DataFrame:
    return newest(read_runs(folder.parent).records)


def combined(*parts: tuple[float, float, float, int]) -> list[float]:
    """Return value, low, high and n of the mean of one group of estimates."""
    measurements = pd.DataFrame(parts, columns=["value", "low", "high", "n"]).assign(group="g", coverage=1.0)
    return list(combine(measurements, ["group"])[["value", "low", "high", "n"]].iloc[0])


def test_mean_of_independent_intervals_adds_half_widths_in_squares() -> None:
    # below: sqrt(0.03^2 + 0.04^2) / 2 = 0.025; above: sqrt(0.04^2 + 0.03^2) / 2 = 0.025
    assert combined((0.6, 0.57, 0.64, 10), (0.8, 0.76, 0.83, 30)) == pytest.approx([0.7, 0.675, 0.725, 40])


def test_each_side_of_an_interval_is_combined_for_itself() -> None:
    # below: sqrt(0.06^2 + 0.08^2) / 2 = 0.05; above: nothing, so the limit stays in [0, 1]
    assert combined((1.0, 0.94, 1.0, 10), (1.0, 0.92, 1.0, 10)) == pytest.approx([1.0, 0.95, 1.0, 20])


def test_mean_of_one_estimate_is_that_estimate() -> None:
    assert combined((0.3, 0.1, 0.7, 5)) == pytest.approx([0.3, 0.1, 0.7, 5])


def test_an_estimate_outside_its_interval_does_not_widen_it() -> None:
    assert combined((0.5, 0.55, 0.6, 10), (0.5, 0.5, 0.6, 10))[1] == pytest.approx(0.5)


def test_the_lowest_of_sets_allows_for_another_one_being_the_lowest() -> None:
    rows = [("m", 0.60, 0.55, 0.66, 100), ("m", 0.61, 0.50, 0.63, 300), ("m", 0.9, 0.8, 0.95, 50)]
    sets = pd.DataFrame(rows, columns=["model", "value", "low", "high", "n"])
    found = lowest(sets.assign(coverage=1.0), ["model"])
    assert list(found.iloc[0]) == ["m", 0.60, 0.50, 0.63, 100, 1.0]


def test_the_lowest_of_alike_sets_holds_the_truth_as_often_as_it_says() -> None:
    """Three sets of true value 0.7: 0.975^3 - 0.025^3 = 0.927, against 0.82 of the lowest set's own."""
    rng, n, truth = np.random.default_rng(1), 400, 0.7
    error = 1.96 * np.sqrt(truth * (1 - truth) / n)
    values = rng.binomial(n, truth, size=(2000, 3)) / n
    sets = pd.DataFrame({"repeat": np.repeat(range(2000), 3), "value": values.ravel(), "n": n})
    sets = sets.assign(low=sets["value"] - error, high=sets["value"] + error, coverage=1.0)
    found = lowest(sets, ["repeat"])
    held = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    assert 0.91 < held < 0.945


def test_board_of_one_run_equals_the_sum_by_hand(write_run: WriteRun) -> None:
    row = board(records(write_run()), CLEAN_CHOICE).iloc[0]
    assert [row["id"], row["ood_mean"], row["ood_worst"]] == pytest.approx([0.80, 0.65, 0.60])
    assert [row["ood_mean_low"], row["ood_mean_high"]] == pytest.approx([0.625, 0.675])
    assert [row["ood_worst_low"], row["ood_worst_high"]] == pytest.approx([0.56, 0.64])
    assert [row["id_n"], row["ood_mean_n"], row["ood_worst_n"]] == [100, 200, 100]
    assert pd.isna(row["attacked_id_average"])
    assert row["notes"] == ""


def test_board_under_attack_reads_the_chosen_degree(
    write_run: WriteRun, clean: tuple[Any, ...], attacked: tuple[Any, ...]
) -> None:
    rows = records(write_run(numbers=clean + attacked))
    mild = board(rows, CHOICE).iloc[0]
    strong = board(rows, replace(CHOICE, degree=0.3)).iloc[0]
    keys = ["attacked_id_average", "attacked_id_worst", "attacked_ood_average", "attacked_ood_worst"]
    # per 0.1 of degree the average falls by 0.1 and the worst by 0.2
    assert list(mild[keys]) == pytest.approx([0.70, 0.60, 0.55, 0.45])
    assert list(strong[keys]) == pytest.approx([0.50, 0.20, 0.35, 0.05])


def test_other_aggregates_of_an_attack_change_nothing_on_the_board(
    write_run: WriteRun, clean: tuple[Any, ...], attacked: tuple[Any, ...]
) -> None:
    before = records(write_run(numbers=clean + attacked))
    rates = tuple(replace(n, value=0.5, aggregate="attack_success_rate") for n in attacked)
    after = records(write_run(numbers=(*clean, *attacked, *rates), day=2))
    with_rates, without = (board(rows, CHOICE).drop(columns="run_id") for rows in (after, before))
    pd.testing.assert_frame_equal(with_rates, without)
    assert set(curves(after, CHOICE)["aggregate"]) == {"average", "worst"}


def test_recall_only_sets_stand_apart_and_in_no_mean(write_run: WriteRun, number: Any, clean: Any) -> None:
    recall = number("prompts", 0.10, recall_only=True)
    table = board(records(write_run(numbers=(*clean, recall))), CLEAN_CHOICE)
    assert table["ood_mean"].item() == pytest.approx(0.65)
    assert table["ood_worst"].item() == pytest.approx(0.60)
    assert table["recall_only:prompts"].item() == pytest.approx(0.10)
    assert [m.label for m in measures(table)] == ["ID", "OOD mean", "OOD worst set", "prompts (recall only)"]


def test_newest_complete_run_wins_over_older_and_over_unfinished(write_run: WriteRun, number: Any) -> None:
    for value, day, status in (
        (0.5, 2, "complete"),
        (0.6, 3, "complete"),
        (0.7, 4, "running"),
        (0.4, 1, "complete"),
    ):
        folder = write_run(numbers=[number("reviews", value, role="id")], day=day, status=status)
    table = board(records(folder), CLEAN_CHOICE)
    assert list(table["id"]) == [0.6]
    assert list(table["notes"]) == [""]


def test_unfinished_run_is_listed_and_says_so(write_run: WriteRun) -> None:
    table = board(records(write_run(status="running")), CLEAN_CHOICE)
    assert table["notes"].item() == "run not finished"
    assert not table["comparable"].item()


def test_two_methods_of_a_model_are_two_rows(write_run: WriteRun) -> None:
    write_run(method="finetune")
    table = board(records(write_run(method="linear_probe")), CLEAN_CHOICE)
    assert set(table["method"]) == {"finetune", "linear_probe"}


def test_row_on_other_data_is_flagged_and_stands_last(write_run: WriteRun, number: Any, clean: Any) -> None:
    write_run("a")
    write_run("b", numbers=[replace(n, value=n.value - 0.1) for n in clean])
    other = [
        replace(n, value=0.95, data="one character changed" if n.dataset == "tweets" else "") for n in clean
    ]
    table = board(records(write_run("c", numbers=other)), CLEAN_CHOICE)
    assert list(table["model"]) == ["a", "b", "c"]
    assert list(table["notes"]) == ["", "", "other data: tweets"]


def test_of_two_data_versions_with_one_model_each_the_newer_is_the_reference(
    write_run: WriteRun, number: Any
) -> None:
    write_run("old", numbers=[number("reviews", 0.9, role="id", data="1")], day=1)
    table = board(
        records(write_run("new", [number("reviews", 0.5, role="id", data="2")], day=2)), CLEAN_CHOICE
    )
    assert list(table["model"]) == ["new", "old"]
    assert list(table["notes"]) == ["", "other data: reviews"]


def test_worst_of_more_variants_is_not_compared_silently(
    write_run: WriteRun, clean: Any, attacked: tuple[Any, ...]
) -> None:
    write_run("a", numbers=clean + attacked)
    write_run("b", numbers=clean + attacked)
    more = tuple(replace(n, n_variants=50) for n in attacked)
    rows = records(write_run("c", numbers=clean + more))
    notes = board(rows, CHOICE).set_index("model")["notes"]
    assert notes["a"] == notes["b"] == ""
    assert notes["c"].startswith("other settings: typo on ")
    assert set(curves(rows, CHOICE)["model"]) == {"a", "b"}


def test_missing_ood_set_is_counted_not_filled(write_run: WriteRun, clean: Any) -> None:
    write_run("a")
    table = board(records(write_run("b", numbers=[n for n in clean if n.dataset != "letters"])), CLEAN_CHOICE)
    row = table[table["model"] == "b"].iloc[0]
    assert row["ood_mean"] == pytest.approx(0.70)
    assert row["notes"] == "1 of 2 OOD sets"
    assert list(table["model"]) == ["a", "b"]


def test_a_model_with_no_ood_number_keeps_its_row_without_one(write_run: WriteRun, number: Any) -> None:
    write_run("a")
    table = board(records(write_run("b", numbers=[number("reviews", 0.99, role="id")])), CLEAN_CHOICE)
    assert list(table["model"]) == ["a", "b"]
    assert pd.isna(table["ood_mean"].iloc[1])


def contaminated(rows: pd.DataFrame, model: str, *datasets: str) -> pd.DataFrame:
    """Say of a model that it may have learnt from these sets."""
    spoilt = (rows["model"] == model) & rows["dataset"].isin(datasets)
    return rows.assign(contaminated=(rows["dataset"] + " (trained on it)").where(spoilt, ""))


def test_a_contaminated_set_is_in_no_mean_and_marks_it(write_run: WriteRun) -> None:
    write_run("a")
    table = board(contaminated(records(write_run("b")), "b", "tweets"), CLEAN_CHOICE)
    assert list(table["model"]) == ["a", "b"]
    # letters alone: 60; with tweets it would be 65
    assert list(table["ood_mean"]) == pytest.approx([0.65, 0.60])
    mark = "1 of 2 sets; contaminated: tweets (trained on it)"
    assert list(table["ood_mean_mark"]) == list(table["ood_worst_mark"]) == ["", mark]
    assert list(table["id"]) == pytest.approx([0.80, 0.80])
    assert list(table["id_mark"]) == ["", ""]
    assert table["comparable"].all()
    assert list(table["notes"]) == ["", "contaminated: tweets (trained on it)"]


def test_where_every_set_is_contaminated_the_number_stays_and_is_marked(write_run: WriteRun) -> None:
    write_run("a")
    spoilt = contaminated(records(write_run("b")), "b", "reviews", "tweets", "letters")
    row = board(spoilt, CLEAN_CHOICE).set_index("model").loc["b"]
    assert [row["id"], row["ood_mean"], row["ood_worst"]] == pytest.approx([0.80, 0.65, 0.60])
    assert row["id_mark"] == "contaminated: reviews (trained on it)"
    assert str(row["ood_mean_mark"]).count("contaminated: ") == 2


def test_a_copy_under_other_settings_is_marked_where_it_counts_and_nowhere_else(
    write_run: WriteRun, clean: Any, attacked: tuple[Any, ...]
) -> None:
    for name in ("a", "b"):
        write_run(name, numbers=clean + attacked)
    more = tuple(replace(n, n_variants=50) for n in attacked)
    row = board(records(write_run("c", numbers=clean + more)), CHOICE).set_index("model").loc["c"]
    assert row["attacked_id_worst_mark"] == "other settings: typo on reviews"
    assert row["id_mark"] == row["ood_mean_mark"] == ""


CALIBRATED = (("reviews", "id", 0.30), ("tweets", "ood", 0.40), ("letters", "ood", 0.60))


def test_calibration_is_a_column_of_id_and_of_the_mean_over_ood_sets(
    write_run: WriteRun, number: Any, clean: Any
) -> None:
    brier = tuple(number(name, value, role=role, metric="brier") for name, role, value in CALIBRATED)
    write_run("a", numbers=clean + brier)
    table = board(records(write_run("b")), CLEAN_CHOICE).set_index("model")
    assert list(table.loc["a", ["id_brier", "ood_brier"]]) == pytest.approx([0.30, 0.50])
    # two half-widths of 0.02: sqrt(2) * 0.02 / 2
    assert table.loc["a", "ood_brier_low"] == pytest.approx(0.50 - 0.02 / 2**0.5)
    assert table.loc["a", "ood_brier_n"] == 200
    assert table["id_brier"].isna().to_dict() == {"a": False, "b": True}
    shown = {measure.key: measure for measure in measures(table.reset_index())}
    assert not shown["ood_brier"].higher_is_better
    assert shown["ood_mean"].higher_is_better
    assert not {"id_ece", "ood_ece"} & set(shown)


def test_calibration_of_a_recall_only_set_is_in_no_mean(write_run: WriteRun, number: Any, clean: Any) -> None:
    brier = [number(name, value, role=role, metric="brier") for name, role, value in CALIBRATED]
    alone = [number("prompts", 0.9, metric=metric, recall_only=True) for metric in ("recall", "brier")]
    table = board(records(write_run(numbers=[*clean, *brier, *alone])), CLEAN_CHOICE)
    assert table["ood_brier"].item() == pytest.approx(0.50)
    assert table["recall_only:prompts"].item() == pytest.approx(0.9)


def test_a_metric_where_lower_is_better_enters_no_other_number(
    write_run: WriteRun, number: Any, clean: Any, attacked: Any
) -> None:
    before = records(write_run(numbers=clean + attacked))
    brier = [number(name, 0.01, role=role, metric="brier") for name, role, _ in CALIBRATED]
    after = records(write_run(numbers=[*clean, *attacked, *brier], day=2))
    old, new = (board(rows, CHOICE).iloc[0] for rows in (before, after))
    for key in ("id", "ood_mean", "ood_worst", "attacked_ood_worst"):
        assert new[key] == old[key]
    of_old, of_new = (heat(rows, CHOICE, "ood", "worst") for rows in (before, after))
    pd.testing.assert_frame_equal(of_old, of_new)


def test_every_number_says_which_records_it_is_made_of(
    write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    measurements = behind(records(write_run(numbers=clean + attacked)), CHOICE)
    sets = measurements.groupby("key")["dataset"].agg(set).to_dict()
    assert sets["id"] == sets["attacked_id_worst"] == {"reviews"}
    assert sets["ood_mean"] == sets["ood_worst"] == sets["attacked_ood_average"] == {"tweets", "letters"}
    assert set(measurements.loc[measurements["key"] == "attacked_ood_worst", "degree"]) == {0.1}


def test_suites_and_tasks_do_not_mix(write_run: WriteRun, number: Any) -> None:
    write_run("a", suite="boss")
    folder = write_run("b", [number("pairs", 0.5, role="id")], task="nli")
    assert list(board(records(folder), Choice("boss", "sentiment"))["model"]) == ["a"]
    assert list(board(records(folder), Choice("mini", "nli"))["model"]) == ["b"]
    assert board(records(folder), Choice("mini", "qa")).empty


def test_majority_line_is_the_mean_over_sets(write_run: WriteRun) -> None:
    assert majority(records(write_run()), CLEAN_CHOICE) == pytest.approx(
        {"id": 0.40, "ood_mean": 0.40, "ood_worst": 0.30}
    )


def test_majority_line_is_absent_where_a_set_has_none(write_run: WriteRun, clean: Any) -> None:
    numbers = [replace(n, majority=None) if n.dataset == "tweets" else n for n in clean]
    assert majority(records(write_run(numbers=numbers)), CLEAN_CHOICE) == {"id": 0.40}


def test_curves_average_the_ood_sets_at_each_degree(write_run: WriteRun, clean: Any, attacked: Any) -> None:
    table = curves(records(write_run(numbers=clean + attacked)), CHOICE)
    ood = table[(table["role"] == "ood") & (table["aggregate"] == "worst")]
    assert list(ood["degree"]) == [0.1, 0.3]
    assert list(ood["value"]) == pytest.approx([0.45, 0.05])
    assert list(ood["n"]) == [200, 200]


def test_curve_point_that_lacks_a_set_is_absent(write_run: WriteRun, clean: Any, attacked: Any) -> None:
    fewer = [n for n in attacked if not (n.dataset == "tweets" and n.degree == 0.3)]
    table = curves(records(write_run(numbers=[*clean, *fewer])), CHOICE)
    assert set(table.loc[table["role"] == "ood", "degree"]) == {0.1}
    assert set(table.loc[table["role"] == "id", "degree"]) == {0.1, 0.3}


def test_a_corrupt_run_is_named_with_its_reason_and_the_others_are_read(write_run: WriteRun) -> None:
    folder = write_run()
    broken = write_run("broken")
    (broken / "records.jsonl").write_text('{"value": NaN}\n')
    runs = read_runs(folder.parent)
    assert [problem.run for problem in runs.problems] == [broken.name]
    assert "records.jsonl, line 1" in runs.problems[0].reason
    assert set(runs.records["model"]) == {"tfidf"}


def test_a_task_this_version_does_not_know_is_named(write_run: WriteRun) -> None:
    runs = read_runs(write_run(task="poetry").parent)
    assert "task 'poetry' is none of the project's, and the run does not say" in runs.problems[0].reason
    assert runs.records.empty
