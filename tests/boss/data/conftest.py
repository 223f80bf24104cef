import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from boss.data.readers.base import Reader
from boss.data.types import Example
from robtest.assets import Member

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def toy_conf() -> Path:
    return CONF


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Example], Counter[str]]]:
    """Write a file and read it: (examples, removed)."""

    def run(
        reader: Reader, content: str | bytes, name: str = "data.txt"
    ) -> tuple[list[Example], Counter[str]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        removed: Counter[str] = Counter()
        return list(reader.read(Member(path), removed)), removed

    return run


@pytest.fixture
def suite_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite `own` of csv files for sentiment; returns its configuration folder."""

    def make(files: Mapping[str, str], **options: Any) -> Path:
        conf = tmp_path / "conf"
        folder = conf / "dataset" / "own"
        folder.mkdir(parents=True, exist_ok=True)
        (conf / "suite").mkdir(exist_ok=True)
        suite: dict[str, Any] = {
            "name": "own",
            "version": "1",
            "description": "written for a test",
            "stand_in": False,
            "fractions": {"train": 0.7, "validation": 0.1, "test": 0.2},
        }
        (conf / "suite" / "own.yaml").write_text(json.dumps(suite | options))  # JSON is YAML
        for file, content in files.items():
            (folder / file).write_text(content)
            role = "id" if file.startswith("home") else "ood"
            dataset = {
                "task": "sentiment",
                "role": role,
                "title": file,
                "shift": "none",
                "url": "https://example.org",
                "licence": "MIT",
                "labels": ["negative", "positive", "neutral"],
                "label_mapping": "as they are",
                "source": {"_target_": "boss.data.sources.LocalFile", "path": file},
                "reader": {
                    "_target_": "boss.data.readers.table.Delimited",
                    "fields": {"text": "text"},
                    "label": "label",
                },
            }
            (folder / file).with_suffix(".yaml").write_text(json.dumps(dataset))
        return conf

    return make


@dataclass
class Repo:
    """A dataset on the loopback hub: branch or commit -> commit -> files."""

    branches: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    token: str | None = None


class Hub:
    """As much of the Hugging Face hub as files of datasets need, on the loopback interface.

    Attributes:
        pages: path -> content, of a web page beside the hub.
        asked: what was asked for, in order.
        broken: how many of the next answers are 503.
    """

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.broken = 0
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.answer(self)

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_POST(self) -> None:
                hub.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def add(
        self, id: str, files: Mapping[str, bytes], revision: str = "main", token: str | None = None
    ) -> str:
        """Publish files under a branch or as a commit; returns the commit. A token makes it gated."""
        pinned = re.fullmatch("[0-9a-f]{40}", revision) is not None
        listed = json.dumps([[name, hashlib.sha256(content).hexdigest()] for name, content in files.items()])
        commit = revision if pinned else hashlib.sha1((id + listed).encode()).hexdigest()
        repo = self.repos.setdefault(id, Repo(token=token))
        repo.branches[revision] = commit
        repo.files[commit] = dict(files)
        return commit

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.asked.append(f"{request.command} {unquote(path)}")
        if self.broken:
            self.broken -= 1
            return self.send(request, 503, b"", {})
        if path in self.pages:
            return self.send(request, 200, self.pages[path], {})
        tree = re.fullmatch(r"/api/datasets/(.+?)/(tree|paths-info)/([^/]+)(?:/(.*))?", path)
        if tree is not None:
            return self.send_tree(request, tree[1], tree[2], unquote(tree[3]), unquote(tree[4] or ""))
        api = re.fullmatch(r"/api/datasets/(.+?)(?:/revision/(.+))?", path)
        if api is not None:
            return self.send_info(request, api[1], unquote(api[2] or "main"))
        found = re.fullmatch(r"/datasets/(.+?)/resolve/([^/]+)/(.+)", path)
        assert found is not None, path
        return self.send_file(request, found[1], unquote(found[2]), unquote(found[3]))

    def send_info(self, request: BaseHTTPRequestHandler, id: str, revision: str) -> None:
        repo = self.repos.get(id)
        if repo is None:
            return self.send(request, 401, b"", {"X-Error-Code": "RepoNotFound"})
        commit = repo.branches.get(revision, revision)
        if commit not in repo.files:
            return self.send(request, 404, b"", {"X-Error-Code": "RevisionNotFound"})
        names = [{"rfilename": name} for name in repo.files[commit]]
        info = {"id": id, "sha": commit, "siblings": names, "private": False, "gated": repo.token is not None}
        return self.send(request, 200, json.dumps(info).encode(), {"Content-Type": "application/json"})

    def send_tree(
        self, request: BaseHTTPRequestHandler, id: str, kind: str, revision: str, folder: str
    ) -> None:
        """List the files of a folder, or those whose paths the body names."""
        length = int(request.headers.get("Content-Length") or 0)
        body = parse_qs(request.rfile.read(length).decode())
        repo = self.repos[id]
        files = repo.files[repo.branches.get(revision, revision)]
        if kind == "tree":
            below = f"{folder}/" if folder else ""
            names = [name for name in files if name.startswith(below)]
            if folder and not names:
                return self.send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            names = [name for name in body.get("paths", ()) if name in files]
        entries = [
            {
                "type": "file",
                "path": name,
                "size": len(files[name]),
                "oid": hashlib.sha1(files[name]).hexdigest(),
            }
            for name in names
        ]
        return self.send(request, 200, json.dumps(entries).encode(), {"Content-Type": "application/json"})

    def send_file(self, request: BaseHTTPRequestHandler, id: str, revision: str, name: str) -> None:
        repo = self.repos[id]
        given = request.headers.get("Authorization")
        if repo.token is not None and given != f"Bearer {repo.token}":
            # The real hub: 401 for nobody, 403 for somebody who has not accepted the terms.
            return self.send(request, 403 if given else 401, b"", {"X-Error-Code": "GatedRepo"})
        commit = repo.branches.get(revision, revision)
        content = repo.files[commit].get(name)
        if content is None:
            return self.send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
        etag = hashlib.sha256(content).hexdigest()
        return self.send(request, 200, content, {"X-Repo-Commit": commit, "ETag": f'"{etag}"'})

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)


@pytest.fixture
def loopback_hub() -> Iterator[Hub]:
    """Serve a hub of our own; nothing of this process uses it yet."""
    hub = Hub()
    thread = threading.Thread(target=hub.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()
    thread.join()


@pytest.fixture
def hub(loopback_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Make this process use the loopback hub, with a hub cache and no token of its own."""
    from huggingface_hub import constants, file_download
    from huggingface_hub.utils._http import reset_sessions

    monkeypatch.setattr(constants, "ENDPOINT", loopback_hub.url)
    template = loopback_hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no_token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    reset_sessions()  # a session remembers whether it was made offline
    yield loopback_hub
    reset_sessions()
