"""``python -m boss.eval``: measure a model clean, shifted and under attack, into a run directory."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from boss.commands import command, for_people, with_quotes
from boss.config import (
    Settings,
    composed_from,
    hydra_words,
    resolved,
    settings_from,
)
from boss.errors import BossError, ConfigError, Interrupted
from boss.paths import conf_dir

if TYPE_CHECKING:
    from boss.require import Verdict
    from boss.run import Measured

GROUPS = ("suite", "dataset", "model", "method", "attack", "experiment", "hydra")

# What every job of this process exits with; Hydra's sweeps swallow a job's return value.
_exit_codes: list[int] = []
_words: list[str] = []
"""As they were typed."""
_runs: list[Path] = []
_reports: "dict[Path, dict[str, tuple[Verdict, ...]]]" = {}
_stopped_by: list[int] = []
"""128 and the number of the signal that stopped the process, as a shell counts."""


@hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
def _job(config: DictConfig) -> None:
    try:
        settings = settings_from(resolved(config))
        # Imported here so that --help and a misspelt option answer at once.
        if settings.plan:
            from boss.plan import plan

            plan(config, settings, composed_from(), _planned)
            return
        from boss.run import measure

        overrides = for_people(HydraConfig.get().overrides.task)
        done = measure(config, settings, composed_from(), overrides)
        _runs.append(done.path)
        _exit_codes.append(1 if done.failed else 0)
        if done.verdicts:
            _exit_codes.append(_judged(done, settings.junit))
    except BossError as error:
        print(f"boss.eval: {type(error).__name__}: {error}", file=sys.stderr)
        _exit_codes.append(2)
    except (KeyboardInterrupt, Interrupted) as stop:
        said = str(stop) or f"interrupted before anything was measured; to begin anew: {_given()}"
        print(f"boss.eval: {said}", file=sys.stderr)
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            print(
                "boss.eval: of the sweep, the runs before it stay and those behind it are not begun",
                file=sys.stderr,
            )
        # A sweep ends with the run it was in: Hydra would start the next one.
        sys.exit(_stopped_by[-1] if _stopped_by else 1)  # 1: a budget is spent


def _planned(said: tuple[bool, str]) -> None:
    well, line = said
    print(line, file=sys.stdout if well else sys.stderr)
    _exit_codes.append(0 if well else 1)


def _judged(done: "Measured", junit: Path | None) -> int:
    """Add what became of the numbers required to the JUnit report, and return the exit code.

    The report has the runs of a sweep one after the other; a file of an earlier command is replaced.
    """
    if junit is not None:
        from boss.require import write_junit

        suites = _reports.setdefault(junit, {})
        suites[done.path.name] = done.verdicts
        write_junit(junit, suites)
    return 0 if all(verdict.reached for verdict in done.verdicts) else 3


def _given() -> str:
    return command("boss.eval", *_words)


def _stop(number: int, frame: FrameType | None) -> None:
    """End what is under way as Ctrl-C does; a second signal ends the process at once."""
    signal.signal(number, signal.SIG_DFL)
    _stopped_by.append(128 + number)
    raise Interrupted


def with_seeds(arguments: Sequence[str]) -> list[str]:
    """Replace ``seeds=N`` by the sweep it stands for.

    Raises:
        ConfigError: if N is no whole number from 2 on, or ``seed`` is given as well.

    >>> with_seeds(["model=tfidf", "seeds=3"])
    ['model=tfidf', 'seed=0,1,2', '--multirun']
    """
    counts = [word.removeprefix("seeds=") for word in arguments if word.startswith("seeds=")]
    if not counts:
        return list(arguments)
    if len(counts) > 1 or not counts[0].isdecimal() or int(counts[0]) < 2:
        raise ConfigError(
            f"seeds must be one whole number, at least 2, got {', '.join(counts)}; for a choice of seeds: "
            "python -m boss.eval -m seed=3,7, then python -m boss.seeds runs"
        )
    if any(word.startswith("seed=") for word in arguments):
        raise ConfigError("seeds=N runs the seeds 0 to N - 1: leave out seed=, or sweep it with -m")
    rest = [word for word in arguments if not word.startswith("seeds=")]
    return [*rest, f"seed={','.join(map(str, range(int(counts[0]))))}", "--multirun"]


def _with_prompts(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """Replace ``prompts=`` by the sweep it stands for (`boss.prompt_sweep.with_prompts`)."""
    if not any(word.startswith("prompts=") for word in arguments):
        return list(arguments)
    from boss.prompt_sweep import with_prompts

    return with_prompts(arguments, options)


def _summed() -> int:
    """Print what the runs of ``seeds=`` or ``prompts=`` come to together, and return the exit code."""
    runs = list(map(str, _runs))
    if any(word.startswith("seeds=") for word in _words):
        from boss import seeds

        return seeds.main(runs)
    if any(word.startswith("prompts=") for word in _words):
        from boss import prompts

        return prompts.main(runs)
    return 0


def main() -> None:
    """Run the command.

    Exits with 0 if all was measured (or planned), 1 if a part failed, 2 if nothing could start, 3 if a number
    falls short of what ``require`` asks, 130 or 143 if it was stopped by Ctrl-C or SIGTERM.
    """
    # Tokenizers fork warnings and progress bars of others would break our own lines.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    _words.extend(sys.argv[1:])
    options = (*Settings.model_fields, *GROUPS)
    try:
        words = with_seeds(with_quotes(_with_prompts(sys.argv[1:], options)))
        sys.argv[1:] = hydra_words(words, options)
    except BossError as error:
        sys.exit(f"boss.eval: {error}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    _job()
    if _runs:
        _exit_codes.append(_summed())
    sys.exit(max(_exit_codes, default=0))


if __name__ == "__main__":
    main()
