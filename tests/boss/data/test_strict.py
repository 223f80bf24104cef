"""Whatever bytes come, a reader ends in whole examples or in an error that names the row; never in less."""

import csv
import io
import json
import string
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boss.data.build import build
from boss.data.config import find_datasets, find_suite
from boss.data.library import LocalDataset
from boss.data.origins import Fetcher
from boss.data.readers.base import Reader
from boss.data.readers.conll import Conll
from boss.data.readers.parquet import Parquet
from boss.data.readers.table import Delimited, JsonLines
from boss.data.suite import load_suite
from boss.data.types import Example
from boss.errors import DataError
from boss.tasks import TASKS
from robtest.assets import Member
from robtest.errors import AssetError

TEXT = {"text": "text"}
READERS: dict[str, Reader] = {
    "csv": Delimited(TEXT, "label"),
    "tsv": Delimited(TEXT, "label", delimiter="\t"),
    "raw tsv": Delimited(TEXT, "label", delimiter="\t", quoting=False),
    "json lines": JsonLines(TEXT, "label"),
    "conll": Conll(types={"PER": "person"}),
}
Cell = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
Plain = st.text(string.ascii_letters + " ,;\t\"'é", min_size=1, max_size=20).filter(lambda t: t.strip())


def read(reader: Reader, content: bytes) -> tuple[list[Example], Counter[str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.txt"
        path.write_bytes(content)
        removed: Counter[str] = Counter()
        return list(reader.read(Member(path), removed)), removed


@pytest.mark.parametrize("name", READERS)
@given(content=st.binary(max_size=200))
def test_any_bytes_end_in_examples_or_in_an_error(name: str, content: bytes) -> None:
    try:
        examples, _ = read(READERS[name], content)
    except (DataError, AssetError) as error:
        assert "data.txt" in str(error)
        return
    for example in examples:
        example.text("tokens" if name == "conll" else "text").encode()


@given(rows=st.lists(st.tuples(Plain, Plain), min_size=1, max_size=6))
def test_a_table_that_is_written_well_is_read_whole(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("text", "label"))
    writer.writerows(rows)
    examples, removed = read(READERS["csv"], stream.getvalue().encode())
    assert [(e.inputs["text"], e.gold) for e in examples] == rows
    assert removed == {}
    lines = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows)
    examples, _ = read(READERS["json lines"], lines.encode())
    assert [(e.inputs["text"], e.gold) for e in examples] == rows


@given(rows=st.lists(st.tuples(Plain, Plain), min_size=1, max_size=6), place=st.integers(0, 5))
def test_a_row_with_a_comma_too_many_is_refused_with_its_number(
    rows: list[tuple[str, str]], place: int
) -> None:
    place %= len(rows)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("text", "label"))
    for i, row in enumerate(rows):
        writer.writerow((*row, "more") if i == place else row)
    with pytest.raises(DataError, match=rf"row {place + 1} \(line \d+\): 3 values for 2 columns"):
        read(READERS["csv"], stream.getvalue().encode())


