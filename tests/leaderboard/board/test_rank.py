"""``python -m leaderboard.rank`` and the page Preferences: the same order from the same functions."""

import io
import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.board.files import csv
from leaderboard.board.site import load, stamp_of
from leaderboard.board.table import Choice
from leaderboard.preference.order import counted, exported, order
from leaderboard.preference.preferences import Preference
from leaderboard.preference.redraw import other_examples
from leaderboard.rank import chosen, main
from leaderboard.store.folder import Folders
from leaderboard.web.views.preferences import command

WriteRun = Callable[..., Path]
Rank = Callable[..., int]
HOSTILE = "<img src=x onerror=alert(1)> **b** [l](http://a.b)"


@pytest.fixture
def runs(write_run: WriteRun, clean: Any, attacked: Any, tmp_path: Path) -> Path:
    """Three models: on the OOD mean strong leads, on ID narrow does; bare was never attacked."""
    brier = [replace(n, metric="brier", value=1.1 - n.value) for n in clean]
    strong = [replace(n, n_parameters=66_000_000) for n in (*clean, *attacked, *brier)]
    lower = [replace(n, value=n.value - 0.1, n_parameters=4_000_000) for n in strong]
    write_run("strong", numbers=strong)
    write_run("narrow", numbers=[replace(n, value=n.value + 0.16 * (n.role == "id")) for n in lower])
    write_run("bare", numbers=[replace(n, value=n.value + 0.1) for n in clean])
    return tmp_path / "runs"


@pytest.fixture
def rank(runs: Path) -> Rank:
    return lambda *words: main([f"runs={runs}", *words])


@pytest.fixture
def open_page(runs: Path) -> Callable[..., AppTest]:
    def show(folder: str) -> None:
        from pathlib import Path

        from leaderboard.store.folder import Folders
        from leaderboard.web.views.preferences import show

        show(Folders(Path(folder)))

    def open_it(**query: str) -> AppTest:
        app = AppTest.from_function(show, default_timeout=90, args=(str(runs),))
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_it


def shown_table(app: AppTest) -> pd.DataFrame:
    """Return the order as it is read: the escapes are gone."""
    table: pd.DataFrame = app.table[0].value.replace(r"\\(.)", r"\1", regex=True)
    return table.set_axis([name.replace("\\", "") for name in table.columns], axis="columns")


def said(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.header]
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def test_the_command_lists_the_best_first_and_says_who_is_not_ranked(rank: Rank, capsys: Any) -> None:
    assert rank("weights=ood_mean:1,adversarial:1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["1", "strong"], ["2", "narrow"], ["–", "bare"]]
    assert "no number: Adversarial" in lines[3]
    assert lines[4:] == ["", lines[5]] and lines[5].startswith(
        "The numbers of strong and narrow are drawn from"
    )


def test_another_weight_is_another_order(rank: Rank, capsys: Any) -> None:
    assert rank("weights=id:1", "format=json") == 0
    assert [row["model"] for row in json.loads(capsys.readouterr().out)] == ["bare", "narrow", "strong"]


def test_a_target_is_read_in_the_unit_of_its_axis(rank: Rank, capsys: Any) -> None:
    # all three reach 0.5 on the OOD mean, so all are first
    assert rank("weights=ood_mean:1", "targets=ood_mean:0.5", "penalty=2", "format=json") == 0
    assert [row["rank"] for row in json.loads(capsys.readouterr().out)] == [1, 1, 1]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"weight_id": "1", "percent_id": "80", "penalty": "4", "under": "area under the worst curve"},
        {"degree": "0.3", "weight_calibration": "2", "weight_cost": "1", "target_cost": "1e7"},
    ],
)
def test_page_and_command_agree(
    open_page: Callable[..., AppTest], capsys: Any, runs: Path, query: dict[str, str]
) -> None:
    app = open_page(**query)
    assert not app.exception and not app.warning
    # what the page says to type is what is run
    said = [code.value for code in app.code if code.value.startswith("python ")]
    assert len(said) == 1
    words = shlex.split(said[0])
    assert words[:3] == ["python", "-m", "leaderboard.rank"]
    assert main([*words[3:], f"runs={runs}", "format=csv"]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out))
    page, ranked = shown_table(app), found[found["rank"].notna()]
    assert list(page["Model"]) == list(ranked["model"])
    assert list(page["Rank"]) == [f"{rank:.0f}" for rank in ranked["rank"]]
    assert [text.split()[0] for text in page["Score"]] == [f"{score:.3f}" for score in ranked["score"]]
    share = [f"{100 * value:.1f} %" for value in ranked["first_both"]]
    assert list(page["First, both vary"]) == share
    # The others stand apart, each with the reason.
    apart = [table.value for table in app.table if "Not ranked because" in table.value]
    names = [name for table in apart for name in table["Model"]]
    assert names == list(found.loc[found["rank"].isna(), "model"])


def test_the_page_offers_the_file_the_command_prints(rank: Rank, runs: Path, capsys: Any) -> None:
    preference = Preference({"id": 1, "ood_mean": 2})
    assert rank("weights=id:1,ood_mean:2", "format=csv") == 0
    folders = Folders(runs)
    site = load(folders, stamp_of(folders))
    choice = chosen(site.rows, {})
    board = site.board(choice)
    wanted = counted(board, choice.definition, preference)
    table = order(board, choice.definition, preference, other_examples(site, choice, wanted))
    shown = exported(site, choice, preference, wanted, table)
    assert capsys.readouterr().out == csv(shown)


