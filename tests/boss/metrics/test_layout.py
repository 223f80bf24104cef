from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.layout import lay_out
from boss.results.schema import PREDICTIONS

Make = Callable[..., Any]
N, P = "negative", "positive"


@pytest.fixture
def measurement(make_cell: Make, make_attack: Make) -> Measurement:
    made: Measurement = make_cell(2, attack=make_attack((0, 0.1), 2))
    return made


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        {
            "example_id": example,
            "source": example,
            "variant": variant,
            "degree": degree,
            "input_sha256": "b" * 64,
            "label": N,
            "prediction": P,
            "distance": degree,
            "unperturbable": False,
            "truncated": False,
        }
        for example in ("x", "y")
        for variant, degree in ((0, 0.0), (0, 0.1), (1, 0.1))
    ]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def test_every_answer_is_found_wherever_its_row_stands(
    measurement: Measurement, rows: list[dict[str, Any]]
) -> None:
    backwards = rows[::-1]
    layout = lay_out(measurement, table(backwards))
    assert [backwards[i]["example_id"] for i in layout.clean] == ["x", "y"]
    found = [(backwards[i]["example_id"], backwards[i]["variant"]) for i in layout.copies.ravel()]
    assert found == [("x", 0), ("x", 1), ("y", 0), ("y", 1)]
    assert layout.pairs == ((N, P),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.pop(5), "rows missing: example y, variant 1, degree 0.1"),
        (lambda r: r.pop(3), "rows missing: example y, degree 0"),
        (lambda r: r.append(r[1]), "rows given twice: example x, variant 0, degree 0.1"),
        (lambda r: r.append(r[0]), "rows given twice: example x, degree 0"),
        (lambda r: r[1].update(degree=0.15), "unknown variant or degree: example x, variant 0, degree 0.15"),
        (lambda r: r[1].update(variant=2), "unknown variant or degree: example x, variant 2"),
        (lambda r: r[1].update(variant=-1), "unknown variant or degree: example x, variant -1"),
        (lambda r: r[0].update(variant=1), "unknown variant or degree: example x, variant 1, degree 0"),
        (lambda r: r[1].update(degree=float("nan")), "unknown variant or degree"),
        (lambda r: r[1].update(distance=0.11), "distance outside .0, degree.: example x, variant 0"),
        (lambda r: r[1].update(distance=float("nan")), "distance outside"),
        (lambda r: r[1].update(distance=None), "column distance has empty values"),
        (lambda r: r[1].update(variant=None), "column variant has empty values"),
        (lambda r: r[1].update(label=P), "more than one label: example x"),
        (lambda r: r[1].update(source="y"), "more than one source: example x"),
        (lambda r: r[1].update(example_id="z"), "3 examples, and the measurement is of n_evaluated=2"),
        (lambda r: r.clear(), "there are no predictions"),
    ],
)
def test_a_table_that_is_not_the_cells_is_refused_by_name(
    measurement: Measurement,
    rows: list[dict[str, Any]],
    change: Callable[[list[dict[str, Any]]], object],
    message: str,
) -> None:
    rows = [dict(row) for row in rows]
    change(rows)
    with pytest.raises(ResultError, match=f"{measurement.name}: .*{message}"):
        lay_out(measurement, table(rows))


def test_many_missing_rows_are_counted(measurement: Measurement, rows: list[dict[str, Any]]) -> None:
    wide = measurement.model_copy(
        update={"attack": measurement.attack and measurement.attack.model_copy(update={"n_variants": 9})}
    )
    with pytest.raises(ResultError, match=r"rows missing: .* and 11 more"):
        lay_out(wide, table(rows))


def test_a_clean_cell_refuses_rows_under_attack(make_cell: Make, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ResultError, match="a clean measurement has rows with a variant"):
        lay_out(make_cell(2), table(rows))


def test_a_missing_or_mistyped_column_is_named(measurement: Measurement, rows: list[dict[str, Any]]) -> None:
    good = table(rows)
    with pytest.raises(ResultError, match="lack the columns prediction, truncated"):
        lay_out(measurement, good.drop_columns(["prediction", "truncated"]))
    bad = good.set_column(good.schema.get_field_index("variant"), "variant", pa.array(["first"] * 6))
    with pytest.raises(ResultError, match="column of another type"):
        lay_out(measurement, bad)
