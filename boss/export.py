"""``python -m boss.export``: the inputs of a run, clean and perturbed, to be answered elsewhere."""

import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from boss.commands import as_typed, for_people, with_quotes
from boss.config import (
    composed_from,
    hydra_words,
    resolved,
    settings_from,
)
from boss.errors import BossError
from boss.paths import conf_dir
from robtest.errors import RobTestError

KEPT = (
    *("suite", "task", "attack", "n_examples", "n_attacked", "n_variants", "degrees", "tag", "access"),
    *("compatible", "field", "seed", "dataset"),
)
"""Those of `boss.eval` that inputs depend on; the manifest keeps them, and the others are refused."""
OPTIONS = (*KEPT, "out", "cache", "hydra")

_exit_codes: list[int] = []


@hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="export")
def _job(config: DictConfig) -> None:
    try:
        settings = settings_from(resolved(config))
        # Imported here so that --help and a misspelt option answer at once.
        from boss.inputs import write_export
        from boss.job import job_of

        folders = composed_from()
        words = map(as_typed, for_people(HydraConfig.get().overrides.task))
        options = [word for word in words if word.lstrip("+~").split("=")[0].split(".")[0] in KEPT]
        out = Path(str(config.out)).expanduser()
        own = any(folder != conf_dir() for folder in folders)
        for well, line in write_export(job_of(config, settings, folders), out, options, own_config=own):
            print(line, file=sys.stdout if well else sys.stderr)
            _exit_codes.append(0 if well else 1)
    except (BossError, RobTestError, ValueError) as error:
        print(f"boss.export: {error}", file=sys.stderr)
        _exit_codes.append(2)


def main() -> None:
    """Run the command; exit 0 if all was written, 1 if a part failed, 2 if nothing could start."""
    try:
        sys.argv[1:] = hydra_words(with_quotes(sys.argv[1:]), OPTIONS)
    except BossError as error:
        print(f"boss.export: {error}", file=sys.stderr)
        sys.exit(2)
    _job()
    sys.exit(max(_exit_codes, default=0))


if __name__ == "__main__":
    main()
