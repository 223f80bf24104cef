"""Tables that the library ``datasets`` reads: of the Hugging Face hub at a revision, or of the user's disk.

What it reads is kept as one Parquet file for each split, which `boss.data.readers.parquet` turns into
examples row by row; so a file gives the same examples from the hub and from the disk. CSV and JSON are gone
through beside it: it would take a comma too many for a column, and make one kind of value out of several. No
code of a dataset is run: the library has had none since its version 4.
"""

import csv
import hashlib
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from boss.data.hub import Hub, gated, hub_errors
from boss.data.readers.base import json_rows
from boss.data.readers.table import rows_apart, width_error
from boss.data.sources import Fetched, LocalFile
from boss.errors import DataError, DatasetMissing
from robtest.assets import Member
from robtest.files import whole

FORMATS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    ".csv": ("csv", {}),
    ".tsv": ("csv", {"sep": "\t"}),
    ".json": ("json", {}),
    ".jsonl": ("json", {}),
    ".parquet": ("parquet", {}),
    ".txt": ("text", {}),
}
"""Suffix -> builder of the library, and its options."""


@dataclass(frozen=True)
class HubDataset:
    """A dataset of the Hugging Face hub; the names under ``files:`` are its splits.

    ``HF_HOME``, ``HF_ENDPOINT``, ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` mean what they mean to the library. A
    split that was read once is not asked for again.

    Attributes:
        id: namespaced id, as in ``owner/name``.
        name: of the configuration; None for the only one, or the default.
        hub_revision: commit, which pins the data; or a branch, whose commit of the day is recorded.
        rows: read no more than so many rows of a split, from its beginning, without fetching the rest (but
            of a CSV file, which is checked whole); None for all of them.
    """

    id: str
    name: str | None = None
    hub_revision: str = "main"
    rows: int | None = None

    def __str__(self) -> str:
        """Return the id on the hub, and the configuration."""
        name = "" if self.name is None else f", configuration {self.name},"
        return f"{self.id}{name} on the Hugging Face hub"

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return a folder with one Parquet file for each of the splits ``names``.

        Raises:
            DatasetMissing: if the hub cannot be reached, has no such dataset, configuration or split, or
                wants terms accepted.
            DataError: if the library cannot read the files, or a row of a CSV file is not whole.
        """
        hub = Hub(self.id, self.hub_revision)
        with hub_errors(hub):
            commit = hub.commit(cache)
        some = "" if self.rows is None else f"-first-{self.rows}"
        name = quote(self.name or "default", safe="") + some
        folder = cache / "datasets" / f"{quote(self.id, safe='')}@{commit}" / name
        for split in names:
            if not re.fullmatch(r"\w[\w.-]*", split):
                raise DataError(
                    f"{split!r} is no split of {self}; name one, as in files: {{test: validation}}"
                )
            if not (folder / split).is_file():
                with hub_errors(hub), _library(str(self)) as scratch:
                    _keep(self._load(commit, split, scratch), folder / split)
        note = "" if hub.pinned else f" (of {self.hub_revision})"
        part = "" if self.rows is None else f", first {self.rows:,} rows"
        return Fetched(folder, f"{self.id}@{commit}{part}{note}")

    def _load(self, commit: str, split: str, scratch: str) -> Any:
        import datasets

        builder = datasets.load_dataset_builder(self.id, self.name, revision=commit, cache_dir=scratch)
        options: Mapping[str, Any] = {}
        if type(builder.config).__name__ == "CsvConfig":
            config = builder.config
            members = [
                _hub_member(self.id, commit, str(url)) for url in (config.data_files or {}).get(split, ())
            ]
            headers = [_check_whole(member, config.sep, config.encoding) for member in members]
            options = _as_text(headers) if headers else {}  # without files the library names the splits
        streaming = self.rows is not None
        table = datasets.load_dataset(
            self.id,
            self.name,
            split=split,
            revision=commit,
            streaming=streaming,
            cache_dir=scratch,
            **options,
        )
        return table if self.rows is None else _first(table, self.rows)


@dataclass(frozen=True)
class LocalDataset:
    """The user's own CSV, TSV, JSON, JSON lines, Parquet or text file, or a folder of them.

    The lines of a text file are rows with one column, ``text``.

    Attributes:
        path: absolute, or relative to the YAML file that names it.
        encoding: of CSV and text files.
        sha256: hex digest that the file must have; None takes it as it is.
    """

    path: Path
    encoding: str = "utf-8-sig"
    sha256: str | None = None

    def __str__(self) -> str:
        """Return the file's name without its folders: a card may travel."""
        return f"local file {Path(self.path).name}"

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return a folder with one Parquet file for each of ``names``: files of the folder, or patterns.

        Raises:
            DatasetMissing: if there is no such file.
            DataError: if the library cannot read it, or a row of a CSV file is not whole.
        """
        path = Path(self.path)
        wanted = [name for name in names if name]
        found = LocalFile(path, self.sha256).get(cache, wanted)
        key = hashlib.sha256(f"{found.revision} {self.encoding}".encode()).hexdigest()[:32]
        folder = cache / "datasets" / "local" / key
        for name in wanted or [""]:
            target = folder / (name or Path(path).name)
            if not target.is_file():
                files = sorted(path.glob(name)) if name else [path]
                with _library(str(path / name)) as scratch:
                    _keep(self._load(files, scratch), target)
        return Fetched(folder if wanted else folder / path.name, found.revision)

    def _load(self, files: Sequence[Path], scratch: str) -> Any:
        import datasets

        suffixes = {file.suffix.lower() for file in files}
        if len(suffixes) != 1 or not suffixes <= FORMATS.keys():
            raise DataError(
                f"{', '.join(map(str, files))}: files of one kind are read together, and the kinds are "
                f"{', '.join(FORMATS)}; rename the file, or name a reader of boss.data.readers"
            )
        format, options = FORMATS[suffixes.pop()]
        encoding = {} if format in ("parquet", "json") else {"encoding": self.encoding}
        paths = [str(file) for file in files]
        members = [Member(file) for file in files]
        strict: Mapping[str, Any] = {}
        if format == "csv":
            delimiter = options.get("sep", ",")
            strict = _as_text([_check_whole(member, delimiter, self.encoding) for member in members])
        elif format != "parquet":
            for member in members:
                _check_text(member, self.encoding)
        table = datasets.load_dataset(
            format, data_files=paths, split="train", cache_dir=scratch, **options, **encoding, **strict
        )
        if format == "json":
            _check_same(table, members)
        return table


def _keep(table: Any, path: Path) -> None:
    """Write a table of the library as Parquet, whole or not at all."""
    with whole(path) as file:
        table.to_parquet(file)


def _first(stream: Any, n: int) -> Any:
    """Return the first rows of a streamed split as a table."""
    import datasets

    rows = list(stream.take(n))
    return datasets.Dataset.from_list(rows, features=stream.features)


def _hub_member(repository: str, commit: str, url: str) -> Member:
    """Return a file of a dataset by the address that the library gives it, ``hf://datasets/ID@COMMIT/FILE``."""
    from huggingface_hub import HfApi

    file = url.partition(f"{repository}@")[2].partition("/")[2]
    return Member(Path(HfApi().hf_hub_download(repository, file, repo_type="dataset", revision=commit)))


