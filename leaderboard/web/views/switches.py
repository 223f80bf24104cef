"""The switches of the pages. Each is in the page's address, so that a view can be sent to a colleague."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from boss.results.schema import ROUNDING
from leaderboard.board.filters import SIZES, UNKNOWN, VERIFICATION, Filter
from leaderboard.board.front import suites
from leaderboard.board.standard import AttackSet, standard_set
from leaderboard.board.table import ROLES, Choice
from leaderboard.store.records import attack_place, task_of, task_place
from leaderboard.text import distinct, escaped, listed, shown

DEGREE = 0.1
"""Degree shown first: the nearest measured one; the command's own table shows the same."""
MODELS_IN_CHARTS = 6
EVERY = "every"
ALL_TASKS = "all tasks"
STANDARD_SET = "standard set"
ANY = "any"
_ELSEWHERE = {"task": ALL_TASKS, "attack": STANDARD_SET}
"""Choices of the board that other pages do not have: an address that brings them along is not stale."""

_ACCESS_HELP = (
    "What the attack may ask of the model: nothing (rule), its decision, its scores, its gradients."
)
_TAG_HELP = (
    "How far a copy may be from its original. Malicious: changed characters out of all characters. General: "
    "changed words out of all words."
)
_SET_HELP = (
    "The standard set is the same for all models: RobTest's eight dimensions at degree 0.1, made by rule, so "
    "that every model gets the same copies. Or one attack at one degree."
)
_DEGREE_HELP = "The part of the text an attack may change, from 0 to 1."


def choose(rows: pd.DataFrame) -> Choice:
    """Show the switches over what ``rows`` (`leaderboard.store.records.COLUMNS`) hold; return what is chosen.

    A switch offers only what the ones before it leave; those of the attack are absent where nothing was
    attacked.
    """
    first, second, *others = st.columns(6)
    with first:
        suite = _suite(rows)
    with second:
        task = _task(rows[rows["suite"] == suite])
    rows = rows[(rows["suite"] == suite) & (rows["task"] == task)]
    own = task_of(rows)
    rows = rows[rows["attack"].notna() & (rows["degree"] > 0)]
    if rows.empty:
        return Choice(suite, task, own_task=own)
    with others[0]:
        access = choice("Access", [EVERY, *sorted(rows["access"].unique())], help=_ACCESS_HELP)
    if access != EVERY:
        rows = rows[rows["access"] == access]
    with others[1]:
        names = sorted(rows["attack"].unique(), key=attack_place)
        attack = choice("Attack", names)
    rows = rows[rows["attack"] == attack]
    with others[2]:
        tag = choice("Tag", sorted(rows["tag"].unique(), reverse=True), help=_TAG_HELP)
    rows = rows[rows["tag"] == tag]
    with others[3]:
        degree = _degree(rows)
    st.caption(escaped(rounding_note(rows, f"{degree:g}")))
    return Choice(suite, task, attack, tag, degree, own)


def suite_and_task(rows: pd.DataFrame) -> tuple[str, str]:
    """Show the tabs of the board: the tasks of a suite, and `ALL_TASKS` where there are several."""
    names = suites(rows)
    suite = choice("Suite", names) if len(names) > 1 else names[0]
    tasks = sorted(rows.loc[rows["suite"] == suite, "task"].unique(), key=task_place)
    options = [*tasks, ALL_TASKS] if len(tasks) > 1 else tasks
    texts = distinct([shown(task) for task in options])
    _say_stale("task", texts)
    chosen = st.segmented_control(
        "Task",
        options,
        default=options[0],
        required=True,
        format_func=lambda option: escaped(texts[options.index(option)]),  # its labels are Markdown
        key="task",
        label_visibility="collapsed",
        bind="query-params",
    )
    return suite, options[0] if chosen is None else str(chosen)


def under_attack(rows: pd.DataFrame, suite: str, task: str) -> tuple[Choice, AttackSet | None]:
    """Show the choice of what "under attack" is: the standard set, or one attack at one degree.

    Args:
        rows: of the suite and task.
    """
    own, standard = task_of(rows), standard_set(rows)
    rows = rows[rows["attack"].notna() & (rows["degree"] > 0) & (rows["scope"] == "measurement")]
    names = sorted(rows["attack"].unique(), key=attack_place)
    options = ([] if standard is None else [STANDARD_SET]) + names
    if not options:
        return Choice(suite, task, own_task=own), None
    first, second, third = st.columns(3)
    with first:
        name = choice("Attack", options, help=_SET_HELP)
    if name == STANDARD_SET:
        return Choice(suite, task, own_task=own), standard
    rows = rows[rows["attack"] == name]
    with second:
        tag = choice("Tag", sorted(rows["tag"].unique(), reverse=True), help=_TAG_HELP)
    rows = rows[rows["tag"] == tag]
    with third:
        degree = _degree(rows)
    st.caption(escaped(rounding_note(rows, f"{degree:g}")))
    return Choice(suite, task, name, tag, degree, own), AttackSet(((name, tag),), degree, is_standard=False)


