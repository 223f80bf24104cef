"""``python -m leaderboard.rank [key=value ...]``: the models in the order a preference puts them in.

The same order as on the page Preferences, from the same functions.
"""

import argparse
import os
import sys
from collections.abc import Sequence

import pandas as pd

from boss.errors import BossError, ConfigError
from leaderboard.board.files import as_json, csv
from leaderboard.board.site import load, stamp_of
from leaderboard.board.table import DEGREE_TOLERANCE, Choice
from leaderboard.preference.order import counted, drawn_from, exported, order
from leaderboard.preference.preferences import UNDER, Preference, equal_weights, offered, read_numbers
from leaderboard.preference.redraw import other_examples
from leaderboard.store.folder import folders_of
from leaderboard.store.records import attack_place, task_of, task_place
from leaderboard.submission.settings import read_settings
from leaderboard.text import listed, shown

FORMATS = ("text", "csv", "json")
_DATA = ("suite", "task", "attack", "tag", "degree")
_SETTINGS = (*_DATA, "weights", "targets", "penalty", "under", "runs", "format")
_HELP = f"""settings
  suite=mini task=sentiment            which board; by default the first there is
  attack=typo tag=malicious degree=0.1 which attack the adversarial axis is about; by default as on the page
  weights=id:1,ood_mean:2              what counts; by default ID, OOD mean and adversarial alike
  targets=ood_mean:0.6                 how much of it is enough
  penalty=1                            what missing a target costs
  under={"|".join(UNDER)}                     the worst copy at the degree, or the area under its curve
  runs=DIR                             the folder of runs, as --runs of python -m leaderboard
  format={"|".join(FORMATS)}                 default: text

axes: id, ood_mean, ood_worst, adversarial, calibration, cost
exit code: 0 done, 1 refused: the message says why"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.rank",
        description="Rank the models of a board by what you want of them.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("settings", nargs="*", metavar="key=value")
    try:
        print(_ranked(read_settings(parser.parse_args(arguments).settings, _SETTINGS)), end="")
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _ranked(settings: dict[str, str]) -> str:
    form = settings.get("format", FORMATS[0])
    if form not in FORMATS:
        raise ConfigError(f"format={form!r:.80} is unknown; known: {', '.join(FORMATS)}")
    folders = folders_of(["--runs", settings["runs"]] if "runs" in settings else [], os.environ)
    site = load(folders, stamp_of(folders))
    if site.is_empty:
        unread = f" ({len(site.problems)} could not be read; the page says why)" if site.problems else ""
        raise ConfigError(
            f"no finished measurement in {folders.own}{unread}; name another folder with runs=DIR, or "
            "measure a model with python -m boss.eval"
        )
    choice = chosen(site.menu, settings)
    board = site.board(choice)
    weighing = preference(board, choice, settings)
    axes = counted(board, choice.definition, weighing)
    table = order(board, choice.definition, weighing, other_examples(site, choice, axes))
    export = exported(site, choice, weighing, axes, table)
    if form == "text":
        ranked = table[table["rank"].notna()]
        note = f"\n{drawn_from(ranked)}\n" if len(ranked) else ""
        return export.text.to_string(index=False) + "\n" + note
    return csv(export) if form == "csv" else as_json(export)


def chosen(rows: pd.DataFrame, settings: dict[str, str]) -> Choice:
    """Return the board that the settings name; what they leave out is what the page shows first.

    Args:
        rows: `leaderboard.board.site.Site.menu`, not empty.

    Raises:
        ConfigError: naming what is there, if the board is not.
    """
    rows = rows.assign(place=rows["task"].map(task_place))
    for key, by in (("suite", ["stand_in", "suite"]), ("task", ["place"])):
        rows = _narrowed(rows, key, by, settings.get(key))
    suite, task, own = rows["suite"].iloc[0], rows["task"].iloc[0], task_of(rows)
    rows = rows[rows["attack"].notna() & (rows["degree"] > 0)]
    if rows.empty:
        extra = [key for key in settings if key in ("attack", "tag", "degree")]
        if extra:
            raise ConfigError(f"{suite}, {task}: nothing was attacked; leave out {listed(extra)}")
        return Choice(suite, task, own_task=own)
    rows = rows.assign(place=rows["attack"].map(attack_place))
    rows = _narrowed(rows, "attack", ["place"], settings.get("attack"))
    rows = _narrowed(rows.sort_values("tag", ascending=False), "tag", [], settings.get("tag"))
    return Choice(suite, task, rows["attack"].iloc[0], rows["tag"].iloc[0], _degree(rows, settings), own)


def preference(board: pd.DataFrame, choice: Choice, settings: dict[str, str]) -> Preference:
    """Return the preference that the settings describe.

    Raises:
        ConfigError: as `Preference`, or if a number is none.
    """
    under = settings.get("under", next(iter(UNDER)))
    if "weights" in settings:
        weights = read_numbers(settings["weights"], "weights")
    else:
        weights = equal_weights(offered(board, choice.definition, under) if under in UNDER else ())
    targets = read_numbers(settings["targets"], "targets") if "targets" in settings else {}
    return Preference(weights, targets, _number(settings, "penalty", 1.0), under)


def _narrowed(rows: pd.DataFrame, key: str, by: list[str], value: str | None) -> pd.DataFrame:
    """Keep the rows of one value of ``key``: the wanted one, else the first in the order ``by``."""
    names = list(dict.fromkeys((rows.sort_values(by, kind="stable") if by else rows)[key]))
    if value is not None and value not in names:
        here = ", ".join(sorted(shown(name) for name in names))
        raise ConfigError(f"{key}={value!r:.80} is not here; {key}s here: {here}")
    return rows[rows[key] == (names[0] if value is None else value)]


def _degree(rows: pd.DataFrame, settings: dict[str, str]) -> float:
    # Imported late: it brings Streamlit, which --help does not need.
    from leaderboard.web.views.switches import DEGREE

    degrees = sorted(rows["degree"].unique().tolist())
    setting = _number(settings, "degree", DEGREE)
    nearest = min(degrees, key=lambda degree: abs(degree - setting))
    if "degree" in settings and abs(nearest - setting) > DEGREE_TOLERANCE:
        here = ", ".join(f"{degree:g}" for degree in degrees)
        raise ConfigError(f"degree={setting:g} was not measured; degrees here: {here}")
    return float(nearest)


def _number(settings: dict[str, str], key: str, default: float) -> float:
    try:
        return float(settings.get(key, default))
    except ValueError:
        raise ConfigError(f"{key}={settings[key]!r:.80} is no number") from None


if __name__ == "__main__":
    sys.exit(main())
