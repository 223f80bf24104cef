"""What an attack could not change is part of its number: shown beside it, and not ranked where it is most."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.results.store import read_run
from boss.tasks import TASKS
from leaderboard.board.columns import MEASURES
from leaderboard.board.display import flat, plain
from leaderboard.board.ranking import ordered, ranks
from leaderboard.board.site import Site, load, stamp_of
from leaderboard.board.table import Choice, curves, heat
from leaderboard.eee import converted
from leaderboard.examples.pairs import pairs, try_compare
from leaderboard.preference.order import order
from leaderboard.preference.preferences import Preference
from leaderboard.stats.compare import compare, read_side
from leaderboard.store.folder import Folders
from leaderboard.store.index import read_runs
from leaderboard.web import board_html
from leaderboard.web.charts.plots import curve_sentence
from leaderboard.web.views import model as model_view
from leaderboard.web.views.board import rank_note
from leaderboard.web.views.compare import sentence, summary
from leaderboard.web.views.dataset import printed, results
from leaderboard.web.views.switches import rounding_note

WriteRun = Callable[..., Path]
WriteAnswers = Callable[..., Path]
CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)
WORST = next(measure for measure in MEASURES if measure.key == "attacked_ood_worst")
KEY = WORST.key
FEW = "few texts changed: 40.0 % of tweets"


def covered(numbers: Any, **coverage: float) -> list[Any]:
    """Numbers of which this share of the texts was changed, by dataset; all of the others'."""
    return [replace(n, coverage=coverage.get(n.dataset, 1.0)) for n in numbers]


def better(numbers: Any, by: float) -> list[Any]:
    return [replace(n, value=n.value + by) for n in numbers]


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], Site]:
    def read() -> Site:
        folders = Folders(tmp_path / "runs", None)
        return load(folders, stamp_of(folders))

    return read


@pytest.fixture
def three(write_run: WriteRun, clean: Any, attacked: Any, site: Callable[[], Site]) -> Site:
    """Of tweets the attack changed 40 % on the model with the highest numbers, on the others all and half."""
    write_run("high", numbers=[*clean, *covered(better(attacked, 0.2), tweets=0.4)])
    write_run("middle", numbers=[*clean, *covered(better(attacked, 0.1))])
    write_run("low", numbers=[*clean, *covered(attacked, tweets=0.5)])
    return site()


def test_a_number_on_few_changed_texts_is_marked_and_so_is_a_mean_it_is_in(three: Site) -> None:
    board = three.board(CHOICE).set_index("model")
    assert board[f"{KEY}_mark"].to_dict() == {"high": FEW, "middle": "", "low": ""}
    # The mean over the sets, although more than half of all texts were changed.
    assert board[f"{KEY}_coverage"].to_dict() == pytest.approx({"high": 0.7, "middle": 1, "low": 0.75})
    assert list(board["attacked_id_worst_mark"]) == list(board["ood_mean_mark"]) == [""] * 3
    assert board["ood_mean_coverage"].isna().all()
    assert board["notes"].to_dict() == {"high": "few texts changed: tweets", "middle": "", "low": ""}


def test_it_stands_below_the_ranked_ones_and_takes_nobody_s_rank(three: Site) -> None:
    board = three.board(CHOICE)
    table = ordered(board.join(ranks(board, WORST, {})), WORST)
    assert list(table["model"]) == ["middle", "low", "high"]
    assert list(table["rank"][:2]) == [1, 2]
    assert table.iloc[2][["rank", "rank_low", "rank_high", "p_best"]].isna().all()
    assert rank_note(table, WORST.label).endswith("1 model has no rank by this number; the notes say why.")
    # By its clean numbers it is ranked as the others.
    clean = next(measure for measure in MEASURES if measure.key == "ood_mean")
    assert ranks(board, clean, {})["rank"].notna().all()


def test_it_has_no_place_in_a_preference_and_none_on_the_front(three: Site) -> None:
    board = three.board(CHOICE)
    table = order(board, TASKS["sentiment"], Preference({"adversarial": 1, "id": 1})).set_index("model")
    assert table["rank"].dropna().to_dict() == {"middle": 1, "low": 2}
    assert table.loc["high", "reason"] == f"Adversarial: {FEW}"
    assert table.loc["high", ["score", "front", "first_both"]].isna().all()
    assert table["front"].dropna().to_dict() == {"middle": True, "low": False}
    assert table.loc["low", "dominated_by"] == "middle"
    assert table.loc["low", "adversarial_coverage"] == 0.75


