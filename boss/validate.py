"""``python -m boss.validate [GROUP=NAME ...] [--config-dir=DIR]``: check the files of ``conf/`` before a run.

Every suite with its datasets, every model, method, attack and experiment is composed and made as a run makes
it. Nothing is fetched, no weights are loaded, no data is read.
"""

import argparse
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boss.config import absent, settings_from
from boss.errors import BossError, ConfigError, suggestion
from boss.paths import conf_dir
from robtest.plural import counted

if TYPE_CHECKING:
    from omegaconf import DictConfig

SUITE, TASK, EXPERIMENT = "suite", "task", "experiment"
NEEDS = {
    "model": ("name", "fit"),
    "method": ("name", "options", "check", "annotate", "wrap", "trainer"),
    "attack": ("name", "level", "unit", "tags", "version", "edits", "prepare"),
}
"""What the core asks of a thing of each group: `boss.models.base.Recipe`, `boss.models.method.Method` and
`robtest.types.Attack`."""


_HELP = (
    "suite=NAME (with its datasets), task=, model=, method=, attack= or experiment=NAME checks that one alone"
)


@dataclass(frozen=True)
class Checked:
    """A file of the configuration and its problem, None if it has none."""

    path: Path
    problem: str | None = None


def check(folders: Sequence[Path], chosen: Sequence[tuple[str, str]] = ()) -> Iterator[Checked]:
    """Yield every file of the configuration in ``folders``, checked.

    Args:
        folders: the user's folders before the project's own (`boss.config.conf_dir`).
        chosen: (group, name) of those to check; none for all.

    Raises:
        ConfigError: if there is no such group or name.
    """
    files = {group: _files(folders, group) for group in (SUITE, TASK, *NEEDS, EXPERIMENT)}
    for group, name in chosen:
        if group not in files:
            raise ConfigError(f"unknown option {group}={name!r}{suggestion(group, files)}; {_HELP}")
        if name not in files[group]:
            names = ", ".join(files[group])
            raise ConfigError(f"unknown {group} {name!r}{suggestion(name, files[group])}; known: {names}")
    selection = {
        (group, name): path
        for group, paths in files.items()
        for name, path in paths.items()
        if not chosen or (group, name) in chosen
    }
    yield from _tasks({name: path for (group, name), path in selection.items() if group == TASK})
    yield from _suites(folders, {name: path for (group, name), path in selection.items() if group == SUITE})
    others = {which: path for which, path in selection.items() if which[0] not in (SUITE, TASK)}
    yield from _options(folders, others)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, 1 where a file is wrong, 2 for a wrong option."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        files = list(check([*options.config_dir, conf_dir()], _pairs(options.words)))
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    wrong = [file for file in files if file.problem is not None]
    for file in wrong:
        # Some errors name the file themselves.
        problem = str(file.problem)
        print(problem if str(file.path) in problem else f"{file.path}: {problem}")
    print(f"{counted(len(files), 'file')} checked, {len(wrong)} wrong")
    return 1 if wrong else 0


def _suites(folders: Sequence[Path], paths: Mapping[str, Path]) -> Iterator[Checked]:
    from boss.data.sources import default_cache
    from boss.data.suite import load_suite

    for name, path in paths.items():
        try:
            load_suite(name, folders, default_cache())
        except BossError as error:
            yield Checked(_blamed(str(error), path), str(error))  # the first of its files that is wrong
            continue
        yield Checked(path)
        for folder in folders:
            yield from map(Checked, sorted(folder.glob(f"dataset/{name}/*.yaml")))


def _tasks(paths: Mapping[str, Path]) -> Iterator[Checked]:
    from boss.tasks import read_task

    for path in paths.values():
        try:
            read_task(path)
        except BossError as error:
            yield Checked(path, str(error))
        else:
            yield Checked(path)


def _blamed(problem: str, path: Path) -> Path:
    """Return the file that an error begins with; the suite's own where it names none."""
    named = Path(problem.partition(": ")[0])
    return named if named.suffix in (".yaml", ".yml") and named.is_file() else path


def _options(folders: Sequence[Path], paths: Mapping[tuple[str, str], Path]) -> Iterator[Checked]:
    from hydra import initialize_config_dir

    *own, shipped = folders
    search = [f"hydra.searchpath=[{','.join(f'file://{folder.resolve()}' for folder in own)}]"] if own else []
    with initialize_config_dir(str(shipped), version_base="1.3"):
        for (group, name), path in paths.items():
            try:
                _make(group, name, search)
            except BossError as error:
                yield Checked(path, str(error))
            else:
                yield Checked(path)


def _make(group: str, name: str, search: Sequence[str]) -> None:
    """Compose the options of a run with this one, check them, and make what it names."""
    from hydra import compose
    from hydra.errors import HydraException
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        config = compose("config", [*search, f"{group}={name}"])
        left = absent(config)
        settings_from(OmegaConf.to_container(config, resolve=not left))  # type: ignore[arg-type]
        for part in NEEDS if group == EXPERIMENT else (group,):
            for node in _present(config.attack) if part == "attack" else [config[part]]:
                # Beside attacks are options of theirs; a method without options is a name.
                if isinstance(node, DictConfig) and "_target_" in node:
                    _check_node(part, node, names_only=bool(left))
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(_line(error)) from error


def _present(group: "DictConfig") -> list[Any]:
    """Return the values of a group that are not left to the command line."""
    from omegaconf import OmegaConf

    return [group[key] for key in group if not OmegaConf.is_missing(group, key)]


def _check_node(group: str, node: "DictConfig", *, names_only: bool) -> None:
    """Make the object of a node and check that it is what the group is for.

    Args:
        names_only: options are left to the command line, so that only their names can be checked.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import get_class, instantiate

    target = str(node["_target_"])
    try:
        kind = get_class(target)
    except Exception as error:  # Hydra raises plain Exception where a name cannot be found
        raise ConfigError(f"_target_ {target!r} is no class that can be imported: {_line(error)}") from error
    absent = [name for name in NEEDS[group] if not hasattr(kind, name) and name not in _fields(kind)]
    if absent:
        raise ConfigError(f"{target} is no {group}: it has no {', '.join(absent)}")
    try:
        if names_only:
            inspect.signature(kind).bind_partial(**{str(key): None for key in node if key != "_target_"})
        else:
            instantiate(node)
    except (InstantiationException, TypeError) as error:
        # Hydra wraps what went wrong, and writes it as a repr.
        raise ConfigError(f"{target}: {error.__cause__ or error}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _fields(kind: type) -> set[str]:
    """Return the names an instance is given; without a default they are no attributes of the class."""
    return {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {})}


def _files(folders: Sequence[Path], group: str) -> dict[str, Path]:
    """Return the files of a group by name; a user's folder goes before the project's."""
    return {
        path.stem: path for folder in reversed(folders) for path in sorted(folder.glob(f"{group}/*.yaml"))
    }


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise ConfigError(f"{wrong[0]!r} is no option; {_HELP}")
    return [(word.partition("=")[0], word.partition("=")[2]) for word in words]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boss.validate",
        description="Check every file of the configuration before any run; nothing is fetched or loaded.",
        epilog="example: python -m boss.validate suite=mine --config-dir=my_conf",
    )
    parser.add_argument("words", nargs="*", metavar="GROUP=NAME", help=_HELP)
    parser.add_argument(
        "--config-dir", type=Path, action="append", default=[], help="further folder like conf/"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
