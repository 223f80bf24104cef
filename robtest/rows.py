"""Rows of text files, read and written one at a time: .jsonl, .csv, .tsv and plain .txt."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from robtest.files import whole

Row = dict[str, object]

READ = (".jsonl", ".csv", ".tsv", ".txt")
WRITTEN = (".jsonl", ".csv", ".tsv")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_EXPECTED = {
    **dict.fromkeys(_SEPARATORS, "a header line and at least one row"),
    ".jsonl": "at least one JSON object on a line",
    ".txt": "at least one line",
}


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file: JSON objects, or the columns under a header; a .txt's lines as ``text``.

    Raises:
        ValueError: naming the file and line, for another kind of file or a row that cannot be read.
    """
    _check_suffix(path, READ)
    # A field of csv may be a whole document; Python's default ends at 128 kB.
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            empty = True
            for row in _rows(path, stream):
                empty = False
                yield row
            if empty:
                raise ValueError(f"{path} holds no rows; expected {_EXPECTED[path.suffix]}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read: {error}; expected UTF-8 {path.suffix[1:]}") from error


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Write rows of the same columns to a new file, which appears whole or not at all; return how many.

    Lists and mappings become JSON inside .csv and .tsv.

    Raises:
        ValueError: for another kind of file, one that exists, or one that cannot be written.
    """
    _check_suffix(path, WRITTEN)
    if path.exists():
        raise ValueError(f"{path} exists and is not overwritten; remove it, or name another file")
    try:
        # What is no Unicode (half of a surrogate pair) becomes \\udXXX, which JSON reads back.
        with whole(path) as file:
            stream = TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
            n = _write(path.suffix, stream, rows)
            stream.detach()  # closed with it, the file could not be synced
            return n
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror or error}") from error


def _rows(path: Path, stream: TextIO) -> Iterator[Row]:
    if path.suffix in _SEPARATORS:
        reader = csv.DictReader(stream, delimiter=_SEPARATORS[path.suffix], strict=True)
        for record in reader:
            if None in record or None in record.values():
                raise ValueError(f"{path}, line {reader.line_num}: as many fields as in the header, please")
            yield dict(record)
        return
    for number, line in enumerate(stream, 1):
        value = line.rstrip("\r\n")
        if path.suffix == ".txt":
            yield {"text": value}
            continue
        try:
            row = json.loads(value)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: no JSON: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f'{path}, line {number}: expected an object such as {{"text": "..."}}')
        yield row


def _write(suffix: str, stream: TextIO, rows: Iterable[Mapping[str, object]]) -> int:
    if suffix == ".jsonl":
        return sum(1 for row in rows if stream.write(json.dumps(row, ensure_ascii=False) + "\n"))
    n, writer = 0, None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(stream, list(row), delimiter=_SEPARATORS[suffix])
            writer.writeheader()
        writer.writerow({key: _flat(value) for key, value in row.items()})
        n += 1
    return n


def _flat(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _check_suffix(path: Path, suffixes: Sequence[str]) -> None:
    if path.suffix not in suffixes:
        raise ValueError(f"{path}: the name must end with one of {', '.join(suffixes)}")
