"""How many questions a run will ask a model, before it asks any: ``plan=true``, and what a run says first.

A number is exact where it can be made: that of the texts as they are and, under ``plan=true``, of the copies
that need no look at the model, which are made and counted. A search is bounded by its budget alone, so its
number is the most it may ask; what it will ask depends on the answers. What it asked of other models stands
beside that, where the folder of the runs has such.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from omegaconf import DictConfig

from boss.config import Settings
from boss.data.shots import shots
from boss.data.suite import TaskData
from boss.data.types import Example, Split
from boss.earlier import Before, asked_before
from boss.errors import cured
from boss.inputs import Said, asked_of
from boss.job import Job, Planned, job_of
from boss.measurement import AttackSettings, Measurement, attack_of
from boss.models.llm.budget import Spent
from boss.models.method import Method
from boss.require import bars_of
from boss.seam import uncovered, why_not
from boss.tasks import Task
from robtest.plural import counted
from robtest.types import Access

GUIDED_BY: dict[Access, str] = {
    "rule": "",
    "decision": ", guided by answers",
    "score": ", guided by scores",
    "gradient": ", guided by gradients",
}
NOTHING: Mapping[str, Before] = MappingProxyType({})


@runtime_checkable
class Priced(Protocol):
    """A recipe of a model whose questions cost money or tokens."""

    def cost_of(
        self,
        task: Task,
        train: Split | None,
        asked: Iterable[tuple[Example, int]],
        *,
        method: str | Method,
        seed: int,
    ) -> Spent:
        """Return what questions cost at most, asked as after `boss.models.base.Recipe.fit` with these.

        Args:
            asked: examples, and how often something as long as each is asked.
        """
        ...

    def bill(self, most: Spent, cache: Path) -> str:
        """Return in words what is spent at most, and whether the budget holds it."""
        ...


@dataclass(frozen=True)
class Foreseen:
    """What a measurement asks a model.

    Attributes:
        most: texts the model answers; at most these, unless ``exact``. None where nothing limits them.
        each: of one example, where that is the same for all.
        asked: examples, and how often something as long as each is asked; empty where ``most`` is None.
        before: what the same search asked before; None where it is not known, or no search.
    """

    measurement: Measurement
    most: int | None
    exact: bool
    each: int | None
    asked: Sequence[tuple[Example, int]]
    before: Before | None = None

    @property
    def about(self) -> float | None:
        """The texts if it goes as before; None where that is not known."""
        if self.exact and self.most is not None:
            return self.most
        return None if self.before is None else self.before.each * self.measurement.n_evaluated


def attacked_how(attack: AttackSettings) -> str:
    """Return an attack's name and what its copies had to do with the model: ``typo, guided by scores``."""
    how = GUIDED_BY[attack.access] if attack.transferred is None else f", {attack.how}"
    return f"{attack.name}{how}"


def foreseen(
    task: Task,
    planned: Planned,
    before: Mapping[str, Before] = NOTHING,
    *,
    count: bool = False,
    twice: bool = False,
) -> Foreseen:
    """Return what a measurement will ask.

    Args:
        before: what searches asked before, by the digest of the attack.
        count: make the copies that need no model, and count them.
        twice: the model may answer a text otherwise each time, so clean texts are asked a second time, and
            copies that are answered worse (`boss.noise`).

    Raises:
        Exception: whatever an attack raises whose copies are counted.
    """
    measurement, split, _ = planned
    attack, again = measurement.attack, 2 if twice else 1
    if attack is None:
        asked = [(example, again) for example in split.examples]
        return Foreseen(measurement, again * len(asked), exact=True, each=again, asked=asked)
    if attack.access == "rule" and count:
        heard = asked_of(task, planned)
        n, n_clean = heard.n_texts, len(split.examples)
        clean = {example.input_sha256 for example in split.examples}
        asked = [(example, 1 if name in clean else again) for name, example in heard.examples.items()]
        return Foreseen(measurement, n_clean + again * (n - n_clean), exact=not twice, each=None, asked=asked)
    each, earlier = _most_of_one(attack, again), before.get(attack_of(attack))
    if each is None:
        return Foreseen(measurement, None, exact=False, each=None, asked=(), before=earlier)
    asked = [(example, each) for example in split.examples]
    return Foreseen(measurement, each * len(asked), exact=False, each=each, asked=asked, before=earlier)


def _most_of_one(attack: AttackSettings, again: int) -> int | None:
    """Return how many texts of one example are asked about at most: the clean one, and copies."""
    if attack.access == "rule":
        return 1 + again * attack.n_variants * sum(degree > 0 for degree in attack.degrees)
    budget = attack.search.options.get("query_budget") if isinstance(attack.search.options, dict) else None
    return None if budget is None else 1 + again * (budget - 1)


def told(items: Sequence[Foreseen]) -> list[str]:
    """Return the lines on what is asked of one task: clean, by attack, and in all."""
    groups: dict[str, list[Foreseen]] = {}
    for item in items:
        attack = item.measurement.attack
        groups.setdefault("clean" if attack is None else attacked_how(attack), []).append(item)
    lines = [f"  {name}: {_quantity(own)}{_of_each(own)}{_as_before(own)}" for name, own in groups.items()]
    return [*lines, f"  in all: {_quantity(items)}{_about(items)}"]


