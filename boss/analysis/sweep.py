"""The commands whose runs make the points of a relation: one factor at a time, all else as given."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from boss.errors import ConfigError
from boss.models.training import Training
from robtest.progress import track

STEP = 4
"""From one number of shots, or of steps, to the next; BOSS doubles, which costs twice the runs."""
FEWEST = 4


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
    n_per_class: int,
    n_train: int,
    epochs: int,
    scale: Sequence[str] = (),
    tunable: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
) -> list[Measurement]:
    """Return the runs for BOSS's four factors (Yuan et al. 2023), shots and steps smallest first.

    Shots are train examples of each class (``n_train``) in powers of 4 from 4, drawn by the run's seed.
    Steps are powers of 4 inside the first epoch (``model.max_steps``), then whole epochs, each trained from
    the start. The full setting is there once. A run that sets the model takes none of the ``model.``
    options of the others.

    Args:
        options: of every run: model, method and whatever else ``boss.eval`` takes.
        n_per_class: examples of the most common class of the train split
            (`boss.data.shots.largest_class`); ``n_train``: of all of it.
        epochs: passes of the full setting; 0 leaves steps out, as for models that have no epochs.
        scale, tunable: options of one run each, as one string: ``"model=hf model.path=DIR"``.

    Raises:
        ConfigError: if ``n_train`` or ``epochs`` is out of range.
    """
    if not 1 <= n_per_class <= n_train:
        raise ConfigError(
            f"the train split must hold at least 1 example of a class, got {n_per_class} of {n_train}"
        )
    if epochs < 0:
        raise ConfigError(f"epochs must be at least 0, got {epochs}")
    full = (f"model.epochs={epochs}",) if epochs else ()
    common = (f"task={task}", "attack=none", *options, *full)
    first = ceil(n_train / _batch_size(options)) if epochs else 0
    varied = [
        *(("shots", (f"n_train={n}",)) for n in _powers(FEWEST, n_per_class)),
        *(("steps", (f"model.max_steps={n}",)) for n in _powers(1, first)),
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
    with track("Sweep", total=len(runs), unit="run") as bar:
        for run in runs:
            done = subprocess.run([sys.executable, "-m", "boss.eval", *run.options], check=False)
            if done.returncode:
                failed.append(run)
            bar.advance()
    return failed


def _powers(fewest: int, end: int) -> list[int]:
    """Return ``fewest`` times the powers of 4 below ``end``."""
    return [n for i in range(64) if (n := fewest * STEP**i) < end]


def _batch_size(options: Sequence[str]) -> int:
    """Return the batch size the options set, or the default of fine-tuning."""
    given = [
        option.removeprefix("model.batch_size=")
        for option in options
        if option.startswith("model.batch_size=")
    ]
    if given and not (given[-1].isdecimal() and int(given[-1])):
        raise ConfigError(f"model.batch_size must be a whole number, at least 1, got {given[-1]!r}")
    return int(given[-1]) if given else Training().batch_size


def _without(options: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """Leave out what a run sets itself, and a model's own settings where it sets the model."""
    keys = {option.split("=", 1)[0] for option in own}
    groups = tuple(f"{key}." for key in keys if "." not in key)
    return tuple(
        o for o in options if (key := o.split("=", 1)[0]) not in keys and not key.startswith(groups or ("=",))
    )