def test_it_is_marked_and_says_in_words_why(three: Site, tables: Callable[[Any], list[Any]]) -> None:
    board = three.board(CHOICE).sort_values("model", ignore_index=True)
    assert list(plain(board)["OOD, worst copy"]) == [
        f"65.0 [63.6–66.4] (n 200; 70.0 % changed) † {FEW}",
        "45.0 [43.6–46.4] (n 200; 75.0 % changed)",
        "55.0 [53.6–56.4] (n 200)",
    ]
    ranked = board.join(ranks(board, WORST, {}))
    (shown,) = tables(board_html.table(ranked, [WORST], caption=""))
    cells = {row.model: row.cells[WORST.label] for row in shown.rows}
    assert {name: cell.is_off for name, cell in cells.items()} == {
        "high (default)": True,
        "low (default)": False,
        "middle (default)": False,
    }
    assert cells["high (default)"].value == "65.0†"
    assert shown.under[WORST.label] == ["n 200, 75 % changed"]
    assert [cells[f"{name} (default)"].more for name in ("low", "middle")] == [(), ("n 200",)]
    assert shown["high (default)"].notes == ("few texts changed: tweets", f"† {WORST.label}: {FEW}")
    data = flat(board, CHOICE).set_index("model")
    assert data[f"{KEY}_coverage"].to_dict() == pytest.approx({"high": 0.7, "low": 0.75, "middle": 1.0})


def test_an_older_run_that_does_not_say_is_ranked_as_before(
    write_run: WriteRun, clean: Any, attacked: Any, site: Callable[[], Site]
) -> None:
    write_run("old", numbers=[*clean, *attacked])
    write_run("new", numbers=[*clean, *covered(attacked, letters=0.9)])
    board = site().board(CHOICE).set_index("model")
    assert list(board[f"{KEY}_mark"]) == ["", ""]
    assert pd.isna(board.loc["old", f"{KEY}_coverage"])
    assert board.loc["new", f"{KEY}_coverage"] == pytest.approx(0.95)


def test_charts_know_the_share_and_compare_no_number_on_few_texts(three: Site) -> None:
    points = curves(three.rows, CHOICE)
    labelled = points[points["role"] == "ood"].assign(label=lambda table: table["model"])
    assert set(labelled.loc[labelled["few"], "label"]) == {"high"}
    said = curve_sentence(labelled, "typo", "ood", 0.1)
    assert "the highest are 65.0 [63.6–66.4] for middle on the average copy" in said
    assert said.endswith("A faint point: less than half of the texts of a set were changed.")
    nothing = curve_sentence(labelled[labelled["label"] == "high"], "typo", "ood", 0.1)
    assert "few of the texts were changed. Ribbons" in nothing
    cells = heat(three.rows, CHOICE, "ood", "worst").set_index("model")
    assert cells["few"].to_dict() == {"high": True, "middle": False, "low": False}


def test_the_page_of_a_dataset_says_so(three: Site) -> None:
    tweets = three.rows[three.rows["dataset"] == "tweets"]
    table = printed(results(tweets, CHOICE)).set_index("Model")
    assert table.loc["high", "Notes"] == FEW
    assert table.loc["high", "Worst copy"] == "70.0 [68.0–72.0] (n 100; 40.0 % changed)"
    assert table.loc["low", "Worst copy"] == "50.0 [48.0–52.0] (n 100; 50.0 % changed)"
    assert table.loc["middle", "Worst copy"] == "60.0 [58.0–62.0] (n 100)"


def test_the_page_of_a_model_shows_the_number_on_the_changed_texts(
    write_run: WriteRun, number: Any, site: Callable[[], Site]
) -> None:
    worst = {"role": "id", "degree": 0.1, "aggregate": "worst", "coverage": 0.4, "touched": 0.25}
    write_run(
        numbers=[
            number("reviews", 0.8, role="id"),
            number("reviews", 0.7, **worst),
            number("reviews", 0.6, **{**worst, "degree": 0.3, "coverage": 1.0, "touched": None}),
            number("tweets", 0.5, **{**worst, "role": "ood"}, compatible=True),
        ]
    )
    rows = site().rows
    text = model_view.numbers(
        rows[model_view.NUMBERS].sort_values(["dataset", "degree"], na_position="first")
    )
    assert list(text["changed"]) == ["", "40.0 % †", "100.0 %", "40.0 % †"]
    assert list(text["on these"]) == ["", "25.0 [23.0–27.0] (n 40)", "", "25.0 [23.0–27.0] (n 40)"]
    assert list(text["degree"]) == ["", "0.1", "0.3", "0.1 up"]
    clean = model_view.numbers(rows.loc[rows["attack"].isna(), model_view.NUMBERS])
    assert "changed" not in clean


