"""README.md of the shipped results: what is in the archives, without unpacking them."""

from collections.abc import Sequence

from leaderboard.store.shipped import Entry
from robtest.plural import counted

_HEAD = """\
# Results that come with the project

Each file is one run of `python -m boss.eval` on one suite, as it would be submitted: a declaration and a run
directory, trimmed by `boss.results.trim` to what its numbers are computed from. No text of a dataset is in
it. The site shows these runs beside your own; `python -m leaderboard --no-shipped` leaves them out.

`python -m leaderboard.ship check` computes every number again. `decisions.jsonl` says how far each run was
verified, `declarations/` what its model was trained on. This file and `index.json` are written by
`python -m leaderboard.ship index`; a test compares them with the archives.
"""
_COLUMNS = ("file", "model", "method", "tasks", "attacks", "clean examples", "attacked", "numbers", "bytes")
_LEGEND = """\
Examples are counted over all datasets of the run; "300 × 3" means that each attack made 3 copies of each of
300 examples.
"""


_DEFAULTS = "As they were given; what an option is not named for has its default."
"""What a reader must know who runs a command of the list today."""


def readme(entries: Sequence[Entry]) -> str:
    """Return the file's text: a row per run, its command, and digests as ``sha256sum -c`` reads them."""
    total = sum(entry.n_bytes for entry in entries)
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS), *map(_row, entries)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    commands = "\n".join(f"{entry.command}    # {entry.file}" for entry in entries)
    digests = "\n".join(f"{entry.sha256}  {entry.file}" for entry in entries)
    return (
        f"{_HEAD}\n{counted(len(entries), 'run')}, {total:,} bytes.\n\n{table}\n\n{_LEGEND}\n"
        f"## Commands\n\n{_DEFAULTS}\n\n```sh\n{commands}\n```\n\n## SHA-256\n\n```\n{digests}\n```\n"
    )


def _row(entry: Entry) -> tuple[str, ...]:
    attacked = f"{entry.n_attacked:,} × {entry.n_variants}" if entry.attacks else ""
    return (
        f"[{entry.file}]({entry.file})",
        entry.model,
        entry.method,
        ", ".join(entry.tasks),
        ", ".join(entry.attacks) or "none",
        f"{entry.n_examples:,}",
        attacked,
        f"{entry.n_records:,}",
        f"{entry.n_bytes:,}",
    )
