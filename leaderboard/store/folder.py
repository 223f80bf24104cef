"""Which folders the site uses, and how large a file may be sent to it."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from boss.errors import ConfigError
from leaderboard.submission.limits import LIMITS, MEGABYTE

DEFAULT = "runs"
VARIABLE = "BOSS_RUNS"
SHIPPED_VARIABLE = "BOSS_SHIPPED"
SHIPPED = Path(__file__).resolve().parents[1] / "results"
"""The results that come with the project: archives, an index and the log of decisions."""
BOARD = "BOSS_BOARD"
"""Names the board's folder; without it the site takes no uploads and has no reviewer's page."""
UPLOADS = "server.maxUploadSize"


@dataclass(frozen=True)
class Folders:
    """Where the runs of the site are.

    Attributes:
        own: the folder of the user's runs, which need not exist.
        shipped: the folder of packed results that come with the project; None where they are left out.
    """

    own: Path
    shipped: Path | None = None


def cache_folder() -> Path:
    """Return the folder for files the site can make again, in ``BOSS_CACHE`` or the user's cache."""
    chosen = os.environ.get("BOSS_CACHE")
    cache = Path(chosen).expanduser() if chosen else user_cache_path("boss-robtest", appauthor=False)
    return cache / "leaderboard"


def parser() -> argparse.ArgumentParser:
    """Return the options of ``python -m leaderboard``, which the page understands too."""
    options = argparse.ArgumentParser(
        prog="python -m leaderboard",
        description="Show the measured runs of a folder as a leaderboard. Other options are Streamlit's.",
        allow_abbrev=False,
    )
    options.add_argument(
        "--runs",
        metavar="DIR",
        help=f"folder with the runs of python -m boss.eval (else ${VARIABLE}, else ./{DEFAULT})",
    )
    options.add_argument(
        "--no-shipped",
        action="store_true",
        help=f"leave out the results that come with the project, as ${SHIPPED_VARIABLE}=off does",
    )
    return options


def folders_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Folders:
    """Return the user's folder, named by ``--runs``, else ``BOSS_RUNS``, else ``runs``, and the shipped one.

    The shipped results are left out with ``--no-shipped`` or ``BOSS_SHIPPED=off``. Other arguments are
    ignored: under ``streamlit run`` they are Streamlit's.

    Raises:
        ConfigError: if ``BOSS_SHIPPED`` is neither ``on`` nor ``off``.
    """
    options, _ = parser().parse_known_args(list(arguments))
    own = Path(options.runs or environment.get(VARIABLE) or DEFAULT)
    switch = environment.get(SHIPPED_VARIABLE) or "on"
    if switch not in ("on", "off"):
        raise ConfigError(f"{SHIPPED_VARIABLE} is {switch!r}; it must be on or off")
    return Folders(own, None if options.no_shipped or switch == "off" else SHIPPED)


def upload_options(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the option that lets Streamlit take a packed run, where the site takes any.

    Streamlit has one limit for all pages, keeps what is sent in memory, and takes it before a page has looked
    at it. So the limit is 1 MB (.streamlit/config.toml) but for a site with a queue, where it is the largest
    archive the check opens. A limit of the user's own, as an option or a variable, stays.

    >>> upload_options([], {"BOSS_BOARD": "board"})
    ['--server.maxUploadSize=256']
    """
    own = any(word.partition("=")[0] == f"--{UPLOADS}" for word in arguments)
    if not environment.get(BOARD) or own or "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in environment:
        return []
    return [f"--{UPLOADS}={LIMITS.archive_bytes // MEGABYTE}"]