@settings(max_examples=25)
@given(rows=st.lists(st.tuples(Plain, Plain), min_size=1, max_size=4))
def test_the_library_gives_what_was_written(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("text", "label"))
    writer.writerows(rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(stream.getvalue().encode())
        root = LocalDataset(path).get(Path(folder) / "cache").root
        examples = list(Parquet(TEXT, "label").read(Member(root), Counter()))
    assert [(e.inputs["text"], e.gold) for e in examples] == rows


@pytest.mark.parametrize(
    ("reader", "content", "message"),
    [
        ("csv", b"label,text\nnegative,Well, it is bad and I hate it\n", r"row 1 \(line 2\): 3 values"),
        ("tsv", b"text\tlabel\nWell\tit is\tnegative\n", r"row 1 \(line 2\): 3 values"),
        ("csv", b"text,label\nalone\n", r"1 value for 2 columns; give the row all its values"),
        ("json lines", b'{"text": "a", "label": null}', r"row 1: column 'label' has no value \(null\)"),
        ("json lines", b'{"text": null, "label": "x"}', r"row 1: column 'text' has no value \(null\)"),
        ("json lines", b'{"text": {"a": 1}, "label": "x"}', "row 1: column 'text' holds an object"),
        ("json lines", b'{"text": ["a"], "label": "x"}', "row 1: column 'text' holds a list"),
        ("json lines", b'{"text": "a\\ud800b", "label": "x"}', "half of a surrogate pair at character 2"),
        ("json lines", b"[1, 2]", "row 1: expected a JSON object, got int"),
        ("json lines", b"[{]", "begins like a JSON list, and is none"),
        ("csv", b"PK\x03\x04", "is a workbook or a zip, and no text"),
        ("csv", "text,label\nÄ,x".encode("latin-1"), "is not utf-8.*`encoding: latin-1`"),
    ],
)
def test_what_cannot_be_read_whole_says_what_it_is(reader: str, content: bytes, message: str) -> None:
    with pytest.raises((DataError, AssetError), match=message):
        read(READERS[reader], content)


def test_what_can_be_read_is_read() -> None:
    long = "a" * 200_000
    for content, text in (
        (f'text,label\n"{long}",x\n'.encode(), long),
        (b"text,label\rfirst,x\r", "first"),
        (b"\xef\xbb\xbftext,label\nfirst,x\n", "first"),
    ):
        assert [e.inputs["text"] for e in read(READERS["csv"], content)[0]] == [text]
    latin = Delimited(TEXT, "label", encoding="latin-1")
    assert read(latin, "text,label\nÄ,x\n".encode("latin-1"))[0][0].inputs["text"] == "Ä"
    wide = Delimited(TEXT, "label", encoding="utf-16")
    assert read(wide, "text,label\nÄ,x\n".encode("utf-16"))[0][0].inputs["text"] == "Ä"
    listed = json.dumps([{"text": "a", "label": "x"}, {"text": "b", "label": "y"}], indent=2).encode()
    assert [e.inputs["text"] for e in read(READERS["json lines"], listed)[0]] == ["a", "b"]


# -- a set of a user's


def test_a_shipped_set_loses_nothing_to_a_users_and_a_wholly_repeated_one_says_so(
    suite_of: Any, tmp_path: Path
) -> None:
    home = "text,label\n" + "".join(f"thing {i},positive\n" for i in range(60))
    conf = suite_of({"home.csv": home, "away.csv": "text,label\nfar one,positive\nfar two,negative\n"})
    before = load_suite("own", [conf], tmp_path / "a").load("sentiment").tests
    suite_of({"user.csv": "text,label\nfar one,positive\nfar two,negative\n"})
    *after, mine = load_suite("own", [conf], tmp_path / "b").load("sentiment").tests
    assert [split.sha256 for split in after] == [split.sha256 for split in before]
    assert mine.noted == {"also in away test": 2} and len(mine.examples) == 2


def test_training_data_that_stand_in_tests_throughout_are_an_error_that_says_so(
    suite_of: Any, tmp_path: Path
) -> None:
    rows = "text,label\n" + "".join(f"thing {i},positive\n" for i in range(10))
    conf = suite_of({"home.csv": rows, "away.csv": rows})
    path = conf / "dataset" / "own" / "home.yaml"
    (conf / "dataset" / "own" / "test.csv").write_text(rows)
    content = json.loads(path.read_text())
    content |= {"source": {"_target_": "boss.data.sources.LocalFile", "path": "."}}
    content |= {"files": {"train": "home.csv", "test": "test.csv"}}
    path.write_text(json.dumps(content))
    data = load_suite("own", [conf], tmp_path / "cache").load("sentiment")
    assert data.train is None
    assert len(data.tests[0].examples) == 10
    message = " ".join(str(error) for _, error in data.failures)
    assert "nothing is left of the" in message and "also in home test" in message


def test_a_row_put_in_at_the_top_renames_no_other(suite_of: Any, tmp_path: Path) -> None:
    rows = [f"thing {i},positive\n" for i in range(80)]
    conf = suite_of({"home.csv": "text,label\n" + "".join(rows)})
    spec = find_suite("own", [conf])

    def splits() -> dict[str, str]:
        ready, _ = Fetcher(tmp_path / "cache").get_all(find_datasets(spec, [conf]))
        built, _ = build(TASKS["sentiment"], ready, spec)
        return {e.id: split.split for split in built for e in split.examples}

    before = splits()
    (conf / "dataset" / "own" / "home.csv").write_text("text,label\nnew,negative\n" + "".join(rows[::-1]))
    after = splits()
    assert len(after) == 81
    assert {key: after[key] for key in before} == before
