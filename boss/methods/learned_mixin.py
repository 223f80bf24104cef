"""Learned mixin: a product with a weak model in which the network says how much that counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from boss.methods.poe import Poe, bias_of, product
from boss.models.method import Course, LabelledWindow, Trainer
from boss.models.options import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class LearnedMixin(Poe):
    """A product in which the model says of each example how much the weak one counts.

    Its logs are multiplied by ``softplus(w h + b)``, h the mean of the last layer's states. Source:
    Clark et al. 2019, section 3.2, Learned-Mixin + H.

    Attributes:
        entropy: weight of the entropy of the multiplied logs in the loss, which keeps the factor up;
            0.03 in the paper for MNLI, and in BOSS.
    """

    name: ClassVar[str] = "learned_mixin"

    entropy: float = 0.03

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        require("entropy", self.entropy, low=0, high=100, group="method")

    def trainer(self, course: Course) -> Trainer:
        """Return what handles the batches."""
        return MixinTrainer(course, self.entropy)


class MixinTrainer(Trainer):
    """Fine-tuning of a product with a factor of its own for each example."""

    def __init__(self, course: Course, entropy: float) -> None:
        """Make the layer that gives the factor."""
        import torch

        super().__init__(course)
        self._entropy = entropy
        network = course.network
        self._gate = torch.nn.Linear(network.config.hidden_size, 1).to(network.device)

    def parameters(self) -> "list[torch.nn.Parameter]":
        """Return the layer's."""
        return list(self._gate.parameters())

    def backward(self, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Add the gradient of a batch to the weights' gradients, and return its loss."""
        loss = self.loss(self.course.run(batch, output_hidden_states=True), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def loss(self, output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Return the cross-entropy of the product, and the entropy of the weak model's part."""
        import torch

        scores, targets = self.course.decisions(output, batch)
        factor = torch.nn.functional.softplus(self._gate(_mean_states(output, batch)))
        bias = factor * bias_of(batch, scores)
        logs = torch.log_softmax(bias, dim=-1)
        entropy = -(logs.exp() * logs).sum(-1).mean()
        return torch.nn.functional.cross_entropy(product(scores, bias), targets) + self._entropy * entropy


def _mean_states(output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
    """Return the mean of the last layer's states over each window, shape ``(n, hidden)``, float32.

    Of an encoder-decoder, the mean over what the decoder has written.
    """
    import torch

    if "decoder_hidden_states" in output:
        return output.decoder_hidden_states[-1].float().mean(1)  # type: ignore[no-any-return]
    states = output.hidden_states[-1].float()
    lengths = torch.tensor([len(item.window) for item in batch])
    inside = (torch.arange(states.shape[1])[None, :] < lengths[:, None]).to(states.device)
    total = (states * inside[..., None]).sum(1)
    return total / inside.sum(1, keepdim=True)  # type: ignore[no-any-return]