def rounding_note(rows: pd.DataFrame, degree: str) -> str:
    """Say what becomes of a degree that is no whole number of characters or words.

    Args:
        rows: those of the chosen attack, of all models.
        degree: as it is printed.
    """
    models = rows.groupby("rounding")["model"].agg(lambda names: sorted(set(names)))
    first, *others = sorted(models.index, key=lambda name: (-len(models[name]), name))
    said = [f"{ROUNDING[name]}, for {listed([shown(model) for model in models[name]])}" for name in others]
    return "; ".join([f"Degree {degree} is {ROUNDING[first]}", *said]) + "."


def choose_task(rows: pd.DataFrame) -> Choice:
    """Show the switches of suite and task alone."""
    first, second, _ = st.columns([1, 1, 2])
    with first:
        suite = _suite(rows)
    with second:
        task = _task(rows[rows["suite"] == suite])
    own = task_of(rows[(rows["suite"] == suite) & (rows["task"] == task)])
    return Choice(suite, task, own_task=own)


def filters(models: pd.DataFrame) -> Filter:
    """Show the filters over the board's models (`leaderboard.board.filters.facts`)."""
    first, second, third, fourth, fifth = st.columns([2, 2, 2, 1.4, 1.2])
    words = first.text_input("Search", key="search", bind="query-params", placeholder="words; a|b is or")
    with second:
        methods = several("Methods", sorted(set(models["method"])))
    with third:
        sizes = several("Parameters", [size for size in (*SIZES, UNKNOWN) if size in set(models["size"])])
    with fourth:
        least = choice("Verification", [ANY, *VERIFICATION], help="At least so well verified.")
    with fifth:
        _say_stale_day("since")
    since = fifth.date_input("Measured since", value=None, key="since", bind="query-params")
    day = since if isinstance(since, date) else None
    return Filter(words or "", tuple(methods), tuple(sizes), VERIFICATION[0] if least == ANY else least, day)


def models_to_draw(labels: Sequence[str]) -> list[str]:
    """Show the choice of models for the charts; at first the top of the board."""
    return several("Models in the charts", labels, default=labels[:MODELS_IN_CHARTS])


def role_to_draw(roles: Sequence[str]) -> str:
    """Show the switch between ID and OOD for the degree curves."""
    return choice("Data", roles, names=ROLES)


def choice(
    label: str,
    options: Sequence[str],
    *,
    index: int = 0,
    help: str | None = None,
    names: dict[str, str] | None = None,
) -> str:
    """Show a select box whose key, and name in the address, is its label's first word in small letters."""
    key = label.split()[0].lower()
    texts = distinct([names[option] if names else shown(option) for option in options])
    _say_stale(key, texts)
    if st.session_state.get(key) == _ELSEWHERE.get(key) not in options:
        st.session_state.pop(key, None)  # the board's own choice: this page begins with its first
    chosen = st.selectbox(
        label,
        options,
        index=index,
        format_func=lambda option: texts[options.index(option)],
        key=key,
        help=help,
        bind="query-params",
    )
    return options[index] if chosen is None else chosen


def several(label: str, options: Sequence[str], *, default: Sequence[str] = ()) -> list[str]:
    """Show a box for any number of options, named as `choice` is; where there are none, nothing."""
    key = label.split()[0].lower()
    _say_stale(key, options)
    # Streamlit wants what is chosen to be among the options; a name in them stands for itself.
    return st.multiselect(label, options, default=list(default), key=key, bind="query-params")


def _suite(rows: pd.DataFrame) -> str:
    return choice("Suite", suites(rows))


def _degree(rows: pd.DataFrame) -> float:
    degrees: list[float] = sorted(rows["degree"].unique().tolist())
    nearest = min(degrees, key=lambda degree: abs(degree - DEGREE))
    texts = [f"{degree:g}" for degree in degrees]
    return degrees[texts.index(choice("Degree", texts, index=degrees.index(nearest), help=_DEGREE_HELP))]


def _task(rows: pd.DataFrame) -> str:
    return choice("Task", sorted(rows["task"].unique(), key=task_place))


def _say_stale_day(key: str) -> None:
    """Say that the address asks for what is no day."""
    for text in st.query_params.get_all(key):
        try:
            date.fromisoformat(text)
        except ValueError:
            st.warning(escaped(f"The link asks for {key} {shown(text)}, which is no day."))


def _say_stale(key: str, texts: Sequence[str]) -> None:
    """Say that the address asks for something that is not here; Streamlit drops it without a word.

    Once the box was shown, what is in the address is the reader's own choice: nothing is said then.
    """
    if key in st.session_state:
        return
    known = (*texts, _ELSEWHERE.get(key))
    unknown = [shown(text) for text in st.query_params.get_all(key) if text not in known]
    if unknown:
        st.warning(escaped(f"The link asks for {key} {listed(unknown)}, which is not here."))
