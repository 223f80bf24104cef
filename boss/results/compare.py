"""Whether two numbers may stand side by side."""

from boss.errors import ResultError
from boss.results.schema import Record


def check_comparable(a: Record, b: Record) -> None:
    """Refuse to compare two numbers of different measurements; models and code may differ.

    Raises:
        ResultError: naming every difference in words (`boss.measurement.Measurement.differences`).
    """
    number = a.score.aggregate, a.score.degree
    differences = [
        f"{name}: {getattr(a.score, name)!r} and {getattr(b.score, name)!r}"
        for name in ("metric", "aggregate", "degree")
        if getattr(a.score, name) != getattr(b.score, name)
    ]
    differences += a.measurement.differences(b.measurement, number)
    if differences:
        raise ResultError(
            f"{a} of {a.model.id} and {b} of {b.model.id} cannot be compared, they differ in "
            f"{'; '.join(differences)}. Measure both models on the same data with the same attack."
        )
