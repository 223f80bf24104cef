"""``python -m boss.eval``: measure a model clean, shifted and under attack, into a run directory."""

import os
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from boss.config import Settings, check_overrides, conf_dir, settings_from
from boss.errors import BossError

GROUPS = ("suite", "model", "method", "attack", "hydra")

# What every job of this process exits with; Hydra's sweeps swallow a job's return value.
_exit_codes: list[int] = []


@hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
def _job(config: DictConfig) -> None:
    try:
        settings = settings_from(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
        # Imported here so that --help and a misspelt option answer at once.
        from boss.run import measure

        runtime = HydraConfig.get()
        folders = [Path(source.path) for source in runtime.runtime.config_sources if source.schema == "file"]
        overrides = tuple(runtime.overrides.task)
        _exit_codes.append(measure(config, settings, folders, overrides))
    except BossError as error:
        print(f"boss.eval: {type(error).__name__}: {error}", file=sys.stderr)
        _exit_codes.append(2)


def main() -> None:
    """Run the command; exit 0 if all was measured, 1 if a part failed, 2 if nothing could start."""
    # Tokenizers fork warnings and progress bars of others would break our own lines.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # argparse takes options before key=value arguments only; people write them in any order.
    sys.argv[1:] = sorted(sys.argv[1:], key=lambda word: "=" in word and not word.startswith("-"))
    try:
        check_overrides(sys.argv[1:], (*Settings.model_fields, *GROUPS))
    except BossError as error:
        sys.exit(f"boss.eval: {error}")
    _job()
    sys.exit(max(_exit_codes, default=0))


if __name__ == "__main__":
    main()
