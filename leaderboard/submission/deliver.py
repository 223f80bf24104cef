"""Where a packed submission goes: a board's folder, a branch of a git repository, or a hub's dataset."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from leaderboard.submission.board import Board
from leaderboard.submission.declaration import Declaration
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.owners import bearer, local_account

GIT, HUB = "git:", "hf:"
_SECONDS = 600
# No prompt, no helper that runs a command named by the address, no hooks: only a clone, a file, a push.
_SAFE = ("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false")


def deliver(
    archive: Path, submission: str, declaration: Declaration, to: str, token: Path | None = None
) -> str:
    """Send a packed submission and say where it is.

    Args:
        to: ``git:URL``, ``hf:OWNER/NAME``, or the folder of a board.
        token: file with a token of the board's keepers; without it the sender is the user of this machine.
            Pull requests have an account, and need none.

    Raises:
        SubmissionError: if it did not get there.
    """
    if token is not None and to.startswith((GIT, HUB)):
        raise SubmissionError(f"token= is for a board's folder; {to:.80} knows you by your account")
    if to.startswith(GIT):
        return to_git(archive, submission, declaration, to.removeprefix(GIT))
    if to.startswith(HUB):
        return to_hub(archive, submission, to.removeprefix(HUB))
    board = Board(Path(to))
    sender = local_account() if token is None else bearer(board.tokens, token.read_text(encoding="utf-8"))
    report = board.receive(archive, sender)
    if not report.ok:
        raise SubmissionError("\n".join(str(finding) for finding in report.findings))
    return f"in the queue of {to} as {submission}, from {sender}"


def to_git(archive: Path, submission: str, declaration: Declaration, url: str) -> str:
    """Push branch ``submission/ID`` with ``queue/ID.zip``, one commit ahead of the default branch.

    The commit's author is the declaration's submitter and contact.

    Raises:
        SubmissionError: with git's own words, if a step fails; the branch may be there already.
    """
    branch = f"submission/{submission}"
    author = ("-c", f"user.name={declaration.submitter}", "-c", f"user.email={declaration.contact}")
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "board"
        _git(Path(scratch), *_SAFE, "clone", "--quiet", "--depth", "1", "--", url, str(clone))
        _git(clone, "checkout", "--quiet", "-b", branch)
        target = clone / "queue" / f"{submission}.zip"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(archive, target)
        _git(clone, "add", "--force", "--", f"queue/{submission}.zip")
        _git(clone, *_SAFE, *author, "commit", "--quiet", "--message", f"Submit {submission}")
        _git(clone, *_SAFE, "push", "--quiet", "origin", branch)
    return f"pushed as branch {branch} of {url}; open a pull request from it"


def to_hub(archive: Path, submission: str, repository: str) -> str:
    """Open a pull request with ``queue/ID.zip`` on a dataset repository of the Hugging Face hub.

    Raises:
        SubmissionError: if there is no network or no right to it.
    """
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    name = f"queue/{submission}.zip"
    try:
        done = HfApi().create_commit(
            repo_id=repository,
            repo_type="dataset",
            operations=[CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(archive))],
            commit_message=f"Submit {submission}",
            create_pr=True,
        )
    except (HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, OSError) as error:
        raise SubmissionError(
            f"{repository} did not take the submission: {error}; check its name, HF_TOKEN and the network, "
            "or send it with to=git:URL"
        ) from error
    return f"opened as {done.pr_url}"


def _git(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise SubmissionError(f"git cannot be used: {error}; install it, or send with to=DIR") from error
    if done.returncode:
        step = next(word for word in arguments if word in ("clone", "checkout", "add", "commit", "push"))
        raise SubmissionError(
            f"git {step} failed: {done.stderr.strip()[-500:]}. Look at the address and your rights to it; "
            "a branch that is there already means that this run was sent before"
        )