def _as_text(headers: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """Return the options by which every column of CSV files is text: "007" no number, "NA" no missing value.

    Raises:
        DataError: if the files have not the same columns.
    """
    import datasets

    if any(list(header) != list(headers[0]) for header in headers):
        raise DataError(f"the CSV files of a split have not the same columns: {headers[:3]}; make them alike")
    features = datasets.Features({name: datasets.Value("string") for name in headers[0]})
    return {"keep_default_na": False, "on_bad_lines": "error", "features": features}


def _check_same(table: Any, members: Sequence[Member]) -> None:
    """Refuse JSON of which a column holds several kinds of values.

    The library keeps such a column as JSON, so that texts would come in quotes.
    """
    mixed = {name for name, feature in table.features.items() if type(feature).__name__ == "Json"}
    first: dict[str, type] = {}
    for member in members if mixed else ():
        for number, row in json_rows(member):
            for column in mixed & row.keys():
                if row[column] is None:
                    continue
                kind = first.setdefault(column, type(row[column]))
                if not isinstance(row[column], kind):
                    raise DataError(
                        f"{member}, row {number}: column {column!r} holds {row[column]!r:.60}, and "
                        f"{kind.__name__} in the rows before; write all of them as one kind."
                    )


def _check_text(member: Member, encoding: str) -> None:
    """Refuse an empty file, what is no text, and bytes of another encoding: `robtest.assets.Member` does.

    The library's own errors on these name no cure.
    """
    for _ in member.lines(encoding):
        pass


def _check_whole(member: Member, delimiter: str, encoding: str | None) -> list[str]:
    """Return the header of a CSV file, once every row is known to have a value for each column.

    The library takes further values at a row's end for an index, or drops them.
    """
    csv.field_size_limit(sys.maxsize)
    with member.text(encoding or "utf-8") as text:
        rows = csv.reader(rows_apart(text), delimiter=delimiter, strict=True)
        header = next(rows, [])
        if not header:
            raise DataError(f"{member} is empty; expected a header line and at least one row.")
        if repeated := {name for name in header if header.count(name) > 1}:
            raise DataError(f"{member}: the header names {sorted(repeated)[0]!r} twice; rename one.")
        number = 0
        try:
            for number, row in enumerate(rows, start=1):
                if row and len(row) != len(header):
                    raise width_error(member, number, rows.line_num, len(row), len(header))
        except csv.Error as error:
            raise DataError(f"{member}, row {number + 1}: {error}.") from error
        if number == 0:
            raise DataError(f"{member} is empty; expected a header line and at least one row.")
    return header


@contextmanager
def _library(what: str) -> Iterator[str]:
    """Give the library a folder to work in, which goes afterwards, and turn its errors into ours.

    Its progress bars, and its warnings of files it leaves open, stay off meanwhile.
    """
    import datasets
    from datasets.exceptions import DatasetNotFoundError

    datasets.disable_progress_bars()
    try:
        with TemporaryDirectory() as scratch, warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            yield scratch
    except DatasetNotFoundError as error:
        if "gated" in str(error):
            raise gated(what) from error
        raise DatasetMissing(f"{what} cannot be had: {_line(error)}") from error
    except (ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        if "scripts are no longer supported" in str(error):
            raise DatasetMissing(
                f"{what} is a script, and no script is run; take the copy the hub makes of it "
                "(hub_revision: refs/convert/parquet)"
            ) from error
        raise DataError(f"{what} cannot be read: {_line(_root(error))}") from error


def _root(error: BaseException) -> BaseException:
    """Return what an error was raised for: the library's own say little."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