def test_two_models_are_compared_with_what_was_changed_of_each(
    write_answers: WriteAnswers, tmp_path: Path
) -> None:
    """Of A's copies those of examples 0 to 11 of 20 cannot be changed, of B's none; A loses 12 to 15."""
    a = write_answers("a", lambda _, i, d, __: not d or i < 12 or i > 15, alone=lambda _, i, __: i < 12)
    b = write_answers("b", lambda _, i, d, __: not d or i > 4)
    what = ("sentiment/reviews/typo-malicious-rule-default", "accuracy", "worst", 0.1)
    left, right = read_side(a, *what), read_side(b, *what)
    of_a, of_b = compare(left, right).scores
    assert (of_a.coverage, of_b.coverage, of_b.touched) == (0.4, 1.0, None)
    assert of_a.touched is not None
    assert (of_a.touched.value, of_a.touched.n_scored) == (0.5, 8)
    clean = ("sentiment/reviews/clean", "accuracy", "clean", None)
    unsaid = compare(read_side(a, *clean), read_side(b, *clean)).scores
    assert {(score.coverage, score.touched) for score in unsaid} == {(None, None)}

    folders = Folders(tmp_path / "runs", None)
    rows = read_runs(folders.own).records
    found = [
        try_compare(folders.own.joinpath, pair)
        for pair in pairs(rows, CHOICE, ("a", "default"), ("b", "default"), "worst")
    ]
    table = summary(found)
    assert list(table["A changed"]) == ["40.0 % †: 50.0 [21.5–78.5] (n 8)"] * 3 + [""]
    assert list(table["B changed"]) == ["100.0 %"] * 3 + [""]
    assert "†: less than half, so the difference says little of the attack." in sentence(found)
    plainly = [
        try_compare(folders.own.joinpath, pair)
        for pair in pairs(rows, CHOICE, ("a", "default"), ("b", "default"), "clean")
    ]
    assert not [name for name in summary(plainly) if "changed" in name]
    assert "Changed" not in sentence(plainly)


def test_a_run_s_own_coverage_reaches_the_board(
    write_answers: WriteAnswers, site: Callable[[], Site]
) -> None:
    write_answers(
        "a", lambda *_: True, alone=lambda dataset, i, d: dataset == "tweets" and i < 13 and d < 0.3
    )
    here = site()
    board = here.board(CHOICE).iloc[0]
    assert (board[f"{KEY}_coverage"], board[f"{KEY}_mark"]) == (
        pytest.approx((1 + 7 / 20) / 2),
        "few texts changed: 35.0 % of tweets",
    )
    # Over the degrees 0.1 and 0.3; and over all sets, as the run itself sums it up.
    assert board["attacked_ood_area_worst_coverage"] == pytest.approx((1 + (7 / 20 + 1) / 2) / 2)
    means = here.every[(here.every["scope"] == "mean") & (here.every["aggregate"] == "worst")]
    assert list(means.loc[means["degree"] == 0.1, "coverage"]) == pytest.approx([(1 + 7 / 20) / 2])


def test_an_export_of_records_has_the_coverage_and_the_number_on_the_changed_texts(
    write_run: WriteRun, number: Any
) -> None:
    worst = number("reviews", 0.7, role="id", degree=0.1, aggregate="worst", coverage=0.4, touched=0.25)
    run = write_run("some-lab/tfidf", numbers=[number("reviews", 0.8, role="id"), worst])
    first, second = converted(read_run(run))["evaluation_results"]
    details = second["score_details"]["details"]
    assert details["coverage"] == "0.4"
    assert '"n_scored":40' in details["touched"] and '"value":0.25' in details["touched"]
    assert not {"coverage", "touched"} & first["score_details"]["details"].keys()


def test_where_a_degree_is_chosen_it_is_said_how_it_was_rounded(
    write_run: WriteRun, clean: Any, attacked: Any, site: Callable[[], Site]
) -> None:
    write_run("a", numbers=[*clean, *attacked])
    rows = site().rows
    under = rows[rows["attack"].notna()]
    assert rounding_note(under, "0.1") == "Degree 0.1 is rounded down: never exceeded."
    write_run("b", numbers=[*clean, *attacked])
    write_run("c", numbers=[*clean, *(replace(n, compatible=True) for n in attacked)])
    rows = site().rows
    assert rounding_note(rows[rows["attack"].notna()], "0.1") == (
        "Degree 0.1 is rounded down: never exceeded; rounded up, as RobTest, for c."
    )
    alone = rows[rows["model"] == "c"]
    assert rounding_note(alone, "0.3") == "Degree 0.3 is rounded up, as RobTest."
