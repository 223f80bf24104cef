"""A transformers network with a head: loaded without running foreign code, fine-tuned, asked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ModelError
from boss.methods.finetune import finetune
from boss.methods.seeding import seeded
from boss.methods.training import Training
from boss.models.fitted import Answer
from boss.models.forward import forward, pick_device
from boss.models.heads import NetworkHead
from boss.models.pieces import Pieces, Window
from boss.tasks import Task

Floats = NDArray[np.float64]


def load_network(folder: Path, auto_class: str, labels: Sequence[str] | None) -> tuple[Any, list[str]]:
    """Return the network of a local folder, in float32 and evaluation mode, and the weights it lacks.

    Safetensors are preferred; transformers reads ``.bin`` files by ``torch.load(weights_only=True)``,
    which runs no code out of them. Code that lies beside the weights is never run.

    Args:
        labels: names of a new head's outputs; None keeps the head's own.

    Raises:
        ModelError: if transformers cannot read the folder.
    """
    import transformers

    settings: dict[str, Any] = {}
    if labels:
        names = dict(enumerate(labels))
        settings = {"id2label": names, "label2id": {name: i for i, name in names.items()}}
        settings["num_labels"] = len(names)
    try:
        with _quiet():
            network, report = getattr(transformers, auto_class).from_pretrained(
                str(folder),
                trust_remote_code=False,
                local_files_only=True,
                dtype="float32",
                ignore_mismatched_sizes=labels is not None,
                output_loading_info=True,
                **settings,
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(f"{auto_class} cannot load {folder}: {error}") from error
    if network.config.pad_token_id is None:  # decoder-only models ask for it in batches
        network.config.pad_token_id = network.config.eos_token_id
    return network.eval().to(pick_device()), sorted(report["missing_keys"])


@dataclass(frozen=True)
class Tuned:
    """A network whose every weight is trained on the task (implements `boss.models.pretrained.Head`)."""

    task: Task
    folder: Path
    head: NetworkHead
    pieces: Pieces
    training: Training
    budget: int

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Fine-tune and write the network into ``folder``, which transformers can load by itself.

        Raises:
            ModelError: if no example can be learnt from.
        """
        learnt = self.head.labelled(train)
        if not learnt:
            raise ModelError(
                f"no example of {train.dataset}/{train.split} can be learnt from; check its labels"
            )
        with seeded(seed):  # the new head's weights are drawn while loading
            network, _ = load_network(self.folder, self.head.auto_class, self.task.labels)
        finetune(
            network,
            learnt,
            self.head.labelled(validation) if validation is not None else [],
            self.head.loss,
            self.training,
            seed=seed,
            pad_id=self.pieces.pad_id,
            types=takes_types(self.pieces),
        )
        network.save_pretrained(folder, safe_serialization=True)
        self.pieces.tokenizer.save_pretrained(folder)

    def load(self, folder: Path) -> Answer:
        """Return what answers with the network in ``folder``."""
        network, missing = load_network(folder, self.head.auto_class, None)
        if missing:
            raise ModelError(
                f"fitted model in {folder} lacks weights: {', '.join(missing)}; delete the folder"
            )
        return asked(self.head, network, self.pieces, self.budget, bfloat16=self.training.bfloat16)


def asked(
    head: NetworkHead,
    network: Any,
    pieces: Pieces,
    budget: int,
    *,
    bfloat16: bool,
    convert: Callable[[Floats], Floats] | None = None,
) -> Answer:
    """Return what answers examples with a network.

    Args:
        convert: turns the network's labels into the task's, on the last axis; None where they are the same.
    """

    def run(windows: Sequence[Window]) -> list[Floats]:
        out: list[Floats] = [np.empty(0)] * len(windows)
        batches = forward(
            network,
            windows,
            pad_id=pieces.pad_id,
            types=takes_types(pieces),
            budget=budget,
            bfloat16=bfloat16,
        )
        for batch, output in batches:
            logits = head.logits(output).double().cpu().numpy()
            for row, index in enumerate(batch):
                part = logits[row] if logits.ndim == 2 else logits[row, : len(windows[index])]
                out[index] = convert(part) if convert is not None else part
        return out

    return lambda examples: head.answer(examples, run)


def takes_types(pieces: Pieces) -> bool:
    """Whether the model takes segment ids."""
    return "token_type_ids" in pieces.tokenizer.model_input_names


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from warning of a new head's random weights: training it is the next step."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
