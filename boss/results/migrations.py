"""Older run directories, read as if they were written today.

Every change of what a run directory holds raises SCHEMA_VERSION, adds the step from the version before it
here, and adds a run of the old version to ``tests/boss/results/fixtures``, which stays readable for good.
"""

from collections.abc import Callable
from typing import Any

from boss.errors import ResultError
from boss.results.schema import SCHEMA_VERSION, Aggregate

Raw = dict[str, Any]
Step = Callable[[Raw], Raw]


def _same(raw: Raw) -> Raw:
    return raw


def _record_1(raw: Raw) -> Raw:
    """Say of a bootstrap that every resample had the number, which was so of all numbers of version 1."""
    score = raw["score"]
    ci = score["ci"]
    n_undefined = 0 if ci["method"] == "bootstrap" else None
    return {**raw, "score": {**score, "ci": {**ci, "n_undefined": n_undefined}}}


def _run_2(raw: Raw) -> Raw:
    """Say that the predictions are whole: trimming came with version 3."""
    return {**raw, "trimmed": False}


RUN_STEPS: dict[int, Step] = {1: _same, 2: _run_2}
"""Version -> function from a run.json of that version to one of the next."""

RECORD_STEPS: dict[int, Step] = {1: _record_1, 2: _same}
"""Version -> function from a line of records.jsonl of that version to one of the next."""

SUMMARY_STEPS: dict[int, Step] = {2: _same}
"""The same for summaries.jsonl, which began with version 2."""

SUMMARIES_SINCE = 2
AGGREGATES_UNTIL: dict[int, frozenset[Aggregate]] = {1: frozenset({"clean", "average", "worst"})}
"""Version -> all aggregates it knew: what came later is not missed in a run of that version."""

EXPANDED_SINCE = 3
"""The version whose bootstrap intervals are widened for few units (`boss.metrics.intervals.percentile`)."""

INTERVALS_SINCE: dict[Aggregate, int] = {"d50_average": 3, "d50_worst": 3}
"""Aggregate -> the version since which its interval is made as it is now: since then d50 counts the chance
level's own uncertainty. The intervals that older versions gave them cannot be made again."""

METRICS_SINCE = {"brier": 3, "ece": 3, "confidence_when_wrong": 3}
"""Metric -> the version it came with; all others are of version 1."""


def known(version: int, metric: str, aggregate: Aggregate) -> bool:
    """Whether a run of ``version`` was to hold this number: one that came later is not missed in it."""
    aggregates = AGGREGATES_UNTIL.get(version)
    return METRICS_SINCE.get(metric, 1) <= version and (aggregates is None or aggregate in aggregates)


def migrate(raw: Raw, steps: dict[int, Step], current: int = SCHEMA_VERSION) -> Raw:
    """Return ``raw`` as the current version would have written it.

    Raises:
        ResultError: naming the version, if no chain of steps leads from it to the current one.
    """
    found = raw.get("schema_version")
    version = found
    while version != current:
        if not isinstance(version, int) or version not in steps:
            raise ResultError(
                f"schema_version {found!r} cannot be read; this code reads version {current} and older ones "
                f"it has a migration for ({', '.join(map(str, sorted(steps))) or 'none'}). "
                "Upgrade boss-robtest, or measure again."
            )
        raw = {**steps[version](raw), "schema_version": version + 1}
        version += 1
    return raw
