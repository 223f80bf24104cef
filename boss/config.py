"""Finds ``conf/`` in a checkout and in an installed wheel, and checks every option at the door."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from boss.errors import ConfigError, suggestion
from boss.results.schema import Scoring, canonical_json
from boss.tasks import TASKS

NOT_IDENTITY = ("output", "cache", "show_degree")
"""Options that change where things go or what is printed, never a number."""


def conf_dir() -> Path:
    """Return the folder of the shipped configuration: ``boss/conf`` in a wheel, else ``conf``."""
    package = Path(__file__).resolve().parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


class Settings(BaseModel):
    """The options of `boss.eval` besides the config groups, in range.

    Attributes:
        task: names of the tasks, in the order of `boss.tasks.TASKS`.
        n_examples: examples per test split, None for all; ``n_attacked`` of them are attacked.
        n_train: train examples of each class, see `boss.data.shots.shots`; None for all.
        degrees: rising, starting with 0 (the clean text, which every curve starts from).
        n_candidates: edits judged at one place (score, gradient), or at one step of the search
            (decision); None for the search's own number.
        beam: texts a score or gradient search follows side by side; ``rerank``: it ranks words anew after
            every edit.
        query_budget: distinct texts a search may ask about one example, each gradient counting as one;
            None for no limit; rule access asks about none but those it returns.
        compatible: RobTest's own arithmetic: limits rounded up, case free.
        field: the input an attack edits; ``default`` is each task's first attackable field.
        scoring: ``boss`` adds BOSS's own arithmetic to clean cells (`boss.metrics.upstream`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: tuple[str, ...]
    n_examples: int | None
    n_train: int | None
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
    field: Literal["default", "premise", "hypothesis", "question", "context"]
    scoring: Scoring
    seed: int
    show_degree: float
    output: Path
    cache: Path | None

    @field_validator("task", mode="before")
    @classmethod
    def _tasks(cls, value: object) -> tuple[str, ...]:
        names = list(TASKS) if value == "all" else [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names:
            raise ValueError(f"must be a task, a list of tasks or all, got {value!r}")
        for name in names:
            if name not in TASKS:
                known = ", ".join((*TASKS, "all"))
                raise ValueError(f"unknown task {name!r}{suggestion(str(name), TASKS)}; known: {known}")
        return tuple(name for name in TASKS if name in names)

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

    @field_validator("cache", "output")
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
        return self

    @property
    def search_budget(self) -> int | None:
        """The query budget of the search under this access."""
        return None if self.access == "rule" else self.query_budget

    @property
    def search_options(self) -> dict[str, Any]:
        """The options of the search under this access, besides its budget; its own where None is given."""
        climbing = ("n_candidates", "beam", "rerank")
        names = {"rule": (), "decision": ("n_candidates",), "score": climbing, "gradient": climbing}
        given = {name: getattr(self, name) for name in names[self.access]}
        kept = {name: value for name, value in given.items() if value is not None}
        return {**kept, "compatible": True} if self.compatible else kept

    @model_validator(mode="after")
    def _show_degree(self) -> "Settings":
        if self.show_degree not in self.degrees:
            shown = max(d for d in self.degrees if d <= max(self.show_degree, 0))
            object.__setattr__(self, "show_degree", shown)
        return self


def settings_from(config: Mapping[str, Any]) -> Settings:
    """Check the options of a composed config.

    Raises:
        ConfigError: one line per option out of range: name, value, rule.
    """
    known = {key: config[key] for key in Settings.model_fields if key in config}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            got = "" if problem["type"] == "value_error" else f", got {problem['input']!r}"
            lines.append(f"{name}: {message}{got}" if name else message)
        raise ConfigError("\n".join(lines)) from None


def check_overrides(arguments: Sequence[str], known: Sequence[str]) -> None:
    """Refuse ``key=value`` arguments whose first key does not exist, naming the nearest that do.

    Raises:
        ConfigError: before anything is composed, loaded or downloaded.
    """
    for argument in arguments:
        if argument.startswith("-") or "=" not in argument:
            continue
        key = argument.split("=", 1)[0].lstrip("+~").split("@")[0]
        first = key.split(".")[0].split("/")[0]
        if first not in known:
            listed = ", ".join(known)
            raise ConfigError(f"unknown option {first!r}{suggestion(first, known)}; options: {listed}")


def options_first(words: Sequence[str]) -> list[str]:
    """Return a command's words with options such as ``--help`` before ``key=value``.

    argparse takes them in this order only; people write them in any.
    """
    return sorted(words, key=lambda word: "=" in word and not word.startswith("-"))


def composed_from() -> list[Path]:
    """Return the folders that the Hydra command under way takes its configuration from."""
    from hydra.core.hydra_config import HydraConfig

    sources = HydraConfig.get().runtime.config_sources
    return [Path(source.path) for source in sources if source.schema == "file"]


def identity_sha256(config: Mapping[str, Any]) -> str:
    """Digest of the options that can change a number."""
    kept = {key: value for key, value in config.items() if key not in NOT_IDENTITY}
    return hashlib.sha256(canonical_json(kept).encode()).hexdigest()
