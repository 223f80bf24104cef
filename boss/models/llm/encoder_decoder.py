"""Encoder-decoders of transformers: the prompt is encoded once, for all answers that are compared."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.models.forward import CPU_TOKENS, budget_batches
from boss.models.llm.chat import Ids
from boss.models.llm.network import Written
from boss.models.llm.slopes import InFull, Pair, precise
from robtest.progress import track

if TYPE_CHECKING:
    import torch


class Seq2SeqNetwork(InFull):
    """An encoder-decoder (implements `LanguageNetwork`): the prompt is encoded, the answer decoded."""

    def __init__(self, model: Any, tokenizer: Any, budget: int) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.budget = min(budget, CPU_TOKENS) if model.device.type == "cpu" else budget

    @property
    def size(self) -> int:
        """Return the most tokens it reads."""
        return min(int(self.tokenizer.model_max_length), 2**20)

    def begin(self, prefix: Ids) -> None:
        """Do nothing: what an encoder makes of a beginning depends on what follows."""

    def logprobs(self, prompts: Sequence[Ids], options: Sequence[Ids]) -> NDArray[np.float64]:
        """Return log-probabilities of options after prompts; each prompt is encoded once."""
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        out = np.zeros((len(prompts), len(options)))
        k, device = len(options), self.model.device
        decoded, targets, seen = self._answers(options)
        width = targets.shape[1]
        for rows in self._batches(prompts, k * width):
            ids, mask = self._padded([prompts[i] for i in rows])
            with torch.inference_mode():
                states = self.model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
                logits = self.model(
                    encoder_outputs=BaseModelOutput(states.repeat_interleave(k, 0)),
                    attention_mask=mask.repeat_interleave(k, 0),
                    decoder_input_ids=decoded.repeat(len(rows), 1).to(device),
                ).logits.float()
            goal = targets.repeat(len(rows), 1).to(device)[..., None]
            chosen = logits.log_softmax(-1).gather(-1, goal)[..., 0] * seen.repeat(len(rows), 1).to(device)
            out[rows] = chosen.sum(-1).view(len(rows), k).double().cpu().numpy()
        return out

    def _answers(self, options: Sequence[Ids]) -> "tuple[torch.Tensor, torch.Tensor, torch.Tensor]":
        """Return what the decoder is given for options, what it is to say, and which of it counts."""
        import torch

        width = max(map(len, options))
        start, pad = self.model.config.decoder_start_token_id, self.tokenizer.pad_token_id
        targets = torch.tensor([[*option, *[pad] * (width - len(option))] for option in options])
        seen = torch.tensor([[1] * len(option) + [0] * (width - len(option)) for option in options])
        return torch.cat([torch.full((len(options), 1), start), targets[:, :-1]], 1), targets, seen

    def read_in_full(self, pairs: Sequence[Pair]) -> "torch.Tensor":
        """See the base class."""
        device = self.model.device
        ids, mask = self._padded([prompt for prompt, _ in pairs])
        decoded, targets, seen = (part.to(device) for part in self._answers([option for _, option in pairs]))
        logits = self.model(input_ids=ids, attention_mask=mask, decoder_input_ids=decoded).logits
        chosen = precise(logits).log_softmax(-1).gather(-1, targets[..., None])[..., 0]
        return (chosen * seen).double().sum(-1)

    def write(self, prompts: Sequence[Ids], n_tokens: int) -> list[Written]:
        """Return what the model writes for each prompt, greedily."""
        import torch

        out = [Written("", cut=False)] * len(prompts)
        end = self.tokenizer.eos_token_id
        for rows in self._batches(prompts, n_tokens):
            ids, mask = self._padded([prompts[i] for i in rows])
            with torch.inference_mode():
                made = self.model.generate(ids, attention_mask=mask, max_new_tokens=n_tokens, do_sample=False)
            for place, row in zip(rows, made[:, 1:].tolist(), strict=True):
                text = self.tokenizer.decode(row, skip_special_tokens=True)
                out[place] = Written(text, cut=end not in row and len(row) >= n_tokens)
        return out

    def states(self, prompts: Sequence[Ids]) -> NDArray[np.float32]:
        """Return the decoder's state at its first step, shape ``(n_prompts, d)``."""
        import torch

        out: dict[int, NDArray[np.float32]] = {}
        start = self.model.config.decoder_start_token_id
        for rows in self._batches(prompts, 1):
            ids, mask = self._padded([prompts[i] for i in rows])
            first = torch.full((len(rows), 1), start, device=ids.device)
            with torch.inference_mode():
                output = self.model(
                    input_ids=ids, attention_mask=mask, decoder_input_ids=first, output_hidden_states=True
                )
            states = output.decoder_hidden_states[-1][:, -1].float().cpu().numpy()
            out.update(zip(rows, states, strict=True))
        return np.stack([out[i] for i in range(len(prompts))])

    def _batches(self, prompts: Sequence[Ids], extra: int) -> Iterator[NDArray[np.intp]]:
        with track("Run the model", total=len(prompts), unit="input") as bar:
            for batch in budget_batches([len(prompt) + extra for prompt in prompts], self.budget):
                yield batch
                bar.advance(len(batch))

    def _padded(self, batch: Sequence[Ids]) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        width, pad, device = max(map(len, batch)), self.tokenizer.pad_token_id, self.model.device
        ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in batch])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
        return ids.to(device), mask.to(device)
