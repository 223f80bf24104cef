import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from boss.data.sources import Fetched, LocalFile, Package, default_cache
from boss.errors import DataError, DatasetMissing

FILE = "toydata-1.0.tar.gz"
Publish = Callable[[str, bytes], str]


def test_a_file_is_fetched_once_and_then_taken_from_the_cache(index: Publish, tmp_path: Path) -> None:
    package = Package("toydata", "1.0", FILE, index(FILE, b"content"))
    path = package.get(tmp_path / "cache").root
    assert path.read_bytes() == b"content"
    (tmp_path / "links" / FILE).unlink()
    assert package.get(tmp_path / "cache").root == path


def test_a_corrupt_download_names_both_digests_and_leaves_nothing(index: Publish, tmp_path: Path) -> None:
    found = index(FILE, b"tampered")
    package = Package("toydata", "1.0", FILE, "a" * 64)
    with pytest.raises(DataError, match=f"{FILE} is corrupt: expected sha256 {'a' * 64}, got {found}"):
        package.get(tmp_path / "cache")
    assert [p.suffix for p in (tmp_path / "cache" / "packages").iterdir()] in ([], [".lock"])


def test_a_file_that_rots_in_the_cache_is_named_and_fetched_again(
    index: Publish, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    package = Package("toydata", "1.0", FILE, index(FILE, b"content"))
    path = package.get(tmp_path / "cache").root
    path.write_bytes(b"rotten!")
    with caplog.at_level(logging.WARNING):
        assert package.get(tmp_path / "cache").root.read_bytes() == b"content"
    assert f"removed corrupt {path}" in caplog.text


def test_a_file_put_into_the_cache_by_hand_is_verified_and_used(index: Publish, tmp_path: Path) -> None:
    package = Package("toydata", "1.0", FILE, index(FILE, b"content"))
    (tmp_path / "links" / FILE).unlink()
    by_hand = tmp_path / "cache" / "packages" / FILE
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(b"content")
    assert package.get(tmp_path / "cache").root == by_hand


def test_without_a_network_the_cure_is_named_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    started = time.monotonic()
    with pytest.raises(DatasetMissing) as caught:
        Package("toydata", "1.0", FILE, "a" * 64).get(tmp_path)
    assert time.monotonic() - started < 10
    message = str(caught.value)
    for part in (FILE, "toydata==1.0", str(tmp_path / "packages"), "pip download --no-deps", "ConnectError"):
        assert part in message


def test_an_index_without_the_file_says_so(index: Publish, tmp_path: Path) -> None:
    sha256 = index("other-1.0.tar.gz", b"content")
    with pytest.raises(DatasetMissing, match="none of the 1 package indexes set up for pip has it"):
        Package("toydata", "1.0", FILE, sha256).get(tmp_path / "cache")


def test_a_cache_that_cannot_be_written_names_the_cure(index: Publish, tmp_path: Path) -> None:
    package = Package("toydata", "1.0", FILE, index(FILE, b"content"))
    (tmp_path / "cache").write_text("a file where a folder must be")
    with pytest.raises(DataError, match=r"cannot write .*BOSS_CACHE"):
        package.get(tmp_path / "cache")


def test_the_revision_of_a_package_is_its_version_and_digest() -> None:
    revision = Package("toydata", "1.0", FILE, "0123456789abcdef" * 4).revision
    assert revision == "toydata==1.0 sha256:0123456789abcdef"


def test_a_local_file_is_identified_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("abc")
    # sha256("abc"), FIPS 180-2, appendix B.1
    assert LocalFile(path).get(tmp_path) == Fetched(path, "sha256:ba7816bf8f01cfea")


def test_a_local_folder_changes_with_any_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a").write_text("1")
    before = LocalFile(folder).get(tmp_path).revision
    (folder / "b").write_text("2")
    assert LocalFile(folder).get(tmp_path).revision != before


def test_a_local_file_that_is_missing_or_changed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="does not exist"):
        LocalFile(tmp_path / "none.csv").get(tmp_path)
    path = tmp_path / "own.csv"
    path.write_text("abc")
    with pytest.raises(DataError, match="has changed: expected sha256 bbb"):
        LocalFile(path, "b" * 64).get(tmp_path)


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("BOSS_CACHE")
    assert default_cache().name == "boss-robtest"
