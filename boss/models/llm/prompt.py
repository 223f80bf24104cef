"""Prompts: a file ``conf/prompt/KIND-or-TASK/NAME.yaml`` becomes the messages of one example.

The text of an example is material and never part of the prompt: it stands between tags whose closing one
it does not hold, and nothing in it is filled in.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Annotated, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from boss.data.types import Example
from boss.errors import ConfigError
from boss.models.llm.functions import numbered
from boss.models.llm.orders import LabelOrder, in_order
from boss.paths import conf_dir
from boss.tasks import TASKS, Task

Message = dict[str, str]
FIELDS, LABELS, FUNCTIONS = "fields", "labels", "functions"
"""What stands in a prompt for all inputs with their names, for the names of labels or entity types, and for
the numbered functions of a choice (`boss.tasks.Task.is_choice`)."""


class PromptFile(BaseModel):
    """A file of a prompt.

    Attributes:
        about: what the prompt is for, in words.
        system, user: the messages; without a ``system`` there is one message. In braces stand the names of
            the task's inputs or ``{fields}``, and ``{labels}``; of a choice ``{query}`` and ``{functions}``.
            A brace itself is doubled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: Annotated[str, Field(min_length=1)]
    system: str = ""
    user: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for text in (self.system, self.user):
            list(Formatter().parse(text))  # raises ValueError for a brace that stands alone
        return self


class Demonstration(NamedTuple):
    """An example, and its answer as a model should write it."""

    example: Example
    answer: str


@dataclass(frozen=True)
class Prompt:
    """A prompt for a task; `find_prompt` makes it.

    Attributes:
        name: of the file, without its ending.
        label_order: in which the labels are listed, or the functions numbered.
        demonstrations: examples that are shown with their answers before the question, as turns of their own.
    """

    name: str
    system: str
    user: str
    task: Task
    label_order: LabelOrder = "given"
    demonstrations: tuple[Demonstration, ...] = ()

    @property
    def sha256(self) -> str:
        """Digest of the messages' words."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()

    @property
    def lists_labels(self) -> bool:
        """Whether the labels (or functions) stand in it, so that their order may change an answer."""
        return bool({LABELS, FUNCTIONS} & (_placeholders(self.system) | _placeholders(self.user)))

    def messages(self, example: Example) -> list[Message]:
        """Return what is asked about an example; its gold label is not looked at."""
        return self.about({name: example.text(name) for name in self.task.fields})

    def about(self, texts: Mapping[str, str]) -> list[Message]:
        """Return what is asked about an example with these inputs, demonstrations before it."""
        values = self._values(texts)
        out = [{"role": "system", "content": _filled(self.system, values)}] if self.system else []
        for demonstration in self.demonstrations:
            own = self._values({name: demonstration.example.text(name) for name in self.task.fields})
            out.append({"role": "user", "content": _filled(self.user, own)})
            out.append({"role": "assistant", "content": demonstration.answer})
        return [*out, {"role": "user", "content": _filled(self.user, values)}]

    def material(self, texts: Mapping[str, str], field: str) -> tuple[str, str]:
        """Return how an input field stands in the last message: with its tags, and the opening one."""
        closed = self._values(texts)[field]
        return closed, closed[: closed.index("\n") + 1]

    def _values(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return what is filled into the braces, by name."""
        texts = dict(texts)
        if self.task.is_choice:
            query, *_ = self.task.fields
            texts = {query: texts[query], FUNCTIONS: numbered(self.task, texts, self.label_order)}
        number = _free_number(texts)
        values = {name: _marked(name, text, number) for name, text in texts.items()}
        values[FIELDS] = "\n".join(values.values())
        values[LABELS] = listed(in_order(self.task.types, self.label_order))
        return values


def find_prompt(name: str, task: Task) -> Prompt:
    """Return a prompt: a file where ``name`` ends in .yaml, else the project's for the task or its kind.

    The files of a task are for that task as it comes with the project; a task of the same name but other
    labels has those of its kind.

    Raises:
        ConfigError: if there is none, listing those there are; or if the file does not fit the task.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ConfigError(f"model.prompt={name}: there is no such file; correct the path")
        return read_prompt(path, task)
    for folder in _folders(task):
        if (path := folder / f"{name}.yaml").is_file():
            return read_prompt(path, task)
    names = prompt_names(task)
    raise ConfigError(
        f"model.prompt={name}: task {task.name} has no such prompt, only {', '.join(names) or 'none'}; or "
        "name a file of your own, model.prompt=FOLDER/NAME.yaml"
    )


def prompt_names(task: Task) -> list[str]:
    """Return the project's prompts for a task: its own and those of its kind, by name."""
    return sorted({path.stem for folder in _folders(task) for path in folder.glob("*.yaml")})


def read_prompt(path: Path, task: Task) -> Prompt:
    """Read a prompt's file and check it against a task.

    Raises:
        ConfigError: naming the file and what is wrong.
    """
    try:
        file = PromptFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}".lstrip(": ") for e in error.errors())
        raise ConfigError(f"{path}: {'; '.join(lines)}") from error
    used = _placeholders(file.system) | _placeholders(file.user)
    inputs = (task.fields[0], FUNCTIONS) if task.is_choice else task.fields
    known = set(inputs)
    if not task.is_choice:
        known |= {FIELDS, LABELS} if task.labels else {FIELDS}
    if unknown := sorted(used - known):
        raise ConfigError(
            f"{path}: {{{unknown[0]}}} is nothing that task {task.name} has; it may hold "
            f"{', '.join(f'{{{name}}}' for name in sorted(known))} (a brace itself is doubled: {{{{ }}}})"
        )
    if FIELDS not in used and (missing := [name for name in inputs if name not in used]):
        raise ConfigError(
            f"{path}: the input {{{missing[0]}}} of task {task.name} is not in the prompt; add it"
        )
    return Prompt(path.stem, file.system.strip(), file.user.strip(), task)


def shown(label: str) -> str:
    """Return a label as prompts write it: with spaces for underscores."""
    return label.replace("_", " ")


def listed(labels: Sequence[str]) -> str:
    """Return labels as a sentence lists them.

    >>> listed(["negative", "positive", "neutral"])
    'negative, positive or neutral'
    """
    names = [shown(label) for label in labels]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else ""


def _folders(task: Task) -> list[Path]:
    own = [conf_dir() / "prompt" / task.name] if task == TASKS.get(task.name) else []
    return [*own, conf_dir() / "prompt" / ("choice" if task.is_choice else task.kind)]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in once: what is filled in is not read again."""
    return "".join(
        literal + ("" if name is None else values[name]) for literal, name, _, _ in Formatter().parse(text)
    )


def _free_number(texts: Mapping[str, str]) -> str:
    """Return what makes the tags of an example its own: nothing, or the first number that no text closes."""
    everything, number = "\n".join(texts.values()).casefold(), 1
    suffix = ""
    while any(f"</{name}{suffix}".casefold() in everything for name in texts):
        number += 1
        suffix = f"-{number}"
    return suffix


def _marked(name: str, text: str, suffix: str) -> str:
    return f"<{name}{suffix}>\n{text}\n</{name}{suffix}>"
