"""Pages and API in one process: ``streamlit run leaderboard/server.py``, or ``python -m leaderboard``."""

import logging
import os
import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

# As in app.py: Streamlit puts this file's folder on sys.path, not the one above it.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from leaderboard.settings import settings_of  # noqa: E402
from leaderboard.store.folder import folders_of  # noqa: E402
from leaderboard.web.api.routes import PREFIX, api  # noqa: E402
from leaderboard.web.hosts import Hosts, OwnHosts  # noqa: E402

# Where a proxy serves the site under a path of its own, the API is under it too.
BASE = str(st.get_option("server.baseUrlPath")).strip("/")
ADDRESS = st.get_option("server.address")

hosts = Hosts(settings_of(os.environ), ADDRESS)
if hosts.only_here:
    logging.getLogger(__name__).warning(
        "The site listens on every address and answers to the names of this machine alone; name those that "
        "readers type, as in BOSS_HOSTS=board.example.org python -m leaderboard --server.address=0.0.0.0"
    )

app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[
        Mount(f"/{BASE}{PREFIX}" if BASE else PREFIX, api(folders_of(sys.argv[1:], os.environ), os.environ))
    ],
    middleware=[Middleware(OwnHosts, hosts=hosts)],
)
