"""LoRA: low-rank updates beside frozen weights, through peft (Hu et al. 2021)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from boss.methods.lp_ft import head_names
from boss.models.method import Method
from boss.models.options import require


@dataclass(frozen=True, kw_only=True)
class Lora(Method):
    """Train two thin matrices beside every linear layer of the encoder, and the head whole.

    Source: Hu et al. 2021 (arXiv:2106.09685), section 4. Deviation: the paper adapts the attention's
    query and value only, whose names differ from model to model; here every linear layer is, as
    Dettmers et al. 2023 (arXiv:2305.14314), section 4, found needed to match full fine-tuning. After
    training the updates are added to the weights, so that the model is stored and asked like any other.
    Its own learning rate is higher than fine-tuning's: ``model.lr=3e-4`` is usual.

    Attributes:
        rank: of an update, the paper's r.
        alpha: an update is scaled by alpha / rank.
        dropout: on the input of an update, in [0, 1).
    """

    name: ClassVar[str] = "lora"
    libraries: ClassVar[tuple[str, ...]] = ("peft",)

    rank: int = 8
    alpha: int = 16
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("rank", self.rank, low=1, high=4096, group="method")
        require("alpha", self.alpha, low=1, high=10**6, group="method")
        require("dropout", self.dropout, low=0, high=0.99, group="method")

    def wrap(self, network: Any, fresh: Sequence[str]) -> Any:
        """Return the network with its updates, all else frozen but the head."""
        import torch
        from peft import LoraConfig, get_peft_model

        head = {name.rsplit(".", 1)[0] for name in head_names(network, fresh)}
        output = network.get_output_embeddings()  # of an encoder-decoder; it may be the embeddings' own
        layers = [
            name
            for name, module in network.named_modules()
            if isinstance(module, torch.nn.Linear) and name not in head and module is not output
        ]
        settings = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=layers,
            modules_to_save=sorted(head),
        )
        return get_peft_model(network, settings)

    def unwrap(self, wrapped: Any) -> None:
        """Add the updates to the weights."""
        wrapped.merge_and_unload(safe_merge=True)
