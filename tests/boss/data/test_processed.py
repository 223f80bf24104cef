from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from boss.data.processed import Processed, processed_file, processed_reader
from boss.data.types import Answer, Example
from boss.errors import DataError, DatasetMissing
from boss.tasks import TASKS, get_task
from robtest.assets import Member

MakeZip = Callable[[Mapping[str, bytes]], bytes]
FOLDER = "SentimentAnalysis/amazon"


@pytest.mark.parametrize("above", ["", "process", "datasets/process"])
def test_the_folder_may_be_named_from_further_up(tmp_path: Path, above: str) -> None:
    folder = tmp_path / above / FOLDER
    folder.mkdir(parents=True)
    (folder / "test.tsv").write_text("Text\tLabel\nfine\t1\n")
    fetched = Processed(tmp_path, FOLDER).get(tmp_path / "cache", ["test.tsv"])
    assert fetched.root == folder
    assert fetched.revision.startswith("SentimentAnalysis/amazon sha256:")


@pytest.mark.parametrize("prefix", ["", "process/", "datasets/process/"])
def test_files_of_a_zip_are_copied_out_under_any_prefix(
    tmp_path: Path, make_zip: MakeZip, prefix: str
) -> None:
    archive = tmp_path / "BOSS.zip"
    archive.write_bytes(make_zip({f"{prefix}{FOLDER}/test.tsv": b"old", "x/other.tsv": b""}))
    first = Processed(archive, FOLDER).get(tmp_path / "cache", ["test.tsv"])
    assert (first.root / "test.tsv").read_bytes() == b"old"
    archive.write_bytes(make_zip({f"{prefix}{FOLDER}/test.tsv": b"new"}))
    second = Processed(archive, FOLDER).get(tmp_path / "cache", ["test.tsv"])
    assert (second.root / "test.tsv").read_bytes() == b"new"
    assert first.revision != second.revision


def test_folder_and_zip_of_the_same_file_have_one_revision(tmp_path: Path, make_zip: MakeZip) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "test.tsv").write_bytes(b"same")
    (tmp_path / "BOSS.zip").write_bytes(make_zip({f"process/{FOLDER}/test.tsv": b"same"}))
    plain, zipped = (
        Processed(path, FOLDER).get(tmp_path / "cache", ["test.tsv"])
        for path in (tmp_path, tmp_path / "BOSS.zip")
    )
    assert plain.revision == zipped.revision


def test_what_is_not_there_is_named(tmp_path: Path, make_zip: MakeZip) -> None:
    archive = tmp_path / "BOSS.zip"
    archive.write_bytes(make_zip({"a": b""}))
    cases: list[tuple[Path | None, str]] = [
        (None, "suite.processed=FOLDER-OR-ZIP, or BOSS_PROCESSED"),
        (tmp_path / "none", "does not exist; give BOSS's folder or zip"),
        (tmp_path, f"has no folder {FOLDER}"),
        (archive, f"BOSS.zip has no file {FOLDER}/test.tsv"),
    ]
    for path, message in cases:
        with pytest.raises(DatasetMissing, match=message):
            Processed(path, FOLDER).get(tmp_path / "cache", ["test.tsv"])
    archive.write_bytes(b"no zip")
    with pytest.raises(DataError, match="is no zip file, or is damaged"):
        Processed(archive, FOLDER).get(tmp_path / "cache", ["test.tsv"])


def test_label_ids_are_places_in_the_tasks_labels(read: Callable[..., tuple[list[Example], object]]) -> None:
    rows = "Text\tLabel\nNA\t0\nb\t1\nc\t2\n"
    examples, _ = read(processed_reader(get_task("sentiment")), rows)
    assert [(e.text("text"), e.gold) for e in examples] == [
        ("NA", "negative"),
        ("b", "positive"),
        ("c", "neutral"),
    ]
    assert {processed_file(task, "test") for task in TASKS.values()} == {"test.tsv", "test.json"}


def test_answers_without_offsets_are_placed_and_one_that_is_no_span_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    path.write_text(
        '{"id": "p", "context": "a bee and a bee", "question": "?", '
        '"answers": {"text": ["wasp", "bee"], "answer_start": ["bee"]}}\n'
        '{"id": "p", "context": "a bee and a bee", "question": "!", '
        '"answers": {"text": ["bee"], "answer_start": [12]}}\n'
    )
    first, second = processed_reader(get_task("qa")).read(Member(path), Counter())
    assert (first.gold, second.gold) == ((Answer("bee", 2),), (Answer("bee", 12),))
    assert first.id != second.id
    assert first.source == second.source


def test_shuffled_sentences_have_no_document(read: Callable[..., tuple[list[Example], object]]) -> None:
    content = "-DOCSTART-\tO\n\nAnna\tB-person\n\nOslo\tB-location\n"
    examples, _ = read(processed_reader(get_task("ner")), content)
    assert [e.gold for e in examples] == [("B-person",), ("B-location",)]
    assert [e.source for e in examples] == [e.id for e in examples]
