"""``python -m leaderboard.export DIR``: the board as plain HTML files, for a web server that runs nothing."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from boss.errors import BossError
from leaderboard.board.site import load, stamp_of
from leaderboard.store.folder import folders_of
from leaderboard.web.static import write_site
from robtest.plural import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.export",
        description="Write the leaderboard as HTML files without a script: the same numbers as the site's, "
        "for GitHub Pages or any folder that is served.",
        epilog="exit code: 0 written, 1 not: the message says why",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="where the files go; made if it is not there")
    parser.add_argument("--runs", metavar="DIR", help="as for python -m leaderboard")
    parser.add_argument("--no-shipped", action="store_true", help="as for python -m leaderboard")
    options = parser.parse_args(arguments)
    words = ["--runs", options.runs] if options.runs else []
    words += ["--no-shipped"] if options.no_shipped else []
    try:
        folders = folders_of(words, os.environ)
        site = load(folders, stamp_of(folders))
        if site.is_empty:
            print(
                f"error: no finished measurement in {folders.own}; name another folder with --runs, or "
                "measure a model with python -m boss.eval",
                file=sys.stderr,
            )
            return 1
        files = write_site(site, Path(options.folder))
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{counted(len(files), 'file')} in {options.folder}; open {files[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
