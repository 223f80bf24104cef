"""The tables a run ends with: clean and under attack, dataset by dataset and summed up, with intervals."""

import sys
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.measurement import AttackSettings
from boss.metrics.upstream import SUFFIX
from boss.results.manifest import Failure
from boss.results.schema import Aggregate, Record, Score
from boss.results.summary import AttackGroup, Summary
from boss.tasks import Task, get_task

PIPED_WIDTH = 120
_RECALL = "* recall: all examples have one class"
_ROLES = {"id": "ID", "ood": "OOD"}


def print_report(
    records: Sequence[Record],
    summaries: Sequence[Summary],
    failures: Sequence[Failure],
    degree: float,
    path: str,
    console: Console | None = None,
) -> None:
    """Print the tables of each task, what failed, where the run is and how to look at it.

    Args:
        degree: shown of the attacks.
        path: the run directory as a person would type it.
    """
    if console is None:
        # Piped output has no width of its own; a table folded into 80 columns cannot be read.
        console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    for name in dict.fromkeys(record.measurement.task for record in records):
        own = [record for record in records if record.measurement.task == name]
        over = [summary for summary in summaries if summary.task == name]
        if any(record.measurement.attack is None for record in own):
            _print(console, *_clean(own, over))
        if any(record.measurement.attack is not None for record in own):
            _print(console, *_attacked(own, over, degree))
    for failure in failures:
        console.print(Text(f"FAILED {failure.measurement}: {failure.error}: {failure.message}", style="red"))
    root = path.rsplit("/", 3)[0]
    shown = "" if root == "runs" else f" -- --runs {root}"
    for line in (
        f"Run:   {path}",
        f"Show:  streamlit run leaderboard/app.py{shown}",
        f"Check: python -m boss.rescore {path}",
    ):
        console.print(Text(line), soft_wrap=True)


def _clean(records: Sequence[Record], summaries: Sequence[Summary]) -> tuple[str, Table, str]:
    """Return the title, the table of the clean numbers of a task, and how to read it."""
    first = records[0]
    task = get_task(first.measurement.task)
    note = " (stand-in for BOSS)" if first.measurement.stand_in else ""
    title = f"{task.name}, {first.model.id} {first.model.method}, suite {first.measurement.suite}{note}"
    clean = [record for record in records if record.measurement.attack is None]
    beside = [SUFFIX] if any(record.measurement.scoring == "boss" for record in clean) else []
    table = _table("n", task.metric, *(task.metric + suffix for suffix in beside), "majority")
    for dataset, cell in _by_dataset(clean):
        score, majority = cell[0].score, cell[0].majority_value  # a cell begins with its headline metric
        line = "-" if majority is None else _percent(majority)
        of_metric = {record.score.metric: record.score for record in cell}
        others = [_or_dash(of_metric.get(score.metric + suffix)) for suffix in beside]
        _add(table, f"  {dataset}", f"{score.n_scored:,}", _number(score), *others, line)
    means = {(s.metric, s.over): s for s in summaries if s.attack is None and s.role == "ood"}
    for (metric, over), summary in means.items():
        if metric == task.metric and summary.n_datasets > 1:
            others = [_or_dash(means.get((metric + suffix, over))) for suffix in beside]
            _add(table, f"  OOD {over}", f"{summary.n_scored:,}", _number(summary), *others, "")
    return title, table, "; ".join(["percent, with 95 % intervals", *_recall_note(records)])


