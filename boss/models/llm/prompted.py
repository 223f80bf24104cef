"""What all language models share: the prompt, demonstrations in it, the two ways to answer."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from boss.data.shots import shots
from boss.data.types import Answer, Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.cache import load_json, save_json
from boss.models.label_names import folded
from boss.models.llm.orders import LABEL_ORDERS, LabelOrder
from boss.models.llm.prompt import Demonstration, Prompt, find_prompt, shown
from boss.models.llm.written import written
from boss.models.method import Method
from boss.models.options import options_of, require
from boss.models.recipe import BaseRecipe
from boss.tasks import Task

IN_CONTEXT = "in_context"
FILE = "demonstrations.json"
Way = Literal["generate", "logprobs"]
WAYS: tuple[Way, ...] = get_args(Way)
DemonstrationOrder = Literal["shuffled", "classes", "reversed"]
_ORDERS = get_args(DemonstrationOrder)


@dataclass(frozen=True, kw_only=True)
class Prompted(BaseRecipe):
    """Recipe for a model that is asked by a prompt.

    Methods: ``none``, asked as it is (zero-shot); ``in_context``, shown examples of the train split first.

    Attributes:
        answer: ``generate`` gives labels (or phrases, or entities) as the model writes them, ``logprobs`` the
            labels' probabilities. Never mixed: they are two models.
        prompt: name of a file below ``conf/prompt/TASK`` or ``conf/prompt/KIND``, or a file of one's own.
        label_order: in which the prompt lists the labels (numbers the functions of a choice): as ``given``,
            ``reversed`` or ``rotated`` by one.
        demonstrations: of ``in_context``: so many of each class, of each type of entity, or of questions and
            choices in all, as `boss.data.shots.shots` draws them by the run's seed.
        demonstration_order: ``shuffled`` by the seed, by ``classes`` as the task lists them, or ``reversed``:
            the shuffled ones from the last to the first.
        demonstration_words: most words of a demonstration, its inputs taken together.
    """

    methods: ClassVar[tuple[str, ...]] = ("none", IN_CONTEXT)
    ready: ClassVar[tuple[str, ...]] = ("none",)
    choosing: ClassVar[tuple[str, ...]] = ("none", IN_CONTEXT)

    answer: Way | None = "generate"
    prompt: str = "plain"
    label_order: LabelOrder = "given"
    demonstrations: int = 1
    demonstration_order: DemonstrationOrder = "shuffled"
    demonstration_words: int = 100

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        choices: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
            ("answer", self.answer, WAYS),
            ("label_order", self.label_order, LABEL_ORDERS),
            ("demonstration_order", self.demonstration_order, _ORDERS),
        )
        for name, value, known in choices:
            if value is not None and value not in known:
                raise ConfigError(f"model.{name} must be {' or '.join(known)}, got {value!r}")
        require("demonstrations", self.demonstrations, low=1, high=1000)
        require("demonstration_words", self.demonstration_words, low=1, high=100_000)

    def options(self) -> dict[str, Any]:
        """Return the options that decide the answers; of a prompt the name; its words count besides."""
        return {**options_of(self), "prompt": Path(self.prompt).stem}

    def taken(self, task: Task, method: str, train: Split, seed: int) -> Split:
        """Return the demonstrations as a split: what a model is fitted on that is shown examples."""
        examples = self.chosen(task, train, seed) if method == IN_CONTEXT else train.examples
        return replace(train, examples=examples, subset=f"demonstrations:{seed}")

    def prompt_for(self, task: Task) -> Prompt:
        """Return the prompt of a task, without demonstrations.

        Raises:
            ConfigError: if there is none that fits.
        """
        return replace(find_prompt(self.prompt, task), label_order=self.label_order)

    def shown_as(self, model: str, prompt: Prompt, method: str | Method) -> str:
        """Return a model's name on the board: with the way it answers, its prompt and its demonstrations."""
        words = [str(self.answer), prompt.name]
        if self.label_order != "given":
            words.append(f"labels {self.label_order}")
        if method == IN_CONTEXT:
            words.append(f"{self.demonstrations} shown")
        return f"{model} ({', '.join(words)})"

    def chosen(self, task: Task, train: Split, seed: int) -> tuple[Example, ...]:
        """Return the demonstrations, in order.

        Raises:
            ModelError: if a class has none that is short enough.
        """
        short = [e for e in train.examples if _n_words(task, e) <= self.demonstration_words]
        drawn = shots(task, replace(train, examples=tuple(short)), self.demonstrations, seed).examples
        classes = task.kind == "classification" and not task.is_choice
        lacking = set(task.labels) - {str(e.gold) for e in drawn} if classes else set()
        had = {str(example.gold) for example in train.examples}
        if not drawn or lacking & had:
            raise ModelError(
                f"no example of {train.dataset} with at most {self.demonstration_words} words"
                f"{f' is {min(lacking & had)}' if lacking & had else ''}; raise model.demonstration_words"
            )
        if self.demonstration_order == "reversed":
            return drawn[::-1]
        if self.demonstration_order == "classes" and classes:
            return tuple(sorted(drawn, key=lambda example: task.labels.index(str(example.gold))))
        return drawn


