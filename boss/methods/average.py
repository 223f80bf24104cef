"""Weight averaging: the mean of the weights along the end of training (Izmailov et al. 2018)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from boss.models.method import Course, Method, Trainer
from boss.models.options import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Average(Method):
    """Keep the equal mean of the weights after each step of the last part of training.

    Source: Izmailov et al. 2018, stochastic weight averaging (arXiv:1803.05407), section 3, with a cycle
    of one step, which is the averaging of Polyak & Juditsky 1992. Deviation: the learning rate goes on
    as it is set (``model.schedule=constant`` keeps it up, as the paper does). Training goes to its end:
    the mean takes the place of the best epoch.

    Attributes:
        last: share of the steps whose weights are averaged, the last ones, in (0, 1].
    """

    name: ClassVar[str] = "average"
    keeps_best: ClassVar[bool] = False

    last: float = 0.5

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("last", self.last, low=1e-6, high=1, group="method")

    def trainer(self, course: Course) -> "AverageTrainer":
        """Return what handles the batches."""
        return AverageTrainer(course, self.last)


class AverageTrainer(Trainer):
    """Sums weights up in float64, so that the mean is right however many there are."""

    def __init__(self, course: Course, last: float) -> None:
        """Take the share of steps as well."""
        super().__init__(course)
        self._last, self._n = last, 0
        self._sums: dict[str, torch.Tensor] = {}

    def after_step(self, share: float) -> None:
        """Add the weights, if this step is one of the last."""
        if share <= 1 - self._last:
            return
        self._n += 1
        for name, weight in self.course.network.named_parameters():
            if weight.requires_grad:
                value = weight.detach().double()
                self._sums[name] = self._sums[name] + value if name in self._sums else value

    def finish(self) -> None:
        """Put the mean in the network."""
        import torch

        with torch.no_grad():
            for name, weight in self.course.network.named_parameters():
                if name in self._sums:
                    weight.copy_(self._sums[name] / self._n)
