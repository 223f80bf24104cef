"""A published BiLSTM that finds toxic comments, out of its package; nothing is fitted here, Keras not needed.

The package ``toxic-comment-classifier`` holds weights and vocabulary. Its network is written out in numpy:
frozen word vectors of 50 numbers, an LSTM of 50 units each way, the maximum over places, a layer of 50 and
six sigmoids, of which ``toxic`` is read. Gradients there are none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from boss.data.sources import data_errors
from boss.data.types import Example
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.keras_files import Place, arrays_at, words_of
from boss.models.method import Method
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.models.text import encodable
from boss.tasks import Task
from robtest.assets import Member, Package

Floats = NDArray[np.float64]

PACKAGE = Package(
    distribution="toxic-comment-classifier",
    version="0.3.0",
    file="toxic_comment_classifier-0.3.0-py3-none-any.whl",
    sha256="e5af0f052dbb0493d585b5b486dd9b61ec13d54c0e3e2ad93c519114bb404948",
)
WEIGHTS = "toxic_classifier/model/model.weights.h5"
VOCABULARY = "toxic_classifier/model/tokenizer.pickle"
WEIGHTS_BYTES = 4_588_880

PLACES: Mapping[str, Place] = {
    "embedding": Place(6608, (20_000, 50)),
    "forward_kernel": Place(4_099_192, (50, 200)),
    "forward_recurrent": Place(4_141_240, (50, 200)),
    "forward_bias": Place(4_095_264, (200,)),
    "backward_kernel": Place(4_012_416, (50, 200)),
    "backward_recurrent": Place(4_054_464, (50, 200)),
    "backward_bias": Place(4_094_464, (200,)),
    "hidden_kernel": Place(4_187_320, (100, 50)),
    "hidden_bias": Place(4_096_064, (50,)),
    "output_kernel": Place(4_211_664, (50, 6)),
    "output_bias": Place(4_096_264, (6,)),
}
"""Where the arrays stand in the file of weights, as the HDF5 library reports it (layers/…/vars/0, 1, 2)."""

LABELS = ("benign", "toxic")
HEADS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
MAX_WORDS = 100
"""Places the network reads; of a longer text the last ones, a shorter one stands behind zeros."""
N_WORDS = 20_000
SEPARATORS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What Keras' tokenizer takes for spaces; the vocabulary's file says the same."""
_SPACES = str.maketrans(dict.fromkeys(SEPARATORS, " "))
_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class BiLSTM(BaseRecipe):
    """Recipe for toxic-comment-classifier 0.3.0: a BiLSTM with six heads, of which ``toxic`` answers.

    The package does not say what it learnt from. Its vocabulary was counted on 159,571 texts, as many as the
    training set of Jigsaw's toxic comment challenge has, and its heads have that challenge's names. The
    package's own score is the mean of its six heads; here a comment is toxic where its first head says so.
    """

    adapter: ClassVar[str] = "bilstm"
    ready: ClassVar[tuple[str, ...]] = ("none",)
    finetuned_on: ClassVar[str] = "none"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scipy")

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the network, ready to answer.

        Raises:
            ModelError: if the task has other labels than those of toxicity.
            DatasetMissing: if the package cannot be had; the text says where to put it by hand.
        """
        if len(task.fields) != 1 or set(task.labels) != set(LABELS):
            raise ModelError(
                f"model {self.name} tells {' and '.join(LABELS)} texts apart, and task {task.name} asks for "
                f"{', '.join(task.labels) or 'answers'}; measure it with task=toxicity"
            )
        with data_errors():
            archive = PACKAGE.fetch(cache)
        particulars = Particulars(
            id=self.name,
            licence="MIT",
            revision=f"{PACKAGE.distribution}=={PACKAGE.version}",
            weights_sha256=PACKAGE.sha256,
            training_datasets=(
                "probably the Jigsaw Toxic Comment Classification Challenge (159571 comments)",
            ),
            n_parameters=sum(int(np.prod(place.shape)) for place in PLACES.values()),
            max_length=MAX_WORDS,
            dtype="float64",
        )
        return Start(ToxicHead(task, partial(_loaded, archive)), particulars, PACKAGE.sha256)


@dataclass(frozen=True)
class Network:
    """The network with its vocabulary.

    Attributes:
        words: word -> index.
        arrays: as `PLACES` names them.
    """

    words: Mapping[str, int]
    arrays: Mapping[str, Floats]

    def indices(self, text: str) -> tuple[list[int], bool]:
        """Return the indices of the last `MAX_WORDS` known words, and whether there were more.

        Words that the vocabulary lacks take no place, as in Keras without a token for them.
        """
        found = [
            self.words[word] for word in text.lower().translate(_SPACES).split(" ") if word in self.words
        ]
        return found[-MAX_WORDS:], len(found) > MAX_WORDS

    def logits(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return the six logits of texts as indices; shape ``(n, 6)``.

        Each row is computed by products of the same shape, so that no digit depends on the others.
        """
        padded = np.zeros((len(rows), MAX_WORDS), dtype=np.intp)
        for row, indices in zip(padded, rows, strict=True):
            if indices:
                row[-len(indices) :] = indices
        get = self.arrays.__getitem__
        inputs = get("embedding")[padded]
        pooled = [self._pooled(way, inputs[:, ::step]) for way, step in (("forward", 1), ("backward", -1))]
        state = np.concatenate(pooled, axis=1)[:, None]
        hidden = np.maximum(state @ get("hidden_kernel") + get("hidden_bias"), 0)
        output: Floats = (hidden @ get("output_kernel") + get("output_bias"))[:, 0]
        return output

    def _pooled(self, way: str, inputs: Floats) -> Floats:
        """Return the maximum over time of an LSTM's outputs; gates stand in the order i, f, c, o.

        Args:
            inputs: shape ``(n, n_steps, 50)``, in the order in which they are read.

        Returns:
            Shape ``(n, 50)``.
        """
        from scipy.special import expit

        kernel, recurrent, bias = (self.arrays[f"{way}_{part}"] for part in ("kernel", "recurrent", "bias"))
        fed = np.ascontiguousarray(inputs) @ kernel + bias
        output = np.zeros((len(inputs), 1, len(recurrent)))
        cell, best = np.zeros_like(output), np.full_like(output, -np.inf)
        for step in range(inputs.shape[1]):
            gates = fed[:, step, None] + output @ recurrent
            put, keep, new, out = np.split(gates, 4, axis=2)
            cell = expit(keep) * cell + expit(put) * np.tanh(new)
            output = expit(out) * np.tanh(cell)
            np.maximum(best, output, out=best)
        return best[:, 0]


