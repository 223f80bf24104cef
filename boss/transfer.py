"""Which copies of another model are asked about: ``attack.from=RUN``, read off a finished run."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boss.commands import typed
from boss.data.types import Split
from boss.errors import ConfigError, suggestion
from boss.measurement import AttackSettings, Transferred
from boss.results.manifest import UNFINISHED
from boss.results.schema import Record
from boss.results.store import RUN, StoredRun, find_runs, read_run
from boss.run_copies import RunCopies
from boss.tasks import Task
from boss.texts import examples_of
from robtest.plural import counted

OPTION = "attack.from"
_SHOWN = 3


@dataclass(frozen=True)
class Transfer:
    """What is taken out of a run.

    Attributes:
        names: of its attacks.
        folders, cache: see `boss.texts.write_texts`.
    """

    stored: StoredRun
    names: tuple[str, ...]
    folders: Sequence[Path]
    cache: Path

    def attack_settings(self, task: Task) -> dict[str, AttackSettings]:
        """Return the settings of each attack on a task, by name."""
        return {name: _settings(self.stored, sources[0]) for name, sources in self._sources(task).items()}

    def copies(self, task: Task, name: str, split: Split) -> tuple[Split, AttackSettings, RunCopies]:
        """Return the examples of a dataset that were attacked, the settings, and their copies.

        Args:
            name: of an attack on the task.
            split: the whole dataset.
        """
        sources = self._sources(task)[name]
        source = next((r for r in sources if r.measurement.dataset == split.dataset), None)
        settings = _settings(self.stored, source or sources[0])
        if source is not None:
            split = examples_of(source.measurement, split)
        copies = RunCopies(self.stored, source, settings, task, split, self.folders, self.cache)
        return split, settings, copies

    def _sources(self, task: Task) -> dict[str, list[Record]]:
        sources: dict[str, list[Record]] = {}
        for record in _attacked(self.stored):
            attack = record.measurement.attack
            if attack is not None and record.measurement.task == task.name and attack.name in self.names:
                sources.setdefault(attack.name, []).append(record)
        return sources


def _settings(stored: StoredRun, source: Record) -> AttackSettings:
    """Return the settings of the measurement to make: the run's, and whose copies they are."""
    attack = source.measurement.attack
    assert attack is not None
    first = Transferred(
        run=stored.run.run_id,
        model=source.model.id,
        fingerprint=source.model.fingerprint,
        access=attack.access,
    )
    # Copies that were taken over already are still of the model they were made for.
    return attack.model_copy(update={"access": "rule", "transferred": attack.transferred or first})


def transfer_from(
    path: str, named: Sequence[str], tasks: Sequence[Task], folders: Sequence[Path], cache: Path
) -> Transfer:
    """Return what ``attack.from=PATH`` takes over.

    Args:
        named: the attacks; none stands for all of the run's.
        tasks: those that are measured.
        folders, cache: see `boss.texts.write_texts`.

    Raises:
        ConfigError: if it is no finished run, or did not attack these tasks, or not by these attacks.
        ResultError: if it cannot be read.
    """
    stored = read_run(_run_folder(path))
    run = stored.run
    if run.status in UNFINISHED:
        raise ConfigError(
            f"{OPTION}={path} is unfinished ({run.status}); the command that began it continues it: "
            f"{run.command}"
        )
    attacked = _attacked(stored)
    if not attacked:
        words = [word for word in shlex.split(run.command) if not word.startswith("attack")]
        raise ConfigError(
            f"{OPTION}={path} has no measurement under attack, so no copies; name a run that has, such as "
            f"this one makes: {shlex.join([*words, 'attack=typo'])}"
        )
    there = list(dict.fromkeys(record.measurement.task for record in attacked))
    if odd := [task.name for task in tasks if task.name not in there]:
        names = there[0] if len(there) == 1 else f"[{','.join(there)}]"
        raise ConfigError(
            f"{OPTION}={path} attacked {' and '.join(there)}, not {' and '.join(odd)}; measure what it "
            f"attacked: {shlex.quote(f'task={names}')}"
        )
    own = {task.name for task in tasks}
    measurements = (record.measurement for record in attacked)
    known = list(dict.fromkeys(m.attack.name for m in measurements if m.attack and m.task in own))
    if odd := [name for name in named if name not in known]:
        raise ConfigError(
            f"{OPTION}={path} has no attack {odd[0]!r}{suggestion(odd[0], known)}, only {', '.join(known)}; "
            "name one of them, or leave attack= out for all"
        )
    return Transfer(stored, tuple(named or known), tuple(folders), cache)


def _run_folder(path: str) -> Path:
    folder = Path(path).expanduser()
    if (folder / RUN).is_file():
        return folder
    found = find_runs(folder) if folder.is_dir() else []
    if found:
        some = ", ".join(f"{OPTION}={typed(run)}" for run in found[:_SHOWN])
        more = ", ..." if len(found) > _SHOWN else ""
        raise ConfigError(
            f"{OPTION}={path} is a folder of {counted(len(found), 'run')} and no run; name one: {some}{more}"
        )
    raise ConfigError(
        f"{OPTION}={path} is no run directory: it holds no {RUN}; name one that python -m boss.eval wrote"
    )


def _attacked(stored: StoredRun) -> list[Record]:
    """Return the first record of each measurement under attack, in order."""
    first = {r.measurement.name: r for r in reversed(stored.records) if r.measurement.attack is not None}
    return list(reversed(first.values()))
