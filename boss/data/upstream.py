"""Files as their authors publish them on a web page: downloaded where they may be, else put in by hand."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from boss.data.sources import Fetched, files_sha256
from boss.errors import DataError, DatasetMissing
from robtest.assets.archive import SEPARATOR
from robtest.files import noted_sha256, whole

RETRIES = 2
CONNECT_SECONDS, READ_SECONDS = 4.0, 60.0
CHUNK = 1 << 20


@dataclass(frozen=True)
class Upstream:
    """Files of one web page, kept in ``CACHE/upstream/FOLDER``; what is put there by hand is used as well.

    Attributes:
        folder: name of the folder; the dataset's.
        page: where a person finds the files and their terms.
        urls: file -> its address. A file without one is put in by hand: it is behind a form, or too
            large to be fetched unasked.
        sha256: file -> hex digest it must have; a file without one is taken as it is found.
        git_sha1: file -> the hash git gives its content, which the page of a repository shows; checked as
            ``sha256`` is, where that is not known.
        by_hand: files without an address.
    """

    folder: str
    page: str
    urls: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    git_sha1: Mapping[str, str] = field(default_factory=dict)
    by_hand: Sequence[str] = ()

    def __str__(self) -> str:
        """Return the page."""
        return self.page

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the folder with the files that ``names`` match; all of them where there are no names.

        Raises:
            DatasetMissing: if a file cannot be downloaded or was not put in by hand.
            DataError: if a file has not the digest that is pinned.
        """
        folder = cache / "upstream" / self.folder
        patterns = [name.partition(SEPARATOR)[0] for name in names] or ["*"]
        files = [file for file in (*self.urls, *self.by_hand) if any(fnmatch(file, w) for w in patterns)]
        absent = [file for file in files if file in self.by_hand and not (folder / file).is_file()]
        if absent or not files:
            listed = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
            raise DatasetMissing(
                f"{listed or ', '.join(patterns)} cannot be fetched by this command: get it from {self.page} "
                f"and put it into {folder}"
            )
        digests = {file: self._have(folder / file) for file in files}
        if len(files) == 1:
            revision = f"{files[0]} sha256:{digests[files[0]][:16]}"
        else:
            revision = f"{len(files)} files sha256:{files_sha256(folder, [folder / f for f in files])[:16]}"
        pinned = all(file in self.sha256 or file in self.git_sha1 for file in files)
        return Fetched(folder, revision if pinned else f"{revision} (as found)")

    def _have(self, path: Path) -> str:
        """Return the digest of a file, downloaded where it is not there."""
        from filelock import FileLock

        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):  # a second process waits instead of fetching the same
            if not path.is_file():
                self._download(path)
            digest = noted_sha256(path, path.with_name(f"{path.name}.sha256"))
        expected = self.sha256.get(path.name, digest)
        if digest != expected:
            raise DataError(
                f"{path} is corrupt: expected sha256 {expected}, got {digest}. Remove it and run again; if "
                f"it stays so, {self.page} offers another file than the one this suite was made from."
            )
        blob = self.git_sha1.get(path.name)
        if blob is not None and (actual := git_sha1(path)) != blob:
            raise DataError(
                f"{path} is corrupt: expected git's sha1 {blob}, got {actual}. Remove it and run again; if "
                f"it stays so, {self.page} offers another file than the one this suite was made from."
            )
        return digest

    def _download(self, path: Path) -> None:
        from requests import RequestException, Session
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        url = self.urls[path.name]
        # Without a network there is nothing to wait for: only what answers is asked again.
        retry = Retry(
            total=RETRIES, connect=0, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504)
        )
        try:
            with Session() as session:
                session.mount(url, HTTPAdapter(max_retries=retry))
                with session.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
                    response.raise_for_status()
                    with whole(path) as target:
                        for chunk in response.iter_content(CHUNK):
                            target.write(chunk)
        except RequestException as error:
            raise DatasetMissing(
                f"cannot get {path.name} from {url} ({type(error).__name__}). Allow the network, or get it "
                f"from {self.page} and put it into {path.parent}"
            ) from error


def git_sha1(path: Path) -> str:
    """Return the hash that git gives a file: the sha1 of ``blob``, its size, a zero byte and its content."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