def _quantity(items: Sequence[Foreseen]) -> str:
    n = sum(item.most or 0 for item in items)
    if any(item.most is None for item in items):
        return "no limit, as query_budget=null"
    return f"{'' if all(item.exact for item in items) else 'at most '}{counted(n, 'question')}"


def _about(items: Sequence[Foreseen]) -> str:
    """Say how many it will be if it goes as before; nothing where that is not known of all, or it is sure."""
    numbers = [item.about for item in items]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or all(item.exact for item in items):
        return ""
    return f", about {round(sum(known)):,} if it goes as before"


def _as_before(items: Sequence[Foreseen]) -> str:
    before, about = items[0].before, _about(items)
    if before is None or not about:
        return ""
    earlier = counted(before.n_measurements, "measurement")
    return f"{about}: {before.each:.3g} of each in {earlier} by the same search"


def _of_each(items: Sequence[Foreseen]) -> str:
    """Say where the number comes from: how many of how many examples, and of which datasets."""
    n = sum(item.measurement.n_evaluated for item in items)
    names = ", ".join(dict.fromkeys(item.measurement.dataset for item in items))
    examples = f"{counted(n, 'example')} ({names})"
    attack, each = items[0].measurement.attack, {item.each for item in items}
    if len(each) > 1 or (per := each.pop()) is None:
        return f", counted: of {examples}"
    budget = "" if attack is None or attack.access == "rule" else " by query_budget"
    return f", {per:,} of each of {examples}{budget}"


def foresee(job: Job, task: Task, data: TaskData) -> Iterator[str]:
    """Yield what a run says before a task is measured; nothing where nothing is attacked.

    Copies are not counted, as they are made when they are measured.
    """
    before = _before(job, task)
    own = (each for each in job.plan(task, data) if not uncovered(each.attack, each.split))
    items = [foreseen(task, planned, before, twice=_twice(job)) for planned in own]
    if all(item.measurement.attack is None for item in items):
        return
    yield f"{task.name}, what will be asked of the model:"
    yield from told(items)
    if isinstance(job.recipe, Priced) and (most := price(job, task, data, items)) is not None:
        yield f"  {job.recipe.bill(most, job.cache)}"


def price(job: Job, task: Task, data: TaskData, items: Sequence[Foreseen]) -> Spent | None:
    """Return what the questions of a task cost at most; None where nothing is paid for or limits them."""
    if not isinstance(job.recipe, Priced) or any(item.most is None for item in items):
        return None
    asked = (pair for item in items for pair in item.asked)
    train, seed = data.train, job.settings.seed
    if train is not None:
        train = shots(task, train, job.settings.n_train, seed)
    return job.recipe.cost_of(task, train, asked, method=job.method, seed=seed)


def plan(
    config: DictConfig, settings: Settings, folders: Sequence[Path], say: Callable[[Said], None]
) -> None:
    """Say what a run would ask a model, and ask nothing: no model is fitted, and no run begun.

    Args:
        say: is given lines, and whether each says that all is well.

    Raises:
        BossError: if an option is at fault, as a run would.
    """
    job = job_of(config, settings, folders)
    bars_of(job)
    for name, error in job.unmade.items():
        say((False, f"failed: attack {name}: {cured(error)}"))
    every: list[Foreseen] = []
    spent: list[Spent | None] = []
    for task in job.tasks:
        data = job.suite.load(task.name, n_examples=settings.n_examples, seed=settings.seed)
        items: list[Foreseen] = []
        for item in _planned(job, task, data):
            if isinstance(item, Foreseen):
                items.append(item)
            else:
                say(item)
        if items:
            say((True, f"{task.name}, what would be asked of the model {job.recipe.name}:"))
            for line in told(items):
                say((True, line))
            spent.append(price(job, task, data, items))
            every += items
    if len(job.tasks) > 1 and every:
        say((True, f"all tasks: {_quantity(every)}"))
    if isinstance(job.recipe, Priced) and every:
        say((True, _billed(job, job.recipe, spent)))


def _planned(job: Job, task: Task, data: TaskData) -> Iterator[Foreseen | Said]:
    """Yield what each measurement of a task asks, or why there is nothing of it."""
    for dataset, missing in data.failures:
        yield False, f"failed: {task.name}/{dataset}: {cured(missing)}"
    for name, attack in job.attacks.items():
        if reason := why_not(task, attack, job.field(task)):
            yield True, f"left out: {task.name}, {name}: {reason}"
    before = _before(job, task)
    for planned in job.plan(task, data):
        if reason := uncovered(planned.attack, planned.split):
            yield True, f"left out: {planned.measurement.name}: {reason}"
            continue
        try:
            yield foreseen(task, planned, before, count=True, twice=_twice(job))
        except Exception as error:  # an attack's own code; as in a run, the others go on
            yield False, f"failed: {planned.measurement.name}: {cured(error)}"


def _billed(job: Job, recipe: Priced, spent: Sequence[Spent | None]) -> str:
    limited = [most for most in spent if most is not None]
    if len(limited) < len(spent):
        return "what it costs has no limit, as query_budget=null"
    return recipe.bill(Spent(*(sum(column) for column in zip(*limited, strict=True))), job.cache)


def _before(job: Job, task: Task) -> dict[str, Before]:
    """Return what the searches of a job asked of models before, by the digest of the attack."""
    searches = [attack for attack in job.attack_settings(task).values() if attack.access != "rule"]
    return asked_before(job.settings.output, searches, twice=_twice(job))


def _twice(job: Job) -> bool:
    return bool(getattr(job.recipe, "noise", False))
