"""The site's entry: ``streamlit run leaderboard/app.py [-- --runs DIR]``; it only wires the pages."""

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on sys.path, not the one above it, which holds the packages: with it the
# page runs from a checkout too, and always with the code that lies beside it.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from leaderboard.store.folder import BOARD, Folders, folders_of  # noqa: E402
from leaderboard.web.views.signin import configured  # noqa: E402

# Module of leaderboard.web.views, which is also the page's address -> title. A docstring would be shown.
VIEWS = {
    "board": "Board",
    "shift": "ID vs OOD",
    "attack": "Attack",
    "compare": "Compare",
    "preferences": "Preferences",
    "model": "Model",
    "dataset": "Dataset",
    "samples": "Samples",
    "method": "Method",
}


def main() -> None:
    """Show the chosen page."""
    st.set_page_config(page_title="BOSS × RobTest leaderboard", layout="wide")
    folders = folders_of(sys.argv[1:], os.environ)
    pages = [
        st.Page(_shown(view, folders), title=title, url_path=view, default=view == "board")
        for view, title in VIEWS.items()
    ]
    pages.append(st.Page(_shown("submit", os.environ), title="Submit", url_path="submit"))
    if os.environ.get(BOARD) and configured(os.environ):
        pages.append(st.Page(_shown("review", os.environ), title="Review", url_path="review"))
    st.navigation(pages, position="top").run()


def _shown(view: str, argument: Folders | Mapping[str, str]) -> Callable[[], None]:
    """Return the function that shows a view, which is imported when it is opened: charts take a while."""

    def show() -> None:
        import_module(f"leaderboard.web.views.{view}").show(argument)

    return show


main()
