"""Which folder of runs the site reads."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

DEFAULT = "runs"
VARIABLE = "BOSS_RUNS"


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
    return options


def runs_folder(arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
    """Return the folder named by ``--runs``, else by the variable ``BOSS_RUNS``, else ``runs``.

    Other arguments are ignored: under ``streamlit run`` they are Streamlit's.
    """
    known, _ = parser().parse_known_args(list(arguments))
    return Path(known.runs or environment.get(VARIABLE) or DEFAULT)
