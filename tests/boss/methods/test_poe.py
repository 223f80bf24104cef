from collections.abc import Callable
from dataclasses import replace
from math import log, log1p

import numpy as np
import pytest

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.methods.learned_mixin import LearnedMixin
from boss.methods.out_of_fold import folds_of, out_of_fold
from boss.methods.poe import Poe, product
from boss.models.method import Course, LabelledWindow
from boss.tasks import get_task

MakeSplit = Callable[..., Split]


def biased(batch: list[LabelledWindow]) -> list[LabelledWindow]:
    rows = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.6, 0.2, 0.2]]
    return [replace(item, bias=np.log(row)) for item, row in zip(batch, rows, strict=True)]


def test_the_product_is_the_two_multiplied_and_made_to_sum_to_one() -> None:
    import torch

    scores = torch.tensor([[log(0.5), log(0.3), log(0.2)]])
    bias = torch.tensor([[log(0.2), log(0.2), log(0.6)]])
    together = torch.softmax(product(scores, bias), dim=-1)
    assert together[0].tolist() == pytest.approx([0.10 / 0.28, 0.06 / 0.28, 0.12 / 0.28])


def test_the_loss_is_that_of_the_product_by_hand(course: Course, batch: list[LabelledWindow]) -> None:
    import torch

    items = biased(batch)
    scores, targets = course.decisions(course.run(items), items)
    model = torch.softmax(scores, dim=-1).detach().numpy()
    losses = []
    for row, item, target in zip(model, items, targets.tolist(), strict=True):
        assert item.bias is not None
        both = row * np.exp(item.bias)
        losses.append(-log(both[target] / both.sum()))
    assert float(Poe().trainer(course).backward(items)) == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_mixin_weighs_the_weak_model_and_trains_the_weight(
    course: Course, batch: list[LabelledWindow]
) -> None:
    import torch

    items = biased(batch)
    with torch.random.fork_rng():
        trainer = LearnedMixin(entropy=0.5).trainer(course)
    weight, shift = trainer.parameters()
    with torch.no_grad():
        weight.zero_()
        shift.fill_(1.0)
    said = float(trainer.backward(items))
    factor = log1p(np.exp(1.0))  # softplus(1)
    scores, targets = course.decisions(course.run(items), items)
    model = torch.softmax(scores, dim=-1).detach().numpy()
    losses, entropies = [], []
    for row, item, target in zip(model, items, targets.tolist(), strict=True):
        assert item.bias is not None
        weak = np.exp(factor * item.bias)
        both, alone = row * weak, weak / weak.sum()
        # The constant of the weak part falls out of the product.
        losses.append(-log(both[target] / both.sum()))
        entropies.append(-(alone * np.log(alone)).sum())
    assert said == pytest.approx(np.mean(losses) + 0.5 * np.mean(entropies), rel=1e-5)
    assert weight.grad is not None and weight.grad.abs().max() > 0


def test_examples_of_one_source_are_in_one_fold_and_folds_are_even() -> None:
    folds = folds_of(["a", "b", "a", "c", "d", "e", "f", "b"], 3, seed=0)
    assert folds[0] == folds[2] and folds[1] == folds[7]
    assert sorted(np.bincount(folds[[0, 1, 3, 4, 5, 6]]).tolist()) == [2, 2, 2]
    with pytest.raises(ModelError, match="needs as many sources, the train split has 2"):
        folds_of(["a", "b"], 3, seed=0)


def test_an_example_never_judges_itself(split: MakeSplit) -> None:
    """Labels of no pattern: in-sample, a weak model learns them by heart; out of fold it cannot."""
    words = [f"{a}{b}" for a in "bcdfghjklm" for b in "aeiou"]
    labels = ("negative", "positive", "neutral")
    rows = [
        Example(f"r{i}", {"text": f"{word}{word} again."}, labels[i * 7 % 3], f"r{i}")
        for i, word in enumerate(words)
    ]
    train = split("sentiment", rows)
    logs = out_of_fold(get_task("sentiment"), train, n_folds=5, seed=0)
    assert logs.shape == (50, 3)
    assert np.exp(logs).sum(axis=1) == pytest.approx(np.ones(50))
    # Every text is of words of its own, so that all a fold tells of it is how common the classes are.
    folds = folds_of([row.source for row in rows], 5, seed=0)
    for fold in range(5):
        own = logs[folds == fold]
        assert own == pytest.approx(np.tile(own[0], (len(own), 1)))


def test_what_a_fold_says_does_not_depend_on_its_own_labels(split: MakeSplit) -> None:
    task, train = get_task("sentiment"), split("sentiment")
    folds = folds_of([example.source for example in train.examples], 4, seed=0)
    turned = tuple(
        replace(example, gold="neutral") if fold == 0 else example
        for example, fold in zip(train.examples, folds, strict=True)
    )
    one = out_of_fold(task, train, n_folds=4, seed=0)
    two = out_of_fold(task, replace(train, examples=turned), n_folds=4, seed=0)
    assert (one[folds == 0] == two[folds == 0]).all()
    assert abs(one[folds == 1] - two[folds == 1]).max() > 1e-3


def test_every_example_gets_its_own_row(split: MakeSplit, batch: list[LabelledWindow]) -> None:
    task, train = get_task("sentiment"), split("sentiment")
    learnt = [batch[0]] * len(train.examples)
    marked = Poe(n_folds=3).annotate(task, train, learnt, seed=0)
    rows = out_of_fold(task, train, n_folds=3, seed=0)
    assert all(
        item.bias is not None and (item.bias == row).all() for item, row in zip(marked, rows, strict=True)
    )