@dataclass(frozen=True)
class ToxicHead:
    """Answers by the head ``toxic`` of the network (implements `boss.models.recipe.Head`).

    Attributes:
        source: gives the network.
    """

    task: Task
    source: Callable[[], Network]

    def load(self, folder: Path) -> Answer:
        """Return what answers; ``folder`` holds nothing."""
        return partial(self._predictions, self.source())

    def _predictions(self, network: Network, examples: Sequence[Example]) -> list[Prediction]:
        [field] = self.task.fields
        read = [network.indices(encodable(example.text(field))) for example in examples]
        logits = [
            logit
            for start in range(0, len(read), _AT_ONCE)
            for logit in network.logits([row for row, _ in read[start : start + _AT_ONCE]])[:, 0].tolist()
        ]
        return [self._prediction(logit, cut) for logit, (_, cut) in zip(logits, read, strict=True)]

    def _prediction(self, logit: float, cut: bool) -> Prediction:
        from scipy.special import expit

        values = {"benign": (expit(-logit), 0.0), "toxic": (expit(logit), logit)}
        probs, logits = np.array([values[label] for label in self.task.labels], dtype=np.float64).T
        return Prediction("toxic" if logit > 0 else "benign", probs, logits, truncated=cut)


def _loaded(archive: Path) -> Network:
    with data_errors():
        with Member(archive, VOCABULARY).open() as file:
            words = words_of(file.read(), N_WORDS)
        with Member(archive, WEIGHTS).open() as file:
            return Network(words, arrays_at(file.read(), PLACES, WEIGHTS_BYTES))
