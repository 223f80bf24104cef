"""What the library ``datasets`` reads, from the loopback hub and from the disk, and what is refused of it."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from boss.data.library import HubDataset, LocalDataset
from boss.data.readers.parquet import Parquet
from boss.data.suite import load_suite
from boss.data.types import Example
from boss.errors import DataError, DatasetMissing
from boss.paths import conf_dir
from robtest.assets import Member

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CSV = 'text,label\nA fine lamp,positive\n007,negative\nNA,neutral\n"Good, and quiet",positive\n'
TEXTS = ["A fine lamp", "007", "NA", "Good, and quiet"]
READER = Parquet({"text": "text"}, "label")


@pytest.fixture
def library_hub(hub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the library use the loopback hub as well: it keeps addresses of its own."""
    import datasets
    from huggingface_hub import hf_file_system

    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", hub.url)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    hf_file_system.HfFileSystem.clear_instance_cache()
    return hub


def examples(root: Path, name: str = "") -> list[Example]:
    return list(READER.read(Member(root, name), Counter()))


def local(path: Path, content: str | bytes, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return LocalDataset(path, **options).get(path.parent / "cache").root


def test_a_split_of_the_hub_becomes_examples(library_hub: Any, tmp_path: Path) -> None:
    library_hub.add("owner/name", {"train.csv": b"text,label\nTrain,x\n", "test.csv": CSV.encode()}, COMMIT)
    fetched = HubDataset("owner/name", hub_revision=COMMIT).get(tmp_path, ["test"])
    assert fetched.revision == f"owner/name@{COMMIT}"
    read = examples(fetched.root, "test")
    assert [e.inputs["text"] for e in read] == TEXTS
    assert [e.gold for e in read] == ["positive", "negative", "neutral", "positive"]


def test_a_branch_is_recorded_with_its_commit_and_followed(library_hub: Any, tmp_path: Path) -> None:
    old = library_hub.add("owner/name", {"test.csv": CSV.encode()})
    source = HubDataset("owner/name")
    assert source.get(tmp_path, ["test"]).revision == f"owner/name@{old} (of main)"
    new = library_hub.add("owner/name", {"test.csv": b"text,label\nNew,x\n"})
    moved = source.get(tmp_path, ["test"])
    assert moved.revision == f"owner/name@{new} (of main)"
    assert [e.inputs["text"] for e in examples(moved.root, "test")] == ["New"]


def test_what_was_read_once_is_there_offline(
    library_hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library_hub.add("owner/name", {"test.csv": CSV.encode()}, COMMIT)
    source = HubDataset("owner/name", hub_revision=COMMIT)
    first = source.get(tmp_path, ["test"])
    n = len(library_hub.asked)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert source.get(tmp_path, ["test"]) == first
    assert len(library_hub.asked) == n


@pytest.mark.parametrize("token", [None, "of_somebody_else"])
def test_a_gated_dataset_says_terms_and_token(
    library_hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    library_hub.add("owner/name", {"test.csv": CSV.encode()}, COMMIT, token="mine")
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(DatasetMissing, match=r"is gated: accept its terms .* HF_TOKEN"):
        HubDataset("owner/name", hub_revision=COMMIT).get(tmp_path, ["test"])
    monkeypatch.setenv("HF_TOKEN", "mine")
    fetched = HubDataset("owner/name", hub_revision=COMMIT).get(tmp_path, ["test"])
    assert len(examples(fetched.root, "test")) == 4


CARD = b"""---
configs:
- config_name: plain
  data_files: [{split: test, path: plain.csv}]
- config_name: loud
  data_files: [{split: test, path: loud.csv}]
---
"""


def test_configurations_and_splits_that_do_not_exist_are_named(library_hub: Any, tmp_path: Path) -> None:
    files = {"README.md": CARD, "plain.csv": CSV.encode(), "loud.csv": b"text,label\nLOUD,x\n"}
    library_hub.add("owner/name", files, COMMIT)
    loud = HubDataset("owner/name", "loud", COMMIT).get(tmp_path, ["test"])
    assert [e.inputs["text"] for e in examples(loud.root, "test")] == ["LOUD"]
    with pytest.raises(DataError, match=r"'quiet' not found. Available: \['plain', 'loud'\]"):
        HubDataset("owner/name", "quiet", COMMIT).get(tmp_path, ["test"])
    with pytest.raises(DataError, match=r"Config name is missing.*plain.*loud"):
        HubDataset("owner/name", None, COMMIT).get(tmp_path, ["test"])
    with pytest.raises(DataError, match=r'Unknown split "dev"'):
        HubDataset("owner/name", "loud", COMMIT).get(tmp_path, ["dev"])
    for split in ("test[:10%]", "../test", ""):
        with pytest.raises(DataError, match="is no split of owner/name"):
            HubDataset("owner/name", "loud", COMMIT).get(tmp_path, [split])
    with pytest.raises(DatasetMissing, match="owner/other is not on the hub, or is private"):
        HubDataset("owner/other").get(tmp_path, ["test"])


def test_the_first_rows_of_a_split_are_streamed(library_hub: Any, tmp_path: Path) -> None:
    rows = "\n".join(json.dumps({"text": f"row {i}", "label": "x"}) for i in range(50))
    library_hub.add("owner/name", {"test.jsonl": rows.encode()}, COMMIT)
    fetched = HubDataset("owner/name", hub_revision=COMMIT, rows=3).get(tmp_path, ["test"])
    assert fetched.revision == f"owner/name@{COMMIT}, first 3 rows"
    assert [e.inputs["text"] for e in examples(fetched.root, "test")] == ["row 0", "row 1", "row 2"]


def test_no_script_of_a_dataset_is_run(library_hub: Any, tmp_path: Path) -> None:
    library_hub.add("owner/name", {"name.py": b"raise SystemExit('never run')"}, COMMIT)
    with pytest.raises(DatasetMissing, match="is a script, and no script is run"):
        HubDataset("owner/name", hub_revision=COMMIT).get(tmp_path, ["test"])


def test_a_file_has_one_manifest_from_the_hub_and_from_the_disk(
    library_hub: Any, tmp_path: Path, suite_of: Any
) -> None:
    conf = suite_of({"home.csv": CSV})
    library_hub.add("owner/name", {"test.csv": CSV.encode()}, COMMIT)
    (tmp_path / "disk.csv").write_text(CSV)
    folder = conf / "dataset" / "own"
    away = json.loads((folder / "home.yaml").read_text()) | {"role": "ood"}
    reader = {"_target_": "boss.data.readers.parquet.Parquet", "fields": {"text": "text"}, "label": "label"}
    sources: dict[str, dict[str, Any]] = {
        "hub": {"_target_": "boss.data.library.HubDataset", "id": "owner/name", "hub_revision": COMMIT},
        "disk": {"_target_": "boss.data.library.LocalDataset", "path": str(tmp_path / "disk.csv")},
    }
    digests = {}
    for name, source in sources.items():
        files = {"files": {"test": "test"}} if name == "hub" else {}
        (folder / "away.yaml").write_text(json.dumps(away | {"source": source, "reader": reader} | files))
        suite = load_suite("own", [conf, conf_dir()], tmp_path / "cache")
        (_, split) = suite.load("sentiment", with_train=False).tests
        digests[name] = split.sha256
    assert digests["hub"] == digests["disk"]


# -- a row is read whole or refused


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "label,text\nx,Well, it is bad\n", r"row 1 \(line 2\): 3 values for 2 columns; put a text"),
        ("a.tsv", "label\ttext\nx\tWell\tbad\n", r"row 1 \(line 2\): 3 values for 2 columns"),
        ("a.csv", "text,label\nshort\n", r"row 1 \(line 2\): 1 value for 2 columns; give the row"),
        ("a.csv", "text,text\na,b\n", "the header names 'text' twice"),
        ("a.csv", "", "is empty"),
        ("a.csv", "text,label\n", "is empty"),
        ("a.csv", b"PK\x03\x04 not a table", "is a workbook or a zip, and no text"),
        ("a.csv", "text,label\n\xc4,x\n".encode("latin-1"), r"is not utf-8.*`encoding: latin-1`"),
        ("a.csv", "text,label\nA,x\n".encode("utf-16"), r"is not utf-8.*`encoding: utf-16`"),
        (
            "a.jsonl",
            '{"text": "a"}\n{"text": 7}\n',
            "row 2: column 'text' holds 7, and str in the",
        ),
        ("a.jsonl", '{"text": "a"}\nno json\n', "cannot be read"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "cannot be read.*surrogate"),
        ("a.xlsx", b"PK\x03\x04", "the kinds are .csv, .tsv, .json"),
    ],
)
def test_a_file_that_would_lose_something_is_refused(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    from robtest.errors import AssetError

    with pytest.raises((DataError, AssetError), match=message):
        local(tmp_path / name, content)


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.csv", CSV, {}),
        ("a.csv", "\ufeff" + CSV, {}),
        ("a.csv", CSV.replace("\n", "\r\n"), {}),
        ("a.csv", CSV.replace("\n", "\r"), {}),
        ("a.csv", CSV.encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", gzip.compress(CSV.encode()), {}),
        (
            "a.json",
            json.dumps([{"text": t, "label": "x"} for t in TEXTS], indent=1),
            {},
        ),
        ("a.jsonl", "\n".join(json.dumps({"text": t, "label": "x"}) for t in TEXTS), {}),
    ],
    ids=["plain", "bom", "crlf", "cr", "utf-16", "gzip", "json list", "json lines"],
)
def test_the_same_table_in_other_bytes_gives_the_same_texts(
    tmp_path: Path, name: str, content: str | bytes, options: dict[str, str]
) -> None:
    assert [e.inputs["text"] for e in examples(local(tmp_path / name, content, **options))] == TEXTS


