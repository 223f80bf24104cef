"""Where the texts of a measurement are kept, for runs that hold none.

``python -m boss.texts`` takes the texts of a measurement from the data cache, makes its copies once more from
their seed, and keeps both in a file named by the measurement; the site reads the file. The measurement comes
from a stored run, perhaps a stranger's: its names are looked up among known ones and open nothing.
"""

from pathlib import Path

from boss.measurement import AttackSettings, Measurement

KEY = ["example_id", "variant", "degree"]
"""Columns that name a text of a measurement; a clean text has variant 0 and degree 0."""
Slot = tuple[str, int, float]
"""Their values: example, variant, degree."""
COLUMNS = [*KEY, "input_sha256", "label", "distance", "unperturbable"]
"""Columns of the file; after them one per input field of the task, tokens joined by spaces."""

_FORMAT = 2
"""Changes with the columns, so that no file of other columns is read."""


def texts_file(cache: Path, measurement: Measurement) -> Path:
    """Return where the texts are kept: one file for every model that was measured so."""
    return cache / "texts" / f"{measurement.id[:32]}-{_FORMAT}.parquet"


def clean(measurement: Measurement) -> Measurement:
    """Return the measurement of the same examples without an attack."""
    return measurement.model_copy(update={"attack": None})


def why_no_copies(attack: AttackSettings) -> str | None:
    """Return why the copies of an attack cannot be made again without its model; None where they may be."""
    if attack.transferred is not None:
        return (
            f"the copies were made for {attack.transferred.model} and taken out of its run "
            f"{attack.transferred.run}, so they cannot be made again without it"
        )
    if attack.access != "rule":
        return (
            f"the copies were chosen by asking the model ({attack.access} access), so they are its own and "
            "cannot be made again without it"
        )
    if attack.changed:
        return (
            f"the copies were made with options ({attack.label}); only those of the defaults are made again"
        )
    return None
