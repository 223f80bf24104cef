from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from robtest.assets import Member, archive
from robtest.errors import AssetError

Pack = Callable[[Mapping[str, bytes]], bytes]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_one_member_is_read_without_unpacking_anything(
    kind: str, make_zip: Pack, make_tar: Pack, tmp_path: Path
) -> None:
    pack = make_zip if kind == "zip" else make_tar
    path = tmp_path / f"data.{kind}"
    path.write_bytes(pack({"a/first.txt": b"one\r\n\r\ntwo", "a/second.txt": b"no"}))
    assert list(Member(path, "a/first.txt").lines()) == [(1, "one"), (3, "two")]
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_of_an_archive_in_an_archive_is_read(make_zip: Pack, make_tar: Pack, tmp_path: Path) -> None:
    path = tmp_path / "outer.whl"
    path.write_bytes(make_zip({"inner.tar.gz": make_tar({"x/data.txt": "naïve".encode()})}))
    assert list(Member(path, "inner.tar.gz!x/data.txt").lines()) == [(1, "naïve")]


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a/../../evil", "..\\evil", "C:\\evil"])
def test_a_member_name_that_leaves_the_archive_is_refused(name: str, make_zip: Pack, tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    path.write_bytes(make_zip({name: b"evil"}))
    with pytest.raises(AssetError, match="leaves its archive"):
        list(Member(path, name).lines())


def test_a_name_that_leaves_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(AssetError, match="leaves its archive"):
        list(Member(tmp_path / "inside", "../secret.txt").lines())


def test_a_member_that_is_not_there_is_named(make_tar: Pack, tmp_path: Path) -> None:
    path = tmp_path / "data.tar.gz"
    path.write_bytes(make_tar({"a.txt": b"a"}))
    with pytest.raises(AssetError, match=r"data\.tar\.gz has no file 'b\.txt'"):
        list(Member(path, "b.txt").lines())


def test_a_member_of_absurd_size_is_refused(
    make_zip: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    path = tmp_path / "data.zip"
    path.write_bytes(make_zip({"big.txt": b"0" * 101, "fits.txt": b"0" * 100}))
    assert len(list(Member(path, "fits.txt").lines())) == 1
    with pytest.raises(AssetError, match="claims 101 bytes; at most 100"):
        list(Member(path, "big.txt").lines())


def test_a_cut_off_archive_says_what_to_do(make_tar: Pack, tmp_path: Path) -> None:
    path = tmp_path / "data.tar.gz"
    path.write_bytes(make_tar({"a.txt": bytes(range(256)) * 1000})[:300])
    with pytest.raises(AssetError, match=r"is damaged.*Get the file once more"):
        list(Member(path, "a.txt").lines("latin-1"))


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("\n \n")
    with pytest.raises(AssetError, match=r"empty\.txt is empty"):
        list(Member(path).lines())


def test_text_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("café".encode("latin-1"))
    with pytest.raises(AssetError, match="is not utf-8"):
        list(Member(path).lines())


def test_unusual_line_ends_inside_a_text_start_no_new_row(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("one\u2028still one\x85still\nTwo\n", newline="")
    assert [number for number, _ in Member(path).lines()] == [1, 2]
