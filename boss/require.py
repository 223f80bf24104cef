"""Bars: numbers of a run that must reach a value, named before it begins and judged when it ends.

`boss.targets` says what may be named.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import yaml

from boss.errors import ConfigError, suggestion
from boss.job import Job
from boss.metrics.calibration import BRIER
from boss.metrics.calibration import METRICS as CALIBRATION
from boss.results.files import write_atomic
from boss.results.manifest import Failure
from boss.results.schema import Record, Score
from boss.results.summary import Summary
from boss.targets import OVERALL, RATE, SUMMED, Target, listed, targets_of

_ROUNDING = 1e-9  # of a mean over datasets; no answer weighs so little
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEGREE = re.compile(r"(?<=@)[\d.]+")


@dataclass(frozen=True)
class Bar:
    """What a number must reach.

    Attributes:
        limit: the least it may be where higher is better, else the most.
        by: ``interval`` decides by its limit on the worse side, so that luck does not pass.
    """

    target: Target
    limit: float
    by: Literal["interval", "value"] = "interval"

    @property
    def rule(self) -> str:
        """In words."""
        side = "at least" if self.target.higher_is_better else "at most"
        end = "lower" if self.target.higher_is_better else "upper"
        of = "the value" if self.by == "value" else f"the {end} end of the interval"
        return f"{of} must be {side} {self.limit:g}"


@dataclass(frozen=True)
class Verdict:
    """Whether a number reached its bar, and what it was."""

    bar: Bar
    reached: bool
    message: str

    def __str__(self) -> str:
        """One line for a person."""
        word = "reached" if self.reached else "SHORT"
        return f"{word} {self.bar.target.task}/{self.bar.target}: {self.message}"


def bars_of(job: Job) -> tuple[Bar, ...]:
    """Return the bars that a job asks for, in order.

    Raises:
        ConfigError: for a number that the run will not have, with those it may; for a bar that is none.
    """
    option = job.settings.require
    if option is None:
        if job.settings.junit is not None:
            raise ConfigError("junit=FILE reports on the numbers of require=, and none is required")
        return ()
    required = _read(option) if isinstance(option, Path) else option
    targets = list(targets_of(job))
    by_name: dict[str, list[Target]] = {}
    for target in targets:
        for name in target.names:
            by_name.setdefault(name, []).append(target)
    bars: dict[Target, Bar] = {}
    named: dict[Target, str] = {}
    for name, value in required.items():
        plain = _DEGREE.sub(_plain_degree, str(name))
        if plain not in by_name:
            raise ConfigError(
                f"require: this run has no number {name!r}{suggestion(plain, by_name)}; {listed(targets)}"
            )
        for target in by_name[plain]:
            if target in bars:
                raise ConfigError(
                    f"require: {named[target]!r} and {name!r} are both a bar for {target}; leave one out"
                )
            bars[target], named[target] = _bar(str(name), target, value), str(name)
    return tuple(bars.values())


def verdicts_on(
    bars: Sequence[Bar],
    records: Sequence[Record],
    summaries: Sequence[Summary],
    failures: Sequence[Failure],
) -> tuple[Verdict, ...]:
    """Judge the bars by what a run came to.

    A number that was not made falls short, and so does a mean that a failure left without one of its parts.
    """
    return tuple(_verdict(bar, records, summaries, failures) for bar in bars)


def write_junit(path: Path, suites: Mapping[str, Sequence[Verdict]]) -> None:
    """Write verdicts as JUnit XML: a test suite for each run, by its name, and a test case for each bar.

    Raises:
        ResultError: if it cannot be written.
    """
    total = _counts(verdict for verdicts in suites.values() for verdict in verdicts)
    root = ElementTree.Element("testsuites", {"name": "boss.eval", **total})
    for name, verdicts in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": _xml(name), **_counts(verdicts)})
        for verdict in verdicts:
            target = verdict.bar.target
            case = ElementTree.SubElement(
                suite, "testcase", classname=_xml(target.task), name=_xml(str(target)), time="0"
            )
            if verdict.reached:
                ElementTree.SubElement(case, "system-out").text = _xml(verdict.message)
            else:
                message = _xml(verdict.message)
                ElementTree.SubElement(case, "failure", message=message, type="bar").text = message
    ElementTree.indent(root)
    write_atomic(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _read(path: Path) -> dict[Any, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"require: {path} cannot be read: {error}") from error
    if not isinstance(content, dict) or not content:
        raise ConfigError(f"require: {path} must hold lines such as typo@0.1: 0.6, got {content!r:.80}")
    return content


def _plain_degree(match: "re.Match[str]") -> str:
    try:
        return f"{float(match.group()):.12g}"
    except ValueError:
        return match.group()


def _bar(name: str, target: Target, value: object) -> Bar:
    """Check what is asked of a number.

    Raises:
        ConfigError: naming the number, the value, the rule.
    """
    side = "at_least" if target.higher_is_better else "at_most"
    options: dict[Any, Any] = value if isinstance(value, dict) else {side: value}
    wrong = [key for key in options if key not in (side, "by")]
    if wrong or side not in options:
        better = "higher" if target.higher_is_better else "lower"
        raise ConfigError(
            f"require: {name!r} must be a number or {{{side}: NUMBER, by: interval | value}}, as {better} is "
            f"better of {target.aggregate if target.attack else target.metric}; got {value!r}"
        )
    limit, by = options[side], options.get("by", "interval")
    if by not in ("interval", "value"):
        raise ConfigError(f"require: {name!r}: by must be interval or value, got {by!r}")
    most = 2.0 if target.metric == BRIER else 1.0
    number = isinstance(limit, int | float) and not isinstance(limit, bool)
    if not number or not 0 <= limit <= most:  # what NaN is not, either
        raise ConfigError(f"require: {name!r}: a bar must be a number in [0, {most:g}], got {limit!r}")
    return Bar(target, float(limit), by)


def _verdict(
    bar: Bar, records: Sequence[Record], summaries: Sequence[Summary], failures: Sequence[Failure]
) -> Verdict:
    target = bar.target
    for failure in failures:
        if _concerns(failure.measurement, target):
            lost = f"{failure.measurement} failed: {failure.error}: {failure.message}"
            return Verdict(bar, False, f"not made as it was named, so {bar.rule} does not hold: {lost}")
    number = _number(target, records, summaries)
    if number is None:
        return Verdict(bar, False, f"not made, so {bar.rule} does not hold; {_why_absent(target)}")
    higher = target.higher_is_better
    decisive = number.value if bar.by == "value" else number.ci.low if higher else number.ci.high
    reached = decisive >= bar.limit - _ROUNDING if higher else decisive <= bar.limit + _ROUNDING
    low, high = number.ci.low, number.ci.high
    shown = f"{number.value:.4f}, {number.ci.level:.0%} interval [{low:.4f}, {high:.4f}], n={number.n_scored}"
    return Verdict(bar, reached, f"{shown}; {bar.rule}")


def _concerns(failed: str, target: Target) -> bool:
    """Whether something a number is made of is, or lies in, what failed: an attack, a task, a dataset."""
    if failed in {f"attack {name}" for name in target.attacks}:
        return True
    return failed == target.task or any(f"{name}/".startswith(f"{failed}/") for name in target.measurements)


def _number(
    target: Target, records: Sequence[Record], summaries: Sequence[Summary]
) -> Score | Summary | None:
    number = (target.metric, target.aggregate, target.degree)
    if target.place not in SUMMED:
        scores = [r.score for r in records if r.measurement.name in target.measurements]
        return next((s for s in scores if (s.metric, s.aggregate, s.degree) == number), None)
    wanted = (target.task, *SUMMED[target.place], *number)
    for s in summaries:
        at = (s.task, s.role, s.over, s.metric, s.aggregate, s.degree)
        if at == wanted and _attack_of(s) == target.attack:
            return s
    return None


def _attack_of(summary: Summary) -> str | None:
    """Return what the attack of a summary is called here."""
    attack = summary.attack
    return None if attack is None else attack.name or attack.level or OVERALL


def _why_absent(target: Target) -> str:
    if target.metric in CALIBRATION:
        return f"{target.metric} needs a model that gives probabilities and, when wrong, a wrong answer"
    if target.aggregate == RATE:
        return "no example was answered correctly to begin with, so no attack on it could succeed"
    return "nothing that it is made of was measured; the run's journal.jsonl says what does not apply"


def _counts(verdicts: Iterable[Verdict]) -> dict[str, str]:
    every = list(verdicts)
    failures = sum(not verdict.reached for verdict in every)
    return {"tests": str(len(every)), "failures": str(failures), "errors": "0", "skipped": "0", "time": "0"}


def _xml(text: str) -> str:
    r"""Return a text with what XML cannot hold, such as ``\x00``, written as Python writes it."""
    return _NO_XML.sub(lambda match: ascii(match.group())[1:-1], text)
