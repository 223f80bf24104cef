"""History: what changed on the board, and who led it since when."""

import streamlit as st

from leaderboard.board.past import days, first_places
from leaderboard.store.folder import Folders
from leaderboard.store.story import events
from leaderboard.text import escaped
from leaderboard.web.views.frame import show_facts
from leaderboard.web.views.page import opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choose_task

INTRODUCTION = "What changed on this board, day by day, and who was first since when."


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "History", INTRODUCTION)
    if site is None:
        return
    choice = choose_task(site.menu)
    st.header("First place")
    every = site.tasks.of(choice.suite, choice.task, every=True)
    firsts = first_places(every, choice)
    if firsts.empty:
        st.caption("No model had a number that is ranked.")
    else:
        show_facts(firsts, "firsts")
        st.caption("By the highest number, be it chance or not. Runs withdrawn since are not in it.")
    st.header("What was decided")
    show_facts(days(every, events(site.folders, site.snapshot)), "days")
    st.caption(escaped(f"This state is snapshot {site.name}."))
    link_to_table(site)
