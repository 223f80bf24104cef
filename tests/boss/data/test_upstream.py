import hashlib
from pathlib import Path
from typing import Any

import pytest

from boss.data.upstream import Upstream
from boss.errors import DataError, DatasetMissing

PAGE = "https://example.org/own"
DIGEST = hashlib.sha256(b"content").hexdigest()


def source(hub: Any, sha256: str | None = None) -> Upstream:
    pinned = {} if sha256 is None else {"own.csv": sha256}
    return Upstream("own", PAGE, urls={"own.csv": f"{hub.url}/own.csv"}, sha256=pinned)


def left(cache: Path) -> list[str]:
    return sorted(p.name for p in (cache / "upstream" / "own").iterdir() if p.suffix != ".lock")


def test_a_file_is_downloaded_once_and_named_by_its_digest(loopback_hub: Any, tmp_path: Path) -> None:
    loopback_hub.pages["/own.csv"] = b"content"
    fetched = source(loopback_hub, DIGEST).get(tmp_path, ["own.csv"])
    assert (fetched.root / "own.csv").read_bytes() == b"content"
    assert fetched.revision == f"own.csv sha256:{DIGEST[:16]}"
    assert source(loopback_hub).get(tmp_path, ["own.csv"]).revision == f"{fetched.revision} (as found)"
    assert len(loopback_hub.asked) == 1


def test_a_file_that_is_not_the_pinned_one_names_both_digests(loopback_hub: Any, tmp_path: Path) -> None:
    loopback_hub.pages["/own.csv"] = b"content"
    with pytest.raises(DataError, match=f"expected sha256 {'a' * 64}, got {DIGEST}. Remove it") as caught:
        source(loopback_hub, "a" * 64).get(tmp_path, ["own.csv"])
    assert not isinstance(caught.value, DatasetMissing)


def test_a_file_changed_on_disk_is_read_again(loopback_hub: Any, tmp_path: Path) -> None:
    loopback_hub.pages["/own.csv"] = b"content"
    fetched = source(loopback_hub, DIGEST).get(tmp_path, ["own.csv"])
    (fetched.root / "own.csv").write_bytes(b"changed in the meantime")
    with pytest.raises(DataError, match="is corrupt"):
        source(loopback_hub, DIGEST).get(tmp_path, ["own.csv"])


def test_a_page_in_trouble_is_asked_three_times_and_leaves_nothing(loopback_hub: Any, tmp_path: Path) -> None:
    loopback_hub.pages["/own.csv"] = b"content"
    loopback_hub.broken = 1000
    with pytest.raises(
        DatasetMissing, match=rf"cannot get own\.csv from .*RetryError.* put it into {tmp_path}"
    ):
        source(loopback_hub).get(tmp_path, ["own.csv"])
    assert len(loopback_hub.asked) == 3
    assert left(tmp_path) == []
    loopback_hub.broken = 2
    assert source(loopback_hub).get(tmp_path, ["own.csv"])


def test_a_file_behind_a_form_is_put_in_by_hand(tmp_path: Path) -> None:
    formed = Upstream("own", PAGE, by_hand=["a.tsv", "b.tsv"])
    folder = tmp_path / "upstream" / "own"
    with pytest.raises(
        DatasetMissing, match=rf"a\.tsv, b\.tsv cannot .* get it from {PAGE} and put it into {folder}"
    ):
        formed.get(tmp_path, ["*.tsv"])
    folder.mkdir(parents=True)
    (folder / "a.tsv").write_text("1")
    assert formed.get(tmp_path, ["a.tsv"]).revision.startswith("a.tsv sha256:")
    with pytest.raises(DatasetMissing, match=r"^b\.tsv cannot"):
        formed.get(tmp_path, ["*.tsv"])
    (folder / "b.tsv").write_text("2")
    before = formed.get(tmp_path, ["*.tsv"]).revision
    (folder / "b.tsv").write_text("three")
    assert formed.get(tmp_path, ["*.tsv"]).revision != before
    assert before.startswith("2 files sha256:")


def test_a_file_may_be_pinned_by_the_hash_git_gives_it(loopback_hub: Any, tmp_path: Path) -> None:
    # `printf content | git hash-object --stdin`
    blob = "6b584e8ece562ebffc15d38808cd6b98fc3d97ea"
    loopback_hub.pages["/own.csv"] = b"content"
    urls = {"own.csv": f"{loopback_hub.url}/own.csv"}
    fetched = Upstream("own", PAGE, urls=urls, git_sha1={"own.csv": blob}).get(tmp_path, ["own.csv"])
    assert fetched.revision == f"own.csv sha256:{DIGEST[:16]}"
    with pytest.raises(DataError, match=f"expected git's sha1 {'b' * 40}, got {blob}"):
        Upstream("own", PAGE, urls=urls, git_sha1={"own.csv": "b" * 40}).get(tmp_path, ["own.csv"])
