"""``python -m leaderboard.review ACTION [SUBMISSION] board=DIR ...``: decide about submissions.

Every decision is a line of decisions.jsonl in the board's folder. Nothing that was submitted is run.
"""

import argparse
import getpass
import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from boss.errors import BossError
from boss.results.store import StoredRun, find_runs, read_run
from leaderboard.store.apart import apart
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import Action
from leaderboard.submission.findings import Report, SubmissionError
from leaderboard.submission.manifest import write_manifests
from leaderboard.submission.settings import read_settings
from leaderboard.submission.spot import Chosen, compare, digest, everything, sample
from leaderboard.text import shown
from leaderboard.web.lock import SALT_BYTES, SHORTEST_PASSWORD, VARIABLE, hashed
from robtest.plural import counted

SALT = "BOSS_REVIEW_SALT"
_N_EXAMPLES = 50
LONGEST_LINE = 300
_HELP = """actions
  list [state=...]                       submissions and where they stand
  show ID                                its decisions
  collect                                take what a merged pull request put into queue/
  accept ID [reason=...]                 check again here, put on the board: rescored
  reject ID reason=...                   out of the queue
  supersede ID by_submission=ID2 reason=...   another accepted run stands for it
  withdraw ID reason=...                 off the board
  sample ID [n=50] [measurements=clean]         the examples a spot check looks at, chosen by a salted hash
  regenerate ID [config=DIR]             make every input again, from data and seeds: regenerated
  spot ID with=RUN_DIR [n=50] [measurements=clean]   compare them with a second run: spot_checked
  rerun ID with=RUN_DIR                  compare every answer: rerun
  manifest RUN_DIR                       write the data manifest from a trusted run on whole datasets
  settle                                 complete what a killed command left
  password                               ask for one and print its hash, which opens the site's review page

with=RUN_DIR is a run you made. command='...' in its place makes one: the command is yours, is run without a
shell, and {output} in it is a new folder, as in
  command='python -m boss.eval model=minilm output={output}'
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
    parser.add_argument("action", choices=sorted((*_STEPS, "password")), metavar="ACTION")
    parser.add_argument("words", nargs="*", metavar="ID|key=value")
    options = parser.parse_args(arguments)
    words = list(options.words)
    try:
        if options.action == "password":
            read_settings(words, ())
            return _password()
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
    reports = board.collect(settings["by"])
    for report in reports:
        _tell(report)
        print(f"{report.path.name}: {'received' if report.ok else 'refused, remove the file'}")
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
    folders = [f"--config-dir={settings['config']}"] if "config" in settings else []
    done = apart("boss.regenerate", str(board.stored(subject).path), "--output=json", *folders)
    try:
        cells = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SubmissionError(f"nothing could be made again: {done.stderr.strip()[-1000:]}") from None
    for cell in cells:
        for line in (*cell["differing"], *filter(None, [cell["left"]])):
            print(shown(f"{cell['measurement']}: {line}", LONGEST_LINE))
    n = {key: sum(cell[key] for cell in cells) for key in ("n_inputs", "n_made", "n_measured", "n_differing")}
    left = n["n_inputs"] - n["n_made"] - n["n_measured"]
    summary = (
        f"of {counted(n['n_inputs'], 'input')} {n['n_made']:,} were made again and {n['n_measured']:,} "
        f"measured, {n['n_differing']:,} differ, {left:,} are left"
    )
    if n["n_differing"]:
        action: Action = "check_failed"
    elif left or not all(cell["ok"] for cell in cells):
        print(f"{subject}: {summary}; the level stays")
        return 1
    else:
        action = "regenerated"
    board.decide(subject, action, settings["by"], settings.get("reason", summary), evidence=n)
    print(f"{subject}: {action}: {summary}")
    return 0 if action == "regenerated" else 1


def _spot(board: Board, subject: str, settings: Settings) -> int:
    stored = board.stored(subject)
    return _compare(board, subject, settings, stored, _chosen(stored, subject, settings), "spot_checked")


def _rerun(board: Board, subject: str, settings: Settings) -> int:
    stored = board.stored(subject)
    return _compare(board, subject, settings, stored, everything(stored), "rerun")


def _compare(
    board: Board, subject: str, settings: Settings, stored: StoredRun, chosen: Chosen, level: Action
) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        second = _second_run(settings, Path(scratch))
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


def _second_run(settings: Settings, scratch: Path) -> StoredRun:
    if ("with" in settings) == ("command" in settings):
        raise SubmissionError("say with=RUN_DIR or command='...', one of the two")
    if "with" in settings:
        return read_run(Path(settings["with"]))
    words = [word.replace("{output}", str(scratch)) for word in shlex.split(settings["command"])]
    code = subprocess.run(words).returncode
    runs = find_runs(scratch)
    if code or len(runs) != 1:
        raise SubmissionError(
            f"the command ended with code {code} and left {counted(len(runs), 'run')} in "
            f"{{output}}; needed: 0, 1"
        )
    return read_run(runs[0])


def _chosen(stored: StoredRun, subject: str, settings: Settings) -> Chosen:
    n, measurements = settings.get("n", str(_N_EXAMPLES)), settings.get("measurements", "all")
    if not n.isdecimal() or measurements not in ("all", "clean"):
        raise SubmissionError(
            f"n must be a number and measurements all or clean, got n={n}, measurements={measurements}"
        )
    if SALT not in os.environ:
        raise SubmissionError(f"set {SALT} to a secret of 16 characters or more, the same for every check")
    return sample(stored, subject, os.environ[SALT], int(n), clean_only=measurements == "clean")


def _manifest(board: Board, subject: str, settings: Settings) -> int:
    for path in write_manifests(Path(subject), board.manifests):
        print(path)
    return 0


def _password() -> int:
    """Ask for a password, which is never an argument: those stand in the shell's history."""
    ask = getpass.getpass if sys.stdin.isatty() else _next_line
    password = ask(f"Password, {SHORTEST_PASSWORD} characters or more: ")
    if ask("Once more: ") != password:
        raise SubmissionError("the two are not the same; start again")
    print(f"{VARIABLE}={hashed(password, secrets.token_bytes(SALT_BYTES))}")
    return 0


def _next_line(prompt: str) -> str:
    return sys.stdin.readline().rstrip("\n")


def _settle(board: Board, subject: str, settings: Settings) -> int:
    board.settle()
    return 0


def _tell(report: Report) -> None:
    for finding in report.findings:
        print(ascii(str(finding))[1:-1])


_ID = "the id of a submission, as `list` shows it"
_COMPARED = ("with", "command", "reason")
_STEPS: dict[str, tuple[Step, str, tuple[str, ...]]] = {
    "list": (_list, "", ("state",)),
    "show": (_history, _ID, ()),
    "collect": (_collect, "", ()),
    "accept": (_accept, _ID, ("reason",)),
    "reject": (_decide("rejected"), _ID, ("reason",)),
    "withdraw": (_decide("withdrawn"), _ID, ("reason",)),
    "supersede": (_supersede, _ID, ("by_submission", "reason")),
    "sample": (_sample, _ID, ("n", "measurements")),
    "regenerate": (_regenerate, _ID, ("config", "reason")),
    "spot": (_spot, _ID, (*_COMPARED, "n", "measurements")),
    "rerun": (_rerun, _ID, _COMPARED),
    "manifest": (_manifest, "a run directory", ()),
    "settle": (_settle, "", ()),
}
"""Action -> what it does, what its first word is, its settings."""


if __name__ == "__main__":
    sys.exit(main())
