from pathlib import Path
from typing import Any

import pytest

from boss.data.hub import Hub
from boss.errors import DataError, DatasetMissing

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "data/test-00000-of-00002.parquet": b"one",
    "data/test-00001-of-00002.parquet": b"two",
    "data/train-00000-of-00001.parquet": b"three",
    "owner.py": b"raise SystemExit('never run')",
}
TESTS = ["data/test-*.parquet"]


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants
    from huggingface_hub.utils._http import reset_sessions

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    reset_sessions()


def test_files_that_match_are_fetched_and_nothing_else(hub: Any, tmp_path: Path) -> None:
    hub.add("owner/name", FILES, COMMIT)
    fetched = Hub("owner/name", COMMIT).get(tmp_path / "cache", TESTS)
    assert fetched.revision == f"owner/name@{COMMIT}"
    found = sorted(path.relative_to(fetched.root).as_posix() for path in fetched.root.rglob("*.*"))
    assert found == ["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"]
    assert (fetched.root / found[1]).read_bytes() == b"two"
    assert not [line for line in hub.asked if "train" in line or "owner.py" in line]


def test_files_go_to_the_users_own_hub_cache(hub: Any, tmp_path: Path) -> None:
    hub.add("owner/name", FILES, COMMIT)
    root = Hub("owner/name", COMMIT).get(tmp_path / "cache", TESTS).root
    assert root == tmp_path / "hub_cache" / "datasets--owner--name" / "snapshots" / COMMIT


def test_a_commit_that_was_fetched_is_not_asked_for_again(hub: Any, tmp_path: Path) -> None:
    hub.add("owner/name", FILES, COMMIT)
    first = Hub("owner/name", COMMIT).get(tmp_path, TESTS)
    n = len(hub.asked)
    assert Hub("owner/name", COMMIT).get(tmp_path, TESTS) == first
    assert len(hub.asked) == n


def test_a_branch_is_recorded_with_the_commit_it_was_at(hub: Any, tmp_path: Path) -> None:
    source = Hub("owner/name", "refs/convert/parquet")
    old = hub.add("owner/name", FILES, "refs/convert/parquet")
    assert source.get(tmp_path, TESTS).revision == f"owner/name@{old} (of refs/convert/parquet)"
    new = hub.add("owner/name", {**FILES, "data/test-00001-of-00002.parquet": b"2"}, "refs/convert/parquet")
    moved = source.get(tmp_path, TESTS)
    assert new != old
    assert moved.revision == f"owner/name@{new} (of refs/convert/parquet)"
    assert (moved.root / "data/test-00001-of-00002.parquet").read_bytes() == b"2"


@pytest.mark.parametrize("revision", [COMMIT, "main"])
def test_what_was_fetched_is_there_offline(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    hub.add("owner/name", FILES, revision)
    fetched = Hub("owner/name", revision).get(tmp_path, TESTS)
    offline(monkeypatch)
    assert Hub("owner/name", revision).get(tmp_path, TESTS) == fetched


def test_what_was_not_fetched_says_offline_mode_is_on(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("owner/name", FILES, COMMIT)
    offline(monkeypatch)
    with pytest.raises(
        DatasetMissing, match=r"owner/name at revision 0123\w+ \(HF_HUB_OFFLINE is set\).*HF_HOME"
    ):
        Hub("owner/name", COMMIT).get(tmp_path, TESTS)
    assert hub.asked == []


def test_a_cache_filled_by_other_means_is_used_offline_but_for_a_set_with_a_hole(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi

    hub.add("owner/name", FILES)
    for name in ("data/train-00000-of-00001.parquet", "data/test-00001-of-00002.parquet"):
        HfApi().hf_hub_download("owner/name", name, repo_type="dataset")
    offline(monkeypatch)
    source = Hub("owner/name", "main")
    root = source.get(tmp_path, ["data/train-*"]).root
    assert (root / "data/train-00000-of-00001.parquet").read_bytes() == b"three"
    with pytest.raises(DatasetMissing, match=r"no file 'data/test-\*\.parquet'"):
        source.get(tmp_path, TESTS)


@pytest.mark.parametrize("token", [None, "of_somebody_else"])
def test_a_gated_dataset_says_terms_and_token(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    hub.add("owner/name", FILES, COMMIT, token="mine")
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(DatasetMissing, match=r"is gated: accept its terms .* HF_TOKEN"):
        Hub("owner/name", COMMIT).get(tmp_path, TESTS)
    monkeypatch.setenv("HF_TOKEN", "mine")
    assert (Hub("owner/name", COMMIT).get(tmp_path, TESTS).root / "data").is_dir()


def test_what_the_hub_does_not_have_is_told_apart(hub: Any, tmp_path: Path) -> None:
    hub.add("owner/name", FILES)
    with pytest.raises(DatasetMissing, match="owner/other is not on the hub, or is private"):
        Hub("owner/other", "main").get(tmp_path, TESTS)
    with pytest.raises(DataError, match="name the files to fetch"):
        Hub("owner/name", "main").get(tmp_path)
    with pytest.raises(DatasetMissing, match="owner/name has no revision v2"):
        Hub("owner/name", "v2").get(tmp_path, TESTS)
    with pytest.raises(
        DatasetMissing, match=r"no file 'valid\.csv' at revision main; it has data/test-00000"
    ):
        Hub("owner/name", "main").get(tmp_path, ["valid.csv"])


def test_a_hub_in_trouble_is_asked_three_times_and_no_more(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("boss.data.hub.time.sleep", waits.append)
    hub.add("owner/name", FILES, COMMIT)
    hub.broken = 2
    assert Hub("owner/name", COMMIT).get(tmp_path / "a", TESTS)
    assert waits == [0.5, 1.0]
    hub.add("owner/second", FILES, COMMIT)
    n, hub.broken = len(hub.asked), 1000
    with pytest.raises(DatasetMissing, match="503"):
        Hub("owner/second", COMMIT).get(tmp_path / "b", TESTS)
    assert len(hub.asked) == n + 3
