"""Archives a stranger could send: none of them leaves anything behind."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.submission.check import check
from leaderboard.submission.findings import Refused
from leaderboard.submission.limits import Limits
from leaderboard.submission.unpack import unpack

NEEDED = {"submission.json": b"{}", "run/run.json": b"{}"}
PART = "run/predictions/sentiment/notes/clean/part-00000.parquet"


def archive(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], **options: Any) -> Path:
    path = folder / "sent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, content in [*NEEDED.items(), *entries]:
            made.writestr(name, content)
    return path


def refusal(path: Path, into: Path, **limits: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        unpack(path, into / "opened", Limits(**limits))
    assert not (into / "opened").exists()
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "../outside.json",
        "run/../../outside.json",
        "run/predictions/../../../outside",
        "/outside.json",
        "C:/outside.json",
        "run\\run2.json",
        "run/predictions/a/b/../part-00000.parquet",
        "run/predictions/a/b/.hidden/part-00000.parquet",
        "run/journal.jsonl",
        "run/model.pkl",
        "run/inner.zip",
        "run/setup.py",
        "other/run.json",
        "run/",
        "run/records.jsonl\n",
    ],
)
def test_a_name_that_is_not_on_the_list_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(archive(tmp_path, (name, b"x")), tmp_path).finding.code == "unknown_file"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sent.zip"]


def test_a_name_cut_by_a_zero_byte_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = archive(tmp_path, ("run/records.jsonlX.py", b"x"))
    path.write_bytes(path.read_bytes().replace(b"records.jsonlX.py", b"records.jsonl\0.py"))
    assert refusal(path, tmp_path).finding.code == "unknown_file"


def test_a_link_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("run/records.jsonl")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refusal(archive(tmp_path, (entry, b"/etc/hostname")), tmp_path).finding.code == "link"


def test_a_file_that_unpacks_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, ("run/records.jsonl", b"0" * 5_000_000))
    assert path.stat().st_size < 10_000
    error = refusal(path, tmp_path)
    assert error.finding.code == "bomb" and "5,000,000" in str(error)


def test_a_file_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, ("run/records.jsonl", b"0" * 3_000))
    size = (3_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    assert refusal(path, tmp_path).finding.code == "archive"


def test_a_damaged_file_is_refused_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {**NEEDED, "run/records.jsonl": b"the first word"}.items():
            made.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"the first word", b"the other word"))
    assert "CRC" in str(refusal(path, tmp_path))


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive(tmp_path, ("run/run.json", b"x"))
    assert refusal(path, tmp_path).finding.code == "duplicate_file"


def test_names_that_are_one_on_another_system_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, (PART, b"x"), (PART.replace("notes", "Notes"), b"x"))
    assert refusal(path, tmp_path).finding.code == "duplicate_file"


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path)
    content = bytearray(path.read_bytes())
    first = content.index(b"PK\x01\x02")
    content[first + 8] |= 1
    path.write_bytes(content)
    assert "encrypted" in str(refusal(path, tmp_path))


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("run/records.jsonl")
    entry.compress_type = zipfile.ZIP_LZMA
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in NEEDED.items():
            made.writestr(name, content)
        made.writestr(entry, b"x", compress_type=zipfile.ZIP_LZMA)
    assert "deflate" in str(refusal(path, tmp_path))


def test_too_much_of_anything_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, (PART, b"x" * 5_000))
    for limit in ("archive_bytes", "directory_bytes", "files", "unpacked_bytes"):
        assert refusal(path, tmp_path, **{limit: 1}).finding.code == "too_large"


def test_a_missing_manifest_of_the_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("submission.json", b"{}")
    assert refusal(path, tmp_path).finding.code == "missing_file"


@pytest.mark.parametrize("n_left", [0, 10, 200])
def test_a_torn_archive_is_refused(n_left: int, tmp_path: Path) -> None:
    path = archive(tmp_path, (PART, b"x" * 500))
    path.write_bytes(path.read_bytes()[:n_left])
    assert refusal(path, tmp_path).finding.code == "archive"


def test_an_archive_with_a_comment_is_refused_as_its_end_cannot_be_trusted(tmp_path: Path) -> None:
    path = archive(tmp_path)
    with zipfile.ZipFile(path, "a") as made:
        made.comment = b"PK\x05\x06" + b"\0" * 18
    assert not check(path).ok


def test_a_table_of_contents_in_zip64_is_refused(tmp_path: Path) -> None:
    content = archive(tmp_path).read_bytes()
    path = tmp_path / "sent.zip"
    path.write_bytes(content[:-22] + b"PK\x06\x07" + b"\0" * 16 + content[-22:])
    assert "Zip64" in str(refusal(path, tmp_path))


def test_a_submission_without_its_declaration_fields_says_which(
    tmp_path: Path, make_run: Callable[..., Path], packed: Callable[..., Path]
) -> None:
    good = packed(make_run())
    path = tmp_path / "edited.zip"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            made.writestr(
                name, content.replace(b'"licence"', b'"license"') if name == "submission.json" else content
            )
    (finding,) = check(path).findings
    assert "licence" in finding.message and "docs/submitting.md" in finding.cure


def test_packing_twice_gives_the_same_bytes(
    make_run: Callable[..., Path], packed: Callable[..., Path]
) -> None:
    run = make_run()
    first = packed(run, "a.zip")
    (run / "run.json").touch()
    assert packed(run, "b.zip").read_bytes() == first.read_bytes()
    names = zipfile.ZipFile(io.BytesIO(first.read_bytes())).namelist()
    assert names == ["submission.json", *sorted(names[1:])]
    assert not [name for name in names if "journal" in name or "lock" in name]