def _attacked(
    records: Sequence[Record], summaries: Sequence[Summary], degree: float
) -> tuple[str, Table, str]:
    """Return the title, the table of a task under attack, and how to read it."""
    attacked = [record for record in records if record.measurement.attack is not None]
    task, attack = get_task(attacked[0].measurement.task), attacked[0].measurement.attack
    assert attack is not None
    caption = [
        "right: answered correctly before the attack",
        "success: the part of these that some variant up to the degree gets wrong",
        f"area: under the worst curve, degrees 0 to {max(attack.degrees):g}",
        *_recall_note(records),
    ]
    title = (
        f"{task.name} under attack: {task.attacked_metric}, {attack.n_variants} variants at degree "
        f"{degree:g}, {attack.access} access on {attack.field}"
    )
    table = _table("right", "clean", "average", "worst", "success", "area")
    attacks = {a.name: a for a in (r.measurement.attack for r in attacked) if a is not None}
    for name, attack in attacks.items():
        _add(table, f"{attack.label} ({attack.level}, {attack.tag})")
        own = [r for r in attacked if _is(r.measurement.attack, name)]
        for dataset, cell in _by_dataset(own):
            _add(table, f"  {dataset}", *_attack_row(task, [record.score for record in cell], degree))
        over = [s for s in summaries if _is(s.attack, name) and s.role == "ood"]
        if any(summary.n_datasets > 1 for summary in over):
            _add(table, "  OOD mean", *_attack_row(task, over, degree))
    if len(attacks) > 1:
        _add(table, "mean over dimensions")
        for name, over in _wider(summaries):
            _add(table, f"  {name}", *_attack_row(task, over, degree))
    return title, table, "; ".join(caption)


def _wider(summaries: Sequence[Summary]) -> Iterator[tuple[str, list[Summary]]]:
    """Yield the summaries of each level and of all dimensions, for ID and OOD, by name.

    One level alone is all there is, and is not shown twice.
    """
    wide = [s for s in summaries if s.attack is not None and s.attack.scope != "dimension"]
    several = len({summary.attack.level for summary in wide if summary.attack}) > 2
    groups: dict[str, list[Summary]] = {}
    for summary in wide:
        if summary.attack is not None and (several or summary.attack.level is None):
            over = f"{summary.attack.level}-level" if summary.attack.level else "all"
            groups.setdefault(f"{over}, {_ROLES[summary.role]}", []).append(summary)
    yield from groups.items()


def _attack_row(task: Task, numbers: Sequence[Score | Summary], degree: float) -> list[str]:
    """Return the cells of one row; what was not measured is a dash."""
    metrics = [task.attacked_metric] if task.kind == "span" else [task.attacked_metric, "recall"]

    def find(aggregate: Aggregate, at: float | None) -> Score | Summary | None:
        own = [n for n in numbers if n.aggregate == aggregate and n.degree == at]
        if aggregate == "attack_success_rate":  # only of a metric that decides right or wrong
            return next(iter(own), None)
        return next((n for metric in metrics for n in own if n.metric == metric), None)

    clean, area = find("average", 0), find("area_worst", None)
    average, worst = find("average", degree), find("worst", degree)
    success = find("attack_success_rate", degree)
    # A cell without a success rate had no right example; of several cells it is enough that one had none.
    n_right = "0" if isinstance(worst, Score) and degree > 0 else "-"
    if success is not None:
        n_right = f"{success.n_scored:,}"
    return [
        f"{n_right}/{worst.n_scored:,}" if worst else "-",
        _percent(clean.value) if clean else "-",
        *(_number(number, decimals=0) if number else "-" for number in (average, worst, success)),
        _percent(area.value) if area else "-",
    ]


def _by_dataset(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Yield the records of each dataset with its name and shift, marked where its metric is recall."""
    for dataset in dict.fromkeys(record.measurement.dataset for record in records):
        own = [record for record in records if record.measurement.dataset == dataset]
        cell = own[0].measurement
        yield f"{dataset}, {_ROLES[cell.role]}{'*' if cell.recall_only else ''}", own


def _is(attack: AttackSettings | AttackGroup | None, name: str) -> bool:
    return attack is not None and attack.name == name


def _print(console: Console, title: str, table: Table, caption: str) -> None:
    """Print title and caption apart from the table, which would fold them into its own width."""
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print(Text(caption, style="dim"), "")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("dataset", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))


def _recall_note(records: Sequence[Record]) -> list[str]:
    return [_RECALL] if any(record.measurement.recall_only for record in records) else []


def _number(number: Score | Summary, decimals: int = 1) -> str:
    """Return ``71.2 [69.8, 72.5]``: percent with the 95 % interval, its limits with so many decimals."""
    low, high = (_percent(limit, decimals) for limit in (number.ci.low, number.ci.high))
    return f"{_percent(number.value)} [{low}, {high}]"


def _or_dash(number: Score | Summary | None) -> str:
    return "-" if number is None else _number(number)


def _percent(value: float, decimals: int = 1) -> str:
    return f"{100 * value:.{decimals}f}"
