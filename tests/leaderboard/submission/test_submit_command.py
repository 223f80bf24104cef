"""``python -m leaderboard.submit``, and where a submission can be sent."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from leaderboard.submission.board import Board
from leaderboard.submission.deliver import to_git, to_hub
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.owners import local_account
from leaderboard.submit import main

MakeRun = Callable[..., Path]


@pytest.fixture
def declaration(tmp_path: Path, declare: Callable[..., Any]) -> Path:
    path = tmp_path / "declaration.json"
    path.write_bytes(declare().encode())
    return path


def test_one_command_checks_packs_and_queues(
    make_run: MakeRun, declaration: Path, tmp_path: Path, capsys: Any
) -> None:
    run, kept = make_run(), tmp_path / "kept.zip"
    assert main([str(run), f"declaration={declaration}", f"to={tmp_path / 'board'}", f"output={kept}"]) == 0
    assert "0 errors, 1 warning: may be submitted" in capsys.readouterr().out
    (standing,) = Board(tmp_path / "board").standings().values()
    assert (standing.state, standing.sender) == ("queued", local_account())
    assert main(["check", str(kept)]) == 0
    assert main(["check", str(run)]) == 0


def test_a_refused_run_is_not_delivered(
    make_run: MakeRun, declaration: Path, tmp_path: Path, forger: Any, capsys: Any
) -> None:
    run = make_run()
    forger.edit_line(run, lambda line: line["score"].update(value=0.99))
    assert main([str(run), f"declaration={declaration}", f"to={tmp_path / 'board'}"]) == 1
    assert "error: run/records.jsonl:1: " in capsys.readouterr().out
    assert not (tmp_path / "board").exists()
    assert main(["check", str(run), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert {"rescore", "no_manifest"} == {finding["code"] for finding in report["findings"]}


def test_control_characters_of_a_name_do_not_reach_the_terminal(
    make_run: MakeRun, forger: Any, capsys: Any
) -> None:
    run = make_run()
    forger.edit_run(run, model="red \x1b[31m")
    assert main(["check", str(run)]) == 1
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "needs a run directory"),
        (["no-such-run"], "declaration=FILE is missing"),
        (["run", "stars=5"], "is no setting"),
        (["run", "declaration=nothing.json"], "cannot be read"),
    ],
)
def test_a_wrong_command_says_what_is_right(words: list[str], message: str, capsys: Any) -> None:
    assert main(words) == 1
    assert message in capsys.readouterr().err


def test_the_commands_load_no_model_library_and_nothing_that_measures() -> None:
    code = (
        "import sys, leaderboard.submit, leaderboard.review, leaderboard.web.views.submit\n"
        "heavy = ('torch', 'transformers', 'textattack', 'spacy', 'hydra', 'datasets', 'robtest', "
        "'boss.data', 'boss.models', 'boss.seam')\n"
        "light = ('degree', 'dimensions', 'files', 'plural', 'score', 'types')\n"
        "allowed = {'robtest', *(f'robtest.{name}' for name in light)}\n"
        "print(sorted(name for name in sys.modules if name.startswith(heavy) and name not in allowed))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_path_that_is_not_there_is_refused(tmp_path: Path, capsys: Any) -> None:
    assert main(["check", str(tmp_path / "nothing.zip")]) == 1
    assert "Name a run directory or a packed submission" in capsys.readouterr().out


def git(folder: Path, *arguments: str) -> str:
    author = ["-c", "user.name=Keeper", "-c", "user.email=keeper@example.org"]
    done = subprocess.run(
        ["git", *author, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository with one commit."""
    work, bare = tmp_path / "work", tmp_path / "remote.git"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch", "main")
    (work / "README.md").write_text("A board.\n")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "Begin")
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    return bare


def test_a_submission_is_pushed_as_a_branch_of_its_own(
    make_run: MakeRun, declaration: Path, remote: Path, capsys: Any
) -> None:
    assert main([str(make_run()), f"declaration={declaration}", f"to=git:file://{remote}"]) == 0
    (branch,) = [b.strip() for b in git(remote, "branch", "--list", "submission/*").splitlines()]
    changed = git(remote, "diff", "--name-only", "main", branch)
    assert changed == f"queue/{branch.removeprefix('submission/')}.zip"
    assert git(remote, "log", "-1", "--format=%an <%ae>", branch) == "A. Sender <sender@example.org>"
    assert "open a pull request" in capsys.readouterr().err
    assert git(remote, "rev-list", "--count", "main") == "1"


def test_a_repository_that_is_not_there_says_what_git_said(
    tmp_path: Path, make_run: MakeRun, packed: Any, declare: Any
) -> None:
    with pytest.raises(SubmissionError, match="git clone failed"):
        to_git(packed(make_run()), "a" * 24, declare(), f"file://{tmp_path / 'nowhere'}")
    with pytest.raises(SubmissionError, match="git clone failed"):
        to_git(packed(make_run(run_id="b")), "a" * 24, declare(), f"ext::sh -c touch% {tmp_path / 'ran'}")
    assert not (tmp_path / "ran").exists()


class Hub(BaseHTTPRequestHandler):
    """As much of a hub as one commit needs."""

    commits: list[tuple[str, list[dict[str, Any]]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer: dict[str, Any] = {}
        if "/preupload/" in self.path:
            files = json.loads(body)["files"]
            answer = {
                "files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
            }
        elif "/commit/" in self.path:
            self.commits.append((self.path, [json.loads(line) for line in body.splitlines()]))
            url = f"{os.environ['STUB']}/datasets/lab/board"
            answer = {
                "commitUrl": f"{url}/commit/{'0' * 40}",
                "commitOid": "0" * 40,
                "pullRequestUrl": f"{url}/discussions/7",
            }
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    """A stub on the loopback interface."""
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.utils import reset_sessions  # type: ignore[attr-defined]

    handler = type("Handler", (Hub,), {"commits": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("STUB", address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    api = huggingface_hub.HfApi
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api(endpoint=address, token="stub"))
    reset_sessions()
    yield handler
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    reset_sessions()


def test_a_submission_is_a_pull_request_on_the_hub(hub: Any, make_run: MakeRun, packed: Any) -> None:
    archive = packed(make_run())
    assert to_hub(archive, "a" * 24, "lab/board").endswith("/datasets/lab/board/discussions/7")
    ((path, lines),) = hub.commits
    assert path.startswith("/api/datasets/lab/board/commit/main") and "create_pr=1" in path
    (file,) = [line["value"] for line in lines if line["key"] == "file"]
    assert file["path"] == f"queue/{'a' * 24}.zip"
    assert base64.b64decode(file["content"]) == archive.read_bytes()


def test_without_a_hub_the_other_ways_are_named(
    make_run: MakeRun, packed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SubmissionError, match="to=git:URL"):
        to_hub(packed(make_run()), "a" * 24, "not a/valid/name")
