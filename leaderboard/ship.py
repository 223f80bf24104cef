"""``python -m leaderboard.ship``: keep the results that come with the project (leaderboard/results).

add RUN_DIR... [name=NAME]       trim, pack and check a run, accept it, list it; again it changes nothing
check                            check every archive as a stranger's would be, against all others
remove NAME.zip reason=...       take a run out; the log keeps the reason
regenerate [NAME.zip...]         make every input again; runs where all are equal get the level; takes long
index                            write index.json and README.md anew from the archives

results=DIR names another folder. Exits 0 where there is no error, 1 otherwise.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boss.errors import BossError
from boss.results.files import slug, write_atomic
from boss.results.schema import Record
from boss.results.store import StoredRun, read_run
from boss.results.trim import trim
from leaderboard.store.apart import lines_apart
from leaderboard.store.folder import SHIPPED
from leaderboard.store.shipped import ENTRIES, INDEX, Entry, read_index
from leaderboard.store.shipped_readme import readme
from leaderboard.store.standing import LOG
from leaderboard.submission.check import References, check
from leaderboard.submission.decisions import (
    LEVELS,
    Action,
    Decision,
    append_decision,
    follow,
    read_decisions,
    standings,
)
from leaderboard.submission.declaration import read_declaration
from leaderboard.submission.findings import Report, SubmissionError
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, content_id, run_files
from leaderboard.submission.pack import pack
from leaderboard.submission.regenerated import Regenerated
from leaderboard.submission.settings import read_settings
from leaderboard.submission.training import contaminated
from leaderboard.submission.unpack import unpack
from leaderboard.text import shown
from robtest.files import file_sha256
from robtest.plural import counted

DECLARATIONS = "declarations"
"""One file per model, written by hand: what only the keepers know of it."""
KEEPERS = "the keepers of the project"
README = "README.md"
LONGEST_LINE = 300
# They say what the keepers know already: that there is no manifest but their own run, that they trimmed it.
_NO_FLAGS = ("no_manifest", "trimmed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.ship",
        description="Keep the results that come with the project.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("add", "check", "remove", "regenerate", "index"))
    parser.add_argument("words", nargs="*", metavar="RUN_DIR|NAME.zip|key=value")
    options = parser.parse_args(arguments)
    subjects = [word for word in options.words if "=" not in word]
    try:
        words = [word for word in options.words if "=" in word]
        settings = read_settings(words, ("name", "reason", "results"))
        folder = Path(settings.get("results", SHIPPED))
        if options.action == "check":
            return _check(folder)
        if options.action == "regenerate":
            return regenerate(folder, subjects)
        for subject in subjects:
            if options.action == "add":
                print(add(Path(subject), folder, settings.get("name")))
            elif options.action == "remove":
                remove(subject, folder, settings.get("reason", ""))
            write_index(folder)
        if options.action == "index":
            write_index(folder)
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def add(run: Path, folder: Path, name: str | None = None) -> Path:
    """Trim and pack a run, check it, put it into ``folder`` and accept it; return the archive.

    What is there already stays as it is. The caller writes the index.

    Args:
        name: of the archive without its ending; by default suite, model, method, tasks and access.

    Raises:
        SubmissionError: if the run is unfinished, nobody declared its model's training, the check found an
            error, or the name is another run's.
        ResultError: as `boss.results.trim.trim`.
    """
    stored = read_run(run)
    if stored.run.status != "complete":
        raise SubmissionError(
            f"{run} is {stored.run.status}; finish it with its command, {stored.run.command}"
        )
    target = folder / f"{name or name_of(stored)}.zip"
    declared = folder / DECLARATIONS / f"{slug(stored.run.model)}.json"
    if not declared.exists():
        raise SubmissionError(f"{declared} is missing: write down what the model was trained on and has seen")
    with tempfile.TemporaryDirectory() as scratch:
        trimmed = run if stored.run.trimmed else trim(run, Path(scratch) / "trimmed")
        archive = Path(scratch) / target.name
        submission = pack(trimmed, read_declaration(declared), archive)
        if target.exists():
            if file_sha256(target) == file_sha256(archive):
                return target
            raise SubmissionError(f"{target} holds another run; remove it first, or say name=...")
        report = check(archive, _references(folder, Path(scratch) / "others"))
        if not report.ok:
            raise SubmissionError("\n".join(str(finding) for finding in report.findings))
        _accept(folder, submission, read_run(trimmed), report)
        write_atomic(target, archive.read_bytes())
    return target


def remove(file: str, folder: Path, reason: str) -> None:
    """Take an archive out of ``folder`` and say why in the log.

    Raises:
        SubmissionError: if there is no such archive, or no reason.
    """
    listed = {entry.file: entry for entry in read_index(folder)}
    if file not in listed:
        raise SubmissionError(f"{file} is not in {folder / INDEX}; there are {', '.join(listed) or 'none'}")
    if not reason.strip():
        raise SubmissionError(f"{file} cannot be removed without a reason; say reason='...'")
    _decide(folder, listed[file].submission, "withdrawn", reason)
    (folder / file).unlink()


def regenerate(folder: Path, files: Sequence[str] = ()) -> int:
    """Make the inputs of archives again, in a process of its own, and write the level of each into the log.

    What is regenerated or above is left out. Inputs that several runs have in common are made once.

    Args:
        files: names of archives; all by default.

    Returns:
        0 where all of them are regenerated now, else 1.

    Raises:
        SubmissionError: if there is no such archive.
    """
    listed = {entry.file: entry for entry in read_index(folder)}
    if unknown := [file for file in files if file not in listed]:
        raise SubmissionError(f"{unknown[0]} is not in {folder / INDEX}; there are {', '.join(listed)}")
    decided = standings(read_decisions(folder / LOG))
    enough = LEVELS.index("regenerated")
    left = [
        entry
        for file, entry in listed.items()
        if (not files or file in files) and LEVELS.index(decided[entry.submission].verification) < enough
    ]
    done = 0
    with tempfile.TemporaryDirectory() as scratch:
        runs = {}
        for entry in left:
            opened = Path(scratch) / entry.submission
            unpack(folder / entry.file, opened)
            runs[str(opened / RUN_FOLDER)] = entry
        words = (*runs, "--output=jsonl")
        for line in lines_apart("boss.regenerate", *words) if runs else ():
            found = json.loads(line)
            entry, outcome = runs[found["run"]], Regenerated.of(found["cells"])
            for text in outcome.lines:
                print(shown(f"{entry.file}: {text}", LONGEST_LINE))
            if outcome.action is not None:
                _decide(folder, entry.submission, outcome.action, outcome.summary, evidence=outcome.counts)
            done += outcome.action == "regenerated"
            print(f"{entry.file}: {outcome.action or 'level stays'}: {outcome.summary}", flush=True)
    return 0 if done == len(left) else 1


def write_index(folder: Path) -> tuple[Entry, ...]:
    """Write index.json and README.md from the archives; the same ones give the same bytes."""
    entries = tuple(entry_of(archive) for archive in sorted(folder.glob("*.zip")))
    write_atomic(folder / INDEX, ENTRIES.dump_json(entries, indent=2) + b"\n")
    write_atomic(folder / README, readme(entries).encode())
    return entries


def entry_of(archive: Path) -> Entry:
    """Return what the index says of an archive."""
    with tempfile.TemporaryDirectory() as scratch:
        opened = Path(scratch) / "submission"
        unpack(archive, opened)
        stored = read_run(opened / RUN_FOLDER)
        files = run_files(opened / RUN_FOLDER)
        submission = content_id((opened / DECLARATION).read_bytes(), files)
    first = stored.records[0]
    measurements = stored.measurements()
    attacks = [measurement.attack for measurement in measurements if measurement.attack is not None]
    attacked = {(c.task, c.dataset): c.n_evaluated for c in measurements if c.attack is not None}
    return Entry(
        file=archive.name,
        sha256=file_sha256(archive),
        n_bytes=archive.stat().st_size,
        submission=submission,
        run_id=stored.run.run_id,
        suite=stored.run.suite,
        model=first.model.id,
        method=first.model.method,
        tasks=stored.run.tasks,
        attacks=tuple(sorted({attack.dimension for attack in attacks})),
        n_examples=sum(measurement.n_evaluated for measurement in measurements if measurement.attack is None),
        n_attacked=sum(attacked.values()),
        n_variants=max((attack.n_variants for attack in attacks), default=0),
        n_records=len(stored.records),
        command=stored.run.command,
    )


def name_of(stored: StoredRun) -> str:
    """Return an archive's name without its ending, such as ``mini-tfidf-none-sentiment-rule``."""
    first: Record = stored.records[0]
    attacks = [c.attack for c in stored.measurements() if c.attack is not None]
    access: list[str] = sorted({"transferred" if a.transferred else a.access for a in attacks})
    parts = (stored.run.suite, first.model.id, first.model.method, *stored.run.tasks, *(access or ["clean"]))
    return slug("-".join(parts))


