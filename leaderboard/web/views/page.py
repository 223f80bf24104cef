"""What the pages share: the runs, read once, and the frame around a chart or a table."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from boss.errors import ResultError
from leaderboard.board import site as state
from leaderboard.board.display import for_markdown
from leaderboard.board.files import FORMATS, Shown
from leaderboard.board.site import Site
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, said
from leaderboard.web.views.snapshot import banner, leave, snapshot_of_address

COMMAND = "python -m boss.eval"
_CSS = """
[data-testid=stMainBlockContainer]{padding-top:3.5rem}
[data-testid=stMainBlockContainer] h1{font-size:1.9rem;padding:.25rem 0}
button[data-variant=segmented_control][data-selected=true] *{color:inherit!important}
button[data-variant=segmented_control][data-selected=true]{color:inherit!important}
"""
"""What a page is opened for stands on the first screen; a chosen tab has the contrast of text."""


def read(folders: Folders) -> Site:
    """Return the state that the address asks for, else today's; it is read again only when a file changed.

    Raises:
        ResultError: if there is no such snapshot.
    """
    with st.spinner("Reading runs…"):
        return state.read(folders, snapshot_of_address())


def opened(folders: Folders, title: str, introduction: str) -> Site | None:
    """Show the head of a page; return what is there, None where there is nothing to show yet."""
    st.html(f"<style>{_CSS}</style>")
    st.title(title)
    st.markdown(introduction)
    try:
        site = read(folders)
    except ResultError as error:
        st.error(said(error))
        leave()
        return None
    banner(site)
    if not site.is_empty:
        return site
    if site.n_runs:
        st.info("No run here has a finished measurement yet. Start one, or continue one, with:")
    else:
        st.info("No runs yet. Measure a first model on the small suite; it takes a few minutes:")
    st.code(COMMAND, language=None)
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


def downloads(shown: Shown, name: str, site: Site) -> None:
    """Offer what is shown as files; they are made when asked for, and with them the link that they name."""
    columns = st.columns(len(FORMATS))
    for column, (label, (ending, media, make)) in zip(columns, FORMATS.items(), strict=True):
        column.download_button(
            label,
            _maker(make, shown, site),
            file_name=f"{name}.{ending}",
            mime=media,
            on_click="ignore",
            icon=":material/download:",
            help=f"Download this table as {label}",
            width="stretch",
        )


def pick(labels: Sequence[str], selection: Sequence[str]) -> list[str]:
    """Return the labels of ``selection`` in the order of ``labels``."""
    return [label for label in labels if label in set(selection)]


def _maker(make: Callable[[Shown], str], shown: Shown, site: Site) -> Callable[[], str]:
    def made() -> str:
        site.keep()  # a state that cannot be kept is exported all the same: its name still tells it apart
        return make(shown)

    return made