def test_a_text_longer_than_pythons_limit_is_read_whole(tmp_path: Path) -> None:
    long = "word " * 40_000
    (example,) = examples(local(tmp_path / "a.csv", f'text,label\n"{long}",x\n'))
    assert example.inputs["text"] == long


def test_a_folder_of_files_is_read_by_pattern_and_nothing_else_is_hashed(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "b.csv").write_text("text,label\nSecond,x\n")
    (folder / "a.csv").write_text("text,label\nFirst,x\n")
    source = LocalDataset(folder)
    before = source.get(tmp_path / "cache", ["*.csv"])
    (folder / "README.md").write_text("notes")
    after = source.get(tmp_path / "cache", ["*.csv"])
    assert before == after
    assert [e.inputs["text"] for e in examples(after.root, "*.csv")] == ["First", "Second"]
    with pytest.raises(DatasetMissing, match=r"has no file dev\*; it has README.md, a.csv, b.csv"):
        source.get(tmp_path / "cache", ["dev*"])


def test_a_null_and_an_object_are_refused_with_their_row(tmp_path: Path) -> None:
    rows = '{"text": "a", "label": "x"}\n{"text": "b", "label": null}\n'
    with pytest.raises(DataError, match=r"row 2: column 'label' has no value \(null\)"):
        examples(local(tmp_path / "a.jsonl", rows))
    with pytest.raises(DataError, match="row 1: column 'text' holds an object, and a text is needed"):
        examples(local(tmp_path / "b.jsonl", '{"text": {"body": "a"}, "label": "x"}\n'))


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    first = examples(local(tmp_path / "a.csv", "text,label\nOld,x\n"))
    second = examples(local(tmp_path / "a.csv", "text,label\nNew,x\n"))
    assert [e.inputs["text"] for e in (*first, *second)] == ["Old", "New"]