def _check(folder: Path) -> int:
    reports = check_all(folder)
    for report in reports:
        for finding in report.findings:
            print(ascii(str(finding))[1:-1])
        verdict = "ok" if report.ok else "refused"
        print(
            f"{report.path.name}: {counted(report.n_cells, 'measurement')}, "
            f"{counted(report.n_records, 'record')}: {verdict}"
        )
    return 0 if all(report.ok for report in reports) else 1


def check_all(folder: Path) -> list[Report]:
    """Check every archive of ``folder`` as a stranger's, each against all others."""
    with tempfile.TemporaryDirectory() as scratch:
        opened = Path(scratch)
        return [check(folder / e.file, _references(folder, opened, but=e.file)) for e in read_index(folder)]


def _references(folder: Path, opened: Path, but: str = "") -> References:
    """Return what a run is held against: the others of ``folder``, unpacked into ``opened`` once."""
    entries = read_index(folder) if (folder / INDEX).exists() else ()
    others = [entry for entry in entries if entry.file != but]
    for entry in others:
        if not (opened / entry.submission).exists():
            unpack(folder / entry.file, opened / entry.submission)
    runs = tuple(opened / entry.submission / RUN_FOLDER for entry in others)
    return References(accepted=runs, by_keepers=True)


def _accept(folder: Path, submission: str, stored: StoredRun, report: Report) -> None:
    """Write into the log what a board writes of a run it accepted: the check recomputed every number."""
    before = standings(read_decisions(folder / LOG)).get(submission)
    if before is None:
        run = stored.run
        _decide(folder, submission, "received", "", run_id=run.run_id, model=run.model, suite=run.suite)
    if before is None or before.state == "queued":
        flags = tuple(flag for flag in report.flags if flag not in _NO_FLAGS)
        declaration = read_declaration(folder / DECLARATIONS / f"{slug(stored.run.model)}.json")
        datasets = contaminated(stored, declaration)
        _decide(folder, submission, "accepted", "", flags=flags, contaminated=datasets)


def _decide(folder: Path, submission: str, action: Action, reason: str, **details: Any) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = Decision(at=at, submission=submission, action=action, by=KEEPERS, reason=reason, **details)
    follow(standings(read_decisions(folder / LOG)).get(submission), line)
    append_decision(folder / LOG, line)


if __name__ == "__main__":
    sys.exit(main())
