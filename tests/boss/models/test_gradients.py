"""Gradients of networks with respect to their input embeddings, against differences of real scores."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.margin import attack_score, score_weights
from boss.models.base import Differentiable, Model
from boss.models.hf import HuggingFace
from boss.models.label_map import LabelMap
from boss.models.majority import Majority
from boss.models.network import NetworkPredictor
from boss.models.probes import ProbePredictor
from boss.seam import Part, Seam, attack_settings, attacked_part
from boss.tasks import get_task
from robtest.attacks.typo import Typo
from robtest.types import Access, Query

MakeSplit = Callable[..., Split]
pytestmark = pytest.mark.usefixtures("one_thread")
FIELDS = [
    ("sentiment", "text"),
    ("nli", "premise"),
    ("nli", "hypothesis"),
    ("ner", "tokens"),
    ("qa", "question"),
    ("qa", "context"),
]


@pytest.fixture
def recipe(tiny_roberta: Path) -> HuggingFace:
    return HuggingFace(path=str(tiny_roberta), max_length=64, epochs=1, lr=1e-3, batch_size=8, stride=8)


def fit(recipe: HuggingFace, split: MakeSplit, task: str, cache: Path, method: str) -> Differentiable:
    model = recipe.fit(get_task(task), split(task), None, method=method, seed=0, cache=cache)
    assert isinstance(model, Differentiable)
    return model


def network_of(model: Model) -> Any:
    answer = model.answer  # type: ignore[attr-defined]
    if isinstance(answer, ProbePredictor):
        return answer.probe.backbone.network
    assert isinstance(answer, NetworkPredictor)
    return answer.network


def labels_of(task: str) -> tuple[str, ...]:
    return ("person", "location") if task == "ner" else get_task(task).labels


def score(model: Model, task: str, example: Example) -> float:
    (prediction,) = model.predict([example])
    return attack_score(get_task(task), labels_of(task), example.gold_texts, prediction, 0)


def slope_of(model: Differentiable, task: str, field: str, example: Example) -> Any:
    return Seam(model, get_task(task), labels_of(task), field).slopes(
        [example], [Query(0, example.text(field))]
    )[0]


def long(example: Example, task: str, field: str) -> Example:
    """More than one window of it, where a task reads several; otherwise pieces that no other field has."""
    if task == "ner":
        tokens = (*["wooden"] * 50, *example.inputs["tokens"])
        return Example("long", {"tokens": tokens}, (*["O"] * 50, *example.gold_texts), "long")
    if field in ("context", "text"):
        return example.with_input(
            field, "".join(f"Rain {i * i} fell. " for i in range(20)) + example.text(field)
        )
    return example.with_input(field, "7 queue; QUICK (jazz) 42! " + example.text(field))


@pytest.mark.parametrize("method", ["finetune", "linear_probe"])
@pytest.mark.parametrize(("task", "field"), FIELDS)
def test_a_gradient_tells_what_a_small_step_of_an_embedding_does_to_the_score(
    task: str, field: str, method: str, recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    import torch

    model = fit(replace(recipe, epochs=3, lr=3e-3), split, task, tmp_path, method)
    network = network_of(model).double()
    example = long(split(task).examples[0], task, field)
    slope = slope_of(model, task, field, example)
    others = " ".join(example.text(name) for name in get_task(task).fields if name != field)
    table = network.get_input_embeddings().weight.data
    elsewhere = {tuple(row) for row in model.embed(others + " " + others.capitalize()).tolist()}
    kinds = [row for row in np.unique(slope.vectors, axis=0) if tuple(row.tolist()) not in elsewhere]
    assert len(kinds) >= 3
    sums = [slope.gradient[(slope.vectors == row).all(1)].sum(0) for row in kinds]
    largest = float(np.linalg.norm(sums, axis=1).max())
    assert largest > 0
    rng = np.random.default_rng(0)
    for row, gradient in list(zip(kinds, sums, strict=True))[:6]:
        step = rng.normal(size=len(row))
        step /= np.linalg.norm(step)
        (at,) = torch.nonzero((table.float().cpu() == torch.tensor(row)).all(1)).flatten().tolist()
        before, scores = table[at].clone(), []
        for size in (1e-3, -1e-3):
            table[at] = before + torch.tensor(size * step)
            scores.append(score(model, task, example))
        table[at] = before
        assert float(gradient @ step) == pytest.approx(
            (scores[0] - scores[1]) / 2e-3, abs=0.01 * largest, rel=0.02
        )


@pytest.mark.parametrize("method", ["finetune", "linear_probe"])
@pytest.mark.parametrize(("task", "field"), FIELDS)
def test_gradients_do_not_depend_on_company_and_stand_at_their_words(
    task: str, field: str, method: str, recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model, kind = fit(recipe, split, task, tmp_path, method), get_task(task)
    examples = [*split(task).examples[:4], long(split(task).examples[5], task, field)]
    empty = ("",) if kind.kind == "tagging" else ""
    examples.append(
        replace(examples[0].with_input(field, empty), gold=("O",) if task == "ner" else examples[0].gold)
    )
    predictions = model.predict(examples)
    weights = [
        score_weights(kind, labels_of(task), e.gold_texts, p)
        for e, p in zip(examples, predictions, strict=True)
    ]
    together = model.gradients(examples, field, weights)
    for one, example, weight in zip(together, examples, weights, strict=True):
        (alone,) = model.gradients([example], field, [weight])
        assert np.array_equal(one.spans, alone.spans) and np.array_equal(one.vectors, alone.vectors)
        scale = float(np.abs(alone.gradient).max(initial=1e-9))
        assert one.gradient == pytest.approx(alone.gradient, abs=1e-4 * scale)
        for span, vector in list(zip(one.spans.tolist(), one.vectors, strict=True))[:20]:
            start, end = span
            text = example.text(field)
            if text[start:end].strip() != text[start:end].replace("\ufffd", ""):
                continue
            space = " " if start and text[start - 1] == " " else ""
            own = model.embed(space + text[start:end])
            if len(own) == 1 and (space or not start):
                assert np.array_equal(own[0], vector)


def test_dropout_is_off_and_weights_get_no_gradients(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(recipe, split, "sentiment", tmp_path, "finetune")
    example = split("sentiment").examples[0]
    one, two = (slope_of(model, "sentiment", "text", example).gradient for _ in range(2))
    assert np.array_equal(one, two)
    assert not network_of(model).training
    assert all(parameter.grad is None for parameter in network_of(model).parameters())
    assert not network_of(model).get_input_embeddings()._forward_hooks


def test_labels_that_are_mapped_are_differentiated_through() -> None:
    mapped, rng = LabelMap(((2, 0), (), (1,))), np.random.default_rng(0)
    logits, weights = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    told = mapped.pulled_back(logits, weights)
    for place in np.ndindex(logits.shape):
        step = np.zeros(logits.shape)
        step[place] = 1e-6
        sums = [(weights * mapped(logits + sign * step)).sum() for sign in (1, -1)]
        assert told[place] == pytest.approx((sums[0] - sums[1]) / 2e-6, abs=1e-6)


def attacked(
    model: Model, data: Split, task: str, access: Access, n_variants: int = 2, **search: Any
) -> Part:
    kind, attack = get_task(task), Typo()
    settings = attack_settings(
        "typo",
        attack,
        tag="malicious",
        access=access,
        field=kind.attacked[0],
        search=search,
        n_variants=n_variants,
        seed=0,
        degrees=(0.0, 0.1, 0.2),
    )
    seam = Seam(model, kind, labels_of(task), kind.attacked[0])
    return attacked_part(seam, data, attack, settings, 0, lambda n: None)


def learnt(split: MakeSplit, task: str, model: Model, n: int = 4) -> Split:
    """Some examples, those first that the model gets right: no others are attacked."""
    data = split(task)
    return replace(data, examples=tuple(sorted(data.examples, key=lambda e: -score(model, task, e)))[:n])


@pytest.mark.parametrize("task", ["sentiment", "nli", "ner", "qa"])
@pytest.mark.parametrize("access", ["rule", "decision", "score", "gradient"])
def test_a_thousandfold_of_a_networks_logits_changes_nothing_but_the_probabilities(
    task: str, access: Access, recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    import torch

    model = fit(replace(recipe, epochs=6, lr=3e-3), split, task, tmp_path, "finetune")
    data, tables = learnt(split, task, model), []
    network = network_of(model)
    last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
    for factor in (1, 1000):
        with torch.no_grad():
            for weights in (last.weight, last.bias):
                weights.mul_(factor)
        part = attacked(model, data, task, access, **({} if access == "rule" else {"query_budget": 60}))
        tables.append((part.table.drop_columns("probs"), part.cost, part.table["probs"]))
    assert tables[0][0].equals(tables[1][0])
    assert tables[0][1] == tables[1][1]
    assert len(set(tables[0][0]["text"].to_pylist())) > len(data.examples)
    if get_task(task).kind == "classification":
        assert tables[0][2] != tables[1][2]


def test_a_slope_counts_as_one_query_and_one_forward_pass(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(replace(recipe, epochs=6, lr=3e-3), split, "sentiment", tmp_path, "finetune")
    data = learnt(split, "sentiment", model, n=1)
    cost = attacked(model, data, "sentiment", "gradient", n_variants=1, query_budget=2).cost
    assert cost.n_queries == cost.n_forward == 2  # the text and its slope


def test_a_model_without_gradients_is_refused_with_the_cure(tmp_path: Path, split: MakeSplit) -> None:
    data = split("toxicity")
    model = Majority().fit(get_task("toxicity"), data, None, method="default", seed=0, cache=tmp_path)
    right = [p.answer == e.gold for p, e in zip(model.predict(data.examples), data.examples, strict=True)]
    assert any(right)
    with pytest.raises(
        ModelError, match=r"majority \(majority\) has no gradients.*access=score or access=dec"
    ):
        attacked(model, data, "toxicity", "gradient")


def test_the_score_of_an_answer_falls_before_the_answer_does(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    """Token F1 is 1 on both; the margin tells them apart, which a greedy search needs."""
    model = fit(replace(recipe, epochs=15, lr=5e-3), split, "qa", tmp_path, "finetune")
    (one,) = learnt(split, "qa", model, n=1).examples
    other = one.with_input("question", one.text("question").replace("born", "bonr"))
    same: Sequence[str] = [str(p.answer) for p in model.predict([one, other])]
    assert same[0] == same[1] == one.gold_texts[0]
    first, second = (score(model, "qa", example) for example in (one, other))
    assert 0 < first != second > 0
