"""``python -m boss.analyze relation|shift|select|overlap|sweep``: what data and runs say about shift."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from boss.analysis.options import parser
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.errors import BossError, ConfigError
from boss.paths import conf_dir

if TYPE_CHECKING:
    from rich.console import Console

Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, 1 where data or a run is missing or a run failed, 2 for a wrong option."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    options = parser().parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1


def _relation(options: Options) -> int:
    from boss.analysis.points import points_of_csv, points_of_runs
    from boss.analysis.relation import relate
    from boss.analysis.relation_plot import draw
    from boss.analysis.show import show_relations

    if bool(options.runs) == bool(options.csv):
        raise ConfigError("give either folders of runs or --csv FILE")
    pairs = (
        [points_of_csv(path) for path in options.csv]
        if options.csv
        else points_of_runs(
            options.runs, task=options.task, metric=options.metric, baseline_methods=options.baseline
        )
    )
    relations = [
        relate(pair, axis=options.axis, seed=options.seed, n_resamples=options.n_resamples) for pair in pairs
    ]
    for relation in relations if options.plots else ():
        pair = relation.pair
        name = "-".join(filter(None, (pair.suite, pair.task, pair.id, pair.ood))) if pair.suite else pair.name
        draw(relation, options.plots / f"{name}.{options.format}")
        print(f"picture: {options.plots / name}.{options.format}", file=sys.stderr)
    return _print(options, relations, lambda console: show_relations(relations, console))


def _shift(options: Options) -> int:
    from boss.analysis.encoders import find_encoder
    from boss.analysis.shift import measure_shift
    from boss.analysis.show import show_shift

    suite = _suite(options)
    encoder = find_encoder(options.encoder, revision=options.revision, pooling=options.pooling)
    reports = [
        measure_shift(
            suite, task, encoder, n=options.n, seed=options.seed, n_permutations=options.n_permutations
        )
        for task in _tasks(options, suite)
    ]

    def show(console: "Console") -> None:
        for report in reports:
            show_shift(report, console)

    return max(_print(options, reports, show), int(any(report.missing for report in reports)))


def _select(options: Options) -> int:
    from boss.analysis.encoders import find_encoder
    from boss.analysis.selection import examine
    from boss.analysis.show import show_selection

    name, suite = _candidate(options)
    report = examine(
        suite,
        name,
        lambda: find_encoder(options.encoder, revision=options.revision, pooling=options.pooling),
        run=options.run,
        n=options.n,
        seed=options.seed,
    )
    return _print(options, report, lambda console: show_selection(report, console))


def _overlap(options: Options) -> int:
    from boss.analysis.overlap import find_overlaps
    from boss.analysis.show import show_overlaps
    from boss.analysis.texts import main_field

    suite = _suite(options)
    tasks = _tasks(options, suite)
    overlaps = list(find_overlaps(suite, tasks, options.threshold))
    texts: dict[str, str] = {}
    if options.texts:
        ids = {key for o in overlaps for m in o.matches[: options.ids] for key in (m.test_id, m.train_id)}
        for task in map(suite.task, tasks):
            for split in suite.splits(task.name)[0]:
                field = main_field(task)
                texts.update({e.id: e.text(field) for e in split.examples if e.id in ids})
    return _print(
        options,
        overlaps,
        lambda console: show_overlaps(overlaps, options.threshold, texts, options.ids, console),
    )


def _sweep(options: Options) -> int:
    from boss.analysis.sweep import execute, sweep
    from boss.data.shots import largest_class

    suite = _suite(options)
    train = suite.load(options.task).train
    if train is None:
        raise ConfigError(f"task {options.task} of suite {suite.name} has no train split to take shots of")
    runs = sweep(
        options.task,
        [*_folders(options), f"suite={options.suite}", *options.overrides],
        n_per_class=largest_class(suite.task(options.task), train),
        n_train=len(train.examples),
        epochs=options.epochs,
        scale=options.scale,
        tunable=options.tunable,
        seeds=options.seeds,
    )
    if not options.execute:
        for run in runs:
            print(run)
        return 0
    failed = execute(runs)
    for run in failed:
        print(f"failed: {run}", file=sys.stderr)
    return 1 if failed else 0


def _folders(options: Options) -> list[str]:
    """Return the user's folder and cache as `boss.eval` takes them."""
    if len(options.conf) > 1:
        raise ConfigError(
            f"boss.eval takes one --config-dir, got {len(options.conf)} --conf; put them together"
        )
    cache = [f"cache={options.cache}"] if options.cache else []
    return [*(f"--config-dir={folder.absolute()}" for folder in options.conf), *cache]


def _print(options: Options, report: object, show: Callable[["Console"], None]) -> int:
    from rich.console import Console

    from boss.analysis.show import WIDTH, plain

    if options.output == "json":
        print(json.dumps(plain(report), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        # Piped output has no width of its own; a table folded into 80 columns cannot be read.
        show(Console(highlight=False) if sys.stdout.isatty() else Console(width=WIDTH, highlight=False))
    return 0


def _suite(options: Options, folders: Sequence[Path] = ()) -> Suite:
    cache = options.cache or default_cache()
    return load_suite(options.suite, [*folders, *options.conf, conf_dir()], cache)


def _tasks(options: Options, suite: Suite) -> list[str]:
    if options.task == "all":
        return [task.name for task in suite.tasks]
    return [suite.task(options.task).name]


def _candidate(options: Options) -> tuple[str, Suite]:
    """Return the dataset's name and its suite; a YAML file brings the folder it stands in."""
    path = Path(options.dataset)
    if path.suffix not in (".yaml", ".yml"):
        return options.dataset, _suite(options)
    folder = path.resolve().parent
    if not path.is_file() or folder.parent.name != "dataset":
        raise ConfigError(
            f"{path} must be a file DIR/dataset/{options.suite}/NAME.yaml, as python -m boss.eval "
            "--config-dir=DIR takes it"
        )
    options.suite = folder.name
    return path.stem, _suite(options, [folder.parents[1]])


COMMANDS: dict[str, Callable[[Options], int]] = {
    "relation": _relation,
    "shift": _shift,
    "select": _select,
    "overlap": _overlap,
    "sweep": _sweep,
}

if __name__ == "__main__":
    sys.exit(main())
