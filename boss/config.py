"""Finds ``conf/`` in a checkout and in an installed wheel, and checks every option before a run."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from boss.commands import for_hydra
from boss.errors import ConfigError, suggestion
from boss.measurement import Scoring, canonical_json
from boss.paths import conf_dir
from robtest.plural import counted

if TYPE_CHECKING:
    from omegaconf import DictConfig

NOT_IDENTITY = ("output", "cache", "show_degree", "require", "junit", "plan")
"""Options that change where things go, what is printed or how the command ends, never a number."""
NOT_IDENTITY_OF_MODEL = ("budget",)
"""The same among the options of a model."""
_FROM = "attack.from"
_NAMING = ("attack.stack", "attack.path", "attack.name")
"""Options that say what an attack is called."""
_OF_A_SEARCH = frozenset(
    {"access", "tag", "field", "degrees", "n_attacked", "n_variants", "n_candidates", "beam", "rerank"}
    | {"query_budget", "compatible"}
)
_NO_NAMES = re.compile(r"(?:^|,)\s*\[\s*\]\s*(?:,|$)")


@cache
def suite_datasets(name: str, version: str | None) -> Mapping[str, tuple[str, ...]] | None:
    """Return the datasets of a shipped suite by task; None if this version of it is not shipped.

    Args:
        name: of the suite; datasets added to one of its tasks follow after ``+``.
        version: None for the one that is shipped, whichever it is.
    """
    own, *added = name.split("+")
    path = conf_dir() / "suite" / f"{own}.yaml"
    if path.parent != conf_dir() / "suite" or not path.is_file():
        return None
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    if version is not None and str(suite["version"]) != version:
        return None
    return {task: (*names, *added) for task, names in suite["datasets"].items()}


class Settings(BaseModel):
    """The options of `boss.eval` besides the config groups, in range.

    Attributes:
        task: names of the tasks; none stands for all of the suite.
        n_examples: examples per test split, None for all; ``n_attacked`` of them are attacked.
        n_train: train examples of each class, see `boss.data.shots.shots`; None for all.
        train_on: the OOD dataset whose train split a model is fitted on; None for the ID dataset.
        degrees: rising, starting with 0 (the clean text, which every curve starts from).
        n_candidates: edits judged at one place (score, gradient), or at one step of the search
            (decision); None for the search's own number.
        beam: texts a score or gradient search follows side by side; ``rerank``: it ranks words anew after
            every edit.
        query_budget: distinct texts a search may ask about one example, each gradient counting as one;
            None for no limit; rule access asks about none but those it returns.
        compatible: RobTest's own arithmetic: limits rounded up, case free.
        field: the input an attack edits; ``default`` is each task's first attackable field.
        show_degree: of the attacked numbers that are printed, one of ``degrees``; None is the middle one.
        require: bars by the number they are for, or a YAML file of them (`boss.require`); ``junit``: where a
            report on them goes.
        scoring: ``boss`` adds BOSS's own arithmetic to clean measurements (`boss.metrics.upstream`).
        plan: only say what a model would be asked (`boss.plan`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: tuple[str, ...]
    n_examples: int | None
    n_train: int | None
    train_on: str | None
    n_attacked: int | None
    n_variants: int
    degrees: tuple[float, ...]
    tag: Literal["malicious", "general"]
    access: Literal["rule", "decision", "score", "gradient"]
    n_candidates: int | None
    beam: int
    rerank: bool
    compatible: bool
    query_budget: int | None
    field: str
    scoring: Scoring
    seed: int
    show_degree: float | None
    require: dict[str, Any] | Path | None
    junit: Path | None
    plan: bool
    output: Path
    cache: Path | None

    @field_validator("task", mode="before")
    @classmethod
    def _tasks(cls, value: object) -> tuple[str, ...]:
        names = [] if value == "all" else [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not (names or value == "all"):
            raise ValueError(f"must be a task, a list of tasks or all, got {value!r}")
        return tuple(dict.fromkeys(map(str, names)))

    @field_validator("require", mode="before")
    @classmethod
    def _bars(cls, value: object) -> object:
        if value is not None and not (value and isinstance(value, dict | str)):
            raise ValueError(f"must be {{NUMBER: BAR, ...}} or a YAML file of the same, got {value!r}")
        return value

    @field_validator("n_examples", "n_train", "n_attacked")
    @classmethod
    def _positive_or_all(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise ValueError(f"must be at least 1, or null for all, got {value}")
        return value

    @field_validator("n_variants", "n_candidates", "beam", "query_budget")
    @classmethod
    def _positive(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise ValueError(f"must be at least 1, got {value}")
        return value

    @field_validator("seed")
    @classmethod
    def _natural(cls, value: int) -> int:
        if not 0 <= value < 2**32:
            raise ValueError(f"must be a whole number from 0 to 2**32 - 1, got {value}")
        return value

    @field_validator("degrees")
    @classmethod
    def _degrees(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for degree in value:
            if not 0 <= degree <= 1:
                raise ValueError(f"a degree must be in [0, 1], got {degree:g}")
        return tuple(sorted({0.0, *value}))

    @field_validator("cache", "output", "junit")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value if value is None else value.expanduser().absolute()

    @model_validator(mode="after")
    def _of_access(self) -> "Settings":
        """Refuse options that the access would leave without effect."""
        if self.access not in ("score", "gradient") and (self.beam > 1 or self.rerank):
            raise ValueError(
                f"beam and rerank are options of access=score and access=gradient, got access={self.access}"
            )
        n_first = 1 + self.n_variants * sum(degree > 0 for degree in self.degrees)
        if self.access != "rule" and self.query_budget is not None and self.query_budget < n_first:
            raise ValueError(
                f"query_budget must be at least {n_first} with access={self.access}: the text itself and the "
                f"{counted(n_first - 1, 'copy', 'copies')} of rule access, which every search "
                "tries first, got "
                f"{self.query_budget}; raise it, or ask for fewer variants or degrees"
            )
        return self

    @property
    def search_options(self) -> dict[str, Any]:
        """The options of the search under this access, without those that are None."""
        climbing = ("n_candidates", "beam", "rerank", "query_budget")
        names = {
            "rule": (),
            "decision": ("n_candidates", "query_budget"),
            "score": climbing,
            "gradient": climbing,
        }
        options = {name: getattr(self, name) for name in (*names[self.access], "compatible")}
        return {name: value for name, value in options.items() if value is not None}

    @model_validator(mode="after")
    def _show_degree(self) -> "Settings":
        if self.show_degree is not None and self.show_degree not in self.degrees:
            degrees = ", ".join(f"{degree:g}" for degree in self.degrees)
            raise ValueError(
                f"show_degree must be one of the degrees that are measured, {degrees}, or null for the "
                f"middle one, got {self.show_degree:g}"
            )
        return self

    @property
    def shown_degree(self) -> float:
        """The degree of the attacked columns in what is printed."""
        return middle(self.degrees) if self.show_degree is None else self.show_degree


def middle(degrees: Sequence[float]) -> float:
    """Return the middle one of the degrees above 0, the lower of two; 0 where there is none.

    >>> middle([0, 0.05, 0.1, 0.2, 0.3]), middle([0])
    (0.1, 0.0)
    """
    above = sorted(degree for degree in degrees if degree > 0)
    return above[(len(above) - 1) // 2] if above else 0.0


def absent(config: "DictConfig") -> list[str]:
    """Return the options of a composed config, by dotted name, that are left to whoever runs it: ``???``."""
    from omegaconf import OmegaConf

    return _absent("", OmegaConf.to_container(config, resolve=False))


def _absent(name: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        return [name] if value == "???" else []
    return [key for part, inner in value.items() for key in _absent(f"{name}.{part}".lstrip("."), inner)]


def resolved(config: "DictConfig") -> dict[str, Any]:
    """Return a composed config as plain values.

    Raises:
        ConfigError: for an option that has no value yet, or an interpolation that leads nowhere.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    for name in absent(config):
        raise ConfigError(f"{name} has no value of its own; give it one: {name}=...")
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(" ".join(str(error).split())) from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def settings_from(config: Mapping[str, Any]) -> Settings:
    """Check the options of a composed config.

    Raises:
        ConfigError: one line per option out of range: name, value, rule.
    """
    values = {key: config[key] for key in Settings.model_fields if key in config}
    if "task" in config:
        raise ConfigError(f"task: a file of the configuration says tasks: {config['task']}, not task:")
    values |= {"task": config["tasks"]} if "tasks" in config else {}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            got = "" if problem["type"] == "value_error" else f", got {problem['input']!r}"
            lines.append(f"{name}: {message}{got}" if name else message)
        raise ConfigError("\n".join(lines)) from None


def check_overrides(arguments: Sequence[str], options: Sequence[str]) -> None:
    """Refuse ``key=value`` arguments whose first key does not exist, naming the nearest that do.

    Raises:
        ConfigError: before anything is composed, loaded or downloaded.
    """
    for argument in arguments:
        if argument.startswith("-") or "=" not in argument:
            continue
        key, value = argument.split("=", 1)
        if key == "attack" and _NO_NAMES.search(value):
            raise ConfigError(
                "attack=[] names no attack; attack=none measures without any, attack=all with all"
            )
        key = key.lstrip("+~").split("@")[0]
        first = key.split(".")[0].split("/")[0]
        if first not in options:
            listed = ", ".join(options)
            raise ConfigError(f"unknown option {first!r}{suggestion(first, options)}; options: {listed}")


def options_first(words: Sequence[str]) -> list[str]:
    """Return a command's words with options such as ``--help`` before ``key=value``.

    argparse takes them in this order only; people write them in any.
    """
    return sorted(words, key=lambda word: "=" in word and not word.startswith("-"))


def with_stack(words: Sequence[str]) -> list[str]:
    """Return a command's words, with ``attack=stack`` where ``attack.stack=`` alone names the attack."""
    stacked = any(word.startswith("attack.stack=") for word in words)
    chosen = any(word.startswith("attack=") for word in words)
    return [*words, "attack=stack"] if stacked and not chosen else list(words)


def with_from(words: Sequence[str]) -> list[str]:
    """Return a command's words with ``attack=from`` beside the attacks where ``attack.from=RUN`` is given.

    Raises:
        ConfigError: for an option of the attack or its search, which are the run's.

    >>> with_from(["attack=typo", "attack.from=runs/a"])
    ['attack=[typo,from]', 'attack.from=runs/a']
    """
    given = [word for word in words if word.startswith(f"{_FROM}=")]
    if not given:
        return list(words)
    for word in words:
        key = word.lstrip("+~").partition("=")[0]
        if key in _OF_A_SEARCH or (key.startswith("attack.") and key not in (_FROM, *_NAMING)):
            raise ConfigError(
                f"{given[0]} takes the copies as that run has them, with its examples, degrees and search; "
                f"leave {word} out"
            )
    if not any(word.startswith("attack=") for word in words):
        return [*words, "attack=from"]
    return [_beside_from(word) if word.startswith("attack=") else word for word in words]


def _beside_from(word: str) -> str:
    """Return the word that names attacks, with ``from`` among them."""
    value = word.removeprefix("attack=").strip()
    names = [name.strip() for name in value.strip("[]").split(",")]
    if "from" in names:
        return word
    if names == ["none"]:
        raise ConfigError(
            f"attack=none names no attack, and {_FROM} takes copies of attacks; leave one of them out"
        )
    if len(names) > 1 and not value.startswith("["):  # a sweep
        return f"attack={','.join(f'[{name},from]' for name in names)}"
    return f"attack=[{','.join([*names, 'from'])}]"


def hydra_words(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return a command's words, quoted already, as Hydra is to see them.

    Raises:
        ConfigError: as `check_overrides`.
    """
    ordered = options_first(with_from(with_stack(words)))
    check_overrides(ordered, options)
    return for_hydra(ordered)


def composed_from() -> list[Path]:
    """Return the folders that the Hydra command under way takes its configuration from."""
    from hydra.core.hydra_config import HydraConfig

    sources = HydraConfig.get().runtime.config_sources
    return [Path(source.path) for source in sources if source.schema == "file"]


def identity_sha256(config: Mapping[str, Any]) -> str:
    """Digest of the options that can change a number."""
    kept = {key: value for key, value in config.items() if key not in NOT_IDENTITY}
    if kept.get("train_on") is None:  # runs from before there was the option are the same as without it
        kept.pop("train_on", None)
    if isinstance(model := kept.get("model"), Mapping):
        kept["model"] = {key: value for key, value in model.items() if key not in NOT_IDENTITY_OF_MODEL}
    return hashlib.sha256(canonical_json(kept).encode()).hexdigest()
