"""What the predictions of a measurement say of its data: which examples, which inputs, which labels."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from boss.measurement import Measurement
from boss.results.migrations import IDENTITY_SINCE
from boss.results.parts import part_paths, provenance, read_part
from boss.results.reduce import INPUT_DIGITS
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.trimmed import answers_kept
from robtest.plural import counted

_MEASURE = "Measure again with `python -m boss.eval`; predictions are not edited."
_HEX = r"^[0-9a-f]{64}$"
_SHORT_HEX = rf"^[0-9a-f]{{{INPUT_DIGITS}}}([0-9a-f]{{{64 - INPUT_DIGITS}}})?$"


@dataclass(frozen=True, slots=True)
class Row:
    """An example as the data manifest knows it; ``answer`` is the digest of its gold answer."""

    source: str
    input_sha256: str
    answer: str


def clean_rows(measurement: Measurement, table: pa.Table) -> dict[str, Row]:
    """Return the examples of a measurement by id, from its clean answers.

    Raises:
        ValueError: if a gold answer of a question is not JSON.
    """
    kind = measurement.definition.kind
    clean = table.filter(_is_clean(table))
    columns = (clean[name].to_pylist() for name in ("example_id", "source", "input_sha256", "label"))
    return {
        key: Row(source, sha, _answer(kind, label)) for key, source, sha, label in zip(*columns, strict=True)
    }


def clean_answers(table: pa.Table) -> dict[str, str | None]:
    """Return the clean prediction of each example, by id."""
    clean = table.filter(_is_clean(table))
    return dict(zip(clean["example_id"].to_pylist(), clean["prediction"].to_pylist(), strict=True))


def data_sha256(rows: Mapping[str, Row]) -> str:
    """Return the digest of a split, as `boss.data.types.Split.sha256` makes it of the texts themselves."""
    return _digest(sorted((key, row.input_sha256, row.answer, row.source) for key, row in rows.items()))


def check_data(stored: StoredRun, line: int, record: Record, table: pa.Table) -> Iterator[Finding]:
    """Hold a measurement's rows against the digest of its data, and its parts against the model they name.

    Args:
        line: of the measurement's first ``record`` in records.jsonl.
    """
    measurement = record.measurement
    where = f"{RUN_FOLDER}/predictions/{measurement.name}"
    try:
        digest = data_sha256(clean_rows(measurement, table))
    except ValueError as error:
        yield Finding("error", "label", where, None, f"a gold answer is not JSON: {error}", _MEASURE)
        return
    if digest != measurement.dataset_sha256 and answers_kept(stored, measurement):
        message = f"{measurement.name}: ids, inputs or labels have digest {digest[:12]}, "
        message += f"dataset_sha256 says {measurement.dataset_sha256[:12]}"
        yield Finding("error", "other_data", f"{RUN_FOLDER}/{RECORDS}", line, message, _MEASURE)
    pattern = _SHORT_HEX if stored.run.trimmed else _HEX
    if not pc.all(pc.match_substring_regex(table["input_sha256"], pattern)).as_py():
        yield Finding("error", "input_sha256", where, None, "a value is no sha256", _MEASURE)
    if stored.version < IDENTITY_SINCE:
        return  # the digest below was over the fields of that version
    maker = provenance(measurement, record.model)
    for path in part_paths(stored.path, measurement.name):
        if read_part(path)[2] != maker:
            message = "was made of another measurement or by another model than its records say"
            yield Finding("error", "other_model", f"{where}/{path.name}", None, message, _MEASURE)


def check_clean_answers(
    key: str, attacked: pa.Table, clean: pa.Table, measurement: Measurement
) -> Iterator[Finding]:
    """Hold the degree 0 of an attacked measurement against the clean measurement of the same dataset."""
    where = f"{RUN_FOLDER}/predictions/{key}"
    rows, clean_examples = clean_rows(measurement, attacked), clean_rows(measurement, clean)
    others = sorted(name for name, row in rows.items() if clean_examples.get(name) != row)
    if others:
        message = (
            f"{counted(len(others), 'example')} {'is' if len(others) == 1 else 'are'} not "
            f"of the clean measurement, such as {others[0][:80]!r}"
        )
        yield Finding("error", "other_data", where, None, message, _MEASURE)
        return
    answers, before = clean_answers(attacked), clean_answers(clean)
    differing = sorted(name for name in answers if answers[name] != before[name])
    if differing:
        message = (
            f"{len(differing)} of {counted(len(answers), 'clean answer')} are not those "
            "of the clean measurement, "
        )
        message += f"such as that to {differing[0][:80]!r}"
        cure = "A model must answer the same text alike: switch off dropout and sampling."
        yield Finding("warning", "unstable_answers", where, None, message, cure)


def _is_clean(table: pa.Table) -> pa.ChunkedArray:
    return pc.equal(pc.fill_null(table["degree"], 0.0), 0.0)


def _answer(kind: str, label: str) -> str:
    """Undo `boss.tasks.encode_answer` and digest what it was of."""
    if kind == "tagging":
        return _digest(label.split(" "))
    return _digest(json.loads(label) if kind == "span" else label)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
