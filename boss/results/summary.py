"""The lines of summaries.jsonl: numbers over several measurements of a run."""

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from boss.measurement import Count, Fraction, Role, Strict, Transferred, without_none
from boss.results.schema import SCHEMA_VERSION, Aggregate, Interval
from robtest.types import Access, Level, Tag


class AttackGroup(Strict):
    """What a reader is told of the attacks behind a summary; its measurements say what was measured.

    Attributes:
        scope: ``dimension``; ``level``: the mean over the dimensions of a level; ``overall``: over all.
        name: of the attack in the run, with ``dimension`` and ``tag``: of the scope ``dimension`` only.
        level: None overall.
        n_dimensions: over how many the mean is taken.
        transferred: see `boss.measurement.AttackSettings`.
    """

    scope: Literal["dimension", "level", "overall"]
    name: str | None
    dimension: str | None
    tag: Tag | None
    level: Level | None
    n_dimensions: Count
    access: Access
    field: str
    n_variants: Count
    degrees: tuple[Fraction, ...]
    transferred: Transferred | None = None

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_none(handler(self), "transferred")


class Summary(Strict):
    """One number over several measurements of a run: a line of summaries.jsonl.

    It is the mean over dimensions of the mean over datasets; what is read off a curve is read off the
    mean curve. The worst of the datasets is the ``lowest``, or the ``highest`` where lower is better. All
    measurements are of one task, metric and role.

    Attributes:
        suite: extended name, where datasets were added to the task.
        measurements: names of those it is over, sorted; their records say what was measured.
        n_scored: distinct examples behind it; each counts once, however many dimensions attacked it.
        coverage: the mean of those of the numbers behind it (`boss.results.schema.Score`), which weigh in it
            as they weigh in the value; None where one of them has none.
        seed: of the bootstrap.
    """

    schema_version: int = SCHEMA_VERSION
    suite: str
    model: str
    method: str
    task: str
    role: Role
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
    coverage: Fraction | None = None
    measurements: tuple[str, ...]
    seed: int

    def __str__(self) -> str:
        """``metric@role`` and what it is over, such as ``accuracy@ood mean+typo:0.1/average``."""
        name = f"{self.metric}@{self.role} {self.over}"
        if self.attack is None:
            return name
        what = self.attack.dimension or self.attack.level or self.attack.scope
        degree = "" if self.degree is None else f":{self.degree:g}"
        return f"{name}+{what}{degree}/{self.aggregate}"
