"""python -m benchmarks.coverage: how often the intervals of this suite hold the truth, by simulation."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import comparisons, estimators
from benchmarks.estimators import Estimate, Make
from boss.metrics.intervals import CURRENT, IntervalRule, wilson
from robtest.progress import track

USAGE = """usage: python -m benchmarks.coverage [repeats=1000] [seed=0] [only=WORD] [json=FILE]

Each estimator is asked `repeats` times for the interval of a number whose true value is known, through
the functions that make the board's numbers. `only` takes the studies with this word in their name."""

LEAST, MOST = 0.92, 0.98
"""What coverage should lie between, at the nominal 0.95."""


@dataclass(frozen=True)
class Study:
    """A way to draw data and to estimate numbers from it.

    Attributes:
        share: of the repeats that are asked for; dear studies take fewer.
    """

    estimator: str
    design: str
    make: Make
    share: float = 1.0


@dataclass(frozen=True)
class Coverage:
    """How often the intervals of one number held it.

    Attributes:
        truth: the number; where it differs from repeat to repeat (a rank, a new model) their mean.
        n: repeats in which the number existed.
        low, high: Wilson's interval of ``covered``.
        below, above: shares of the intervals that lie wholly below or above the truth.
    """

    estimator: str
    design: str
    number: str
    truth: float
    n: int
    covered: float
    low: float
    high: float
    below: float
    above: float
    width: float


def run(study: Study, *, repeats: int, seed: int) -> list[Coverage]:
    """Return the coverage of every number of a study; studies do not share randomness."""
    label = [*f"{study.estimator} {study.design}".encode()]
    draw = study.make(np.random.default_rng([seed, 0, *label]))
    rng = np.random.default_rng([seed, 1, *label])
    estimates: dict[str, list[Estimate]] = {}
    n = max(1, round(study.share * repeats))
    with track(f"{study.estimator}, {study.design}", total=n, unit="repeat") as bar:
        for _ in range(n):
            for estimate in draw(rng):
                estimates.setdefault(estimate.number, []).append(estimate)
            bar.advance()
    return [_coverage(study, number, group) for number, group in estimates.items()]


def _coverage(study: Study, number: str, estimates: Sequence[Estimate]) -> Coverage:
    below = sum(e.high < e.truth for e in estimates)
    above = sum(e.low > e.truth for e in estimates)
    inside, n = len(estimates) - below - above, len(estimates)
    low, high = wilson(inside, n)
    truth = float(np.mean([e.truth for e in estimates]))
    width = float(np.mean([e.high - e.low for e in estimates]))
    return Coverage(
        study.estimator, study.design, number, truth, n, inside / n, low, high, below / n, above / n, width
    )


SIZES = (50, 200, 1000)
UNEQUAL = ((8, 1000), (8, 8, 1000), (30, 300), (100, 100, 100))
BOTH_RULES = {"": CURRENT, ", as of one set": IntervalRule(welch=False)}
"""The second is that of schema version 3, for which all sources count as those of one set."""


def shown(sizes: Sequence[int]) -> str:
    """Return the sizes of sets in words."""
    return f"{' + '.join(map(str, sizes))} sources"


STUDIES: tuple[Study, ...] = (
    *(
        Study("clean classes", f"{n} examples, {p:.0%} right", estimators.clean_classes(n, p), 1 - n / 1200)
        for p in (0.5, 0.9, 0.97)
        for n in SIZES
    ),
    *(Study("clean entities", f"{n} sentences", estimators.clean_entities(n), 1 - n / 1200) for n in SIZES),
    *(Study("clean answers", f"{n} questions", estimators.clean_answers(n), 1 - n / 1200) for n in SIZES),
    *(
        Study("sources of 1 to 12 examples", f"{n} sources", estimators.clusters(n))
        for n in (10, 30, 75, 200)
    ),
    *(Study("under attack", f"{n} sources x 5 copies", estimators.attack(n)) for n in (10, 30, 75, 200)),
    Study("under attack, hardly lost", "75 sources x 5 copies", estimators.attack(75, toughness=4.0)),
    Study("mean and lowest of 3 sets", "50, 200 and 500 examples", estimators.sets((50, 200, 500)), 0.5),
    Study(
        "mean and lowest of 3 sets", "3 x 100 examples, alike", estimators.sets((100,) * 3, (0.8,) * 3), 0.5
    ),
    Study("2 sets x 2 dimensions", "60 and 100 sources", estimators.overall((60, 100)), 0.5),
    *(
        Study("sets of different size", shown(sizes), estimators.overall(sizes, rules=BOTH_RULES), 0.5)
        for sizes in UNEQUAL
    ),
    *(
        Study(
            "sets of different size",
            f"{shown(sizes)}, clean",
            estimators.sets(sizes, (0.8,) * len(sizes), rules=BOTH_RULES),
            0.5,
        )
        for sizes in UNEQUAL
    ),
    *(Study("over seeds", f"{n} seeds, 200 examples", estimators.over_seeds_of(n)) for n in (2, 3, 5)),
    *(Study("mean of independent sets", f"3 x {n} examples", comparisons.mover(n), 0.5) for n in (50, 200)),
    *(Study("two models", f"{n} examples", comparisons.two_models(n), 0.5) for n in (50, 200)),
    *(
        Study("two models", f"{n} sources x 5 copies", comparisons.two_attacked(n, n, n), 0.5)
        for n in (30, 75)
    ),
    *(
        Study("two models", f"{shown(sizes)} x 5 copies", comparisons.two_attacked(*sizes), 0.5)
        for sizes in UNEQUAL
    ),
    *(Study("line of the baselines", f"{n} baselines", comparisons.baselines(n), 10.0) for n in (5, 8, 40)),
    Study("ranks", "8 models, 200 examples", comparisons.rank(200), 0.5),
)


def main(arguments: Sequence[str]) -> int:
    """Run the simulation; return its exit status."""
    given = dict(argument.partition("=")[::2] for argument in arguments)
    if not given.keys() <= {"repeats", "seed", "only", "json"}:
        sys.stderr.write(USAGE + "\n")
        return 2
    repeats, seed = int(given.get("repeats", "1000")), int(given.get("seed", "0"))
    chosen = [study for study in STUDIES if given.get("only", "") in study.estimator]
    rows = [row for study in chosen for row in run(study, repeats=repeats, seed=seed)]
    Console().print(_shown(rows))
    if "json" in given:
        text = json.dumps({"repeats": repeats, "seed": seed, "rows": [asdict(row) for row in rows]}, indent=2)
        Path(given["json"]).write_text(text + "\n", encoding="utf-8")
    return 0


def _shown(rows: Sequence[Coverage]) -> Table:
    names = ("estimator", "design", "number", "true", "repeats", "coverage [95 %]", "width", "")
    table = Table(*names, title="How often a 95 % interval holds the truth")
    for row in rows:
        covered = f"{row.covered:.3f} [{row.low:.3f}, {row.high:.3f}]"
        mark = "low" if row.high < LEAST else "wide" if row.low > MOST else ""
        texts = (row.estimator, row.design, row.number, f"{row.truth:.3f}", f"{row.n:,}", covered)
        table.add_row(*texts, f"{row.width:.3f}", mark)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
