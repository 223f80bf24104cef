"""Find and download one file of a published Python package; nothing is installed, built or run."""

import ast
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from robtest.progress import track

if TYPE_CHECKING:
    from unearth.fetchers import PyPIClient

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
CHUNK = 1 << 18


class Unreachable(Exception):
    """No index that can be reached has the file; the text says why."""


def download(distribution: str, file: str, target: BinaryIO) -> None:
    """Write the bytes of ``file`` into ``target``; the caller checks them.

    Asks the indexes pip is set up for (``PIP_INDEX_URL``, ``PIP_EXTRA_INDEX_URL``, ``PIP_FIND_LINKS``
    and pip's own configuration files), with the certificates of ``PIP_CERT``, ``REQUESTS_CA_BUNDLE`` or
    ``SSL_CERT_FILE``.

    Raises:
        Unreachable: if no index answers in seconds or none has the file.
    """
    import httpx2

    with _client() as client:
        url = _find(client, distribution, file)
        try:
            with client.get_stream(url) as response:
                response.raise_for_status()
                total = int(response.headers.get("Content-Length", 0)) or None
                with track(f"Download {file}", total, "B") as bar:
                    for chunk in response.iter_bytes(CHUNK):
                        target.write(chunk)
                        bar.advance(len(chunk))
        except httpx2.HTTPError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error


def _find(client: "PyPIClient", distribution: str, file: str) -> str:
    import httpx2
    from unearth import PackageFinder

    indexes, find_links = _places()
    reasons = []
    # One finder per place: an index that cannot be reached must not hide a folder that has the file.
    for kind, places in (("find_links", find_links), ("index_urls", indexes)):
        for place in places:
            # The file is data: which Python it was built for does not matter.
            finder = PackageFinder(client, ignore_compatibility=True, **{kind: [place]})
            try:
                for package in finder.find_all_packages(distribution, allow_yanked=True):
                    if package.link.filename == file:
                        return str(package.link.url_without_fragment)
            except httpx2.HTTPError as error:
                reasons.append(f"{type(error).__name__}: {error}")
    tried = len(indexes) + len(find_links)
    raise Unreachable("; ".join(reasons) or f"none of the {tried} package indexes set up for pip has it")


@contextmanager
def _client() -> Iterator["PyPIClient"]:
    from unearth.fetchers import PyPIClient

    certificates = _setting("cert") or [os.environ.get("REQUESTS_CA_BUNDLE", "")]
    verify: ssl.SSLContext | bool = True  # True: the client looks at SSL_CERT_FILE itself
    if certificates[0]:
        verify = ssl.create_default_context(cafile=certificates[0])
    timeout = (CONNECT_SECONDS, READ_SECONDS, READ_SECONDS, CONNECT_SECONDS)
    trusted = _setting("trusted-host")
    with PyPIClient(verify=verify, timeout=timeout, trusted_hosts=trusted, follow_redirects=True) as client:
        yield client


def _places() -> tuple[list[str], list[str]]:
    from unearth import PackageFinder

    find_links = [link for link in _setting("find-links") if "://" in link or Path(link).exists()]
    if _setting("no-index"):
        return [], find_links
    default = [source["url"] for source in PackageFinder().sources]
    return [*(_setting("index-url") or default), *_setting("extra-index-url")], find_links


def _setting(key: str) -> list[str]:
    """Return pip's values of an option, the environment before ``[download]`` before ``[global]``."""
    variable = os.environ.get(f"PIP_{key.upper().replace('-', '_')}")
    if variable is not None:
        return variable.split()
    values = _pip_configuration()
    for section in ("download", "global"):
        if f"{section}.{key}" in values:
            return values[f"{section}.{key}"].split()
    return []


@cache
def _pip_configuration() -> dict[str, str]:
    # pip is asked from outside: its Python interface is private and changes.
    command: Sequence[str] = (sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {key: str(ast.literal_eval(value)) for key, _, value in pairs if value.startswith(("'", '"'))}
