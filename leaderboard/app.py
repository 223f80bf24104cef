"""The site's entry: ``streamlit run leaderboard/app.py [-- --runs DIR]``; it only wires the pages."""

import os
import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on sys.path, not the one above it, which holds the packages: with it the
# page runs from a checkout too, and always with the code that lies beside it.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from leaderboard.folder import runs_folder  # noqa: E402
from leaderboard.views import board  # noqa: E402


def main() -> None:
    """Show the chosen page."""
    st.set_page_config(page_title="BOSS × RobTest leaderboard", layout="wide")
    folder = runs_folder(sys.argv[1:], os.environ)
    pages = [st.Page(lambda: board.show(folder), title="Board", url_path="board", default=True)]
    st.navigation(pages, position="top").run()


main()
