"""The commands whose runs make the points of a relation: one factor at a time, all else as given."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from boss.errors import ConfigError
from robtest.progress import track

STEP = 4
"""From one size of a train set to the next; BOSS doubles, which costs twice the runs."""
FEWEST = 16


@dataclass(frozen=True)
class Measurement:
    """One run of the sweep: which factor it varies, and the options of `boss.eval`."""

    factor: str
    options: tuple[str, ...]

    def __str__(self) -> str:
        """Return the command as a person would type it."""
        return shlex.join(["python", "-m", "boss.eval", *self.options])


def sweep(
    task: str,
    options: Sequence[str],
    *,
    n_train: int,
    epochs: int,
    scale: Sequence[str] = (),
    tunable: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
) -> list[Measurement]:
    """Return the runs for BOSS's four factors (Yuan et al. 2023), shots and steps smallest first.

    Shots are examples of the whole train set (``suite.train_cap``), in powers of 4 from 16; BOSS counts
    them per class. Steps are whole epochs, each trained from the start; BOSS looks inside the first one
    as well. The full setting is there once. A run that sets the model takes none of the ``model.``
    options of the others.

    Args:
        options: of every run: model, method and whatever else ``boss.eval`` takes.
        n_train: examples of the full train split.
        epochs: passes of the full setting; 0 leaves steps out, as for models that have no epochs.
        scale, tunable: options of one run each, as one string: ``"model=hf model.path=DIR"``.

    Raises:
        ConfigError: if ``n_train`` or ``epochs`` is out of range.
    """
    if n_train < 1:
        raise ConfigError(f"the train split must hold at least 1 example, got {n_train}")
    if epochs < 0:
        raise ConfigError(f"epochs must be at least 0, got {epochs}")
    full = (f"model.epochs={epochs}",) if epochs else ()
    common = (f"task={task}", "attack=none", *options, *full)
    # ++ sets the cap whether or not the suite has one of its own.
    shots = [n for i in range(64) if (n := FEWEST * STEP**i) < n_train]
    varied = [
        *(("shots", (f"++suite.train_cap.{task}={n}",)) for n in shots),
        *(("steps", (f"model.epochs={n}",)) for n in range(1, epochs)),
        ("scale", ()),
        *(("scale", tuple(shlex.split(text))) for text in scale),
        *(("tunable", tuple(shlex.split(text))) for text in tunable),
    ]
    return [
        Measurement(factor, (*_without(common, own), *own, f"seed={seed}"))
        for seed in seeds
        for factor, own in varied
    ]


def execute(runs: Sequence[Measurement]) -> list[Measurement]:
    """Run one after the other and return those that failed; a run that exists already is not repeated.

    Their own tables go to stdout and their progress to stderr, as if typed by hand.
    """
    failed = []
    with track("Sweep", total=len(runs), unit="runs") as bar:
        for run in runs:
            done = subprocess.run([sys.executable, "-m", "boss.eval", *run.options], check=False)
            if done.returncode:
                failed.append(run)
            bar.advance()
    return failed


def _without(options: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """Leave out what a run sets itself, and a model's own settings where it sets the model."""
    keys = {option.split("=", 1)[0] for option in own}
    groups = tuple(f"{key}." for key in keys if "." not in key)
    return tuple(
        o for o in options if (key := o.split("=", 1)[0]) not in keys and not key.startswith(groups or ("=",))
    )
