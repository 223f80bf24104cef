"""Language models of transformers: how likely they find given answers, and what they write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.forward import pick_device
from boss.models.llm.chat import Ids

Floats = NDArray[np.floating[Any]]


class Written(NamedTuple):
    """What a model wrote; ``cut`` where it was not done."""

    text: str
    cut: bool


class LanguageNetwork(Protocol):
    """A language model that reads tokens."""

    @property
    def size(self) -> int:
        """Return the most tokens it reads, those of the answer included."""
        ...

    def begin(self, prefix: Ids) -> None:
        """Say how most prompts begin."""
        ...

    def logprobs(self, prompts: Sequence[Ids], options: Sequence[Ids]) -> NDArray[np.float64]:
        """Return log-probabilities of options after prompts, ``(n_prompts, n_options)``, tokens summed."""
        ...

    def write(self, prompts: Sequence[Ids], n_tokens: int) -> list[Written]:
        """Return what the model goes on with after each prompt, by its likeliest token at each step."""
        ...

    def slopes(
        self, prompts: Sequence[Ids], options: Sequence[Ids], weights: NDArray[np.float64]
    ) -> list[tuple[Floats, Floats]]:
        """Return gradients of log-probabilities of options, see `boss.models.llm.slopes.InFull`."""
        ...

    def embed(self, ids: Ids) -> Floats:
        """Return the input embeddings of tokens, shape ``(len(ids), d)``."""
        ...

    def states(self, prompts: Sequence[Ids]) -> NDArray[np.float32]:
        """Return the last layer's state at the end of each prompt, shape ``(n_prompts, d)``."""
        ...


def load_language_network(
    folder: Path, tokenizer: Any, *, bfloat16: bool, budget: int, line: bool
) -> LanguageNetwork:
    """Return the language model in a folder, on the first GPU where there is one.

    Args:
        budget: tokens of one batch, padding included.
        line: an answer ends with its line, as of models that no chat template ends a turn for.

    Raises:
        ModelError: if the folder holds another kind of model, or lacks weights.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

    from boss.models.llm.causal import CausalNetwork
    from boss.models.llm.encoder_decoder import Seq2SeqNetwork

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        model, info = kind.from_pretrained(
            folder,
            trust_remote_code=False,
            dtype=torch.bfloat16 if bfloat16 else torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"{folder} holds no language model of transformers: {str(error).splitlines()[0]}; an encoder is "
            "asked by model=hf, and a model that needs code of its own by a server and model=endpoint"
        ) from error
    if missing := sorted(info["missing_keys"]):
        raise ModelError(
            f"the model in {folder} lacks weights of a language model: {', '.join(missing[:3])}; fetch it "
            "anew, or use model=hf for an encoder"
        )
    model = model.eval().to(pick_device())
    if bfloat16:
        precise_head(model)
    if config.is_encoder_decoder:
        return Seq2SeqNetwork(model, tokenizer, budget)
    return CausalNetwork(model, tokenizer, budget, line=line)


def precise_head(model: Any) -> None:
    """Let a model in bfloat16 compute its logits in float32, from the last states on.

    A logit of 16 has neighbours an eighth away in bfloat16, so that labels tie, and a text's company in its
    batch decides. The layers stay as they are.
    """
    import torch

    head = model.get_output_embeddings()
    made = torch.nn.Linear(head.in_features, head.out_features, bias=head.bias is not None)
    made = made.to(head.weight.device).requires_grad_(False)
    made.weight.copy_(head.weight.float())
    if head.bias is not None:
        made.bias.copy_(head.bias.float())
    made.register_forward_pre_hook(lambda module, args: (args[0].float(),))
    model.set_output_embeddings(made.eval())
