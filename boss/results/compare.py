"""Whether two numbers may stand side by side."""

from boss.errors import ResultError
from boss.results.schema import AttackCell, Record


def check_comparable(a: Record, b: Record) -> None:
    """Refuse to compare two records that measure different things.

    Models, code and seeds may differ: that is what is compared. The seed of an attack may differ too, as
    it draws other copies of the same kind.

    Raises:
        ResultError: naming every difference: data, metric, aggregate, degree, number of variants ...
    """
    left, right = _what(a), _what(b)
    differing = [name for name in left if left[name] != right[name]]
    if differing:
        reasons = "; ".join(f"{name}: {left[name]!r} and {right[name]!r}" for name in differing)
        raise ResultError(
            f"{a} of {a.model.id} and {b} of {b.model.id} cannot be compared, they differ in {reasons}. "
            "Measure both models on the same data with the same attack."
        )


def _what(record: Record) -> dict[str, object]:
    """Return what a record measures, apart from the model."""
    cell, score = record.cell, record.score
    fields = ("suite", "task", "dataset", "split", "labels", "dataset_sha256", "n_evaluated")
    return {
        "benchmark": record.benchmark,
        "benchmark_version": record.benchmark_version,
        **{name: getattr(cell, name) for name in fields},
        "metric": score.metric,
        "aggregate": score.aggregate,
        "degree": score.degree,
        **_attack(cell.attack, record),
    }


def _attack(attack: AttackCell | None, record: Record) -> dict[str, object]:
    fields = (
        "dimension",
        "level",
        "tag",
        "access",
        "field",
        "version",
        "n_variants",
        "query_budget",
        "options",
    )
    what: dict[str, object] = {name: getattr(attack, name, None) for name in fields}
    # Worst and success are taken over all degrees up to their own, so the grid below it counts; of what
    # is read off the curve the whole grid does.
    grid: tuple[float, ...] = ()
    if attack is not None and record.score.aggregate != "average":
        highest = 1.0 if record.score.degree is None else record.score.degree
        grid = tuple(sorted(d for d in attack.degrees if 0 < d <= highest))
    return {**what, "degrees up to it": grid}
