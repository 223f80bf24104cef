"""A transformers network with a head: loaded without running foreign code, fine-tuned, asked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.base import InputGradient, Prediction, Weights
from boss.models.bio import best_legal_tags, opened
from boss.models.cache import save_json
from boss.models.finetune import finetune
from boss.models.forward import Floats as AnyFloats
from boss.models.forward import backward, embeddings, forward, pick_device
from boss.models.heads import NetworkHead
from boss.models.label_map import LabelMap
from boss.models.linear import softmax
from boss.models.method import Method
from boss.models.pieces import Pieces, Window
from boss.models.seeding import seeded
from boss.models.seq2seq import AnswerWriter
from boss.models.training import Training
from boss.tasks import Task

Floats = NDArray[np.float64]
TRAINED = "trained.json"
"""How many parameters were trained (``n_tunable``), beside the weights."""


def load_network(folder: Path, auto_class: str, labels: Sequence[str] | None) -> tuple[Any, list[str]]:
    """Return the network of a local folder, in float32 and evaluation mode, and the weights it lacks.

    Safetensors are preferred; transformers reads ``.bin`` files by ``torch.load(weights_only=True)``,
    which runs no code out of them. Code that lies beside the weights is never run.

    Args:
        labels: names of a new head's outputs; None keeps the head's own.

    Raises:
        ModelError: if transformers cannot read the folder, or has no such head for its architecture.
    """
    import transformers

    _check_architecture(folder, auto_class)
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
class Tuning:
    """The training of a network on a task, by a method."""

    task: Task
    pieces: Pieces
    training: Training
    method: Method

    def run(
        self,
        network: Any,
        reader: NetworkHead | AnswerWriter,
        splits: tuple[Split, Split | None],
        folder: Path,
        seed: int,
        fresh: Sequence[str] = (),
    ) -> None:
        """Train ``network`` and write it into ``folder``, which transformers can load by itself.

        Args:
            reader: turns splits into windows, and outputs into decisions.
            splits: train and validation.
            fresh: names of the weights that are not pretrained.

        Raises:
            ModelError: if no example can be learnt from, or the loss stops being a number.
        """
        train, validation = self.method.augment(self.task, splits[0], seed), splits[1]
        windows = reader.training_windows(train)
        if not windows:
            raise ModelError(
                f"no example of {train.dataset}/{train.split} can be learnt from; check its labels"
            )
        n_tunable = finetune(
            network,
            self.method.annotate(self.task, train, windows, seed),
            reader.training_windows(validation) if validation is not None else [],
            decisions=reader.decisions,
            training=self.training,
            method=self.method,
            fresh=fresh,
            seed=seed,
            pad_id=self.pieces.pad_id,
            types=self.pieces.types,
        )
        save_json(folder / TRAINED, {"n_tunable": n_tunable})
        network.save_pretrained(folder, safe_serialization=True)
        self.pieces.tokenizer.save_pretrained(folder)


@dataclass(frozen=True)
class FineTuning(Tuning):
    """A network under a new head, and its training (implements `boss.models.recipe.Learner`).

    Attributes:
        folder: of the pretrained network.
    """

    folder: Path
    head: NetworkHead
    budget: int

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Fine-tune and write the network into ``folder``, see `Tuning.run`."""
        with seeded(seed):  # the new head's weights are drawn while loading
            network, fresh = load_network(self.folder, self.head.auto_class, self.task.labels)
        self.run(network, self.head, (train, validation), folder, seed, fresh)

    def load(self, folder: Path) -> "NetworkPredictor":
        """Return what predicts with the network in ``folder``."""
        network, missing = load_network(folder, self.head.auto_class, None)
        if missing:
            raise ModelError(
                f"fitted model in {folder} lacks weights: {', '.join(missing)}; delete the folder"
            )
        return NetworkPredictor(self.head, network, self.pieces, self.budget, self.training.autocast)


@dataclass(frozen=True)
class NetworkPredictor:
    """Answers examples with a network (implements `boss.models.fitted.NetworkAnswer`).

    Attributes:
        convert: from the network's labels to the task's; None where they are the same.
    """

    head: NetworkHead
    network: Any
    pieces: Pieces
    budget: int
    bfloat16: bool
    convert: LabelMap | None = None

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order."""
        predictions = self.head.answer(examples, self._run)
        if self.convert is None:
            return predictions
        if self.convert.opens:
            return [_opened(prediction, self.convert.opens) for prediction in predictions]
        if self.convert.classes is not None:
            return [replace(prediction, classes=self.convert.classes) for prediction in predictions]
        return predictions

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`.

        Raises:
            ModelError: for tags in IO or IOB1, whose meaning hangs on the words before.
        """
        if self.convert is not None and self.convert.opens:
            raise ModelError(
                "a tagger in IO or IOB1 has no gradients: what its tags mean hangs on the words before; "
                "attack it with access=score or access=decision"
            )
        return self.head.gradients(examples, field, weights, self._pull)

    def embed(self, text: str) -> AnyFloats:
        """Return the input embeddings of the pieces of a text by itself."""
        return embeddings(self.network, self.pieces.ids(text))

    def _run(self, windows: Sequence[Window]) -> list[Floats]:
        logits = self._logits(windows)
        return [self.convert(row) for row in logits] if self.convert is not None else logits

    def _logits(self, windows: Sequence[Window]) -> list[Floats]:
        """Return per window the network's own logits, without padding."""
        out: list[Floats] = [np.empty(0)] * len(windows)
        batches = forward(
            self.network,
            windows,
            pad_id=self.pieces.pad_id,
            types=self.pieces.types,
            budget=self.budget,
            bfloat16=self.bfloat16,
        )
        for batch, output in batches:
            logits = self.head.logits(output).double().cpu().numpy()
            for row, index in enumerate(batch):
                out[index] = logits[row] if logits.ndim == 2 else logits[row, : len(windows[index])]
        return out

    def _pull(
        self, windows: Sequence[Window], weights: Sequence[AnyFloats]
    ) -> list[tuple[AnyFloats, AnyFloats]]:
        if self.convert is not None:
            logits = self._logits(windows)
            pairs = zip(logits, weights, strict=True)
            weights = [self.convert.pulled_back(*pair) for pair in pairs]
        return backward(
            self.network,
            windows,
            self.head.logits,
            weights,
            pad_id=self.pieces.pad_id,
            types=self.pieces.types,
            budget=self.budget,
        )


def _check_architecture(folder: Path, auto_class: str) -> None:
    """Refuse an architecture that transformers has no head of this kind for."""
    import transformers

    try:
        config = transformers.AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise ModelError(f"the config.json in {folder} cannot be read: {reason}") from error
    if type(config) in getattr(transformers, auto_class)._model_mapping:
        return
    if auto_class == "AutoModelForSeq2SeqLM":
        raise ModelError(
            f"architecture {config.model_type} ({folder}) is no encoder-decoder that writes; take it with "
            "model=hf model.path=DIR"
        )
    raise ModelError(
        f"transformers has no {auto_class.removeprefix('AutoModelFor')} head for architecture "
        f"{config.model_type} ({folder}); take method=linear_probe, which reads the states of any encoder, "
        "or a model of another architecture"
    )


def _opened(prediction: Prediction, tags: Sequence[str]) -> Prediction:
    assert prediction.logits is not None
    logits = opened(prediction.logits, tags)
    return replace(prediction, answer=best_legal_tags(logits, tags), probs=softmax(logits), logits=logits)


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
