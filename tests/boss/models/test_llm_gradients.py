"""Gradients of language models with respect to their input embeddings, against differences of real scores."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.margin import score_weights
from boss.models.base import Differentiable
from boss.models.llm.local import Local
from boss.models.llm.network import Written
from boss.seam import Seam, attack_settings, attacked_part
from boss.tasks import find_tasks, get_task
from robtest.attacks.typo import Typo
from robtest.types import Query

MakeSplit = Callable[..., Split]
pytestmark = pytest.mark.usefixtures("one_thread")
CASES = [
    ("decoder", "sentiment", "text"),
    ("decoder", "nli", "premise"),
    ("decoder", "nli", "hypothesis"),
    ("encoder-decoder", "sentiment", "text"),
]
HOSTILE = "a </text> lamp <mask> that broke, </s> naïve as it was \U0001f56f"


@pytest.fixture(scope="module")
def fitted(tiny_lm: Path, tiny_t5: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    cache = tmp_path_factory.mktemp("cache")
    short = cache / "short.yaml"  # the encoder-decoder reads 128 letters
    short.write_text("about: no words around the text\nuser: '{fields}'\n")

    def fit(task: str, train: Split | None = None, kind: str = "decoder", **options: Any) -> Any:
        path = {"decoder": tiny_lm, "encoder-decoder": tiny_t5}[kind]
        if kind == "encoder-decoder":
            options["prompt"] = str(short)
        method = "none" if train is None else "in_context"
        return Local(path=str(path), **options).fit(
            find_tasks([])[task], train, None, method=method, seed=0, cache=cache
        )

    return fit


@pytest.mark.parametrize("normalise", ["empty", "length"])
@pytest.mark.parametrize(("kind", "task", "field"), CASES)
def test_a_gradient_tells_what_a_small_step_of_an_embedding_does_to_the_score(
    kind: str, task: str, field: str, normalise: str, fitted: Callable[..., Any], split: MakeSplit
) -> None:
    import torch

    model = fitted(task, kind=kind, normalise=normalise)
    assert isinstance(model, Differentiable)
    example, labels = split(task).examples[0], get_task(task).labels
    network = model.answer.network.model.double()
    seam = Seam(model, get_task(task), labels, field)
    [slope] = seam.slopes([example], [Query(0, example.text(field))])
    largest = float(np.linalg.norm(slope.gradient, axis=1).max(initial=0))
    assert largest > 0

    def score(shift: np.ndarray, at: int) -> float:
        """Return the score where one token of the field has been moved."""
        ids, spans = model.answer.reading.placed(example, 8, field)
        place = int(np.flatnonzero(spans[:, 0] >= 0)[at])

        calls = []

        def move(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
            moved = output.clone()
            calls.append(output)
            if len(calls) == 1:  # an encoder's, before the decoder looks tokens up in the same table
                moved[:, place] += torch.tensor(shift)
            return moved

        handle = network.get_input_embeddings().register_forward_hook(move)
        try:
            sums = model.answer.network.read_in_full([(ids, option) for option in model.answer.options])
        finally:
            handle.remove()
        logits = sums.detach().numpy()
        if normalise == "length":
            logits = logits / [len(option) for option in model.answer.options]
        weights = np.asarray(score_weights(get_task(task), labels, example.gold_texts, prediction))
        return float(weights @ logits)

    [prediction] = model.predict([example])
    rng = np.random.default_rng(0)
    for at in range(min(4, len(slope.spans))):
        step = rng.normal(size=slope.gradient.shape[1])
        step *= 1e-3 / np.linalg.norm(step)
        change = (score(step, at) - score(-step, at)) / 2e-3
        assert change == pytest.approx(float(slope.gradient[at] @ step) / 1e-3, rel=0.02, abs=0.01 * largest)


@pytest.mark.parametrize(("kind", "name", "field"), CASES)
def test_gradients_do_not_depend_on_company(
    kind: str, name: str, field: str, fitted: Callable[..., Any], split: MakeSplit
) -> None:
    model, task = fitted(name, kind=kind), get_task(name)
    examples = list(split(name).examples[:5])
    weights = [
        np.asarray(score_weights(task, task.labels, e.gold_texts, p))
        for e, p in zip(examples, model.predict(examples), strict=True)
    ]
    weights[2] = np.zeros(len(task.labels))
    together = model.gradients(examples, field, weights)
    for place, (one, example, weight) in enumerate(zip(together, examples, weights, strict=True)):
        [alone] = model.gradients([example], field, [weight])
        assert np.array_equal(one.spans, alone.spans) and np.array_equal(one.vectors, alone.vectors)
        assert one.gradient == pytest.approx(alone.gradient, abs=1e-5)
        assert (len(one.spans) == 0) == (place == 2)


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("text", ["a bright lamp", HOSTILE, "x"])
def test_tokens_stand_at_their_characters(
    text: str, shown: bool, fitted: Callable[..., Any], split: MakeSplit
) -> None:
    train = split("sentiment") if shown else None
    model = fitted("sentiment", train)
    example = Example("a", {"text": text}, "positive", "a")
    ids, spans = model.answer.reading.placed(example, 3, "text")
    assert tuple(ids) == model.answer.reading.ids(example, 3)[0]
    inside = spans[spans[:, 0] >= 0]
    covered = {i for start, end in inside.tolist() for i in range(start, end)}
    assert {i for i, char in enumerate(text) if not char.isspace()} <= covered <= set(range(len(text)))
    assert (np.diff(inside[:, 0]) >= 0).all()


def test_a_text_that_is_cut_has_the_tokens_that_are_read(fitted: Callable[..., Any]) -> None:
    model = fitted("sentiment", max_length=256)
    long = Example("a", {"text": "a lamp, " * 200}, "positive", "a")
    ids, spans = model.answer.reading.placed(long, 3, "text")
    assert len(ids) <= 253 and 0 < spans.max() < 1000


def test_of_a_choice_the_query_is_differentiated(fitted: Callable[..., Any]) -> None:
    task = find_tasks([])["tool_choice"]
    lists = {"names": "boil\nring", "descriptions": "Boils.\nRings."}
    example = Example("a", {"query": "Tea?", **lists}, "2", "a")
    model = fitted("tool_choice", label_order="reversed")
    weights = np.zeros(10)
    weights[0], weights[1] = -1, 1
    [one] = model.gradients([example], "query", [weights])
    lists = {"names": "ring\nboil", "descriptions": "Rings.\nBoils."}
    turned = Example("b", {"query": "Tea?", **lists}, "1", "b")
    [other] = fitted("tool_choice").gradients([turned], "query", [weights[[1, 0, *range(2, 10)]]])
    assert np.array_equal(one.spans, other.spans) and one.gradient == pytest.approx(other.gradient, abs=1e-6)
    with pytest.raises(ModelError, match=r"edits the query of task tool_choice: its names stand in lines"):
        model.gradients([example], "names", [weights])
    assert task.is_choice


def test_an_attack_by_gradients_beats_the_copies_of_rule_access(
    fitted: Callable[..., Any], split: MakeSplit
) -> None:
    model, task, data = fitted("sentiment"), get_task("sentiment"), split("sentiment")
    seam, values = Seam(model, task, task.labels, "text"), {}
    for access in ("rule", "gradient"):
        settings = attack_settings(
            "typo",
            Typo(),
            tag="malicious",
            access=access,  # type: ignore[arg-type]
            field="text",
            search={} if access == "rule" else {"query_budget": 40},
            n_variants=2,
            seed=0,
            degrees=(0.0, 0.3),
        )
        table = attacked_part(seam, data, Typo(), settings, 0, lambda n: None).table.to_pylist()
        gold = {e.id: str(e.gold) for e in data.examples}
        values[access] = sum(gold[row["example_id"]] == row["prediction"] for row in table if row["degree"])
    assert values["gradient"] <= values["rule"]


def test_what_is_written_has_no_gradients(
    fitted: Callable[..., Any], split: MakeSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, task = fitted("sentiment", answer="generate", max_tokens=3), get_task("sentiment")
    network = model.answer.network
    monkeypatch.setattr(network, "write", lambda prompts, n: [Written("positive", cut=False)] * len(prompts))
    settings = attack_settings(
        "typo",
        Typo(),
        tag="malicious",
        access="gradient",
        field="text",
        search={"query_budget": 40},
        n_variants=1,
        seed=0,
        degrees=(0.0, 0.3),
    )
    with pytest.raises(ModelError, match=r"gives labels only, and access=gradient needs probabilities"):
        attacked_part(
            Seam(model, task, task.labels, "text"), split("sentiment"), Typo(), settings, 0, lambda n: None
        )
