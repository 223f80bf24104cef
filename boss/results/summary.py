"""The lines of summaries.jsonl: numbers over several cells of a run."""

from typing import Literal

from boss.results.schema import (
    BENCHMARK,
    SCHEMA_VERSION,
    Access,
    Aggregate,
    Count,
    Fraction,
    Interval,
    Level,
    Strict,
    Tag,
)


class AttackGroup(Strict):
    """What the attacked cells of a summary have in common.

    Attributes:
        scope: ``dimension``; ``level``: the mean over the dimensions of a level; ``overall``: over all.
        dimension: with ``tag``, of the scope ``dimension`` only; ``level`` is None overall.
        n_dimensions: over how many the mean is taken.
    """

    scope: Literal["dimension", "level", "overall"]
    dimension: str | None
    tag: Tag | None
    level: Level | None
    n_dimensions: Count
    access: Access
    field: str
    n_variants: Count
    query_budget: Count | None
    degrees: tuple[Fraction, ...]


class Summary(Strict):
    """One number over several cells of a run: a line of summaries.jsonl.

    It is the mean over dimensions of the mean over datasets; what is read off a curve is read off the
    mean curve. The worst of the datasets is the ``lowest``, or the ``highest`` where lower is better. All
    cells are of one task, metric and role.

    Attributes:
        cells: keys of the cells it is over, sorted; their records say what was measured.
        n_scored: distinct examples behind it; each counts once, however many dimensions attacked it.
        seed: of the bootstrap.
    """

    schema_version: int = SCHEMA_VERSION
    benchmark: str = BENCHMARK
    benchmark_version: str
    suite: str
    model: str
    method: str
    task: str
    role: Literal["id", "ood"]
    over: Literal["mean", "lowest", "highest"]
    attack: AttackGroup | None
    metric: str
    aggregate: Aggregate
    degree: Fraction | None
    value: float
    ci: Interval
    higher_is_better: bool
    minimum: float
    maximum: float
    n_datasets: Count
    n_scored: Count
    cells: tuple[str, ...]
    seed: int

    def __str__(self) -> str:
        """``metric@role`` and what it is over, such as ``accuracy@ood mean+typo:0.1/average``."""
        name = f"{self.metric}@{self.role} {self.over}"
        if self.attack is None:
            return name
        what = self.attack.dimension or self.attack.level or self.attack.scope
        degree = "" if self.degree is None else f":{self.degree:g}"
        return f"{name}+{what}{degree}/{self.aggregate}"
