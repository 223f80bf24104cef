"""``python -m leaderboard.review ACTION [SUBMISSION] board=DIR ...``: decide about submissions.

Every decision is a line of decisions.jsonl in the board's folder. Nothing that was submitted is run.
"""

import argparse
import getpass
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from boss.errors import BossError
from boss.results.store import StoredRun, read_run
from leaderboard.settings import settings_of
from leaderboard.store.apart import apart
from leaderboard.store.folder import cache_folder
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import LEVELS, Action
from leaderboard.submission.findings import Report, SubmissionError
from leaderboard.submission.isolated import CONFIG, SUBMITTED, in_container, second_run
from leaderboard.submission.manifest import write_manifests
from leaderboard.submission.owners import new_token, pull_request_account
from leaderboard.submission.regenerated import Regenerated
from leaderboard.submission.replay import Chosen, compare, digest, everything, sample
from leaderboard.submission.settings import read_settings
from leaderboard.text import shown
from robtest.plural import counted

_N_EXAMPLES = 50
LONGEST_LINE = 300
_HELP = """actions
  list [state=...]                       submissions and where they stand
  show ID                                its decisions
  collect account=HOST:NAME [only=ID.zip,...]   take what that account's pull request put into queue/
  accept ID [reason=...]                 check again here, put on the board: recomputed
  reject ID reason=...                   out of the queue
  supersede ID by_submission=ID2 reason=...   another accepted run stands for it
  withdraw ID reason=...                 off the board
  sample ID [n=50] [measurements=clean]  of every measurement, by a salted hash: what a replay looks at
  regenerate ID [config=DIR]             make every input again: regenerated; the next two need it
  replay ID with=RUN_DIR [n=50] [measurements=clean]   compare them with a second run: replayed
  rerun ID with=RUN_DIR                  compare every answer: rerun
  manifest RUN_DIR                       write the data manifest from a trusted run on whole datasets
  settle                                 complete what a killed command left
  token NAME                             issue a token for a sender, shown once; an older one ends

with=RUN_DIR is a run you made. command='...' in its place makes one: the command is yours, is run without a
shell; {output} in it is a new folder, {run} that of the submitted run, as in
  command='python -m boss.eval model=minilm output={output}'
docker=IMAGE runs it, or what regenerate does, in a container: no network, the run and the data cache
read-only, limits on memory and processes.
by=NAME signs a decision (default: your user name). The salt is read from the variable BOSS_REVIEW_SALT."""

