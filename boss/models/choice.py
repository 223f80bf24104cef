"""Choosing among functions by likeness: the one whose name and description are nearest to the query.

Nothing is learnt of places: each function is compared with the query by itself, so that functions in another
order get the same numbers in that order.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.backbone import Backbone
from boss.models.base import Prediction
from boss.models.cache import load_arrays, save_arrays
from boss.models.fitted import Answer
from boss.models.linear import softmax
from boss.tasks import Task
from robtest.plural import counted

Floats = NDArray[np.float64]
Encode = Callable[[Sequence[str]], Any]
"""Texts -> a dense or sparse matrix of one row each; the product of two rows is their cosine."""

HEAD = "head.npz"
TEMPERATURES = np.geomspace(0.01, 1.0, 41)
"""Tried for the softmax of cosines."""
NOT_THERE = -1000.0
"""Logit of a place that an example has not got: no probability, and behind every other."""
_STEP = 1e-9
"""Between functions that are alike to the last digit, in the order of their texts, which no place decides."""
_SEAM = re.compile(r"[_\W]+|(?<=[a-z0-9])(?=[A-Z])")


def functions_of(task: Task, example: Example) -> list[str]:
    """Return ``name: description`` of each function of an example, names written as words.

    Raises:
        ModelError: if there are not as many descriptions as names, or more than places.
    """
    _, *lists = task.fields
    names, descriptions = (example.text(field).split("\n") for field in lists)
    if len(names) != len(descriptions) or len(names) > len(task.labels):
        raise ModelError(
            f"example {example.id} has {counted(len(names), 'name')} and "
            f"{counted(len(descriptions), 'description')}; there must be as many lines of both, "
            f"{len(task.labels)} at most: put each on a line of its own"
        )
    return [f"{spelled(name)}: {text}" for name, text in zip(names, descriptions, strict=True)]


def spelled(name: str) -> str:
    """Return the name of a function as words.

    >>> spelled("getWeather.by_city")
    'get Weather by city'
    """
    return _SEAM.sub(" ", name).strip()


@dataclass(frozen=True)
class Chooser(ABC):
    """Answers with the nearest function (implements `boss.models.recipe.Learner`).

    One number is fitted, the temperature by which the softmax of cosines is likeliest for the gold
    functions of the validation split (of the train split where there is none); no answer hangs on it.
    """

    task: Task

    @abstractmethod
    def fit_encoder(self, texts: Sequence[str], folder: Path) -> tuple[Encode, Mapping[str, NDArray[Any]]]:
        """Return what encodes, fitted on texts; the arrays it returns are stored, files it may write."""

    @abstractmethod
    def encoder(self, folder: Path, arrays: Mapping[str, NDArray[Any]]) -> Encode:
        """Return what encodes, from what was stored."""

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write encoder and temperature into ``folder``; nothing here is random."""
        texts = dict.fromkeys(
            text for example in train.examples for text in (self._query(example), *self._functions(example))
        )
        encode, arrays = self.fit_encoder(list(texts), folder)
        judged = (validation if validation is not None and validation.examples else train).examples
        gold = [int(str(example.gold)) - 1 for example in judged]
        temperature = best_temperature(self._cosines(encode, judged), gold)
        save_arrays(folder / HEAD, {"temperature": np.array(temperature), **arrays})

    def load(self, folder: Path) -> Answer:
        """Return what answers with the files in ``folder``."""
        arrays = load_arrays(folder / HEAD)
        temperature = float(arrays.pop("temperature"))
        return partial(self._predictions, self.encoder(folder, arrays), temperature)

    def _predictions(
        self, encode: Encode, temperature: float, examples: Sequence[Example]
    ) -> list[Prediction]:
        labels = self.task.labels
        made = []
        for cosines in self._cosines(encode, examples):
            logits = np.full(len(labels), NOT_THERE)
            logits[: len(cosines)] = cosines / temperature
            made.append(Prediction(labels[int(logits.argmax())], softmax(logits), logits))
        return made

    def _cosines(self, encode: Encode, examples: Sequence[Example]) -> list[Floats]:
        """Return of each example the cosines of its functions with its query, none equal to another."""
        lists = [[self._query(example), *self._functions(example)] for example in examples]
        rows = {text: i for i, text in enumerate(dict.fromkeys(text for texts in lists for text in texts))}
        encoded = encode(list(rows))
        made = []
        for query, *functions in lists:
            product = encoded[[rows[text] for text in functions]] @ encoded[[rows[query]]].T
            cosines = np.asarray(product.toarray() if hasattr(product, "toarray") else product, np.float64)
            order = {text: place for place, text in enumerate(sorted(functions))}
            made.append(cosines[:, 0] - _STEP * np.array([order[text] for text in functions]))
        return made

    def _query(self, example: Example) -> str:
        return example.text(self.task.fields[0])

    def _functions(self, example: Example) -> list[str]:
        return functions_of(self.task, example)


@dataclass(frozen=True)
class EncoderChooser(Chooser):
    """Likeness by a frozen encoder's sentence vectors, in several windows where a text is long."""

    backbone: Backbone

    def fit_encoder(self, texts: Sequence[str], folder: Path) -> tuple[Encode, Mapping[str, NDArray[Any]]]:
        """Return the encoder, to which nothing is fitted."""
        return self.backbone.sentences, {}

    def encoder(self, folder: Path, arrays: Mapping[str, NDArray[Any]]) -> Encode:
        """Return the encoder."""
        return self.backbone.sentences


def best_temperature(cosines: Sequence[Floats], gold: Sequence[int]) -> float:
    """Return the one of `TEMPERATURES` by which the gold functions are likeliest, of equals the lowest.

    >>> best_temperature([np.array([0.6, 0.2])] * 4, [0, 0, 0, 1]) < 1
    True
    """
    losses = [
        sum(
            -np.log(softmax(row / temperature)[place] + 1e-300)
            for row, place in zip(cosines, gold, strict=True)
        )
        for temperature in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])
