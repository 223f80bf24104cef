"""FreeLB: adversarial training on perturbed input embeddings (Zhu et al. 2020)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from boss.models.method import Course, LabelledWindow, Method, Trainer
from boss.models.options import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class FreeLB(Method):
    """The gradient of a batch is the mean over ascent steps of a perturbation of its embeddings.

    Source: Zhu et al. 2020, FreeLB (arXiv:1909.11764), algorithm 1, with one dropout mask for all steps
    of a batch (section 3.3). The perturbation begins uniform and goes up the gradient, normalised per
    example. BOSS's code adds the gradients of the steps without dividing by their number, so that its
    gradient is ``steps`` times too large; its options are the defaults here.

    Attributes:
        steps: forward and backward passes per batch, the paper's K.
        step_size: L2 length of an ascent step, per example.
        init: L2 length of the first perturbation, about: uniform numbers times it over the root of their
            count.
        max_norm: the perturbation is scaled down to this L2 norm per example; 0 for no limit.
    """

    name: ClassVar[str] = "freelb"

    steps: int = 3
    step_size: float = 1e-2
    init: float = 2e-2
    max_norm: float = 0.0

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("steps", self.steps, low=1, high=100, group="method")
        for option in ("step_size", "init", "max_norm"):
            require(option, getattr(self, option), low=0, high=1000, group="method")

    def trainer(self, course: Course) -> "FreeLBTrainer":
        """Return what handles the batches."""
        return FreeLBTrainer(course, self)


class FreeLBTrainer(Trainer):
    """Several passes over each batch."""

    def __init__(self, course: Course, options: FreeLB) -> None:
        """Take the options as well."""
        super().__init__(course)
        self._options = options

    def backward(self, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Add the mean gradient over the steps, and return the mean loss."""
        import torch

        options = self._options
        # Drawn from the run's own generator; the same before every step, for the same dropout mask.
        mask_seed = int(torch.randint(2**31, ()))
        start_seed = int(torch.randint(2**31, ()))
        lengths = torch.tensor([len(item.window) for item in batch])
        total, change = torch.zeros(()), None
        for step in range(options.steps):
            with _perturbed(self.course.network, lengths, change, start_seed, options.init) as perturbations:
                torch.manual_seed(mask_seed)
                loss = self.loss(self.course.run(batch), batch) / options.steps
                loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach().cpu()
            if step + 1 < options.steps:
                change = self._ascended(perturbations[0])
        return total

    def _ascended(self, change: "torch.Tensor") -> "torch.Tensor":
        options, slope = self._options, change.grad
        assert slope is not None
        ascent = change.detach() + options.step_size * slope / _norms(slope).clamp_min(1e-12)
        if options.max_norm > 0:
            ascent = ascent * (options.max_norm / _norms(ascent).clamp_min(1e-12)).clamp_max(1.0)
        return ascent


def _norms(change: "torch.Tensor") -> "torch.Tensor":
    import torch

    norms: torch.Tensor = torch.linalg.vector_norm(change, dim=(1, 2), keepdim=True)
    return norms


@contextmanager
def _perturbed(
    network: Any, lengths: "torch.Tensor", change: "torch.Tensor | None", seed: int, init: float
) -> "Iterator[list[torch.Tensor]]":
    """Add ``change`` to the input embeddings of one forward pass; None draws the first one.

    Yields:
        A list that gets the perturbation, whose ``grad`` is there after the backward pass.
    """
    import torch

    perturbations: list[torch.Tensor] = []

    def add(module: Any, args: Any, output: "torch.Tensor") -> "torch.Tensor":
        if perturbations:  # an encoder-decoder embeds its decoder's input too
            return output
        first = _drawn(output, lengths, seed, init) if change is None else change
        perturbations.append(first.detach().to(output.dtype).requires_grad_())
        return output + perturbations[0]

    handle = network.get_input_embeddings().register_forward_hook(add)
    try:
        yield perturbations
    finally:
        handle.remove()


def _drawn(vectors: "torch.Tensor", lengths: "torch.Tensor", seed: int, init: float) -> "torch.Tensor":
    """Return the first perturbation, uniform in [-1, 1] times init / sqrt(count); 0 on padding."""
    import torch

    n, width, hidden = vectors.shape
    noise = 2 * torch.rand((n, width, hidden), generator=torch.Generator().manual_seed(seed)) - 1
    inside = torch.arange(width)[None, :] < lengths[:, None]
    scale = init / torch.sqrt(lengths * hidden)
    return (noise * inside[..., None] * scale[:, None, None]).to(vectors.device)
