"""What follows from making a run's inputs again (`boss.regenerate`): the level, or why it stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from leaderboard.submission.decisions import Action
from robtest.plural import counted

_COUNTS = ("n_inputs", "n_made", "n_measured", "n_differing")


@dataclass(frozen=True)
class Regenerated:
    """The outcome for one run.

    Attributes:
        action: what is to be decided; None where nothing differs and not everything could be made.
        counts: inputs of the run, those made again, those measured, and those of both that differ.
        lines: what differs and what was left, measurement by measurement.
    """

    action: Action | None
    summary: str
    counts: dict[str, int | str]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[Mapping[str, Any]]) -> Self:
        """Return the outcome of what `boss.regenerate` prints of a run as JSON."""
        lines = [
            f"{cell['measurement']}: {line}"
            for cell in cells
            for line in (*cell["differing"], *filter(None, [cell["left"]]))
        ]
        n = {key: sum(int(cell[key]) for cell in cells) for key in _COUNTS}
        left = n["n_inputs"] - n["n_made"] - n["n_measured"]
        summary = (
            f"of {counted(n['n_inputs'], 'input')} {n['n_made']:,} were made again and {n['n_measured']:,} "
            f"measured, {n['n_differing']:,} differ, {left:,} are left"
        )
        whole = bool(cells) and not left and all(cell["ok"] for cell in cells)
        action: Action | None = "check_failed" if n["n_differing"] else "regenerated" if whole else None
        return cls(action, summary, dict(n), tuple(lines))
