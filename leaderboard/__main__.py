"""``python -m leaderboard [--runs DIR] [--no-shipped] [--texts] [streamlit options]``: start the site."""

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from boss.errors import ConfigError
from leaderboard.settings import Settings, rows, settings_of
from leaderboard.store.folder import folders_of, parser, shows_texts, upload_options


def main() -> None:
    """Start Streamlit on pages and API; options it does not know itself go to Streamlit."""
    options = parser(settings=True)
    known, rest = options.parse_known_args()
    try:
        settings = settings_of(os.environ)
        folders, texts = folders_of(sys.argv[1:], os.environ), shows_texts(sys.argv[1:], os.environ)
    except ConfigError as error:
        sys.exit(f"error: {error}")
    if known.settings:
        _print(settings)
        return
    own = folders.own.resolve()
    # Imported late, so that --help answers at once.
    from streamlit.web import cli

    shipped = "" if folders.shipped is None else ", beside the results that come with the project"
    print(f"Runs are read from {own}{shipped}")
    server = Path(__file__).with_name("server.py")
    passed = [*rest, *upload_options(rest, os.environ)]
    ours = ["--runs", str(own), *(["--no-shipped"] if folders.shipped is None else [])]
    ours += ["--texts"] if texts else []
    cli.main(["run", str(server), *passed, "--", *ours], prog_name="streamlit")


def _print(settings: Settings) -> None:
    table = Table("variable", "value", "meaning", box=None, pad_edge=False)
    for row in rows(settings):
        table.add_row(*row)
    Console(markup=False, highlight=False).print(table)
    print("Set one before the command, as in BOSS_TEXTS=on python -m leaderboard. Wrong values are refused.")


if __name__ == "__main__":
    main()
