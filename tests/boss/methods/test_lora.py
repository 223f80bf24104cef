from collections.abc import Sequence
from typing import Any

import pytest

from boss.methods.lora import Lora
from boss.models.finetune import finetune
from boss.models.method import Course, LabelledWindow
from boss.models.training import Training


def tuned(course: Course, batch: Sequence[LabelledWindow]) -> int:
    return finetune(
        course.network,
        batch,
        [],
        decisions=course.decisions,
        training=Training(epochs=5, lr=1e-2),
        method=Lora(rank=1, dropout=0.0),
        fresh=[],
        seed=0,
        pad_id=0,
        types=False,
    )


def test_while_it_trains_the_weights_stay_and_only_updates_and_head_learn(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    before = {name: weight.clone() for name, weight in course.network.named_parameters()}
    seen: dict[str, Any] = {}

    def look(self: Lora, wrapped: Any) -> None:
        seen.update({name: weight.detach().clone() for name, weight in wrapped.named_parameters()})
        seen["trained"] = {name for name, weight in wrapped.named_parameters() if weight.requires_grad}

    monkeypatch.setattr(Lora, "unwrap", look)
    n_trained = tuned(course, batch)
    inside = "base_model.model.body"
    assert torch.equal(seen[f"{inside}.dense.base_layer.weight"], before["body.dense.weight"])
    assert torch.equal(seen[f"{inside}.words.weight"], before["body.words.weight"])
    assert {name.split(".")[-2] for name in seen["trained"]} == {"default"}
    # Two thin matrices for 5 inputs and 4 outputs, and the head of 4 x 3 and 3.
    assert n_trained == 1 * (5 + 4) + 12 + 3


def test_afterwards_a_layer_has_moved_by_a_matrix_of_the_rank_and_the_rest_not_at_all(
    course: Course, batch: list[LabelledWindow]
) -> None:
    import torch

    network = course.network
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    tuned(course, batch)
    after = dict(network.named_parameters())
    assert set(after) == set(before)  # a plain network again
    assert torch.equal(after["body.words.weight"], before["body.words.weight"])
    assert torch.equal(after["body.dense.bias"], before["body.dense.bias"])
    moved = after["body.dense.weight"].detach() - before["body.dense.weight"]
    values = torch.linalg.svdvals(moved)
    assert values[0] > 1e-4 and values[1] < 1e-6
    assert not torch.equal(after["head.weight"], before["head.weight"])
