"""What the pages share: the runs, read once, and the frame around a chart or a table."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from leaderboard import index, table
from leaderboard.comparable import MODEL
from leaderboard.display import for_markdown
from leaderboard.export import FORMATS, Shown
from leaderboard.filters import facts
from leaderboard.merge import newest
from leaderboard.records import Problem
from leaderboard.standing import LOG, judged
from leaderboard.table import Choice
from leaderboard.text import escaped

COMMAND = "python -m boss.eval"


@dataclass(frozen=True)
class Site:
    """What the pages show.

    Attributes:
        rows: the records that count, as `leaderboard.merge.newest` keeps them; never changed.
        every: all records, older ones too.
        stamp: changes with the runs.
    """

    folder: Path
    stamp: str
    rows: pd.DataFrame
    every: pd.DataFrame
    problems: tuple[Problem, ...]
    n_runs: int

    def board(self, choice: Choice) -> pd.DataFrame:
        """Return the board with a column ``label`` and those of `facts`, worked out once per choice."""
        return _board(str(self.folder), self.stamp, astuple(choice), self.rows)


def read(folder: Path) -> Site:
    """Return the runs under ``folder``; they are read again only when a file changed."""
    return _read(str(folder), index.stamp(folder, folder.parent / LOG))


@st.cache_resource(show_spinner="Reading runs…", max_entries=4)
def _read(folder: str, stamp: str) -> Site:
    runs = index.read_runs(Path(folder))
    records, wrong = judged(runs.records, Path(folder))
    return Site(Path(folder), stamp, newest(records), records, (*wrong, *runs.problems), runs.n_runs)


@st.cache_resource(show_spinner=False, max_entries=64)
def _board(
    folder: str, stamp: str, choice: tuple[str | float | None, ...], _rows: pd.DataFrame
) -> pd.DataFrame:
    """Work out a board; the runs themselves are no part of the key, as their stamp is."""
    found = table.board(_rows, Choice(*choice))  # type: ignore[arg-type]
    found.insert(0, "label", table.labels(found))
    known = _facts(folder, stamp, str(choice[0]), str(choice[1]), _rows)
    return found.merge(known, on=MODEL, how="left")


@st.cache_resource(show_spinner=False, max_entries=64)
def _facts(folder: str, stamp: str, suite: str, task: str, _rows: pd.DataFrame) -> pd.DataFrame:
    return facts(_rows[(_rows["suite"] == suite) & (_rows["task"] == task)])


def opened(folder: Path, title: str, introduction: str) -> Site | None:
    """Show the head of a page; return what is there, None where there is nothing to show yet."""
    st.title(title)
    st.markdown(introduction)
    site = read(folder)
    if not site.rows.empty:
        return site
    if site.n_runs:
        st.info("No run here has a finished measurement yet. Start one, or continue one, with:")
    else:
        st.info("No runs yet. Measure a first model on the small suite; it takes a few minutes:")
    st.code(COMMAND, language="sh")
    st.markdown("Then reload this page. To read another folder: `python -m leaderboard --runs DIR`.")
    problems(site)
    return None


def problems(site: Site) -> None:
    """List the runs that could not be read, each with its reason."""
    if not site.problems:
        return
    plural = "s" * (len(site.problems) != 1)
    with st.expander(
        f"{len(site.problems)} run{plural} could not be shown in full", icon=":material/warning:"
    ):
        for problem in site.problems:
            # st.code shows its text as it is.
            st.code(f"{problem.run}\n{problem.reason}", language=None, wrap_lines=True)


def chart(draw: Callable[[str], object], sentence: str, numbers: pd.DataFrame) -> None:
    """Show a chart, the sentence that says what it shows, and its numbers as a plain table.

    Args:
        draw: shows the chart; it is given the sentence, for readers who do not see the chart.
        numbers: as text, not escaped.
    """
    draw(sentence)
    st.caption(escaped(sentence))
    with st.expander("The numbers of this chart as a table"):
        st.table(for_markdown(numbers), hide_index=True)


def downloads(shown: Shown, name: str) -> None:
    """Offer what is shown as files; they are made when asked for."""
    columns = st.columns(len(FORMATS))
    for column, (label, (ending, media, make)) in zip(columns, FORMATS.items(), strict=True):
        column.download_button(
            label,
            _maker(make, shown),
            file_name=f"{name}.{ending}",
            mime=media,
            on_click="ignore",
            icon=":material/download:",
            help=f"Download this table as {label}",
            width="stretch",
        )


def newest_day(rows: pd.DataFrame) -> str:
    """Return the day of the newest number, YYYY-MM-DD."""
    return str(rows["created_at"].max())[:10]


def pick(labels: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the ``wanted`` labels in the order of ``labels``."""
    return [label for label in labels if label in set(wanted)]


def _maker(make: Callable[[Shown], str], shown: Shown) -> Callable[[], str]:
    return lambda: make(shown)
