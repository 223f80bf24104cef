"""Two models on the same examples: the difference, whether it is real, and the examples behind it."""

import pandas as pd
import streamlit as st

from boss.results.schema import LEAST_COVERAGE, Score
from leaderboard.board.display import MARK, for_markdown
from leaderboard.board.files import Shown
from leaderboard.board.site import Site
from leaderboard.board.table import AGGREGATES, Choice
from leaderboard.examples.pairs import Pair, Tested, ood_mean, pairs, try_compare
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.compare import OUTCOMES, Side, examples, rows_of
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, interval, percent, shown
from leaderboard.web.views.page import downloads, newest_day, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose
from leaderboard.web.views.texts import Answered, show_texts, texts
from robtest.plural import counted

INTRODUCTION = (
    "Two models that answered the same examples can be told apart better than their intervals on the board "
    "suggest: what counts are the examples on which **only one of them** is right."
)
EVERY_OUTCOME = "all examples"
PAGE = 20


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Compare two models", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.rows)
    board = site.board(choice)
    labels = list(board["label"])
    if len(labels) < 2:
        st.info("A comparison needs two models on this task.")
        return
    aggregates = ["clean", *(AGGREGATES if choice.attack else ())]
    first, second, third = st.columns(3)
    with first:
        a = choose_one("A", labels)
    with second:
        b = choose_one("B", labels, index=1)
    with third:
        aggregate = choose_one("Copies", aggregates)
    if a == b:
        st.info("A and B are the same model; choose another.")
        return
    models = dict(zip(labels, board[MODEL].itertuples(index=False, name=None), strict=True))
    common = pairs(site.rows, choice, models[a], models[b], aggregate)
    results = [_tested(site.folders, site.stamp, pair) for pair in common]
    if not results:
        st.info("The two models have no number in common here.")
        return
    st.caption(escaped(f"A is {a}, B is {b}. A positive difference is in favour of A."))
    _summary(results, site, choice, f"{a} against {b}")
    _examples(site.folders, results, a, b)


@st.cache_resource(show_spinner="Comparing…", max_entries=200)
def _tested(folders: Folders, stamp: str, pair: Pair) -> Tested:
    """Compare once per pair; ``stamp`` is part of the key, so that changed runs are compared again."""
    return try_compare(folders, pair)


def _summary(results: list[Tested], site: Site, choice: Choice, title: str) -> None:
    for result in results:
        if result.difference is None:
            st.warning(escaped(f"{result.pair.dataset}: {result.reason}"))
    table = summary(results)
    st.table(for_markdown(table), hide_index=True)
    st.caption(escaped(sentence(results)))
    name = "compare-" + "-".join(part for part in (choice.suite, choice.task) if part.isidentifier())
    downloads(Shown(table, table, title, newest_day(site.rows), site.name), name)
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


def _examples(folders: Folders, results: list[Tested], a: str, b: str) -> None:
    st.header("Examples")
    usable = {result.pair.dataset: result.pair for result in results if result.difference is not None}
    if not usable:
        return
    first, second = st.columns(2)
    with first:
        dataset = choose_one("Dataset", list(usable))
    with second:
        outcome = choose_one("Outcome", [EVERY_OUTCOME, *OUTCOMES])
    sides = usable[dataset].sides(folders)
    table = examples(*sides)
    if outcome != EVERY_OUTCOME:
        table = table[table["outcome"] == outcome]
    if table.empty:
        st.caption("There is no such example.")
        return
    n_pages = -(-len(table) // PAGE)
    pages = [str(page) for page in range(1, n_pages + 1)]
    page = int(choose_one(f"Page of {n_pages}", pages)) if n_pages > 1 else 1
    here = table.iloc[(page - 1) * PAGE :][:PAGE]
    heads = {"example_id": "Example", "outcome": "Outcome", "label": "Label", "answer_a": "A says"}
    listed = here[["example_id", "outcome", "label", "answer_a", "answer_b"]]
    st.table(for_markdown(listed.rename(columns={**heads, "answer_b": "B says"})), hide_index=True)
    _texts(sides, here, a, b)


def _texts(sides: tuple[Side, Side], here: pd.DataFrame, a: str, b: str) -> None:
    """Show the texts of one example, as each model was asked about it."""
    example = choose_one("Example", list(here["example_id"]))
    row = here[here["example_id"] == example].iloc[0]
    answered = [
        Answered(label, texts(side, rows_of(side)), row[f"variant_{name}"], row[f"degree_{name}"])
        for label, side, name in zip((a, b), sides, "ab", strict=True)
    ]
    show_texts(example, answered)
