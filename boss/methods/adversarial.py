"""Adversarial data augmentation: training on RobTest's perturbed copies beside the originals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from boss.data.types import Example, Split
from boss.errors import ConfigError
from boss.methods.augmented import with_copies
from boss.models.method import Method
from boss.models.options import require
from boss.seam import copies_of, why_not, with_text
from boss.tasks import Task
from robtest.attacks import get_attack, tag_of


@dataclass(frozen=True, kw_only=True)
class Adversarial(Method):
    """Each example is joined by copies that one dimension has perturbed, without a look at any model.

    The copies are those of ``python -m boss.perturb`` at the run's seed. Of a pair the hypothesis is
    perturbed, of a question with its passage the question, so that every label stays right. An example
    that no edit fits gets no copy.

    Attributes:
        dimension: RobTest's name of it: typo, glyph, phonetic, synonym ...
        degree: allowed relative distance, in (0, 1].
        n_variants: copies per example.
        tag: which distance, where the dimension has both.
    """

    name: ClassVar[str] = "adversarial"
    sources: ClassVar[tuple[str, ...]] = ("robtest", "boss/seam")

    dimension: str = "typo"
    degree: float = 0.1
    n_variants: int = 1
    tag: Literal["malicious", "general"] = "malicious"

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("degree", self.degree, low=1e-6, high=1, group="method")
        require("n_variants", self.n_variants, low=1, high=1000, group="method")
        if self.tag not in ("malicious", "general"):
            raise ConfigError(f"method option tag must be malicious or general, got {self.tag!r}")
        try:
            get_attack(self.dimension)
        except ValueError as error:
            raise ConfigError(f"method option dimension: {error}") from error

    def options(self) -> dict[str, Any]:
        """Return the options and the version of the dimension's edits."""
        return {**super().options(), "version": get_attack(self.dimension).version}

    def check(self, task: Task) -> None:
        """Refuse dimensions of whole texts where every token has a label."""
        if why_not(task, get_attack(self.dimension)) is not None:
            raise ConfigError(
                f"method {self.name} with dimension {self.dimension} changes whole texts, and in task "
                f"{task.name} every token has a label; use a dimension of characters or words, such as "
                "method.dimension=typo"
            )

    def augment(self, task: Task, train: Split, seed: int) -> Split:
        """Return the examples and their copies."""
        return with_copies(train, self._copies(task, train, seed), self.dimension)

    def _copies(self, task: Task, train: Split, seed: int) -> Iterator[Example]:
        attack, field = get_attack(self.dimension), task.attacked[0]
        copies = copies_of(
            task,
            train,
            attack,
            field=field,
            tag=tag_of(attack, self.tag),
            degrees=(self.degree,),
            n_variants=self.n_variants,
            seed=seed,
        )
        for example, rows in zip(train.examples, copies, strict=True):
            for row in rows:
                yield with_text(task, example, field, str(row[field]))
