"""``python -m boss.trim RUN_DIR output=DIR``: a run reduced to what rescoring needs, without texts.

Exits 0 and prints the new run directory, or 1 and says why it cannot be made.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boss.errors import BossError
from boss.report import write_report
from boss.results.trim import trim


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m boss.trim",
        description="Write a run again with its predictions reduced to what rescoring needs: no texts, and "
        "answers of questions as digests. Its numbers stay; those made of probabilities follow "
        "their rounding to 4 decimals.",
        epilog="exit code: 0 written, 1 it cannot be trimmed or written",
    )
    parser.add_argument("dir", type=Path, metavar="RUN_DIR", help="the folder that holds run.json")
    parser.add_argument(
        "output", type=_output, metavar="output=DIR", help="folder of runs the new one goes into"
    )
    options = parser.parse_args(arguments)
    try:
        path = trim(options.dir, options.output)
        write_report(path)
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0


def _output(word: str) -> Path:
    key, _, value = word.partition("=")
    if key != "output" or not value:
        raise argparse.ArgumentTypeError(f"must be output=DIR, got {word!r}")
    return Path(value)


if __name__ == "__main__":
    sys.exit(main())
