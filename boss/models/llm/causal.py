"""Decoders of transformers, read in parts.

Prompts of one task begin alike, with instructions and demonstrations. This beginning is read once, and kept
as the keys and values of the attention; so is each prompt, for all answers that are compared after it. It is
tried at the start whether a model gives the same numbers this way as when it reads everything in full; one
that does not reads everything in full.
"""

import copy
import inspect
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.forward import CPU_TOKENS, budget_batches
from boss.models.llm.chat import Ids
from boss.models.llm.network import Written
from boss.models.llm.slopes import InFull, Pair, precise
from robtest.progress import track

if TYPE_CHECKING:
    import torch

ALIKE = 1e-2
"""Nats by which a log-probability may differ between the two ways; rounding alone is a hundred times less in
float32, and a wrong position or mask a hundred times more. Of bfloat16 the bound is a hundred times this."""
PREFIX_SHARE = 8
"""A token of the kept beginning costs a batch about this part of one that is read."""


class CausalNetwork(InFull):
    """A decoder (implements `LanguageNetwork`).

    Attributes:
        model: of transformers, in evaluation mode; ``tokenizer`` its own.
        budget: tokens of one batch, padding included; ``writing`` of one that writes, where each step waits
            for the weights and more rows cost little.
        line: an answer ends with its line, as of models that no chat template ends a turn for.
    """

    def __init__(self, model: Any, tokenizer: Any, budget: int, *, line: bool) -> None:
        self.model, self.tokenizer, self.line = model, tokenizer, line
        self.budget = min(budget, CPU_TOKENS) if model.device.type == "cpu" else budget
        self.writing = budget
        self._prefix: Ids = ()
        self._kept: Any = None
        self._in_full = False

    @property
    def size(self) -> int:
        """Return the most tokens it reads."""
        return int(getattr(self.model.config, "max_position_embeddings", None) or 2**20)

    def begin(self, prefix: Ids) -> None:
        """Read the beginning, and find out whether the model may be read in parts."""
        self._prefix, self._kept = (), None
        if not self._in_full and not self._in_parts_as_in_full(prefix):
            self._in_full = True
            sys.stderr.write(
                "the model gives other numbers when it is read in parts, so it is read in full;\n"
            )
        if not self._in_full and prefix:
            self._prefix, self._kept = prefix, self._read(prefix)

    def logprobs(self, prompts: Sequence[Ids], options: Sequence[Ids]) -> NDArray[np.float64]:
        """Return log-probabilities of options after prompts, shape ``(n_prompts, n_options)``."""
        if self._in_full:
            return self._logprobs_in_full(prompts, options)
        return self._logprobs_in_parts(prompts, options)

    def write(self, prompts: Sequence[Ids], n_tokens: int) -> list[Written]:
        """Return what the model goes on with after each prompt, greedily."""
        import torch
        from transformers import GenerationConfig

        out = [Written("", cut=False)] * len(prompts)
        settings = GenerationConfig(
            max_new_tokens=n_tokens,
            do_sample=False,
            pad_token_id=self._pad,
            eos_token_id=self._ends,
            stop_strings=["\n"] if self.line else None,
        )
        for rows, prefix in self._batches(prompts, n_tokens, "Let the model write", self.writing):
            ids, mask = self._padded([prompts[i] for i in rows], prefix)
            more: dict[str, Any] = {"tokenizer": self.tokenizer} if self.line else {}
            if prefix:
                more["past_key_values"] = self._repeated(self._kept, len(rows))
            whole = torch.cat([torch.tensor([prefix] * len(rows), device=ids.device).long(), ids], 1)
            with torch.inference_mode():
                made = self.model.generate(whole, attention_mask=mask, generation_config=settings, **more)
            for place, row in zip(rows, made[:, whole.shape[1] :].tolist(), strict=True):
                out[place] = self._text(row, n_tokens)
        return out

    def states(self, prompts: Sequence[Ids]) -> NDArray[np.float32]:
        """Return the last layer's state at the end of each prompt, shape ``(n_prompts, d)``."""
        import torch

        out: dict[int, NDArray[np.float32]] = {}
        for rows, prefix in self._batches(prompts, 0, "Run the model"):
            with torch.inference_mode():
                output, _ = self._forward([prompts[i] for i in rows], prefix, hidden=True)
            states = output.hidden_states[-1][:, -1].float().cpu().numpy()
            out.update(zip(rows, states, strict=True))
        return np.stack([out[i] for i in range(len(prompts))])

    # -- what they share

    def _logprobs_in_parts(self, prompts: Sequence[Ids], options: Sequence[Ids]) -> NDArray[np.float64]:
        import torch

        out = np.zeros((len(prompts), len(options)))
        longer = np.array([i for i, option in enumerate(options) if len(option) > 1], dtype=np.intp)
        first = torch.tensor([option[0] for option in options], device=self.model.device)
        extra = sum(len(options[place]) for place in longer)
        for rows, prefix in self._batches(prompts, extra, "Run the model"):
            batch = [prompts[i] for i in rows]
            with torch.inference_mode():
                output, mask = self._forward(batch, prefix)
                start = output.logits[:, -1].float().log_softmax(-1)
                out[rows] = start[:, first].double().cpu().numpy()
                if len(longer):
                    rest = self._rest(output.past_key_values, mask, batch, [options[i] for i in longer])
                    out[np.ix_(rows, longer)] += rest
        return out

    def _rest(
        self, kept: Any, mask: "torch.Tensor", batch: Sequence[Ids], options: Sequence[Ids]
    ) -> NDArray[np.float64]:
        """Return log-probabilities of options without their first tokens, after prompts that were read."""
        import torch

        n, k, device = len(batch), len(options), self.model.device
        width = max(len(option) for option in options) - 1
        ids = torch.full((k, width), self._pad, device=device)
        seen = torch.zeros((k, width), dtype=torch.long, device=device)
        targets = torch.zeros((k, width), dtype=torch.long, device=device)
        for row, option in enumerate(options):
            ids[row, : len(option) - 1] = torch.tensor(option[:-1], device=device)
            targets[row, : len(option) - 1] = torch.tensor(option[1:], device=device)
            seen[row, : len(option) - 1] = 1
        kept.batch_repeat_interleave(k)
        lengths = torch.tensor([len(prompt) for prompt in batch], device=device)
        positions = (lengths[:, None] + torch.arange(width, device=device)).repeat_interleave(k, 0)
        logits = self.model(
            input_ids=ids.repeat(n, 1),
            attention_mask=torch.cat([mask.repeat_interleave(k, 0), seen.repeat(n, 1)], 1),
            position_ids=positions,
            past_key_values=kept,
            use_cache=True,
        ).logits
        chosen = logits.float().log_softmax(-1).gather(-1, targets.repeat(n, 1)[..., None])[..., 0]
        return (chosen * seen.repeat(n, 1)).sum(-1).view(n, k).double().cpu().numpy()  # type: ignore[no-any-return]

    def _logprobs_in_full(self, prompts: Sequence[Ids], options: Sequence[Ids]) -> NDArray[np.float64]:
        """Read every prompt with every option from the first token to the last; padding stands behind."""
        import torch

        pairs = [(prompt, option) for prompt in prompts for option in options]
        out = np.zeros(len(pairs))
        batches = budget_batches([len(prompt) + len(option) for prompt, option in pairs], self.budget)
        with track("Run the model", total=len(pairs), unit="input") as bar, torch.inference_mode():
            for rows in batches:
                out[rows] = self.read_in_full([pairs[i] for i in rows]).cpu().numpy()
                bar.advance(len(rows))
        return out.reshape(len(prompts), len(options))

    def read_in_full(self, pairs: Sequence[Pair]) -> "torch.Tensor":
        """See the base class."""
        import torch

        texts = [(*prompt, *option) for prompt, option in pairs]
        width, device = max(map(len, texts)), self.model.device
        ids = torch.tensor([[*text, *[self._pad] * (width - len(text))] for text in texts])
        mask = torch.tensor([[1] * len(text) + [0] * (width - len(text)) for text in texts])
        logits = self.model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        sums = []
        for row, (prompt, option) in enumerate(pairs):
            at = slice(len(prompt) - 1, len(prompt) + len(option) - 1)
            steps = precise(logits[row, at]).log_softmax(-1)
            sums.append(steps[range(len(option)), list(option)].double().sum())
        return torch.stack(sums)

    def _batches(
        self, prompts: Sequence[Ids], extra: int, what: str, budget: int | None = None
    ) -> Iterator[tuple[NDArray[np.intp], Ids]]:
        """Yield places of prompts that go together, and what of their beginning is kept."""
        n = len(self._prefix)
        kept = [n > 0 and len(prompt) > n and prompt[:n] == self._prefix for prompt in prompts]
        with track(what, total=len(prompts), unit="input") as bar:
            for with_prefix in (True, False):
                places = np.array([i for i, has in enumerate(kept) if has is with_prefix], dtype=np.intp)
                skipped = n - n // PREFIX_SHARE if with_prefix else 0
                lengths = [len(prompts[i]) - skipped + extra for i in places]
                for batch in budget_batches(lengths, budget or self.budget):
                    yield places[batch], self._prefix if with_prefix else ()
                    bar.advance(len(batch))

    def _forward(
        self, batch: Sequence[Ids], prefix: Ids, *, hidden: bool = False
    ) -> "tuple[Any, torch.Tensor]":
        """Return the model's output for prompts, and the mask over all of their tokens."""
        ids, mask = self._padded(batch, prefix)
        options: dict[str, Any] = {"output_hidden_states": True} if hidden else {}
        if prefix:
            options["past_key_values"] = self._repeated(self._kept, len(batch))
        if self._keeps_last:
            options["logits_to_keep"] = 1
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, len(prefix) :]
        output = self.model(
            input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, **options
        )
        return output, mask

    def _padded(self, batch: Sequence[Ids], prefix: Ids) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return what of prompts is still to be read, padded on the left, and the mask over all of them."""
        import torch

        rest = [prompt[len(prefix) :] for prompt in batch]
        width = max(map(len, rest))
        ids = torch.tensor([[*[self._pad] * (width - len(row)), *row] for row in rest])
        mask = torch.tensor([[1] * len(prefix) + [0] * (width - len(row)) + [1] * len(row) for row in rest])
        return ids.to(self.model.device), mask.to(self.model.device)

    def _read(self, prefix: Ids) -> Any:
        import torch

        with torch.inference_mode():
            ids = torch.tensor([prefix], device=self.model.device)
            return self.model(input_ids=ids, use_cache=True).past_key_values

    @staticmethod
    def _repeated(kept: Any, n: int) -> Any:
        cache = copy.deepcopy(kept)
        cache.batch_repeat_interleave(n)
        return cache

    def _in_parts_as_in_full(self, prefix: Ids) -> bool:
        """Whether a model gives the same numbers when it is read in parts, on prompts of unequal length."""
        some = prefix or tuple(self.tokenizer("One, two, three, four", add_special_tokens=False)["input_ids"])
        tail, options = some[-4:], [some[:1], some[:3]]
        prompts = [(*some, *tail), (*some, *tail[:1])]
        full = self._logprobs_in_full(prompts, options)
        try:
            if prefix:
                self._prefix, self._kept = prefix, self._read(prefix)
            parts = self._logprobs_in_parts(prompts, options)
        except (TypeError, AttributeError, ValueError, RuntimeError, IndexError, NotImplementedError):
            return False  # of caches there are many kinds, and not each can be repeated
        finally:
            self._prefix, self._kept = (), None
        import torch

        most = ALIKE if self.model.dtype == torch.float32 else 100 * ALIKE
        return bool(np.abs(parts - full).max() <= most)

    @cached_property
    def _keeps_last(self) -> bool:
        return "logits_to_keep" in inspect.signature(self.model.forward).parameters

    @cached_property
    def _ends(self) -> list[int]:
        own = self.model.generation_config.eos_token_id
        ends = {*(own if isinstance(own, list) else [own]), self.tokenizer.eos_token_id} - {None}
        if not ends:
            raise ModelError("the model names no token that ends a text, so that none it writes would end")
        return sorted(ends)

    @property
    def _pad(self) -> int:
        pad = self.tokenizer.pad_token_id
        return int(self._ends[0] if pad is None else pad)

    def _text(self, ids: Sequence[int], n_tokens: int) -> Written:
        end = next((place for place, token in enumerate(ids) if token in self._ends), None)
        text = self.tokenizer.decode(ids[:end], skip_special_tokens=True)
        if self.line and "\n" in text.lstrip():
            return Written(text.lstrip().partition("\n")[0], cut=False)
        return Written(text, cut=end is None and len(ids) >= n_tokens)
