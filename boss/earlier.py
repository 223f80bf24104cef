"""What the same search asked of other models before, read off the runs of a folder."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from boss.measurement import AttackSettings, attack_of
from boss.results.schema import Record
from boss.results.store import RECORDS, find_runs

MOST_RUNS = 100
"""Runs that are looked at, the newest first."""


class Before(NamedTuple):
    """Measurements under one attack, of whichever model and data.

    Attributes:
        n_texts: texts that models answered in them, a second time included; ``n_examples`` were attacked.
    """

    n_measurements: int = 0
    n_examples: int = 0
    n_texts: int = 0

    @property
    def each(self) -> float:
        """Texts of one example, on average."""
        return self.n_texts / self.n_examples


def asked_before(folder: Path, attacks: Iterable[AttackSettings], *, twice: bool) -> dict[str, Before]:
    """Return what was asked under attacks that were measured, by the digest (`boss.measurement.attack_of`).

    What cannot be read is passed over, and so is what another version wrote, as it tells nothing of today's
    search.

    Args:
        folder: of runs; it need not be there.
        twice: of models that are asked again (`boss.noise`); else of the others.
    """
    wanted = {attack_of(attack) for attack in attacks}
    found: dict[str, Before] = {}
    runs = sorted(find_runs(folder), key=lambda run: run.name, reverse=True) if wanted else []
    for run in runs[:MOST_RUNS]:
        for record in _searched(run / RECORDS):
            attack, cost = record.measurement.attack, record.cost
            key = "" if attack is None else attack_of(attack)
            if key in wanted and (cost.n_again is not None) == twice and record.measurement.n_evaluated:
                n, examples, texts = found.get(key, Before())
                more = cost.n_forward + (cost.n_again or 0)
                found[key] = Before(n + 1, examples + record.measurement.n_evaluated, texts + more)
    return found


def _searched(file: Path) -> Iterator[Record]:
    """Yield a record of each measurement under a search."""
    seen: set[str] = set()
    for line in file.read_bytes().split(b"\n") if file.is_file() else []:
        raw = _row(line)
        name = str(raw.get("predictions"))
        if name in seen:
            continue
        seen.add(name)
        try:
            record = Record.model_validate_json(json.dumps(raw), strict=True)
        except ValidationError:
            continue
        if record.measurement.attack is not None and record.measurement.attack.access != "rule":
            yield record


def _row(line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except ValueError:  # torn, or the end of the file
        return {}
    # The digest of a record follows from its other fields.
    return (
        {name: value for name, value in raw.items() if name != "record_id"} if isinstance(raw, dict) else {}
    )
