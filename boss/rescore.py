"""``python -m boss.rescore DIR``: recompute every number of a run from its stored predictions.

Exits 0 if all agree, 1 with every difference otherwise.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from boss.errors import BossError
from boss.results.rescore import RescoreReport, rescore


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m boss.rescore",
        description="Recompute every value, interval, summary and file digest of a run from its predictions.",
        epilog="exit code: 0 all agree, 1 they do not or the run cannot be read",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="run directory: the folder that holds run.json")
    parser.add_argument("--output", choices=("table", "json"), default="table", help="default: table")
    options = parser.parse_args(arguments)
    try:
        report = rescore(options.dir)
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.output == "json":
        print(json.dumps({**asdict(report), "ok": report.ok}, default=str, ensure_ascii=False, indent=2))
    else:
        _show(report)
    return 0 if report.ok else 1


def _show(report: RescoreReport) -> None:
    table = Table(show_header=False)
    table.add_row("measurements scored again", f"{report.n_cells:,}")
    table.add_row("records compared", f"{report.n_records:,}")
    table.add_row("summaries compared", f"{report.n_summaries:,}")
    table.add_row("files checked", f"{report.n_files:,}")
    table.add_row("differences", f"{len(report.differences):,}")
    print(report.path)
    Console(markup=False, highlight=False).print(table)
    for difference in report.differences:
        print(difference)


if __name__ == "__main__":
    sys.exit(main())
