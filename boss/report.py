"""What a run ends with: its tables on the terminal, and the page report.md in its folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from boss.commands import as_argument, command, typed
from boss.config import middle
from boss.curve import Curve, draw
from boss.report_tables import ROLES, Number, by_role, cell_of, headline, sections, total_cost
from boss.results.files import write_atomic
from boss.results.manifest import Failure, Run
from boss.results.schema import Record
from boss.results.store import CURVE, REPORT, read_run
from boss.results.summary import Summary
from boss.tables import Section, block, escaped, lines, markdown
from robtest.plural import counted

if TYPE_CHECKING:
    from boss.require import Verdict


def print_report(
    records: Sequence[Record],
    summaries: Sequence[Summary],
    failures: Sequence[Failure],
    degree: float,
    path: Path | str,
    console: Console | None = None,
    verdicts: "Sequence[Verdict]" = (),
) -> None:
    """Print the tables of each task, what failed, the bars, where the run is and how to look at it.

    No line of a table is wider than the terminal, nor than 80 columns where the output goes elsewhere.

    Args:
        degree: shown of the attacks.
        path: the run directory.
        verdicts: on the numbers that `boss.require` asks for.
    """
    console = console or Console(highlight=False)
    for section in sections(records, summaries, degree, verdicts):
        console.print(Text(section.title, style="bold"))
        for line in lines(section, console.width):
            console.print(line, soft_wrap=True)
        console.print(Text("; ".join(section.caption), style="dim"))
        console.print()
    for failure in failures:
        said = f"FAILED {failure.measurement}: {failure.error}: {failure.message}"
        console.print(Text(said, style="red"), soft_wrap=True)
    for verdict in verdicts:
        console.print(Text(str(verdict)), soft_wrap=True)
    if paid := _paid(records):
        console.print(Text(f"Cost:  {paid}"), soft_wrap=True)
    for said in (f"Run:   {typed(path)}", f"Show:  {show_command(path)}", f"Check: {check_command(path)}"):
        console.print(Text(said), soft_wrap=True)


def show_command(run: Path | str) -> str:
    """Return the command that shows a run, and those beside it, on the site."""
    return command("leaderboard", "--runs", as_argument(Path(run).parents[2]))


def check_command(run: Path | str) -> str:
    """Return the command that recomputes a run."""
    return command("boss.rescore", as_argument(run))


@dataclass(frozen=True)
class Told:
    """What a run's page tells.

    Attributes:
        verdicts: on the numbers required; None where they are not known any more.
    """

    run: Run
    records: Sequence[Record]
    summaries: Sequence[Summary]
    verdicts: "Sequence[Verdict] | None" = None

    @property
    def degree(self) -> float:
        """The degree that is shown: the one that was asked for, else the middle one."""
        attacks = (record.measurement.attack for record in self.records)
        degrees = next((attack.degrees for attack in attacks if attack is not None), (0.0,))
        asked = self.run.config.get("show_degree")
        return asked if asked in degrees else middle(degrees)


def write_report(path: Path, told: Told | None = None) -> None:
    """Write report.md, and curve.svg where something was attacked, into a run's folder.

    Both follow from the run, so run.json lists neither, and neither is part of a submission.

    Args:
        told: of the run; read from its folder where None.

    Raises:
        ResultError: if the run cannot be read, or a file cannot be written.
    """
    if told is None:
        stored = read_run(path)
        told = Told(stored.run, stored.records, stored.summaries())
    panels = list(_panels(told.records, told.summaries))
    if panels:
        draw([(title, curves) for title, _, curves in panels], path / CURVE)
    write_atomic(path / REPORT, "\n".join(_page(told, path, [s for _, s, _ in panels])).encode())


def _panels(
    records: Sequence[Record], summaries: Sequence[Summary]
) -> Iterator[tuple[str, Section, list[Curve]]]:
    """Yield for each task that was attacked a title, the worst copies by degree as a table, and as curves.

    They are of shifted data where there are such, else of in-distribution data.
    """
    for name in dict.fromkeys(r.measurement.task for r in records if r.measurement.attack is not None):
        own = [r for r in records if r.measurement.task == name]
        over = [s for s in summaries if s.task == name]
        task = own[0].measurement.definition
        attacked = [r for r in own if r.measurement.attack is not None]
        role = "ood" if any(r.measurement.role == "ood" for r in attacked) else "id"
        datasets = list(dict.fromkeys(r.measurement.dataset for r in attacked if r.measurement.role == role))
        where = (
            f"mean of {counted(len(datasets), f'{ROLES[role]} dataset')}"
            if len(datasets) > 1
            else (f"{datasets[0]}, {ROLES[role]}")
        )
        title = f"{task.name}, worst copy by degree: {task.attacked_metric}, {where}"
        attacks = {a.name: a for a in (r.measurement.attack for r in attacked) if a is not None}
        degrees = sorted({degree for attack in attacks.values() for degree in attack.degrees})
        section = Section(title, "attack", tuple(f"{d:g}" for d in degrees))
        section.caption.append("percent, with 95 % intervals; at degree 0 the clean answer to the same texts")
        curves = []
        for key, attack in attacks.items():
            numbers = by_role(own, over, key, role)
            found = {d: headline(task, [n for n in numbers if _worst(n, d)]) for d in degrees}
            section.add(attack.label, *(cell_of(found[d], 0) for d in degrees))
            points = [(d, n.value, n.ci.low, n.ci.high) for d, n in found.items() if n is not None]
            if points:
                curves.append(Curve(attack.label, tuple(points)))
        if curves:
            yield title, section, curves


def _worst(number: Number, degree: float) -> bool:
    return number.aggregate == "worst" and number.degree == degree


def _page(told: Told, path: Path, curves: Sequence[Section]) -> Iterator[str]:
    """Yield the parts of report.md."""
    run, verdicts = told.run, told.verdicts
    subject = told.records[0].model if told.records else None
    name = run.model if subject is None else f"{subject.id} {subject.method}"
    yield f"# {escaped(f'{name} on suite {run.suite}')}\n"
    yield f"{escaped(_in_a_sentence(run, told.records))}\n"
    yield markdown(_facts(run, told.records))
    if run.data:
        yield markdown(_data(run))
    yield "## Numbers\n"
    for section in sections(told.records, told.summaries, told.degree, verdicts or ()):
        yield markdown(section)
    for section in curves:
        yield markdown(section)
    if curves:
        yield f"![{escaped('; '.join(section.title for section in curves))}]({CURVE})\n"
    if verdicts:
        yield markdown(_bars(verdicts))
    elif run.config.get("require"):
        yield "## Bars\n\nThis run had to reach bars; the report of the whole run says how each came out.\n"
    if run.failures:
        yield "## Failures\n"
        yield "".join(
            f"- {escaped(f'{failure.measurement}: {failure.error}: {failure.message}')}\n"
            for failure in run.failures
        )
    yield "## How it was run\n"
    yield block(run.command)
    yield "Every number is recomputed from the stored predictions by\n"
    yield block(check_command(path))


def _in_a_sentence(run: Run, records: Sequence[Record]) -> str:
    """Say what was measured, and how it ended."""
    stand_in = any(record.measurement.stand_in for record in records)
    n = len({record.measurement.name for record in records})
    attacks = {r.measurement.attack.name for r in records if r.measurement.attack is not None}
    parts = [
        counted(n, "measurement"),
        f"of {counted(len(run.tasks), 'task')} ({', '.join(run.tasks)})",
        f"under {counted(len(attacks), 'attack')} and without" if attacks else "without an attack",
    ]
    failed = f"; {counted(len(run.failures), 'part')} failed" if run.failures else ""
    note = " The suite stands in for BOSS." if stand_in else ""
    return f"{' '.join(parts)}: the run is {run.status}{failed}.{note}"


def _facts(run: Run, records: Sequence[Record]) -> Section:
    section = Section("What was measured, and how", "", ("",), words=True)
    model = records[0].model if records else None
    attack = next((r.measurement.attack for r in records if r.measurement.attack is not None), None)
    code = f"{run.code.package} {run.code.version}, commit {run.code.commit}"
    facts: dict[str, object] = {"suite": f"{run.suite}, version {run.suite_version}"}
    if model is not None:
        fitted = "nothing" if model.finetuned_on == "none" else model.finetuned_on
        facts |= {
            "model": f"{model.id}, revision {model.revision}, {model.adapter}",
            "method": f"{model.method}, {'shown' if model.method == 'in_context' else 'fitted on'} {fitted}",
            "parameters": None if model.n_parameters is None else f"{model.n_parameters:,}",
            "longest input": None if model.max_length is None else counted(model.max_length, "token"),
        }
    facts["seed"] = run.seed
    if attack is not None:
        facts |= {
            "attack": f"{attack.how}, {counted(attack.n_variants, 'variant')} of each example",
            "degrees": ", ".join(f"{degree:g}" for degree in attack.degrees),
        }
    facts |= {
        "run": f"{run.run_id}, {run.created_at}",
        "code": f"{code}{', edited' if run.code.dirty is True else ''}",
        "cost": _paid(records),
        "machine": f"{run.environment.device}, Python {run.environment.python}, {run.environment.platform}",
    }
    for name, value in facts.items():
        if value is not None:
            section.add(name, str(value))
    return section


def _paid(records: Sequence[Record]) -> str | None:
    """Say what all answers cost, where a model is paid by the token; None elsewhere."""
    cost = total_cost(records)
    if cost.tokens_read is None:
        return None
    money = "" if cost.money is None else f", {cost.money:.4f} in money"
    return f"{cost.tokens_read:,} tokens read and {cost.tokens_written or 0:,} written{money}"


def _data(run: Run) -> Section:
    section = Section("Data", "dataset", ("split", "n", "of", "revision"))
    for entry in run.data:
        section.add(entry.dataset, entry.split, f"{entry.n:,}", f"{entry.n_total:,}", entry.revision)
    return section


def _bars(verdicts: "Sequence[Verdict]") -> Section:
    held = sum(verdict.reached for verdict in verdicts)
    title = f"Bars: {held} of {counted(len(verdicts), 'bar')} held"
    section = Section(title, "number", ("", "what it came to"), words=True)
    for verdict in verdicts:
        target = verdict.bar.target
        section.add(f"{target.task}/{target}", "held" if verdict.reached else "SHORT", verdict.message)
    return section