Settings = dict[str, str]
Step = Callable[[Board, str, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 refused or a check failed."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.review",
        description="Decide about submissions; board=DIR is the board's folder.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=sorted(_STEPS), metavar="ACTION")
    parser.add_argument("words", nargs="*", metavar="ID|key=value")
    options = parser.parse_args(arguments)
    words = list(options.words)
    try:
        step, takes, names = _STEPS[options.action]
        if takes and (not words or "=" in words[0]):
            raise SubmissionError(f"{options.action} needs {takes}")
        subject = words.pop(0) if takes else ""
        settings = read_settings(words, ("board", "by", *names))
        if "board" not in settings:
            raise SubmissionError("board=DIR is missing: the folder that holds queue/ and decisions.jsonl")
        settings.setdefault("by", getpass.getuser())
        return step(Board(Path(settings["board"])), subject, settings)
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _list(board: Board, subject: str, settings: Settings) -> int:
    for standing in board.standings().values():
        if settings.get("state", standing.state) == standing.state:
            parts = (standing.submission, standing.state, standing.verification, standing.received_at)
            flags = ",".join(standing.flags)
            print("  ".join((*parts, shown(standing.suite), shown(standing.model), flags)).rstrip())
    return 0


def _history(board: Board, subject: str, settings: Settings) -> int:
    for decision in board.history(subject):
        print(json.dumps(decision.model_dump(mode="json"), ensure_ascii=True, indent=2))
    return 0


def _collect(board: Board, subject: str, settings: Settings) -> int:
    if "account" not in settings:
        raise SubmissionError(
            "account=HOST:NAME is missing: who opened the pull request, as in account=github:octocat; take "
            "one pull request at a time, with only=ID.zip where several were merged"
        )
    only = [name for name in settings.get("only", "").split(",") if name]
    reports = board.collect(settings["by"], pull_request_account(settings["account"]), only)
    for report in reports:
        _tell(report)
        print(f"{report.path.name}: {'received' if report.ok else 'refused, mend or remove the file'}")
    if not reports:
        print("nothing in queue/ is new")
    return 0 if all(report.ok for report in reports) else 1


def _accept(board: Board, subject: str, settings: Settings) -> int:
    _tell(board.accept(subject, settings["by"], settings.get("reason", "")))
    print(f"accepted: {board.run(subject)}")
    return 0


def _decide(action: Action) -> Step:
    def step(board: Board, subject: str, settings: Settings) -> int:
        standing = board.decide(subject, action, settings["by"], settings.get("reason", ""))
        print(f"{subject} is {standing.state}")
        return 0

    return step


def _supersede(board: Board, subject: str, settings: Settings) -> int:
    if "by_submission" not in settings:
        raise SubmissionError("by_submission=ID is missing: the accepted run that stands for it")
    newer, reason = settings["by_submission"], settings.get("reason", "")
    board.supersede(subject, newer, settings["by"], reason)
    print(f"{subject} is superseded by {newer}")
    return 0


def _sample(board: Board, subject: str, settings: Settings) -> int:
    chosen = _chosen(board.stored(subject), subject, settings)
    print(json.dumps({key: sorted(names) for key, names in chosen.items()}, indent=2))
    return 0


def _regenerate(board: Board, subject: str, settings: Settings) -> int:
    """Make what a run asked again, in a process of its own, and raise the level if all of it is the same."""
    done = _made_again(board.stored(subject).path, settings)
    try:
        cells = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SubmissionError(f"nothing could be made again: {done.stderr.strip()[-1000:]}") from None
    outcome = Regenerated.of(cells)
    for line in outcome.lines:
        print(shown(line, LONGEST_LINE))
    if outcome.action is None:
        print(f"{subject}: {outcome.summary}; the level stays")
        return 1
    reason = settings.get("reason", outcome.summary)
    board.decide(subject, outcome.action, settings["by"], reason, evidence=outcome.counts)
    print(f"{subject}: {outcome.action}: {outcome.summary}")
    return 0 if outcome.action == "regenerated" else 1


def _made_again(run: Path, settings: Settings) -> subprocess.CompletedProcess[str]:
    config = Path(settings["config"]) if "config" in settings else None
    if "docker" not in settings:
        folders = [] if config is None else [f"--config-dir={config}"]
        return apart("boss.regenerate", str(run), "--output=json", *folders)
    read_only, words = {SUBMITTED: run}, ["python", "-P", "-m", "boss.regenerate", SUBMITTED, "--output=json"]
    if config is not None:
        read_only[CONFIG] = config
        words.append(f"--config-dir={CONFIG}")
    with tempfile.TemporaryDirectory() as scratch:
        line = in_container(settings["docker"], words, read_only, cache_folder().parent, Path(scratch))
        return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def _replay(board: Board, subject: str, settings: Settings) -> int:
    stored = _regenerated(board, subject)
    return _compare(board, subject, settings, stored, _chosen(stored, subject, settings), "replayed")


def _rerun(board: Board, subject: str, settings: Settings) -> int:
    stored = _regenerated(board, subject)
    return _compare(board, subject, settings, stored, everything(stored), "rerun")


def _regenerated(board: Board, subject: str) -> StoredRun:
    """Return the run of a submission whose inputs are known to be what they say."""
    stored, level = board.stored(subject), board.standing(subject).verification
    if LEVELS.index(level) < LEVELS.index("regenerated"):
        raise SubmissionError(
            f"{subject} is {level}: answers count only to inputs that were made again; first run "
            f"python -m leaderboard.review regenerate {subject} board={board.root}"
        )
    return stored


def _compare(
    board: Board, subject: str, settings: Settings, stored: StoredRun, chosen: Chosen, level: Action
) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        second = _second(settings, Path(scratch), stored)
        if second.run.run_id == stored.run.run_id:
            raise SubmissionError(f"{second.path} is the submitted run itself; make a second one")
        comparison = compare(stored, second, chosen)
    evidence = {**comparison.evidence(), "choice": digest(chosen), "second_run": second.run.run_id}
    for line in (*comparison.missing, *comparison.differing, *comparison.odd):
        print(shown(line, LONGEST_LINE))
    summary = f"{len(comparison.differing)} of {counted(comparison.n_answers, 'answer')} differ, "
    summary += f"{len(comparison.missing)} are missing"
    if comparison.n_other_copies:
        summary += (
            f", {counted(comparison.n_other_copies, 'copy', 'copies')} not compared: the search drew others; "
            f"ask the model about these: attack.from={stored.path}"
        )
    action: Action = level if comparison.passed else "check_failed"
    board.decide(subject, action, settings["by"], settings.get("reason", summary), evidence=evidence)
    print(f"{subject}: {action}: {summary}")
    return 0 if comparison.passed else 1


def _second(settings: Settings, scratch: Path, stored: StoredRun) -> StoredRun:
    if ("with" in settings) == ("command" in settings):
        raise SubmissionError("say with=RUN_DIR or command='...', one of the two")
    if "command" in settings:
        return second_run(
            settings["command"], stored.path, scratch, cache_folder().parent, settings.get("docker")
        )
    if "docker" in settings:
        raise SubmissionError("docker=IMAGE runs command='...'; a run that is there already needs none")
    return read_run(Path(settings["with"]))


def _chosen(stored: StoredRun, subject: str, settings: Settings) -> Chosen:
    n, measurements = settings.get("n", str(_N_EXAMPLES)), settings.get("measurements", "all")
    if not n.isdecimal() or measurements not in ("all", "clean"):
        raise SubmissionError(
            f"n must be a number and measurements all or clean, got n={n}, measurements={measurements}"
        )
    salt = settings_of(os.environ).review_salt
    if salt is None:
        raise SubmissionError(
            "set BOSS_REVIEW_SALT to a secret of 16 characters or more, the same for every check"
        )
    return sample(stored, subject, salt.get_secret_value(), int(n), clean_only=measurements == "clean")


def _manifest(board: Board, subject: str, settings: Settings) -> int:
    for path in write_manifests(Path(subject), board.manifests):
        print(path)
    return 0


def _token(board: Board, subject: str, settings: Settings) -> int:
    token = new_token(board.tokens, subject)
    print(f"The token of {subject}, which is shown only now; an older one ends. It is sent with token=FILE:")
    print(token)
    return 0


def _settle(board: Board, subject: str, settings: Settings) -> int:
    board.settle()
    return 0


def _tell(report: Report) -> None:
    for finding in report.findings:
        print(ascii(str(finding))[1:-1])


_ID = "the id of a submission, as `list` shows it"
_COMPARED = ("with", "command", "docker", "reason")
_STEPS: dict[str, tuple[Step, str, tuple[str, ...]]] = {
    "list": (_list, "", ("state",)),
    "show": (_history, _ID, ()),
    "collect": (_collect, "", ("account", "only")),
    "accept": (_accept, _ID, ("reason",)),
    "reject": (_decide("rejected"), _ID, ("reason",)),
    "withdraw": (_decide("withdrawn"), _ID, ("reason",)),
    "supersede": (_supersede, _ID, ("by_submission", "reason")),
    "sample": (_sample, _ID, ("n", "measurements")),
    "regenerate": (_regenerate, _ID, ("config", "docker", "reason")),
    "replay": (_replay, _ID, (*_COMPARED, "n", "measurements")),
    "rerun": (_rerun, _ID, _COMPARED),
    "manifest": (_manifest, "a run directory", ()),
    "settle": (_settle, "", ()),
    "token": (_token, "the name of a sender", ()),
}
"""Action -> what it does, what its first word is, its settings."""


if __name__ == "__main__":
    sys.exit(main())
