"""Tables that are worked out once and kept: named by a digest of all they follow from."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from boss.errors import ResultError
from boss.results.files import write_atomic
from leaderboard.store.code import CODE

_LOG = logging.getLogger(__name__)
_MOST = 2000
"""Tables in the folder; the oldest go first."""


def kept(folder: Path, what: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a table out of ``folder``, or worked out and put there.

    Args:
        what: all that it follows from beside the code.
        make: works it out; its index is no part of what is kept.
    """
    digest = hashlib.sha256(f"{CODE}\n{what}".encode()).hexdigest()[:32]
    file = folder / f"{digest}.parquet"
    if file.exists():
        try:
            found: pd.DataFrame = pq.read_table(file, use_threads=False).to_pandas()
            return found
        except (OSError, pa.ArrowException) as error:
            _LOG.warning("%s cannot be read (%s); it is worked out again", file, error)
    table = make().reset_index(drop=True)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), sink)
    try:
        write_atomic(file, sink.getvalue().to_pybytes())
    except (OSError, ResultError) as error:
        _LOG.warning("a table is not kept, the next start works it out again: %s", error)
        return table
    tidy(folder, _MOST)
    return table


def tidy(folder: Path, most: int) -> None:
    """Delete the oldest tables of ``folder`` beyond ``most``; one that is asked for again is made again."""
    files = sorted(folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime)
    for file in files[:-most]:
        file.unlink(missing_ok=True)
