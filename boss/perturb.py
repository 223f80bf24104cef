"""``python -m boss.perturb``: adversarial copies of a suite's datasets, as files."""

import sys

import hydra
from omegaconf import DictConfig

from boss.commands import with_quotes
from boss.config import (
    composed_from,
    hydra_words,
    resolved,
    settings_from,
)
from boss.errors import BossError
from boss.paths import conf_dir
from robtest.errors import RobTestError

OPTIONS = (
    *("suite", "attack", "task", "split", "n_examples", "n_variants", "degrees", "tag", "field", "seed"),
    *("dataset", "output", "cache", "hydra"),
)
"""Those of `boss.eval` that copies depend on; the others would be without effect and are refused."""

_exit_codes: list[int] = []


@hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="perturb")
def _job(config: DictConfig) -> None:
    try:
        settings = settings_from(resolved(config))
        # Imported here so that --help and a misspelt option answer at once.
        from boss.copies import write_copies
        from boss.job import job_of

        for well, line in write_copies(job_of(config, settings, composed_from()), config.split):
            print(line, file=sys.stdout if well else sys.stderr)
            _exit_codes.append(0 if well else 1)
    except (BossError, RobTestError, ValueError) as error:
        print(f"boss.perturb: {error}", file=sys.stderr)
        _exit_codes.append(2)


def main() -> None:
    """Run the command; exit 0 if all was written, 1 if a part failed, 2 if nothing could start."""
    try:
        sys.argv[1:] = hydra_words(with_quotes(sys.argv[1:]), OPTIONS)
    except BossError as error:
        sys.exit(f"boss.perturb: {error}")
    _job()
    sys.exit(max(_exit_codes, default=0))


if __name__ == "__main__":
    main()
