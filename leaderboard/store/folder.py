"""Which folders the site uses, and how large a file may be sent to it."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from leaderboard.settings import settings_of
from leaderboard.submission.limits import LIMITS, MEGABYTE

SHIPPED = Path(__file__).resolve().parents[1] / "results"
"""The results that come with the project: archives, an index and the log of decisions."""
TEXTS = "python -m leaderboard --texts"
"""Starts the site with texts of datasets."""
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
    chosen = settings_of(os.environ).cache
    cache = chosen.expanduser() if chosen else user_cache_path("boss-robtest", appauthor=False)
    return cache / "leaderboard"


def parser(*, settings: bool = False) -> argparse.ArgumentParser:
    """Return the options of ``python -m leaderboard``, which the page understands too.

    Args:
        settings: with the one that shows the settings, which is the command's alone.
    """
    options = argparse.ArgumentParser(
        prog="python -m leaderboard",
        description="Show the measured runs of a folder as a leaderboard. Other options are Streamlit's.",
        allow_abbrev=False,
    )
    options.add_argument(
        "--runs",
        metavar="DIR",
        help="folder with the runs of python -m boss.eval (else $BOSS_RUNS, else ./runs)",
    )
    options.add_argument(
        "--no-shipped",
        action="store_true",
        help="leave out the results that come with the project, as $BOSS_SHIPPED=off does",
    )
    options.add_argument(
        "--texts",
        action="store_true",
        help="show texts of datasets, as $BOSS_TEXTS=on does; the licences of some let no public site do so",
    )
    if settings:
        options.add_argument(
            "--settings", action="store_true", help="print every setting, its value and meaning, and stop"
        )
    return options


def folders_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Folders:
    """Return the user's folder, named by ``--runs``, else ``BOSS_RUNS``, else ``runs``, and the shipped one.

    The shipped results are left out with ``--no-shipped`` or ``BOSS_SHIPPED=off``. Other arguments are
    ignored: under ``streamlit run`` they are Streamlit's.

    Raises:
        ConfigError: as `leaderboard.settings.settings_of`.
    """
    options, _ = parser().parse_known_args(list(arguments))
    settings = settings_of(environment)
    own = Path(options.runs) if options.runs else settings.runs
    return Folders(own, None if options.no_shipped or settings.shipped == "off" else SHIPPED)


def shows_texts(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether texts of datasets may be shown: ``--texts`` or ``BOSS_TEXTS=on``, and nothing else.

    Neither the address that the site listens on nor that of a visitor says who reads: a proxy on the same
    machine lets in everybody.

    Raises:
        ConfigError: as `leaderboard.settings.settings_of`.

    >>> shows_texts([], {}), shows_texts(["--texts"], {}), shows_texts([], {"BOSS_TEXTS": "on"})
    (False, True, True)
    """
    options, _ = parser().parse_known_args(list(arguments))
    return bool(options.texts) or settings_of(environment).texts == "on"


def upload_options(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the option that lets Streamlit take a packed run, where the site takes any.

    Streamlit has one limit for all pages, keeps what is sent in memory, and takes it before a page has looked
    at it. So the limit is 1 MB (.streamlit/config.toml) but for a site with a queue, where it is the largest
    archive the check opens. A limit of the user's own, as an option or a variable, stays.

    >>> upload_options([], {"BOSS_BOARD": "board"})
    ['--server.maxUploadSize=256']
    """
    own = any(word.partition("=")[0] == f"--{UPLOADS}" for word in arguments)
    if settings_of(environment).board is None or own or "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in environment:
        return []
    return [f"--{UPLOADS}={LIMITS.archive_bytes // MEGABYTE}"]
