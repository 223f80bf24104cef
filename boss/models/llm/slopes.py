"""Gradients of log-probabilities of answers with respect to a language model's input embeddings."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.models.forward import GRADIENT_SHARE, array, budget_batches, embeddings, watched
from boss.models.llm.chat import Ids
from robtest.progress import track

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.floating[Any]]
Pair = tuple[Ids, Ids]
"""A prompt, and an answer after it."""


class InFull(ABC):
    """A network that reads prompts with answers in full, and can be differentiated so.

    Attributes:
        model: of transformers; ``budget``: tokens of one batch of a forward pass, of a backward pass a part.
    """

    model: Any
    budget: int

    @abstractmethod
    def read_in_full(self, pairs: Sequence[Pair]) -> "torch.Tensor":
        """Return log-probabilities of answers after prompts, shape ``(n,)``, float64.

        A prompt's tokens stand first in its row of the embedding layer's first output.
        """

    def slopes(
        self, prompts: Sequence[Ids], options: Sequence[Ids], weights: NDArray[np.float64]
    ) -> list[tuple[Floats, Floats]]:
        """Return of each prompt its input embeddings and the gradient of the sum of weights x logprobs.

        Each prompt is read in full with each option that has weight, without any gradient of the weights of
        the model. The embeddings are those its embedding layer gives, before positions are added; in an
        encoder-decoder those of the encoder.

        Args:
            weights: shape ``(n_prompts, n_options)``, none of a prompt all 0.

        Returns:
            Two arrays of shape ``(len(prompt), d)`` each, float32.
        """
        import torch

        pairs = [(int(i), int(j)) for i, j in np.argwhere(weights != 0)]
        lengths = [len(prompts[i]) + len(options[j]) for i, j in pairs]
        found: dict[int, tuple[Floats, Floats]] = {}
        batches = budget_batches(lengths, max(1, self.budget // GRADIENT_SHARE))
        with track("Differentiate the model", total=len(pairs), unit="input") as bar, torch.enable_grad():
            for batch in batches:
                chosen = [pairs[row] for row in batch]
                with watched(self.model) as tape:
                    sums = self.read_in_full([(prompts[i], options[j]) for i, j in chosen])
                upstream = torch.tensor(
                    [weights[pair] for pair in chosen], dtype=sums.dtype, device=sums.device
                )
                (slope,) = torch.autograd.grad(sums, tape[0], upstream)
                for row, (i, _) in enumerate(chosen):
                    n = len(prompts[i])
                    before = found[i][1] if i in found else 0.0
                    found[i] = array(tape[0][row, :n]), before + array(slope[row, :n])
                bar.advance(len(chosen))
        return [found[i] for i in range(len(prompts))]

    def embed(self, ids: Ids) -> Floats:
        """Return the input embeddings of tokens, shape ``(len(ids), d)``."""
        return embeddings(self.model, np.array(ids, dtype=np.int64))


def precise(logits: "torch.Tensor") -> "torch.Tensor":
    """Return logits in float32 at least."""
    import torch

    return logits.to(torch.promote_types(logits.dtype, torch.float32))
