"""One pinned file of a published Python package, verified and cached; nothing is installed or run."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from robtest.assets.index import Unreachable, download
from robtest.errors import AssetError, AssetMissing
from robtest.files import file_sha256, noted_sha256, whole

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
        try:
            if self._digest(path) != self.sha256:
                path.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(f"{path}.lock"):  # a second process waits instead of fetching the same
                    self._fetch_anew(path)
        except OSError as error:
            raise AssetError(
                f"cannot write {path}: {error}. Free some space, or set BOSS_CACHE to another folder."
            ) from error
        return path

    def _digest(self, path: Path) -> str | None:
        return noted_sha256(path, path.with_name(f"{path.name}.verified")) if path.is_file() else None

    def _fetch_anew(self, path: Path) -> None:
        digest = self._digest(path)
        if digest == self.sha256:
            return
        if digest is not None:
            logger.warning("removed corrupt %s: sha256 %s, expected %s", path, digest, self.sha256)
            path.unlink()
        self._download(path)

    def _download(self, path: Path) -> None:
        try:
            with whole(path) as target:
                download(self.distribution, self.file, target)
                target.flush()
                digest = file_sha256(Path(target.name))
                if digest != self.sha256:
                    raise AssetError(
                        f"{self.file} is corrupt: expected sha256 {self.sha256}, got {digest}. Run again; if "
                        "it stays so, the index serves another file than the one this suite was made from."
                    )
        except Unreachable as error:
            raise AssetMissing(
                f"cannot get {self.file} of {self.distribution}=={self.version} ({error}). Allow the "
                f"network, or put the file into {path.parent} by hand; where there is a network: "
                f"pip download --no-deps {self._pip_options} {self.distribution}=={self.version}"
            ) from error

    @property
    def _pip_options(self) -> str:
        return "--only-binary :all:" if self.file.endswith(".whl") else "--no-binary :all:"
