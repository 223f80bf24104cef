"""Encoder-decoders on the tasks of BOSS: a gap to fill for classes, an answer to write for questions.

Source: Yuan et al. 2023 (arXiv:2306.04618), which fine-tunes T5 so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.models.forward import budget_batches, collate
from boss.models.heads import ClassHead
from boss.models.method import LabelledWindow
from boss.models.pieces import Window
from boss.models.prompts import Prompt, label_words_of, template_of
from boss.models.spans import first_answer, gold_positions
from robtest.progress import track

if TYPE_CHECKING:
    import torch

AUTO_CLASS = "AutoModelForSeq2SeqLM"
MAX_ANSWER = 20
"""Pieces of an answer that is written or learnt, its end included; BOSS's."""


def decode_after(network: Any, ids: Sequence[int]) -> None:
    """Let a network that is given the encoder's inputs alone decode one step after ``ids``."""
    import torch

    def with_prefix(module: Any, args: tuple[Any, ...], inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if inputs["input_ids"] is not None:
            return args, inputs
        states = inputs["encoder_hidden_states"]
        first = torch.tensor(ids, device=states.device).expand(len(states), len(ids))
        return args, {**inputs, "input_ids": first}

    # On the decoder: what peft makes of a network does not call the hooks of the whole.
    network.get_decoder().register_forward_pre_hook(with_prefix, with_kwargs=True)


@dataclass(frozen=True)
class Cloze(ClassHead):
    """The class whose word fills the gap best: softmax over the words' logits after the decoder's sentinel.

    A word of several pieces is judged by its first, as in BOSS.
    """

    auto_class: ClassVar[str] = AUTO_CLASS

    @cached_property
    def prompt(self) -> Prompt:
        """The task's prompt; the text, or the premise, gives way."""
        return Prompt(self.pieces, template_of(self.task), self.task.fields[0])

    @cached_property
    def words(self) -> list[int]:
        """The first pieces of the label words, in the order of the labels.

        Raises:
            ModelError: if the tokenizer begins two of them with the same piece.
        """
        words = label_words_of(self.task)
        ids = [int(self.pieces.ids(word)[0]) for word in words]
        if len(set(ids)) < len(ids):
            raise ModelError(
                f"the tokenizer in use begins two of the words {', '.join(words)} with the same piece, so "
                "that they cannot be told apart; use a T5 checkpoint with its own tokenizer"
            )
        return ids

    def logits(self, output: Any) -> "torch.Tensor":
        """Return shape ``(n, n_labels)``."""
        return output.logits[:, -1, self.words].float()  # type: ignore[no-any-return]

    def _window(self, example: Example) -> tuple[Window, bool]:
        return self.prompt.cut(example)


@dataclass(frozen=True)
class AnswerWriter:
    """Answers to questions, written by greedy decoding (implements `boss.models.fitted.Answer`).

    A long context is read in windows. One without the answer is taught to say nothing, and of what the
    windows do say the likeliest counts; BOSS cuts the context instead, and the answer with it.

    Attributes:
        overlap: pieces of the context that neighbouring windows share.
    """

    prompt: Prompt
    overlap: int
    network: Any
    budget: int
    bfloat16: bool

    def training_windows(self, split: Split) -> list[LabelledWindow]:
        """Return the windows with the pieces of the first gold answer, none where they do not wholly hold it.

        A question whose answer no window holds is left out.
        """
        eos = self.prompt.pieces.tokenizer.eos_token_id
        out = []
        for example in split.examples:
            answer = first_answer(example)
            if answer is None:
                continue
            target = np.append(self.prompt.pieces.ids(answer.text), eos)[:MAX_ANSWER]
            windows, _ = self.prompt.windows(example, self.overlap)
            holds = [gold_positions(window, answer) is not None for window in windows]
            if any(holds):
                pairs = zip(windows, holds, strict=True)
                out += [LabelledWindow(window, target if has else np.array([eos])) for window, has in pairs]
        return out

    def decisions(self, output: Any, batch: Sequence[LabelledWindow]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return the logits of every piece of the answers, each given those before it, and the pieces."""
        import torch

        network, states = self.network, output.encoder_last_hidden_state
        width = max(len(item.target) for item in batch)
        decoder_ids = np.full((len(batch), width), network.config.decoder_start_token_id, dtype=np.int64)
        for row, item in enumerate(batch):
            decoder_ids[row, 1 : len(item.target)] = item.target[:-1]
        inputs = collate(
            [item.window for item in batch], self.prompt.pieces.pad_id, types=False, device=states.device
        )
        with torch.autocast(states.device.type, dtype=torch.bfloat16, enabled=self.bfloat16):
            logits = network(
                encoder_outputs=(states,),
                attention_mask=inputs["attention_mask"],
                decoder_input_ids=torch.from_numpy(decoder_ids).to(states.device),
            ).logits.float()
        rows = [logits[row, : len(item.target)] for row, item in enumerate(batch)]
        targets = torch.from_numpy(np.concatenate([item.target for item in batch]))
        return torch.cat(rows), targets.to(states.device)

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order."""
        inputs = [self.prompt.windows(example, self.overlap) for example in examples]
        answers = iter(self._answers([window for windows, _ in inputs for window in windows]))
        out = []
        for windows, cut in inputs:
            candidates = [next(answers) for _ in windows]
            # Of equals the first; silence only where every window is silent.
            _, answer = max(candidates, key=lambda item: (item[1] != "", item[0]))
            out.append(Prediction(answer, truncated=cut))
        return out

    def _answers(self, windows: Sequence[Window]) -> list[tuple[float, str]]:
        """Return for each window the log-probability of its answer and the answer."""
        out: list[tuple[float, str]] = [(0.0, "")] * len(windows)
        with track("Write answers", total=len(windows), unit="input") as bar:
            for batch in budget_batches([len(window) for window in windows], self.budget):
                outputs = self._generate([windows[i] for i in batch])
                for index, item in zip(batch.tolist(), outputs, strict=True):
                    out[index] = item
                bar.advance(len(batch))
        return out

    def _generate(self, windows: Sequence[Window]) -> list[tuple[float, str]]:
        import torch
        from transformers import GenerationConfig

        tokenizer, config = self.prompt.pieces.tokenizer, self.network.config
        # Made anew: a checkpoint's own settings may ask for beams, a length penalty or samples.
        settings = GenerationConfig(
            max_new_tokens=MAX_ANSWER,
            do_sample=False,
            num_beams=1,
            decoder_start_token_id=config.decoder_start_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=self.prompt.pieces.pad_id,
            return_dict_in_generate=True,
            output_logits=True,
        )
        device = self.network.device
        inputs = collate(windows, self.prompt.pieces.pad_id, types=False, device=device)
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.bfloat16):
            outputs = self.network.generate(**inputs, generation_config=settings)
        ids = outputs.sequences[:, 1:]
        logs = torch.log_softmax(torch.stack(outputs.logits, dim=1).double(), dim=-1)
        chosen = logs.gather(-1, ids[..., None])[..., 0].cpu().numpy()
        out = []
        for row, row_ids in zip(chosen, ids.cpu().numpy(), strict=True):
            ends = np.flatnonzero(row_ids == tokenizer.eos_token_id)
            n = int(ends[0]) + 1 if len(ends) else len(row_ids)
            out.append(
                (float(row[:n].sum()), tokenizer.decode(row_ids[:n], skip_special_tokens=True).strip())
            )
        return out
