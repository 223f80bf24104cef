"""``python -m leaderboard.submit``: check a run, pack it, deliver it.

RUN_DIR declaration=FILE [to=DIR | to=git:URL | to=hf:OWNER/NAME] [token=FILE] [board=DIR] [output=FILE]
check DIR_OR_ZIP [board=DIR]

Exits 0 where there is no error, 1 otherwise; warnings do not stop a submission.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from boss.errors import BossError
from leaderboard.submission.board import Board
from leaderboard.submission.check import check
from leaderboard.submission.declaration import read_declaration
from leaderboard.submission.deliver import deliver
from leaderboard.submission.findings import Report
from leaderboard.submission.pack import pack
from leaderboard.submission.settings import read_settings
from robtest.plural import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.submit",
        description="Check a run, pack it, deliver it. See docs/submitting.md.",
        epilog="settings: declaration=FILE to=DIR|git:URL|hf:OWNER/NAME token=FILE board=DIR output=FILE; "
        "exit code: 0 no error, 1 refused or not delivered",
    )
    parser.add_argument(
        "what", metavar="RUN_DIR | check DIR_OR_ZIP", nargs="+", help="then key=value settings"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    try:
        if options.what[0] == "check":
            return _check(options.what[1:], as_json=options.json)
        return _submit(Path(options.what[0]), options.what[1:], as_json=options.json)
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _check(words: Sequence[str], *, as_json: bool) -> int:
    if not words:
        print("error: check needs a run directory or a packed submission", file=sys.stderr)
        return 1
    settings = read_settings(words[1:], ("board",))
    references = Board(Path(settings["board"])).references() if "board" in settings else None
    return _show(check(Path(words[0]), references), as_json=as_json)


def _submit(run: Path, words: Sequence[str], *, as_json: bool) -> int:
    settings = read_settings(words, ("declaration", "to", "token", "board", "output"))
    if "declaration" not in settings:
        print("error: declaration=FILE is missing; docs/submitting.md shows one", file=sys.stderr)
        return 1
    declaration = read_declaration(Path(settings["declaration"]))
    references = Board(Path(settings["board"])).references() if "board" in settings else None
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "submission.zip"
        submission = pack(run, declaration, archive)
        report = replace(check(archive, references), path=run)
        code = _show(report, as_json=as_json)
        if code:
            return code
        if "output" in settings or "to" not in settings:
            kept = Path(settings.get("output", f"{submission}.zip"))
            kept.write_bytes(archive.read_bytes())
            print(f"packed as {kept}", file=sys.stderr)
        if "to" in settings:
            token = Path(settings["token"]) if "token" in settings else None
            print(deliver(archive, submission, declaration, settings["to"], token), file=sys.stderr)
    return 0


def _show(report: Report, *, as_json: bool) -> int:
    if as_json:
        content = {**asdict(report), "path": str(report.path), "ok": report.ok, "flags": report.flags}
        print(json.dumps(content, ensure_ascii=True, indent=2))
    else:
        for finding in report.findings:
            # Names inside may hold anything; a terminal must not act on it.
            print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(finding)))
        n_errors = sum(finding.severity == "error" for finding in report.findings)
        print(
            f"{report.path}: {counted(report.n_cells, 'measurement')}, "
            f"{counted(report.n_records, 'record')}, {counted(n_errors, 'error')}, "
            f"{counted(len(report.findings) - n_errors, 'warning')}: "
            f"{'may be submitted' if report.ok else 'refused'}"
        )
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
