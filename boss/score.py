"""``python -m boss.score DIR predictions.jsonl``: answers to an export become a run like every other.

The run is `boss.eval`'s own, with the options of the export and `boss.models.recorded` in the model's place.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from boss import eval as evaluation
from boss.commands import as_argument
from boss.config import check_overrides
from boss.errors import BossError, ConfigError

OPTIONS = ("name", "output", "cache", "show_degree", "require", "junit")
"""What is neither of the export nor of the answers."""

_HELP = """\
Turn answers to the inputs of an export into a run directory.

  python -m boss.score DIR predictions.jsonl [option=value ...]

DIR is what python -m boss.export wrote. A line of predictions.jsonl answers one of its rows:
  {"id": "...", "answer": "positive"}                                  a label
  {"id": "...", "answer": {"negative": 0.1, "positive": 0.7, ...}}     or probabilities, by name or in order
  {"id": "...", "answer": ["O", "B-person", ...]}                      a tag for each token
  {"id": "...", "answer": "in the harbour"}                            the answer to a question
  {"id": "...", "raw": " Positive\\n"}                                  what a model wrote
Raw text that is no label, or not a tag for each token, counts as failed.
Every row once, in any order. "truncated": true says that the model did not see the whole input.

  name=NAME          of the model, on the board; without it the name of the file
  output=DIR         run directories are made below it                              [runs]
  cache=DIR          downloads; null: BOSS_CACHE or the user's cache folder
  show_degree=D      the degree that the printed tables show
  require=, junit=   numbers that must be reached, as of python -m boss.eval
  --config-dir=DIR   where the export was given one

All other options are the export's. Its inputs are made once more and compared with its manifest before
anything is scored. Exit status as of boss.eval: 0 all was scored, 1 a part failed, 2 nothing could start, 3 a
number falls short of what is required.
"""


def eval_words(words: Sequence[str]) -> list[str]:
    """Return the words of `boss.eval` that a command line stands for.

    Raises:
        BossError: if it names no export and no file, or an option that is not for scoring.
    """
    from boss.exported import read_manifest

    named = [word for word in words if not word.startswith("-")]
    flags = [word for word in words if word.startswith("-")]
    if len(named) < 2 or "=" in named[0] or "=" in named[1]:
        raise ConfigError(
            "name the folder of the export and the file of answers first: python -m boss.score DIR "
            f"predictions.jsonl, got {' '.join(words) or 'nothing'}; --help says more"
        )
    folder, file, *options = named
    if odd := [word for word in options if "=" not in word]:
        raise ConfigError(f"{odd[0]!r} is no option=value; one file of answers is scored at a time")
    check_overrides(options, OPTIONS)
    if odd := [flag for flag in flags if not flag.startswith("--config-dir=")]:
        raise ConfigError(f"{odd[0]} is no option of scoring; only --config-dir=DIR and --help are")
    manifest = read_manifest(Path(folder).expanduser())
    if manifest.own_config and not flags:
        raise ConfigError(f"{folder} was exported with a --config-dir; give the same again: --config-dir=DIR")
    renamed = [f"model.called={w.removeprefix('name=')}" if w.startswith("name=") else w for w in options]
    answers = [f"model.export={as_argument(folder)}", f"model.answers={as_argument(file)}"]
    return [*flags, *manifest.options, "model=predictions", *answers, *renamed]


def main() -> None:
    """Run the command; exit statuses are those of `boss.eval`."""
    words = sys.argv[1:]
    if "--help" in words or "-h" in words:
        print(_HELP, end="")
        return
    try:
        sys.argv[1:] = eval_words(words)
    except BossError as error:
        print(f"boss.score: {error}", file=sys.stderr)
        sys.exit(2)
    evaluation.main()


if __name__ == "__main__":
    main()
