"""Whether labels, predictions and probabilities of a measurement are of its label set."""

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boss.measurement import Measurement
from boss.tasks import bio_tags
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from robtest.plural import counted

_SUM_TOLERANCE = 1e-4  # probabilities come from float32 too
_MAP = "Map the model's labels to the dataset's (see boss.models.label_map), then measure again."


def check_labels(measurement: Measurement, table: pa.Table, step: float = 0.0) -> Iterator[Finding]:
    """Yield labels and predictions outside the label set, and probabilities that are none.

    Args:
        step: to whose multiples probabilities were rounded; 0 where they were not.
    """
    where = f"{RUN_FOLDER}/predictions/{measurement.name}"
    for code, message in _problems(measurement, table, step):
        yield Finding("error", code, where, None, message, _MAP)


def _problems(measurement: Measurement, table: pa.Table, step: float) -> Iterator[tuple[str, str]]:
    task = measurement.definition
    task_labels = {*task.labels, *task.merged}
    if task.kind == "tagging":
        tags = bio_tags(measurement.labels)
        yield from _unknown("label", _tags(table["label"]), tags)
        yield from _unknown("prediction", _tags(table["prediction"]), tags)
        if any(_n_tags(a) != _n_tags(b) for a, b in _pairs(table) if b is not None):
            yield "label_set", "a prediction has another number of tags than its label"
        return
    if task.kind == "span":
        if not all(_is_list(label) for label in pc.unique(table["label"]).to_pylist()):
            yield "label_set", "a label is no JSON list of answers"
        return
    if not set(measurement.labels) <= task_labels:
        yield (
            "label_set",
            f"the measurement's labels {list(measurement.labels)} are not those of task {task.name}",
        )
    yield from _unknown("label", set(pc.unique(table["label"]).to_pylist()), measurement.labels)
    predictions = set(pc.unique(table["prediction"]).to_pylist()) - {None}
    yield from _unknown("prediction", predictions, measurement.labels)
    yield from _probabilities(measurement, table, step)


def _unknown(what: str, values: set[str], labels: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    others = sorted(values - set(labels))
    if others:
        shown = f"{others[0][:80]!r}" + (f" and {len(others) - 1} more" if len(others) > 1 else "")
        yield "label_set", f"{what} {shown} is not one of {', '.join(labels)}"


def _tags(column: pa.ChunkedArray) -> set[str]:
    return {tag for text in pc.unique(column).to_pylist() if text for tag in text.split(" ")}


def _n_tags(text: str) -> int:
    return len(text.split(" "))


def _pairs(table: pa.Table) -> Iterator[tuple[str, str | None]]:
    return zip(table["label"].to_pylist(), table["prediction"].to_pylist(), strict=True)


def _is_list(label: str) -> bool:
    try:
        value = json.loads(label)
    except ValueError:
        return False
    return isinstance(value, list) and all(isinstance(answer, str) for answer in value)


def _probabilities(measurement: Measurement, table: pa.Table, step: float) -> Iterator[tuple[str, str]]:
    subset = table.filter(pc.and_(table["probs"].is_valid(), table["prediction"].is_valid()))
    if not subset.num_rows:
        return
    lengths = pc.unique(pc.list_value_length(subset["probs"])).to_pylist()
    if lengths != [len(measurement.labels)]:
        yield (
            "probabilities",
            f"rows have {lengths} probabilities, the measurement {counted(len(measurement.labels), 'label')}",
        )
        return
    flat = subset["probs"].combine_chunks().flatten()
    values = flat.to_numpy(zero_copy_only=False).astype(np.float64).reshape(-1, len(measurement.labels))
    if not np.isfinite(values).all():
        yield "probabilities", "a probability is empty, NaN or infinite"
        return
    # Each was rounded by half a step at most.
    off = np.abs(values.sum(axis=1) - 1) > _SUM_TOLERANCE + step / 2 * len(measurement.labels)
    if (values < 0).any() or off.any():
        yield "probabilities", "probabilities are negative or do not sum to 1"
    index = {label: i for i, label in enumerate(measurement.labels)}
    chosen = np.array([index.get(p, -1) for p in subset["prediction"].to_pylist()])
    rows = np.flatnonzero(chosen >= 0)
    best = values.max(axis=1)[rows]
    n_lower = int((values[rows, chosen[rows]] < best - _SUM_TOLERANCE - step).sum())
    if n_lower:
        yield (
            "probabilities",
            (
                f"{counted(n_lower, 'prediction')} "
                f"{'is' if n_lower == 1 else 'are'} not the most probable label"
            ),
        )
