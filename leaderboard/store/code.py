"""Which code works the numbers out: a digest of its source, by which caches and snapshots are stamped."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import boss
from boss.results.schema import SCHEMA_VERSION

ROOT = Path(__file__).resolve().parents[2]
_OF_RUNS = ("boss/measurement.py", "boss/results", "boss/tasks.py")
READING = (*_OF_RUNS, "leaderboard/store/records.py")
"""What the rows of a run depend on apart from the run."""
SAMPLING = (*_OF_RUNS, "boss/metrics", "leaderboard/stats/values.py")
"""What resampled numbers depend on apart from the predictions."""
SOURCES = (
    *_OF_RUNS,
    "boss/metrics",
    "leaderboard/board",
    "leaderboard/stats",
    "leaderboard/store",
)
"""What a number on the site depends on apart from the runs: files, and folders with all their modules."""


def digest_of_sources(root: Path, sources: Iterable[str] = SOURCES) -> str:
    """Return the first 12 hexadecimal digits of the sha256 over names and content of the modules.

    Args:
        root: the folder of the packages; ``sources`` are paths below it.
    """
    digest = hashlib.sha256()
    for source in sorted(sources):
        place = root / source
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:12]


READER = f"schema {SCHEMA_VERSION}, code {digest_of_sources(ROOT, READING)}"
SAMPLER = f"schema {SCHEMA_VERSION}, code {digest_of_sources(ROOT, SAMPLING)}"
CODE = f"boss-robtest {boss.__version__}, schema {SCHEMA_VERSION}, code {digest_of_sources(ROOT)}"
"""What works the numbers out. Read once per process: the code that was loaded, not what lies there now."""