def test_what_is_not_said_is_what_the_page_shows_first(
    open_page: Callable[..., AppTest], rank: Rank, capsys: Any
) -> None:
    page = shown_table(open_page())
    assert rank("format=json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {key: found[0][key] for key in ("suite", "task", "attack", "tag", "degree")} == {
        "suite": "mini",
        "task": "sentiment",
        "attack": "typo",
        "tag": "malicious",
        "degree": 0.1,
    }
    assert found[0]["weights"] == "id:1,ood_mean:1,adversarial:1"
    assert [row["model"] for row in found if row["rank"] is not None] == list(page["Model"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["weights=speed:1"], "unknown axis 'speed'; axes: id, ood_mean"),
        (["weights=id:-1"], "the weight of id is -1; a weight is 0 or more"),
        (["weights=id"], "'id' is not axis:number"),
        (["targets=ood_mean:60"], "the target of ood_mean is 60; it must be between 0 and 1"),
        (["under=best"], "under='best' is unknown; known: worst, area"),
        (["penalty=high"], "penalty='high' is no number"),
        (["format=yaml"], "format='yaml' is unknown; known: text, csv, json"),
        (["suite=gone"], "suite='gone' is not here; suites here: mini"),
        (["task=qa"], "task='qa' is not here; tasks here: sentiment"),
        (["attack=glyph"], "attack='glyph' is not here; attacks here: typo"),
        (["tag=general"], "tag='general' is not here; tags here: malicious"),
        (["degree=0.2"], "degree=0.2 was not measured; degrees here: 0.1, 0.3"),
        (["wieghts=id:1"], "'wieghts=id:1' is no setting; settings here: suite="),
    ],
)
def test_what_cannot_be_ranked_is_refused_with_the_rule(
    rank: Rank, capsys: Any, words: list[str], message: str
) -> None:
    assert rank(*words) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith("error: ") and message in printed.err


def test_an_empty_folder_says_what_to_do(tmp_path: Path, capsys: Any) -> None:
    assert main([f"runs={tmp_path / 'empty'}"]) == 1
    assert "no finished measurement in" in (error := capsys.readouterr().err)
    assert "runs=DIR" in error and "python -m boss.eval" in error


def test_without_an_attack_there_is_no_adversarial_axis(
    write_run: WriteRun, tmp_path: Path, capsys: Any
) -> None:
    write_run("a")
    assert main([f"runs={tmp_path / 'runs'}", "format=json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["weights"] == "id:1,ood_mean:1"
    assert main([f"runs={tmp_path / 'runs'}", "attack=typo"]) == 1
    assert "nothing was attacked; leave out attack" in capsys.readouterr().err
    assert main([f"runs={tmp_path / 'runs'}", "weights=cost:1"]) == 1
    message = "no model here has a number on cost, which has a weight; axes here: id, ood_mean, ood_worst"
    assert message in capsys.readouterr().err


def test_the_command_quotes_what_a_shell_would_read() -> None:
    choice = Choice("mini", "sentiment", "typo, score access; rm", "malicious", 0.1)
    words = shlex.split(command(choice, Preference({"id": 1})))
    assert "attack=typo, score access; rm" in words


def test_the_page_draws_the_front_and_the_first_places(open_page: Callable[..., AppTest]) -> None:
    app = open_page()
    assert len(app.get("vega_lite_chart")) == 2
    assert [header.value for header in app.header] == [
        "What counts",
        "The order",
        "Between two axes",
        "How sure first place is",
    ]
    text = said(app)
    assert "The Pareto front over ID, OOD mean and Adversarial holds " in text
    assert "is first with the chosen weights" in text


def test_with_one_axis_there_is_no_trade_off(open_page: Callable[..., AppTest]) -> None:
    app = open_page(weight_ood_mean="0", weight_adversarial="0")
    assert len(app.get("vega_lite_chart")) == 1
    assert "One axis has a weight" in said(app)
    # all three have an ID number
    assert list(shown_table(app)["Rank"]) == ["1", "2", "3"]


def test_no_weight_at_all_is_said(open_page: Callable[..., AppTest]) -> None:
    app = open_page(weight_id="0", weight_ood_mean="0", weight_adversarial="0")
    assert not app.exception and "no axis has a weight above 0" in said(app)


def test_a_stale_link_says_so_and_shows_the_rest(open_page: Callable[..., AppTest]) -> None:
    app = open_page(
        weight_id="-2",
        weight_ood_mean="much",
        percent_id="101",
        target_ood_mean="0.6",
        weight_speed="1",
        target_speed="1000",
        across="speed",
    )
    assert not app.exception
    warnings = "\n".join(warning.value for warning in app.warning).replace("\\", "")
    for message in (
        "The link asks for weight_id -2, which is no number it can be.",
        "The link asks for weight_ood_mean much, which is no number it can be.",
        "The link asks for percent_id 101, which is no number it can be.",
        "The link gives target_ood_mean as a fraction; it is now percent_ood_mean, in per cent.",
        "The link asks for a weight of speed, which is not here.",
        "The link asks for a target of speed, which is not here.",
        "The link asks for across speed, which is not here.",
    ):
        assert message in warnings
    assert list(shown_table(app)["Model"])[:2] == ["strong", "narrow"]


def test_a_hostile_name_stays_text(
    write_run: WriteRun, clean: Any, attacked: Any, open_page: Callable[..., AppTest], capsys: Any, rank: Rank
) -> None:
    write_run(HOSTILE, numbers=[*clean, *attacked])
    write_run("line\nbreak\x1b[31m", numbers=[*clean, *attacked])
    app = open_page()
    assert not app.exception
    text = "".join(str(part.value) for part in (*app.caption, *app.markdown))
    text += "".join(table.value.to_csv() for table in app.table)
    for live in ("<img", "**b**", "](http"):
        assert live not in text.replace("\\" + live[0], "")
    assert rank() == 0
    assert "\x1b" not in capsys.readouterr().out
