"""``python -m boss.data [NAME] [--suite SUITE] [--fetch]``: list the datasets, or show one card."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boss.config import conf_dir
from boss.data.config import suggestion
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.errors import BossError, ConfigError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, 1 where a dataset cannot be had, 2 for a wrong option."""
    options = _parser().parse_args(argv)
    try:
        suite = load_suite(options.suite, [*options.conf, conf_dir()], options.cache or default_cache())
        return _one(suite, options.name) if options.name else _all(suite, options.fetch)
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1


def _one(suite: Suite, name: str) -> int:
    from rich.console import Console

    from boss.data.show import show_card

    cards = {card.name: card for card in suite.cards}
    if name not in cards:
        known = ", ".join(cards)
        raise ConfigError(
            f"unknown dataset {name!r}{suggestion(name, cards)}; suite {suite.name} has: {known}"
        )
    splits, failures = suite.splits(cards[name].task)
    show_card(cards[name], [split for split in splits if split.dataset == name], Console())
    return _report([(failed, error) for failed, error in failures if failed == name])


def _all(suite: Suite, fetch: bool) -> int:
    from rich.console import Console

    from boss.data.show import show_suite

    failures = [failure for task in suite.tasks if fetch for failure in suite.splits(task.name)[1]]
    show_suite(suite, Console())
    return _report(failures)


def _report(failures: Sequence[tuple[str, BossError]]) -> int:
    for name, error in failures:
        print(f"failed: {name}: {error}", file=sys.stderr)
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m boss.data", description="List datasets, or show a card.")
    parser.add_argument("name", nargs="?", help="show the card of this dataset, with three examples")
    parser.add_argument("--suite", default="mini", help="suite to look at (default: mini)")
    parser.add_argument("--fetch", action="store_true", help="fetch and build all datasets of the suite")
    parser.add_argument(
        "--cache", type=Path, help="folder for fetched files (default: BOSS_CACHE, or the user's)"
    )
    parser.add_argument(
        "--conf", type=Path, action="append", default=[], help="further folder of suites and datasets"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
