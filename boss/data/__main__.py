"""``python -m boss.data [fetch | NAME] [suite=SUITE]``: list the datasets, show one card, or fetch all."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boss.data.config import suite_options
from boss.data.given import given_options
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.errors import BossError, ConfigError, DatasetMissing
from boss.paths import conf_dir

FETCH = "fetch"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, 1 where a dataset cannot be had, 2 for a wrong option."""
    arguments = _parser().parse_intermixed_args(argv)
    try:
        names, options = _split(arguments.words)
        folders = [*arguments.config_dir, conf_dir()]
        name = options.pop("suite", "mini")
        cache = Path(options.pop("cache")).expanduser() if "cache" in options else default_cache()
        given = given_options(options)
        own = {key: value for key, value in options.items() if not key.startswith("dataset.")}
        chosen = [str(given["task"])] if "task" in given else []
        suite = load_suite(name, folders, cache, suite_options(name, folders, own), given, chosen)
        if given:
            return _show(suite, next(dataset.card.name for dataset in suite.datasets if dataset.is_given))
        if not names:
            return _list(suite, _again(arguments))
        return _fetch(suite, arguments.partial) if names == [FETCH] else _show(suite, names[0])
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split words into names, one at most, and ``key=value`` options."""
    names = [word for word in words if "=" not in word]
    options = dict(word.split("=", 1) for word in words if "=" in word)
    for key in options:
        if key not in ("suite", "cache") and not key.startswith(("suite.", "dataset.")):
            raise ConfigError(f"unknown option {key!r}; options: suite=, suite.KEY=, cache=, dataset.KEY=")
    if len(names) > 1:
        raise ConfigError(f"give one dataset, or {FETCH}; got {', '.join(names)}")
    return names, options


def _show(suite: Suite, name: str) -> int:
    from rich.console import Console

    from boss.data.show import show_card

    card = suite.card(name)
    splits, failures = suite.splits(card.task)
    show_card(card, [split for split in splits if split.dataset == name], Console())
    errors = [error for failed, error in failures if failed == name]
    for error in errors:
        print(f"failed: {name}: {error}", file=sys.stderr)
    return 1 if errors else 0


def _again(arguments: argparse.Namespace) -> list[str]:
    """Return the options that were given, as they have to be given to another command on the same suite."""
    folders = [f"--config-dir={folder}" for folder in arguments.config_dir]
    return [*(word for word in arguments.words if "=" in word), *folders]


def _list(suite: Suite, words: Sequence[str]) -> int:
    from rich.console import Console

    from boss.data.show import show_suite

    show_suite(suite, Console(highlight=False), words)
    return 0


def _fetch(suite: Suite, partial: bool) -> int:
    """Fetch all datasets; return 1 if one failed (``partial``: and is there, but broken), else 0."""
    from rich.console import Console

    from boss.data.show import show_fetched

    results = {task.name: suite.splits(task.name) for task in suite.tasks}
    show_fetched(suite, results, Console(highlight=False))
    failures = [error for _, failed in results.values() for _, error in failed]
    broken = [error for error in failures if not (partial and isinstance(error, DatasetMissing))]
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boss.data",
        description="List the datasets of a suite, show the card of one, or fetch them all.",
        epilog="example: python -m boss.data fetch suite=boss suite.processed=BOSS.zip",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="fetch | NAME | suite=mini | suite.KEY=VALUE | cache=FOLDER | dataset.KEY=VALUE",
        help="fetch everything, or show the card of NAME with three examples; and where to look. With "
        "dataset.path=FILE-OR-HUB-ID dataset.label=COLUMN, the card of a dataset that is in no suite",
    )
    parser.add_argument("--partial", action="store_true", help="exit 0 also where datasets are missing")
    parser.add_argument(
        "--config-dir", type=Path, action="append", default=[], help="further folder of suites and datasets"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
