"""``python -m boss.eval``: measure a model clean, shifted and under attack, into a run directory."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from boss.config import (
    Settings,
    check_overrides,
    composed_from,
    conf_dir,
    options_first,
    settings_from,
)
from boss.errors import BossError, ConfigError

GROUPS = ("suite", "model", "method", "attack", "experiment", "hydra")

# What every job of this process exits with; Hydra's sweeps swallow a job's return value.
_exit_codes: list[int] = []
_runs: list[Path] = []


@hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
def _job(config: DictConfig) -> None:
    try:
        settings = settings_from(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
        # Imported here so that --help and a misspelt option answer at once.
        from boss.run import measure

        overrides = tuple(HydraConfig.get().overrides.task)
        done = measure(config, settings, composed_from(), overrides)
        _runs.append(done.path)
        _exit_codes.append(1 if done.failed else 0)
    except BossError as error:
        print(f"boss.eval: {type(error).__name__}: {error}", file=sys.stderr)
        _exit_codes.append(2)


def with_seeds(arguments: Sequence[str]) -> list[str]:
    """Replace ``seeds=N`` by the sweep it stands for.

    Raises:
        ConfigError: if N is no whole number from 2 on, or ``seed`` is given as well.

    >>> with_seeds(["model=tfidf", "seeds=3"])
    ['model=tfidf', 'seed=0,1,2', '--multirun']
    """
    given = [word.removeprefix("seeds=") for word in arguments if word.startswith("seeds=")]
    if not given:
        return list(arguments)
    if len(given) > 1 or not given[0].isdecimal() or int(given[0]) < 2:
        raise ConfigError(
            f"seeds must be one whole number, at least 2, got {', '.join(given)}; for a choice of seeds: "
            "python -m boss.eval -m seed=3,7, then python -m boss.seeds"
        )
    if any(word.startswith("seed=") for word in arguments):
        raise ConfigError("seeds=N runs the seeds 0 to N - 1: leave out seed=, or sweep it with -m")
    rest = [word for word in arguments if not word.startswith("seeds=")]
    return [*rest, f"seed={','.join(map(str, range(int(given[0]))))}", "--multirun"]


def main() -> None:
    """Run the command; exit 0 if all was measured, 1 if a part failed, 2 if nothing could start."""
    # Tokenizers fork warnings and progress bars of others would break our own lines.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    several = any(word.startswith("seeds=") for word in sys.argv[1:])
    try:
        sys.argv[1:] = options_first(with_seeds(sys.argv[1:]))
        check_overrides(sys.argv[1:], (*Settings.model_fields, *GROUPS))
    except BossError as error:
        sys.exit(f"boss.eval: {error}")
    _job()
    if several and _runs:
        from boss import seeds

        _exit_codes.append(seeds.main(list(map(str, _runs))))
    sys.exit(max(_exit_codes, default=0))


if __name__ == "__main__":
    main()
