"""The table a run ends with: ID, OOD and under attack, each number with its interval."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.data.suite import Suite
from boss.results.schema import Failure, Record
from boss.tasks import get_task

CLEAN_WIDTH = 90


def print_report(
    records: Sequence[Record],
    failures: Sequence[Failure],
    degree: float,
    suite: Suite,
    path: str,
    console: Console | None = None,
) -> None:
    """Print one table per task, what failed, where the run is and how to look at it.

    Args:
        degree: of the attacked columns.
        path: the run directory as a person would type it.
    """
    # Piped output has no width of its own; a table folded into 80 columns cannot be read.
    if console is None:
        n_dimensions = len({r.cell.attack.dimension for r in records if r.cell.attack is not None})
        console = Console() if sys.stdout.isatty() else Console(width=CLEAN_WIDTH + 40 * n_dimensions)
    for task in dict.fromkeys(record.cell.task for record in records):
        console.print(_table([r for r in records if r.cell.task == task], degree, suite.stand_in))
    for failure in failures:
        console.print(Text(f"FAILED {failure.cell}: {failure.error}: {failure.message}", style="red"))
    root = path.rsplit("/", 3)[0]
    shown = "" if root == "runs" else f" -- --runs {root}"
    for line in (
        f"Run:   {path}",
        f"Show:  streamlit run leaderboard/app.py{shown}",
        f"Check: python -m boss.rescore {path}",
    ):
        console.print(Text(line), soft_wrap=True)


def _table(records: Sequence[Record], degree: float, stand_in: bool) -> Table:
    first = records[0]
    task = get_task(first.cell.task)
    note = " (stand-in for BOSS)" if stand_in else ""
    caption = "percent, with 95 % intervals"
    attacked = [r.cell.attack for r in records if r.cell.attack is not None]
    if attacked:
        caption += f"; under attack: {attacked[0].n_variants} variants at degree {degree:g}"
        tags = " or ".join(dict.fromkeys(attack.tag for attack in attacked))
        caption += f" ({tags}, {attacked[0].access} access)"
    table = Table(
        title=f"{task.name}, {first.model.id} {first.model.method}, suite {first.cell.suite}{note}",
        caption=caption,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
    )
    dimensions = list(dict.fromkeys(attack.dimension for attack in attacked))
    table.add_column("dataset", no_wrap=True)
    table.add_column("shift")
    for name in ("n", task.metric, "majority", *(["n attacked"] if attacked else [])):
        table.add_column(name, justify="right")
    for dimension in dimensions:
        table.add_column(f"{dimension} average", justify="right")
        table.add_column(f"{dimension} worst", justify="right")
    for dataset in dict.fromkeys(r.cell.dataset for r in records):
        own = [r for r in records if r.cell.dataset == dataset]
        table.add_row(*(Text(cell) for cell in _row(own, dimensions, degree)))
    return table


def _row(records: Sequence[Record], dimensions: Sequence[str], degree: float) -> list[str]:
    """Return the cells of one dataset; what was not measured is a dash."""
    clean = [r for r in records if r.cell.attack is None]
    # The first record of a cell is its headline metric (boss.metrics.cells).
    majority = clean[0].majority_value if clean else None
    row = [
        records[0].cell.dataset,
        records[0].cell.role + (", recall only" if records[0].cell.recall_only else ""),
        f"{clean[0].score.n_scored:,}" if clean else "-",
        _number(clean[0]) if clean else "-",
        f"{100 * majority:.1f}" if majority is not None else "-",
    ]
    if dimensions:
        sizes = {r.score.n_scored for r in records if r.cell.attack is not None}
        row.append(f"{sizes.pop():,}" if len(sizes) == 1 else "-")
    for dimension in dimensions:
        for aggregate in ("average", "worst"):
            found = [
                r
                for r in records
                if r.cell.attack is not None
                and r.cell.attack.dimension == dimension
                and r.score.aggregate == aggregate
                and r.score.degree == degree
            ]
            row.append(_number(found[0]) if found else "-")
    return row


def _number(record: Record) -> str:
    """Return ``71.2 [69.8, 72.5]``: percent with the 95 % interval; recall says that it is recall."""
    score = record.score
    name = "recall " if record.cell.recall_only else ""
    return f"{name}{100 * score.value:.1f} [{100 * score.ci.low:.1f}, {100 * score.ci.high:.1f}]"