class ShownFirst:
    """What makes a head one that is shown examples first (implements `boss.models.recipe.Learner`)."""

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write the demonstrations, which ``train`` holds in order, into ``folder``."""
        save_demonstrations(folder, train.examples)


def check_task(task: Task, answer: Way | None, *, first_token: bool = False) -> None:
    """Refuse a task that cannot be answered so, or whose names cannot be told apart in words.

    Args:
        first_token: log-probabilities are of the first token of a label's name.

    Raises:
        ConfigError: with what to do instead.
    """
    if answer == "logprobs" and task.kind != "classification":
        raise ConfigError(
            f"model.answer=logprobs is for tasks with labels of whole texts, and {task.name} is of the kind "
            f"{task.kind}; model.answer=generate"
        )
    names = [folded(shown(name)) for name in task.types]
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            raise ConfigError(
                f"labels of task {task.name}: {task.types[place]!r} cannot be told from others by its "
                "letters, and a model answers in words; rename it in the task's file"
            )
        inside = [other for other in names if other != name and other.startswith(name)]
        if first_token and answer == "logprobs" and inside:
            raise ConfigError(
                f"labels of task {task.name}: {name!r} is how {inside[0]!r} begins, so their first tokens "
                "may be the same; rename one in the task's file, or model.answer=generate"
            )


def save_demonstrations(folder: Path, examples: Iterable[Example]) -> None:
    """Write examples into a folder."""
    save_json(folder / FILE, [asdict(example) for example in examples])


def with_demonstrations(prompt: Prompt, folder: Path, *, structured: bool = False) -> Prompt:
    """Return a prompt with the examples of a folder as demonstrations; as it is where there are none."""
    path = folder / FILE
    if not path.is_file():
        return prompt
    return shown_first(prompt, map(_example, load_json(path)), structured=structured)


def shown_first(prompt: Prompt, examples: Iterable[Example], *, structured: bool = False) -> Prompt:
    """Return a prompt with examples as demonstrations, their answers written as a model should write them."""
    task, order = prompt.task, prompt.label_order
    pairs = (Demonstration(e, written(task, e, structured=structured, order=order)) for e in examples)
    return replace(prompt, demonstrations=tuple(pairs))


def _example(row: dict[str, Any]) -> Example:
    inputs = {
        name: value if isinstance(value, str) else tuple(value) for name, value in row["inputs"].items()
    }
    gold = row["gold"]
    if not isinstance(gold, str):
        gold = tuple(Answer(**item) if isinstance(item, dict) else item for item in gold)
    return Example(row["id"], inputs, gold, row["source"])


def _n_words(task: Task, example: Example) -> int:
    return sum(len(example.text(name).split()) for name in task.fields)
