import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boss.errors import ResultError
from boss.results.files import folder_of, slug, write_atomic
from robtest.files import file_sha256


def test_a_file_is_written_into_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a" / "b.json", b"{}")
    assert (tmp_path / "a" / "b.json").read_bytes() == b"{}"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_leaves_the_old_file(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.json"
    write_atomic(file, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(ResultError, match=r"run\.json could not be written: No space left.*3 bytes.*free"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_disk_that_really_ends_leaves_no_half_file(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from boss.errors import ResultError\n"
        "from boss.results.files import write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomic(Path(sys.argv[1]), b'x' * 5000)\n"
        "except ResultError as error: print(error)\n"
    )
    file = tmp_path / "part.parquet"
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=True)
    assert "could not be written: File too large; it needs 5,000 bytes" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_result_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ResultError, match="could not be written"):
        write_atomic(tmp_path / "file" / "run.json", b"{}")


def test_the_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert file_sha256(tmp_path / "empty").startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("lab/model v2", "lab-model-v2"),
        ("../..", "unnamed"),
        ("", "unnamed"),
        ("naïve", "na-ve"),
        (".git", "git"),
    ],
)
def test_a_slug_is_one_plain_folder_name(name: str, folder: str) -> None:
    assert slug(name) == folder


@pytest.mark.parametrize("key", ["../x", "a/../b", "/etc", "a//b", "", "a/.hidden", "a\\b", "a/b\n"])
def test_a_key_that_leads_out_of_the_run_is_refused(key: str) -> None:
    with pytest.raises(ResultError, match="cannot name a folder"):
        folder_of(Path("run"), key)


def test_a_key_becomes_a_folder_of_predictions() -> None:
    assert folder_of(Path("run"), "qa/newsqa/clean") == Path("run/predictions/qa/newsqa/clean")
