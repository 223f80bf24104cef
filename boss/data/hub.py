"""Files of a dataset on the Hugging Face hub, at one commit; scripts in it are never fetched or run."""

import json
import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from boss.data.sources import Fetched
from boss.errors import DataError, DatasetMissing
from robtest.assets.archive import SEPARATOR
from robtest.files import write_whole

PROBE_SECONDS = 4.0
ATTEMPTS = 3
COMMIT = re.compile(r"[0-9a-f]{40}")
SHARD = re.compile(r"-(\d+)-of-(\d+)")


@dataclass(frozen=True)
class Listing:
    """What a repository of the hub holds at one commit."""

    commit: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Hub:
    """Files of a dataset of the Hugging Face hub, fetched into the user's own hub cache.

    ``HF_HOME``, ``HF_HUB_CACHE``, ``HF_ENDPOINT``, ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` mean what they
    mean to huggingface_hub. A commit already in the cache is not asked for again.

    Attributes:
        id: namespaced id, as in ``owner/name``.
        hub_revision: commit, which pins the files; or a branch, whose commit of the day is recorded
            (``refs/convert/parquet`` where the main branch is a script).
    """

    id: str
    hub_revision: str

    def __str__(self) -> str:
        """Return the id on the hub."""
        return f"{self.id} on the Hugging Face hub"

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit."""
        return COMMIT.fullmatch(self.hub_revision) is not None

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the snapshot folder of the commit, with the files that ``names`` match in it.

        Raises:
            DatasetMissing: if the hub cannot be reached, has no such files, or wants terms accepted.
            DataError: if there are no ``names``.
        """
        with hub_errors(self):
            listing = self._listing(cache)
            files = self._matching(listing, names)
            root = self._download(listing.commit, files)
        note = "" if self.pinned else f" (of {self.hub_revision})"
        return Fetched(root, f"{self.id}@{listing.commit}{note}")

    def commit(self, cache: Path) -> str:
        """Return the commit of the revision: itself, or that of the branch now or when it was last seen."""
        return self.hub_revision if self.pinned else self._listing(cache).commit

    def _matching(self, listing: Listing, names: Sequence[str]) -> list[str]:
        if not names:  # all would be more than data: scripts, cards, pictures
            raise DataError(f"{self.id}: name the files to fetch under `files:` of the dataset")
        files: list[str] = []
        for name in dict.fromkeys(name.partition(SEPARATOR)[0] for name in names):
            matches = [file for file in listing.files if fnmatch(file, name)]
            if not matches:
                raise DatasetMissing(
                    f"{self.id} has no file {name!r} at revision {self.hub_revision}; it has "
                    f"{', '.join(listing.files[:8]) or 'none'}. Correct `files:` or `hub_revision:`."
                )
            files += matches
        return files

    def _download(self, commit: str, files: Sequence[str]) -> Path:
        from huggingface_hub import HfApi

        api = HfApi()
        for file in files:
            path = Path(
                api.hf_hub_download(
                    self.id, file, repo_type="dataset", revision=commit, etag_timeout=PROBE_SECONDS
                )
            )
        return path.parents[len(PurePosixPath(file).parts) - 1]

    def _listing(self, cache: Path) -> Listing:
        """Return commit and files: those of a commit from the last answer, those of a branch from the hub."""
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        seen = cache / "hub" / f"{quote(self.id, safe='')}@{quote(self.hub_revision, safe='')}.json"
        if self.pinned and seen.is_file():
            return _load(seen)
        try:
            listing = self._ask()
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise  # the hub has answered: what was seen before is no longer offered
        except OSError:  # no network, offline mode, a hub that is down
            last_listing = _load(seen) if seen.is_file() else self._cached()
            if last_listing is None:
                raise
            return last_listing
        write_whole(seen, json.dumps([listing.commit, listing.files]).encode())
        return listing

    def _ask(self) -> Listing:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError

        for attempt in range(1, ATTEMPTS + 1):
            try:
                info = HfApi().dataset_info(self.id, revision=self.hub_revision, timeout=PROBE_SECONDS)
                break
            except HfHubHTTPError as error:
                if attempt == ATTEMPTS or error.response is None or error.response.status_code < 500:
                    raise
                time.sleep(0.25 * 2**attempt)
        return Listing(str(info.sha), tuple(sorted(item.rfilename for item in info.siblings or [])))

    def _cached(self) -> Listing | None:
        """Return what the user's hub cache holds of the revision, unless a file of a set is missing."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        try:
            folder = Path(
                snapshot_download(
                    self.id, repo_type="dataset", revision=self.hub_revision, local_files_only=True
                )
            )
        except LocalEntryNotFoundError:
            return None
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        whole = [file for file in files if _is_whole(file, files)]
        return Listing(folder.name, tuple(whole))


@contextmanager
def hub_errors(hub: Hub) -> Iterator[None]:
    """Turn errors of huggingface_hub into `DatasetMissing` with the cure."""
    from huggingface_hub.errors import (
        GatedRepoError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    where = f"{hub.id} at revision {hub.hub_revision}"
    try:
        yield
    except GatedRepoError as error:
        raise gated(where) from error
    except RevisionNotFoundError as error:
        raise DatasetMissing(
            f"{hub.id} has no revision {hub.hub_revision}; correct `hub_revision:`."
        ) from error
    except RepositoryNotFoundError as error:
        raise DatasetMissing(
            f"{hub.id} is not on the hub, or is private: correct `id:`, or put a token that may read it "
            "into HF_TOKEN."
        ) from error
    except OSError as error:
        offline = isinstance(error, OfflineModeIsEnabled)
        detail = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatasetMissing(
            f"cannot get {where} ({'HF_HUB_OFFLINE is set' if offline else detail}). Allow the network, or "
            "point HF_HOME at a hub cache that holds it."
        ) from error


def gated(where: str) -> DatasetMissing:
    """Return the error of a dataset whose terms have to be accepted first."""
    return DatasetMissing(
        f"{where} is gated: accept its terms on the hub with your account, then put a read token of the "
        "account into HF_TOKEN (or run `hf auth login`)."
    )


def _load(path: Path) -> Listing:
    commit, files = json.loads(path.read_text())
    return Listing(commit, tuple(files))


def _is_whole(file: str, files: Collection[str]) -> bool:
    """Return whether all shards of a file's set, NAME-00000-of-00002, are there."""
    shard = SHARD.search(file)
    if shard is None:
        return True
    width, total = len(shard[1]), int(shard[2])
    names = (f"{file[: shard.start(1)]}{i:0{width}d}{file[shard.end(1) :]}" for i in range(total))
    return all(name in files for name in names)
