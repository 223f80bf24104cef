"""``python -m boss.prompts DIR...``: runs that differ in their prompt, or the order of labels in it, alone.

Each prompt's own number stands beside the mean, the spread, and how often the answers are the same.
`boss.metrics.variants` says what the interval of the mean is and is not.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.over_prompts import MeasurementOverPrompts, SamenessOver, SpreadOver, Variant, combine
from boss.repeats import called, main_of, shown
from boss.results.schema import Interval


def show(results: Sequence[MeasurementOverPrompts], degree: float, console: Console) -> None:
    """Print two tables per group of runs and task: the numbers, and how often answers are the same."""
    groups: dict[tuple[str, str], list[MeasurementOverPrompts]] = defaultdict(list)
    for measurement in results:
        groups[measurement.options, measurement.task].append(measurement)
    for measurements in groups.values():
        first = measurements[0]
        title = f"{first.task}, {first.model} {first.method}, suite {first.suite}, seed {first.seed}"
        console.print(Text(title, style="bold"))
        console.print(_numbers(measurements, degree))
        note = "percent; 95 % intervals; that of a mean is over sources, and says nothing of other prompts"
        console.print(Text(note, style="dim"), "")
        console.print(_answers(measurements))
        note = (
            "percent of the clean texts; consistency: all answer alike, right or wrong; agreement: any two do"
        )
        console.print(Text(note, style="dim"), "")


def _numbers(measurements: Sequence[MeasurementOverPrompts], degree: float) -> Table:
    table = _table("dataset", "number", "of", "value", "n", "SD", "lowest", "highest")
    for measurement in measurements:
        name = f"{measurement.dataset}, {measurement.role.upper()}"
        chosen_numbers = shown(
            measurement.measurement, measurement.attacked_metric, measurement.numbers, degree
        )
        for number in chosen_numbers:
            what = [name, called(measurement.measurement, number)]
            for own in number.variants:
                label = Variant(own.prompt, own.label_order).name
                table.add_row(*map(Text, [*what, label, _share(own.value, own.ci), str(own.n)]))
                what = ["", ""]
            of_each = {
                Variant(own.prompt, own.label_order).name: f"{100 * own.value:.1f}" for own in number.variants
            }
            for over in number.spreads:
                ends = [f"{of_each[end]} {end}" for end in (over.lowest, over.highest)]
                mean = [_share(over.mean, over.ci), "", f"{100 * over.deviation:.1f}"]
                table.add_row(*map(Text, ["", "", f"mean, {_over(over)}", *mean, *ends]), style="bold")
    return table


def _answers(measurements: Sequence[MeasurementOverPrompts]) -> Table:
    table = _table("dataset", "over", "consistency", "agreement", "n")
    for measurement in measurements:
        name = f"{measurement.dataset}, {measurement.role.upper()}"
        for same in measurement.sameness:
            shares = [_share(share.value, share.ci) for share in (same.consistency, same.agreement)]
            table.add_row(*map(Text, [name, _over(same), *shares, str(same.consistency.n)]))
            name = ""
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        left = name in ("dataset", "number", "of", "over", "lowest", "highest")
        table.add_column(name, justify="left" if left else "right", no_wrap=name in ("value", "n", "SD"))
    return table


def _over(of: SpreadOver | SamenessOver) -> str:
    """Return in words over what something is."""
    if of.over == "orders":
        return f"orders of {Path(of.fixed or '').stem}"
    return f"{of.n_variants} prompts" if of.over == "prompts" else f"all {of.n_variants}"


def _share(value: float, ci: Interval) -> str:
    return f"{100 * value:.1f} [{100 * ci.low:.1f}, {100 * ci.high:.1f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return main_of(
        arguments,
        "boss.prompts",
        "Each prompt's number, mean, deviation, lowest and highest, and how often answers are the same, of "
        "runs that differ in their prompt or its order of labels alone.",
        combine,
        show,
    )


if __name__ == "__main__":
    sys.exit(main())
