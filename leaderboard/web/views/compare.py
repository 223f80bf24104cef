"""Two models on the same examples: the difference, whether it is real, and the examples behind it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from boss.results.schema import LEAST_COVERAGE, Score
from leaderboard.board.display import MARK
from leaderboard.board.files import Shown, facts_of, newest_day
from leaderboard.board.ranking import rankable
from leaderboard.board.site import Site
from leaderboard.board.table import AGGREGATES, Choice
from leaderboard.examples.pairs import Pair, Tested, ood_mean, pairs, try_compare
from leaderboard.examples.rows import CSS, Copy, Row, table_html
from leaderboard.examples.samples import answer_text, mark
from leaderboard.examples.texts import Texts
from leaderboard.examples.wins import offered, right, wins
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.compare import OUTCOMES, examples, rows_of
from leaderboard.stats.ties import Bools
from leaderboard.stats.values import Part
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, interval, percent, shown
from leaderboard.web.charts.wins import win_matrix, win_sentence, win_table
from leaderboard.web.views.frame import draw, show_wide
from leaderboard.web.views.page import chart, downloads, opened
from leaderboard.web.views.snapshot import link_to_table, page_link
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose
from leaderboard.web.views.texts import Answered, clean_of, say_missing, texts
from robtest.plural import counted

INTRODUCTION = (
    "Two models that answered the same examples can be told apart better than their intervals on the board "
    "suggest: what counts are the examples on which **only one of them** is right."
)
EVERY_OUTCOME = "all examples"
FIRST_OUTCOME = OUTCOMES[0]
"""Shown at first: where the two differ is what a comparison is about."""
PAGE = 10


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Compare two models", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.menu)
    board = site.board(choice)
    labels = list(board["label"])
    if len(labels) < 2:
        st.info("A comparison needs two models on this task.")
        return
    aggregates = ["clean", *(AGGREGATES if choice.attack else ())]
    first, second, third = st.columns(3)
    start = first_two(board)
    with first:
        a = choose_one("A", labels, index=start[0])
    with second:
        b = choose_one("B", labels, index=start[1])
    with third:
        aggregate = choose_one("Copies", aggregates)
    if a == b:
        st.info("A and B are the same model; choose another.")
        return
    models = dict(zip(labels, board[MODEL].itertuples(index=False, name=None), strict=True))
    common = pairs(site.of_task(choice), choice, models[a], models[b], aggregate)
    results = [_tested(site, site.stamp, pair) for pair in common]
    if results:
        st.caption(escaped(f"A is {a}, B is {b}. A positive difference is in favour of A."))
        _summary(results, site, choice, f"{a} against {b}")
        _examples(site, choice, results, a, b)
    else:
        st.info("The two models have no number in common here.")
    _matrix(site, choice, board)


def first_two(board: pd.DataFrame) -> tuple[int, int]:
    """Return the places of the two models shown at first: the first that are ranked by the OOD mean or ID."""
    for key in ("ood_mean", "id"):
        places = [i for i, ranked in enumerate(rankable(board, key)) if ranked]
        if len(places) > 1:
            return places[0], places[1]
    return 0, 1


@st.cache_resource(show_spinner="Comparing…", max_entries=200)
def _tested(_site: Site, stamp: str, pair: Pair) -> Tested:
    """Compare once per pair; ``stamp`` is the key of the state, so that changed runs are compared again."""
    return try_compare(_site.path, pair)


@st.cache_resource(show_spinner="Reading answers…", max_entries=2_000)
def _right(_run: Path, part: Part) -> Bools:
    """Read once which examples are right; the part names run and answers by their digest."""
    return right(_run, part)


def _matrix(site: Site, choice: Choice, board: pd.DataFrame) -> None:
    """Show every model of the task against every other."""
    st.header("Everybody against everybody")
    numbers = offered(board)
    if not numbers:
        st.caption("No two models have a number of whole examples that is ranked here.")
        return
    first, _ = st.columns([1, 2])
    with first:
        key = choose_one("Matrix of", list(numbers), names=numbers)
    found = wins(site, choice, key, _right)
    if found is None:
        st.caption("No two models have stored answers to the same examples here.")
        return
    picture = win_matrix(found)
    chart(lambda alt: draw(picture, alt, "wins"), win_sentence(found), win_table(found))


def _summary(results: list[Tested], site: Site, choice: Choice, title: str) -> None:
    for result in results:
        if result.difference is None:
            st.warning(escaped(f"{result.pair.dataset}: {result.reason}"))
    table = summary(results)
    show_wide(table, "summary")
    st.caption(escaped(sentence(results)))
    name = "compare-" + "-".join(part for part in (choice.suite, choice.task) if part.isidentifier())
    shown_here = Shown(
        table,
        table,
        title,
        newest_day(site.of_task(choice)),
        site.name,
        facts_of(choice, site.of_task(choice)),
    )
    downloads(shown_here, name, site)
    link_to_table(site)


def summary(results: list[Tested]) -> pd.DataFrame:
    """Return the comparison as text: one row per dataset that was compared, and the OOD mean."""
    rows = []
    for result in results:
        difference = result.difference
        if difference is None:
            continue
        counts = {outcome: str(difference.counts[outcome]) for outcome in OUTCOMES}
        rows.append(
            {
                "Data": f"{result.pair.dataset} ({result.pair.role.upper()}, {result.pair.metric})",
                "A": percent(difference.a),
                "B": percent(difference.b),
                "A − B": points(difference.difference, difference.low, difference.high),
                "n": str(difference.n),
                "A changed": changed(difference.scores[0]),
                "B changed": changed(difference.scores[1]),
                **counts,
                "McNemar p": "withheld" if difference.p is None else f"{difference.p:.3g}",
            }
        )
    mean = ood_mean(results)
    if mean is not None:
        rows.append({"Data": "OOD mean", "A − B": points(*mean)})
    left_alone = any(_left_alone(result) for result in results)
    shares = ["A changed", "B changed"] if left_alone else []
    columns = ["Data", "A", "B", "A − B", "n", *shares, *OUTCOMES, "McNemar p"]
    return pd.DataFrame(rows, columns=columns).fillna("")


def changed(score: Score) -> str:
    """Return the share of the texts that the attack changed, and the number on these alone."""
    if score.coverage is None:
        return "–"
    few = f" {MARK}" if score.coverage < LEAST_COVERAGE else ""
    share, own = f"{percent(score.coverage)} %{few}", score.touched
    if own is None:
        return share
    return f"{share}: {percent(own.value)} [{interval(own.ci.low, own.ci.high)}] (n {own.n_scored})"


def _left_alone(result: Tested) -> bool:
    """Whether the attack could not change some text of either model."""
    scores = () if result.difference is None else result.difference.scores
    return any(score.coverage is not None and score.coverage < 1 for score in scores)


def points(difference: float, low: float, high: float) -> str:
    """Return a difference of fractions and its interval in points."""
    return f"{100 * difference:+.1f} [{100 * low:+.1f} to {100 * high:+.1f}]"


def sentence(results: list[Tested]) -> str:
    """Say in words which differences are real."""
    clear = [
        result.pair.dataset
        for result in results
        if result.difference is not None and not result.difference.low <= 0 <= result.difference.high
    ]
    compared = sum(result.difference is not None for result in results)
    left_alone = any(_left_alone(result) for result in results)
    about_changed = (
        " Changed: the share of the examples that the attack could change, and the number on these alone; "
        "the others keep their clean answer. "
        f"{MARK}: less than half, so the difference says little of the attack."
    )
    text = f"The interval leaves out 0 on {len(clear)} of {counted(compared, 'set')}"
    text += f" ({', '.join(shown(name) for name in clear)})" if clear else ""
    return (
        f"{text}. Intervals: paired bootstrap, the same examples drawn for both models. McNemar: exact, "
        "mid-p, on the examples where only one is right (under attack: in every copy up to the degree); "
        f"withheld where examples share a source. {compared} tests are shown, none is corrected for that."
        f"{about_changed * left_alone}"
    )


def _examples(site: Site, choice: Choice, results: list[Tested], a: str, b: str) -> None:
    st.header("Examples")
    usable = {result.pair.dataset: result.pair for result in results if result.difference is not None}
    if not usable:
        return
    first, second, third = st.columns(3)
    with first:
        dataset = choose_one("Dataset", list(usable))
    options = [EVERY_OUTCOME, *OUTCOMES]
    with second:
        outcome = choose_one("Outcome", options, index=options.index(FIRST_OUTCOME))
    pair = usable[dataset]
    sides = pair.sides(site.path)
    table = examples(*sides)
    if outcome != EVERY_OUTCOME:
        table = table[table["outcome"] == outcome]
    if table.empty:
        st.caption("There is no such example.")
        return
    n_pages = -(-len(table) // PAGE)
    with third:
        page = int(choose_one(f"Page of {n_pages}", [str(page) for page in range(1, n_pages + 1)]))
    here = table.iloc[(page - 1) * PAGE :][:PAGE]
    asked = [texts(side, rows_of(side)) for side in sides]
    rows = _rows(choice, here, asked, (f"A: {a}", f"B: {b}"))
    st.html(f"<style>{CSS}</style>{table_html(rows)}")
    st.caption(f"{counted(len(table), 'example')}: {outcome}.")
    if any(row.has_text for row in rows):
        _link_to_samples(choice, pair)
    for missing in {one.reason: one for one in asked}.values():
        say_missing(missing)


def _rows(choice: Choice, here: pd.DataFrame, asked: Sequence[Texts], labels: tuple[str, str]) -> list[Row]:
    """Return examples with the texts that each model was asked, and what it said to them."""
    task, rows = choice.definition, []
    under_attack = asked[0].attacked is not None
    for line in here.to_dict("records"):
        example = str(line["example_id"])
        answered = [
            Answered(label, one, line[f"variant_{side}"], line[f"degree_{side}"])
            for label, one, side in zip(labels, asked, "ab", strict=True)
        ]
        clean = clean_of(example, answered)
        rights = right_of(str(line["outcome"]))
        copies = [
            Copy(
                one.label,
                one.which if under_attack else "",
                one.texts.of(example, one.variant, one.degree),
                mark(is_right, answer_text(task, line[f"answer_{side}"], clean)),
            )
            for one, side, is_right in zip(answered, "ab", rights, strict=True)
        ]
        gold = answer_text(task, asked[0].labels.get(example, line["label"]), clean)
        rows.append(Row(example, gold, clean, asked[0].attacked or "", copies))
    return rows


def right_of(outcome: str) -> tuple[bool, bool]:
    """Return whether A and B are right, of one of `leaderboard.stats.compare.OUTCOMES`.

    >>> right_of("only B right")
    (False, True)
    """
    return outcome in ("only A right", "both right"), outcome in ("only B right", "both right")


def _link_to_samples(choice: Choice, pair: Pair) -> None:
    query = {"suite": choice.suite, "task": choice.task, "dataset": pair.dataset}
    if choice.attack is not None and choice.tag is not None and choice.degree is not None:
        query |= {"attack": choice.attack, "tag": choice.tag, "degree": f"{choice.degree:g}"}
    st.markdown(f"[These examples in full, with probabilities]({page_link('samples', **query)})")
