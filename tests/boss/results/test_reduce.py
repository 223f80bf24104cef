from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.results.reduce import reduced
from boss.results.schema import PREDICTIONS


@pytest.fixture
def clean(tiny: ModuleType) -> Measurement:
    measurement: Measurement = tiny.make_cell(attacked=False)
    return measurement


def rows(tiny: ModuleType, measurement: Measurement, **changes: Any) -> pa.Table:
    """The first part of a measurement, every row with these values."""
    made = [{**row, **changes} for row in tiny.make_part(measurement, 0).to_pylist()]
    return pa.Table.from_pylist(made, schema=PREDICTIONS)


def test_a_copy_keeps_no_text_no_probabilities_and_half_a_digest(tiny: ModuleType) -> None:
    measurement = tiny.make_cell(attacked=True)
    whole = tiny.make_part(measurement, 0)
    table = reduced(measurement, whole[::-1])
    assert table.schema == PREDICTIONS
    assert table["text"].null_count == table["probs"].null_count == table.num_rows
    assert {(row["degree"] > 0, len(row["input_sha256"])) for row in table.to_pylist()} == {
        (False, 64),
        (True, 12),
    }
    kept = ["example_id", "variant", "degree", "source", "label", "prediction", "distance", "unperturbable"]
    order = [(name, "ascending") for name in kept[:3]]
    assert table.select(kept) == whole.sort_by(order).select(kept).combine_chunks()


@pytest.mark.parametrize(
    ("probs", "expected"),
    [
        ([0.123456, 0.876544], [0.1235, 0.8765]),
        ([0.49999, 0.50001], [0.49999, 0.50001]),  # rounded, the first label would be on top
        ([0.50001, 0.49999], [0.5, 0.5]),  # it is on top anyhow
        ([1.0, 0.0], [1.0, 0.0]),
        (None, None),
    ],
)
def test_probabilities_are_rounded_but_never_change_the_top_label(
    probs: list[float] | None, expected: list[float] | None, tiny: ModuleType, clean: Measurement
) -> None:
    assert reduced(clean, rows(tiny, clean, probs=probs))["probs"].to_pylist() == [expected] * 2


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("ModelError: impossible output for 'A lovely evening'", "ModelError"),
        ("TimeoutError", "TimeoutError"),
        ("A lovely evening: no answer", "Error"),
        (None, None),
    ],
)
def test_of_an_error_the_kind_stays(
    message: str | None, kind: str | None, tiny: ModuleType, clean: Measurement
) -> None:
    assert reduced(clean, rows(tiny, clean, error=message))["error"].to_pylist() == [kind] * 2


def test_answers_to_questions_are_digested_and_tags_are_not(tiny: ModuleType) -> None:
    qa = tiny.make_cell(attacked=False, task="qa", labels=())
    table = reduced(qa, rows(tiny, qa, label='["the mill"]', prediction="Mill", probs=None))
    [label], [prediction] = (set(table[name].to_pylist()) for name in ("label", "prediction"))
    assert label == f'["{prediction}"]'
    assert "mill" not in prediction.lower()
    ner = tiny.make_cell(attacked=False, task="ner", labels=("person",))
    tags = rows(tiny, ner, label="B-person O", prediction="O O", probs=None, piece_tags="O O,O")
    assert reduced(ner, tags).drop_columns("text") == tags.drop_columns("text")


@pytest.mark.parametrize("column", ["example_id", "source"])
def test_an_id_that_may_be_a_text_is_refused(column: str, tiny: ModuleType, clean: Measurement) -> None:
    with pytest.raises(
        ResultError, match=f"1 of column {column} have white space, such as 'A lovely evening'"
    ):
        reduced(clean, rows(tiny, clean, **{column: "A lovely evening"}))
