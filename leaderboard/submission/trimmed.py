"""Trimmed runs (`boss.results.trim`): who may send one, and what of it cannot be held against the data.

A trimmed run is small enough to live beside the code, and every number still follows from its predictions.
But the answers to questions are digests in it, so its labels cannot be held against the data, and the inputs
of copies are digests cut short. The board's keepers know what they measured; of a stranger the board asks for
the whole run.
"""

from collections.abc import Iterator

from boss.measurement import Measurement
from boss.results.reduce import DECIMALS
from boss.results.store import RUN, StoredRun
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER

PROBABILITY_STEP = 10.0**-DECIMALS
"""Probabilities are rounded to its multiples."""

_RUN = f"{RUN_FOLDER}/{RUN}"


def check_trimmed(stored: StoredRun, *, by_keepers: bool) -> Iterator[Finding]:
    """Refuse a trimmed run, or, where it is the keepers' own, say what of it is not checked."""
    if not stored.run.trimmed:
        return
    if not by_keepers:
        message = "the run is trimmed, and only the board's keepers may trim theirs"
        cure = "Send the run directory as `python -m boss.eval` wrote it."
        yield Finding("error", "trimmed", _RUN, None, message, cure)
        return
    tasks = sorted(
        {measurement.task for measurement in stored.measurements() if not answers_kept(stored, measurement)}
    )
    if tasks:
        message = f"trimmed: gold answers of {', '.join(tasks)} are digests, not held against the data"
        cure = "Nothing to do; the run it was made of was checked by its keepers."
        yield Finding("warning", "trimmed", _RUN, None, message, cure)


def answers_kept(stored: StoredRun, measurement: Measurement) -> bool:
    """Whether the labels of a measurement are those of the data, and no digests of them."""
    return not (stored.run.trimmed and measurement.definition.kind == "span")
