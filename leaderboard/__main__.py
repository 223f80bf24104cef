"""``python -m leaderboard [--runs DIR] [--no-shipped] [streamlit options]``: start the site."""

import os
import sys
from pathlib import Path

from boss.errors import ConfigError
from leaderboard.store.folder import folders_of, parser, upload_options


def main() -> None:
    """Start Streamlit on pages and API; options it does not know itself go to Streamlit."""
    _, rest = parser().parse_known_args()
    try:
        folders = folders_of(sys.argv[1:], os.environ)
    except ConfigError as error:
        sys.exit(f"error: {error}")
    own = folders.own.resolve()
    # Imported late, so that --help answers at once.
    from streamlit.web import cli

    shipped = "" if folders.shipped is None else ", beside the results that come with the project"
    print(f"Runs are read from {own}{shipped}")
    server = Path(__file__).with_name("server.py")
    options = [*rest, *upload_options(rest, os.environ)]
    ours = ["--runs", str(own), *(["--no-shipped"] if folders.shipped is None else [])]
    cli.main(["run", str(server), *options, "--", *ours], prog_name="streamlit")


if __name__ == "__main__":
    main()
