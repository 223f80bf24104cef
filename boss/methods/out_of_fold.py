"""Predictions of a weak model on its own training data, made out of fold."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ModelError
from boss.models.linear import softmax
from boss.models.seeding import stream
from boss.models.tfidf_text import NgramClassifier, Ngrams
from boss.tasks import Task

FLOOR = 1e-6
"""Least probability whose logarithm is taken: a class a fold never showed has none."""


def folds_of(sources: Sequence[str], n_folds: int, seed: int) -> NDArray[np.intp]:
    """Return the fold of each example; examples of one source share one, folds have as many sources.

    Raises:
        ModelError: if there are fewer sources than folds.
    """
    distinct = sorted(set(sources))
    if len(distinct) < n_folds:
        raise ModelError(
            f"a weak model in {n_folds} folds needs as many sources, the train split has {len(distinct)}; "
            "set method.n_folds lower, or take more examples"
        )
    order = stream(seed, "folds").permutation(len(distinct))
    fold = {distinct[at]: place % n_folds for place, at in enumerate(order.tolist())}
    return np.array([fold[source] for source in sources], dtype=np.intp)


def out_of_fold(task: Task, train: Split, *, n_folds: int, seed: int) -> NDArray[np.float64]:
    """Return log-probabilities of the classes by word n-grams, shape ``(n_examples, n_labels)``.

    Each example is judged by a model fitted on the other folds. In-sample probabilities, which BOSS's
    code takes, say of nearly every example that it is easy.

    Raises:
        ModelError: if the train split is too small, or a fold leaves fewer than two classes.
    """
    folds = folds_of([example.source for example in train.examples], n_folds, seed)
    logs = np.empty((len(train.examples), len(task.labels)))
    weak = NgramClassifier(task, Ngrams(word_ngrams=2, char_ngrams=0, min_count=2))
    for fold in range(n_folds):
        held = np.flatnonzero(folds == fold)
        rest = replace(train, examples=tuple(train.examples[i] for i in np.flatnonzero(folds != fold)))
        with tempfile.TemporaryDirectory() as name:
            weak.fit(rest, None, Path(name), seed)
            answers = weak.load(Path(name))([train.examples[i] for i in held])
        logits = np.stack([answer.logits for answer in answers if answer.logits is not None])
        logs[held] = np.log(np.maximum(softmax(logits), FLOOR))
    return logs
