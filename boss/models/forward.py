"""Forward passes over windows: sorted by length, padded to the longest of a batch, in a token budget."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.models.pieces import Window
from robtest.progress import track

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.floating[Any]]

GRADIENT_SHARE = 8
"""A backward pass keeps what every layer computed: its batches have this part of the tokens of others."""


CPU_TOKENS = 1024
"""Larger batches leave a CPU's cache: MiniLM in float32 reads texts of 24 pieces a third faster in batches
of this size than of 4,096 (two cores)."""


def budget_batches(lengths: Sequence[int], budget: int) -> list[NDArray[np.intp]]:
    """Group indices into batches of similar length whose padded size is at most ``budget`` tokens.

    A window longer than the budget makes a batch of its own.

    >>> [batch.tolist() for batch in budget_batches([5, 1, 2, 9], budget=6)]
    [[1, 2], [0], [3]]
    """
    order = np.argsort(np.asarray(lengths), kind="stable")
    batches: list[list[int]] = []
    for index in order.tolist():
        # Sorted upwards, so the newest member is the longest and sets the padded width.
        if batches and (len(batches[-1]) + 1) * lengths[index] <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return [np.array(batch, dtype=np.intp) for batch in batches]


def segment_kinds(model: Any) -> int:
    """Return how many segment ids a transformers model knows; 0 where its forward takes none.

    A tokenizer may number segments for a model that does not: that of BERT beside DistilBERT's weights, or a
    generic one beside RoBERTa's, whose table has one row.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    if "token_type_ids" not in inspect.signature(inner.forward).parameters:
        return 0
    return int(getattr(inner.config, "type_vocab_size", None) or 2)  # 0: taken, and left unused


def collate(
    windows: Sequence[Window], pad_id: int, *, types: int, device: "torch.device"
) -> "dict[str, torch.Tensor]":
    """Pad windows on the right into the tensors a transformers model takes.

    Args:
        types: see `segment_kinds`.
    """
    import torch

    width = max(len(window) for window in windows)
    ids = np.full((len(windows), width), pad_id, dtype=np.int64)
    mask, segments = np.zeros_like(ids), np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window.ids
        segments[row, : len(window)] = window.types
        mask[row, : len(window)] = 1
    inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    if types:
        inputs["token_type_ids"] = torch.from_numpy(np.minimum(segments, types - 1))
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def forward(
    model: Any,
    windows: Sequence[Window],
    *,
    pad_id: int,
    types: bool,
    budget: int,
    bfloat16: bool = False,
    hidden: bool = False,
) -> Iterator[tuple[NDArray[np.intp], Any]]:
    """Yield, batch by batch, the indices of its windows and the model's output for them.

    Args:
        model: a transformers model in evaluation mode.
        types: the tokenizer numbers segments, and the model gets what it knows of them.
        budget: tokens of one batch, padding included; on a CPU at most `CPU_TOKENS`.
        bfloat16: run under autocast; outputs then differ from float32 in the third digit.
        hidden: ask for the states of all layers.
    """
    import torch

    budget = min(budget, CPU_TOKENS) if model.device.type == "cpu" else budget
    batches = budget_batches([len(window) for window in windows], budget)
    kinds = segment_kinds(model) if types else 0
    with track("Run the model", total=len(windows), unit="input") as bar, torch.inference_mode():
        for batch in batches:
            inputs = collate([windows[i] for i in batch], pad_id, types=kinds, device=model.device)
            with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bfloat16):
                output = model(**inputs, **({"output_hidden_states": True} if hidden else {}))
            yield batch, output
            bar.advance(len(batch))


def backward(
    model: Any,
    windows: Sequence[Window],
    tensor_of: "Callable[[Any], torch.Tensor]",
    weights: Sequence[Floats],
    *,
    pad_id: int,
    types: bool,
    budget: int,
    hidden: bool = False,
) -> list[tuple[Floats, Floats]]:
    """Return per window its input embeddings and the gradient of the sum of weights x outputs.

    In float32, whatever the model's forward passes run in, and without any gradient of its weights. The
    embeddings are those its embedding layer gives, before positions are added; in an encoder-decoder
    those of the encoder.

    Args:
        read: the model's output -> one tensor, the first axis its windows.
        weights: per window, of the shape of its row in that tensor, without padding.

    Returns:
        Two arrays of shape ``(len(window), d)`` each, float32.
    """
    import torch

    out: list[tuple[Floats, Floats]] = [(np.empty((0, 0)), np.empty((0, 0)))] * len(windows)
    batches = budget_batches([len(window) for window in windows], max(1, budget // GRADIENT_SHARE))
    kinds = segment_kinds(model) if types else 0
    with track("Differentiate the model", total=len(windows), unit="input") as bar, torch.enable_grad():
        for batch in batches:
            inputs = collate([windows[i] for i in batch], pad_id, types=kinds, device=model.device)
            with watched(model) as tape:
                outputs = tensor_of(model(**inputs, **({"output_hidden_states": True} if hidden else {})))
            upstream = torch.zeros_like(outputs)
            for row, index in enumerate(batch):
                part = torch.tensor(weights[index], dtype=upstream.dtype, device=upstream.device)
                (upstream[row] if part.ndim == 1 else upstream[row, : len(part)]).copy_(part)
            vectors = tape[0]
            (slopes,) = torch.autograd.grad(outputs, vectors, upstream)
            for row, index in enumerate(batch):
                n = len(windows[index])
                out[index] = (array(vectors[row, :n]), array(slopes[row, :n]))
            bar.advance(len(batch))
    return out


def embeddings(model: Any, ids: NDArray[np.int64]) -> Floats:
    """Return what a model's embedding layer gives for token ids, shape ``(len(ids), d)``, float32."""
    import torch

    with torch.inference_mode():
        return array(model.get_input_embeddings()(torch.from_numpy(ids).to(model.device)))


@contextmanager
def watched(model: Any) -> "Iterator[list[torch.Tensor]]":
    """Collect what the embedding layer gives, cut off from its weights: what is differentiated by."""
    tape: list[torch.Tensor] = []

    def watch(module: Any, args: Any, output: "torch.Tensor") -> "torch.Tensor":
        tape.append(output.detach().requires_grad_())
        return tape[-1]

    handle = model.get_input_embeddings().register_forward_hook(watch)
    try:
        yield tape
    finally:
        handle.remove()


def array(tensor: "torch.Tensor") -> Floats:
    """Return a tensor as an array of its own, float32."""
    out: Floats = tensor.detach().float().cpu().numpy().copy()
    return out


def pick_device() -> "torch.device":
    """Return the first GPU where there is one, otherwise the CPU."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
