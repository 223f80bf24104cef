"""Linear probing, then fine-tuning: the head first, so that it does not tear at the features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from boss.errors import ConfigError
from boss.models.method import Method, Stage
from boss.models.options import require
from boss.models.training import Training


@dataclass(frozen=True, kw_only=True)
class ProbeThenTune(Method):
    """Train the new head alone, then every weight.

    Source: Kumar et al. 2022 (arXiv:2202.10054), section 4: a random head distorts pretrained features
    while it is learnt, which costs OOD accuracy. Deviation: the head is trained by the same loop as the
    rest, at its own rate, and not by logistic regression. Where the model comes with a head of its own,
    that is trained first.

    Attributes:
        probe_epochs: passes over the train split for the head alone, at most.
        probe_lr: peak learning rate of the head alone.
    """

    name: ClassVar[str] = "lp_ft"

    probe_epochs: int = 3
    probe_lr: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("probe_epochs", self.probe_epochs, low=1, high=1000, group="method")
        require("probe_lr", self.probe_lr, low=1e-9, high=1.0, group="method")

    def stages(self, training: Training, network: Any, fresh: Sequence[str]) -> Sequence[Stage]:
        """Return the head's training and that of every weight."""
        head = frozenset(head_names(network, fresh))
        if not head:
            raise ConfigError(
                f"method {self.name} trains a new head first, and a {type(network).__name__} asked by "
                "prompts has none; use method=finetune"
            )
        probing = replace(training, epochs=self.probe_epochs, lr=self.probe_lr)
        return [Stage(probing, head.__contains__), Stage(training, lambda name: True)]


def head_names(network: Any, fresh: Sequence[str]) -> list[str]:
    """Return the names of the weights that are not the pretrained encoder's: fresh ones, or outside it."""
    inside = {id(weight) for weight in network.base_model.parameters()}
    return [name for name, weight in network.named_parameters() if name in fresh or id(weight) not in inside]
