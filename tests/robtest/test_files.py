import os
from pathlib import Path

import pytest

from robtest import files
from robtest.files import file_sha256, noted_sha256, whole, write_whole

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_file_is_written_into_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b", b"content")
    assert (tmp_path / "a" / "b").read_bytes() == b"content"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_an_error_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"old")
    with pytest.raises(KeyError), whole(tmp_path / "a") as file:
        file.write(b"new")
        raise KeyError
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_name_is_given_after_the_bytes_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (calls.append("fsync"), sync(file)))
    monkeypatch.setattr(os, "replace", lambda *names: (calls.append("replace"), rename(*names)))
    write_whole(tmp_path / "a", b"content")
    assert calls == ["fsync", "replace", "fsync"]  # of the file, then of its folder


def test_the_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert file_sha256(tmp_path / "empty") == EMPTY


def test_a_noted_digest_is_read_again_only_of_a_file_that_was_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, note = tmp_path / "a", tmp_path / "notes" / "a.sha256"
    path.touch()
    assert noted_sha256(path, note) == EMPTY
    with monkeypatch.context() as patch:
        patch.setattr(files, "file_sha256", lambda _: pytest.fail("read again"))
        assert noted_sha256(path, note) == EMPTY
    path.write_bytes(b"a")
    assert noted_sha256(path, note) == file_sha256(path) != EMPTY
    note.write_text("torn")  # fits no file
    assert noted_sha256(path, note) == file_sha256(path)
