"""``python -m leaderboard [--runs DIR] [streamlit options]``: start the site."""

import os
import sys
from pathlib import Path

from leaderboard.folder import parser, runs_folder


def main() -> None:
    """Start Streamlit on the page; options it does not know itself go to Streamlit."""
    _, rest = parser().parse_known_args()
    folder = runs_folder(sys.argv[1:], os.environ).resolve()
    # Imported late, so that --help answers at once.
    from streamlit.web import cli

    print(f"Runs are read from {folder}")
    page = Path(__file__).with_name("app.py")
    cli.main(["run", str(page), *rest, "--", "--runs", str(folder)], prog_name="streamlit")


if __name__ == "__main__":
    main()
