"""Small measurements and predictions tables."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.results.schema import PREDICTIONS

Row = tuple[Any, ...]


@pytest.fixture
def make_cell() -> Callable[..., Measurement]:
    def make(
        n: int, task: str = "sentiment", labels: Sequence[str] = ("negative", "positive"), **changes: Any
    ) -> Measurement:
        fields: dict[str, Any] = {
            "suite": "mini",
            "suite_version": "1",
            "task": task,
            "dataset": "reviews",
            "split": "test",
            "role": "id",
            "recall_only": False,
            "stand_in": True,
            "labels": tuple(labels),
            "dataset_revision": "1",
            "dataset_sha256": "a" * 64,
            "n_total": n,
            "n_evaluated": n,
            "subset": "all",
        }
        return Measurement(**{**fields, **changes})

    return make


@pytest.fixture
def make_attack() -> Callable[..., AttackSettings]:
    def make(degrees: Sequence[float], n_variants: int, **changes: Any) -> AttackSettings:
        fields: dict[str, Any] = {
            "dimension": "typo",
            "level": "char",
            "tag": "malicious",
            "access": "rule",
            "field": "text",
            "version": "1",
            "options": {},
            "search": SearchSettings(version="1", options={}),
            "name": "typo",
            "n_variants": n_variants,
            "seed": 0,
            "degrees": tuple(degrees),
        }
        return AttackSettings(**{**fields, **changes})

    return make


@pytest.fixture
def make_table() -> Callable[..., pa.Table]:
    """Rows are (example, label, prediction) or (example, label, prediction, variant, degree)."""

    def make(
        rows: Sequence[Row],
        sources: dict[str, str] | None = None,
        probs: dict[str, Sequence[float]] | None = None,
    ) -> pa.Table:
        full = [(*row, None, None)[:5] for row in rows]
        made = [
            {
                "example_id": example,
                "source": (sources or {}).get(example, example),
                "variant": variant,
                "degree": degree,
                "input_sha256": "b" * 64,
                "label": label,
                "prediction": prediction,
                "probs": (probs or {}).get(example),
                "distance": degree,
                "unperturbable": None if degree is None else False,
                "truncated": False,
            }
            for example, label, prediction, variant, degree in full
        ]
        return pa.Table.from_pylist(made, schema=PREDICTIONS)

    return make


@pytest.fixture
def leave_alone() -> Callable[..., pa.Table]:
    """Say of the copies that ``chosen(example, variant, degree)`` names that no edit of them fitted."""

    def change(table: pa.Table, chosen: Callable[[str, int, float], bool]) -> pa.Table:
        rows = [(r["example_id"], r["variant"], r["degree"]) for r in table.to_pylist()]
        at = table.schema.get_field_index("unperturbable")
        flags = pa.array([row[2] > 0 and chosen(*row) for row in rows])
        return table.set_column(at, table.schema.field(at), flags)

    return change
