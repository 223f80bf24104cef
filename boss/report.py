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
from boss.results.schema import LEAST_COVERAGE, ROUNDING, Aggregate, Record, Score, Touched
from boss.results.summary import AttackGroup, Summary
from boss.tasks import Task, get_task

PIPED_WIDTH = 120
FEW = "few"
"""Beside a coverage below `LEAST_COVERAGE`."""
_COVERAGE = (
    "changed: the part of the examples that the attack could change, where it is not all; the others keep "
    f"their clean answer ({FEW}, and dim: less than half); on these: the number on the changed ones alone"
)
_FEWEST_IN_PROFILE = 3
_BAR = 12
_CAPABILITIES = {
    "typo": "slips of the hand",
    "glyph": "look-alike characters",
    "phonetic": "written as it sounds",
    "synonym": "same meaning",
    "contextual": "fits as well",
    "inflection": "other word forms",
    "syntax": "put otherwise",
    "distraction": "beside the point",
}
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
            if (profile := _profile(own, over, degree)) is not None:
                _print(console, *profile)
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
        f"degrees are {ROUNDING['up' if attack.compatible else 'down']}",
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
            _add_attacked(table, dataset, task, [record.score for record in cell], degree)
        over = [s for s in summaries if _is(s.attack, name) and s.role == "ood"]
        if any(summary.n_datasets > 1 for summary in over):
            _add_attacked(table, "OOD mean", task, over, degree)
    wider = list(_wider(summaries)) if len(attacks) > 1 else []
    if wider:  # families are in no mean
        _add(table, "mean over dimensions")
    for name, over in wider:
        _add_attacked(table, name, task, over, degree)
    if any(record.score.coverage not in (None, 1) for record in attacked):
        caption.append(_COVERAGE)
    return title, table, "; ".join(caption)


def _profile(
    records: Sequence[Record], summaries: Sequence[Summary], degree: float
) -> tuple[str, Table, str] | None:
    """Return what is left of each capability at a degree, shifted data first; None for fewer than three.

    The bar is the part of the clean number that the worst variant leaves, which is where two capabilities
    can be compared; the numbers beside it have their intervals.
    """
    attacks = {a.name: a for a in (r.measurement.attack for r in records) if a is not None}
    if len(attacks) < _FEWEST_IN_PROFILE:
        return None
    task = get_task(records[0].measurement.task)
    table = _table("OOD worst", "changed", "ID worst", "changed", first="capability")
    table.add_column("kept, OOD", no_wrap=True)
    for name, attack in attacks.items():
        cells = []
        for role in ("ood", "id"):
            numbers = _of_role(records, summaries, name, role)
            clean, _, worst, *_ = _at(task, numbers, degree)
            cells.append((clean, worst))
        (clean, worst), (_, on_id) = cells
        about = _CAPABILITIES.get(attack.dimension, attack.dimension)
        _add(
            table,
            f"  {attack.label}: {about}" if attack.dimension in _CAPABILITIES else f"  {attack.label}",
            *(
                cell
                for number in (worst, on_id)
                for cell in (
                    _dimmed("-" if number is None else _number(number, 0), number),
                    _coverage(number),
                )
            ),
            _bar(clean, worst),
        )
    title = f"{task.name}, profile by capability at degree {degree:g}: {task.attacked_metric}, worst variant"
    return title, table, "percent, with 95 % intervals; the bar: how much of the clean OOD number is left"


def _of_role(
    records: Sequence[Record], summaries: Sequence[Summary], name: str, role: str
) -> Sequence[Score | Summary]:
    """Return the numbers of an attack on the data of a role: the mean's where there are several datasets."""
    means = [
        s
        for s in summaries
        if _is(s.attack, name) and s.role == role and s.over == "mean" and s.n_datasets > 1
    ]
    own = [r.score for r in records if _is(r.measurement.attack, name) and r.measurement.role == role]
    return means or own


def _bar(clean: Score | Summary | None, worst: Score | Summary | None) -> str:
    if clean is None or worst is None or clean.value <= 0:
        return "-"
    left = max(0.0, min(1.0, worst.value / clean.value))
    return "█" * round(_BAR * left) + "·" * (_BAR - round(_BAR * left))


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


def _add_attacked(
    table: Table, name: str, task: Task, numbers: Sequence[Score | Summary], degree: float
) -> None:
    """Add the numbers under attack, and below them, where texts were left alone, what that means for each."""
    clean, average, worst, success, area = _at(task, numbers, degree)
    # A cell without a success rate had no right example; of several cells it is enough that one had none.
    n_right = "0" if isinstance(worst, Score) and degree > 0 else "-"
    if success is not None:
        n_right = f"{success.n_scored:,}"
    cells: list[str | Text] = [
        "-" if clean is None else _percent(clean.value),
        *(
            _dimmed("-" if number is None else _number(number, 0), number)
            for number in (average, worst, success)
        ),
        _dimmed("-" if area is None else _percent(area.value), area),
    ]
    _add(table, f"  {name}", f"{n_right}/{worst.n_scored:,}" if worst else "-", *cells)
    attacked = (average, worst, success, area)
    if any(number is not None and number.coverage not in (None, 1) for number in attacked):
        _add(table, "    changed", "", "", *map(_coverage, attacked))
    touched = [number.touched if isinstance(number, Score) else None for number in attacked]
    if any(touched):
        _add(table, "    on these", "", "", *("" if each is None else _number(each, 0) for each in touched))


def _coverage(number: Score | Summary | None) -> str:
    """Return the share of changed examples, with a word where it is small; nothing of all, or of unknown."""
    if number is None or number.coverage in (None, 1):
        return ""
    return f"{_percent(number.coverage)} %" + f", {FEW}" * (number.coverage < LEAST_COVERAGE)


def _dimmed(cell: str, number: Score | Summary | None) -> Text:
    few = number is not None and number.coverage is not None and number.coverage < LEAST_COVERAGE
    return Text(cell, style="dim" if few else "")


def _at(task: Task, numbers: Sequence[Score | Summary], degree: float) -> list[Score | Summary | None]:
    """Return clean, average, worst and success rate at a degree, and area; None for what was not measured."""
    metrics = [task.attacked_metric] if task.kind == "span" else [task.attacked_metric, "recall"]

    def find(aggregate: Aggregate, at: float | None) -> Score | Summary | None:
        own = [n for n in numbers if n.aggregate == aggregate and n.degree == at]
        if aggregate == "attack_success_rate":  # only of a metric that decides right or wrong
            return next(iter(own), None)
        return next((n for metric in metrics for n in own if n.metric == metric), None)

    at_degree: tuple[Aggregate, ...] = ("average", "worst", "attack_success_rate")
    return [find("average", 0), *(find(name, degree) for name in at_degree), find("area_worst", None)]


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


def _table(*columns: str, first: str = "dataset") -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _add(table: Table, *cells: str | Text) -> None:
    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def _recall_note(records: Sequence[Record]) -> list[str]:
    return [_RECALL] if any(record.measurement.recall_only for record in records) else []


def _number(number: Score | Summary | Touched, decimals: int = 1) -> str:
    """Return ``71.2 [69.8, 72.5]``: percent with the 95 % interval, its limits with so many decimals."""
    low, high = (_percent(limit, decimals) for limit in (number.ci.low, number.ci.high))
    return f"{_percent(number.value)} [{low}, {high}]"


def _or_dash(number: Score | Summary | None) -> str:
    return "-" if number is None else _number(number)


def _percent(value: float, decimals: int = 1) -> str:
    return f"{100 * value:.{decimals}f}"
