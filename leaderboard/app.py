"""The site's entry: ``streamlit run leaderboard/app.py [-- --runs DIR]``; it only wires the pages."""

import logging
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

from boss.errors import ConfigError  # noqa: E402
from leaderboard.settings import settings_of  # noqa: E402
from leaderboard.store.folder import Folders, folders_of  # noqa: E402
from leaderboard.text import said  # noqa: E402
from leaderboard.web.hosts import Hosts  # noqa: E402
from leaderboard.web.views.frame import styled  # noqa: E402
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
    "history": "History",
    "method": "Method",
}


def main() -> None:
    """Show the chosen page; nothing of it under a name that is not the site's."""
    st.set_page_config(page_title="BOSS × RobTest leaderboard", layout="wide")
    try:
        settings, folders = settings_of(os.environ), folders_of(sys.argv[1:], os.environ)
    except ConfigError as error:
        st.error(said(error))
        return
    # server.py refuses the request itself; without it Streamlit answers, and this is the first place to ask.
    host = st.context.headers.get_all("Host")  # a test without a browser has none
    if host and (why := Hosts(settings, st.get_option("server.address")).refusal(host)):
        logging.getLogger(__name__).warning("showed no page: %s. See BOSS_HOSTS", why)
        return
    styled()
    pages = [
        st.Page(_shown(view, folders), title=title, url_path=view, default=view == "board")
        for view, title in VIEWS.items()
    ]
    pages.append(st.Page(_shown("submit", os.environ), title="Submit", url_path="submit"))
    if settings.board is not None and configured():
        pages.append(st.Page(_shown("review", os.environ), title="Review", url_path="review"))
    st.navigation(pages, position="top").run()


def _shown(view: str, argument: Folders | Mapping[str, str]) -> Callable[[], None]:
    """Return the function that shows a view, which is imported when it is opened: charts take a while."""

    def show() -> None:
        import_module(f"leaderboard.web.views.{view}").show(argument)

    return show


main()
