"""Decisions on the site's rows: how far each was verified, its flags, its contaminated cells."""

from collections.abc import Mapping

import pandas as pd

from leaderboard.submission.decisions import Standing


def with_standings(records: pd.DataFrame, found: Mapping[str, Standing]) -> pd.DataFrame:
    """Return ``records`` (`leaderboard.records.COLUMNS`) with what the board decided about each run.

    ``verification`` becomes the board's; ``flags`` of an accepted run are added to its own, and those of
    its contaminated cells say why. Runs that are no submission stay as they are.
    """
    accepted = {name: standing for name, standing in found.items() if standing.state == "accepted"}
    flags, levels = [], []
    names = zip(*(records[column] for column in ("run", "dataset", "flags", "verification")), strict=True)
    for run, dataset, own, level in names:
        standing = accepted.get(str(run).partition("/")[0])
        flags.append(own if standing is None else "; ".join(_flags(standing, str(dataset), str(own))))
        levels.append(level if standing is None else standing.verification)
    return records.assign(flags=flags, verification=levels)


def _flags(standing: Standing, dataset: str, own: str) -> list[str]:
    reasons = [f"contaminated: {c.reason}" for c in standing.contaminated if c.dataset == dataset]
    other = [flag for flag in standing.flags if flag != "contaminated"]
    return [text for text in (own, *other, *reasons) if text]
