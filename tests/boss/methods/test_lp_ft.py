from typing import Any

import pytest

from boss.errors import ConfigError
from boss.methods.lp_ft import ProbeThenTune, head_names
from boss.models.finetune import finetune
from boss.models.method import Course, LabelledWindow
from boss.models.training import Training


def snapshots(course: Course, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note the weights after every step of the optimiser."""
    import torch

    seen: list[dict[str, Any]] = []
    step = torch.optim.AdamW.step

    def noted(self: Any, *arguments: Any, **options: Any) -> Any:
        done = step(self, *arguments, **options)
        seen.append({name: weight.clone() for name, weight in course.network.named_parameters()})
        return done

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    return seen


def test_the_head_is_trained_alone_first_and_then_everything(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    start = {name: weight.clone() for name, weight in course.network.named_parameters()}
    seen = snapshots(course, monkeypatch)
    n_trained = finetune(
        course.network,
        batch,
        [],
        decisions=course.decisions,
        training=Training(epochs=1, lr=1e-2, warmup_ratio=0.0, schedule="constant"),
        method=ProbeThenTune(probe_epochs=2, probe_lr=1e-1),
        fresh=["head.weight", "head.bias"],
        seed=0,
        pad_id=0,
        types=False,
    )
    assert len(seen) == 3  # one batch: two epochs of the head, one of all
    for weights in seen[:2]:
        changed = {name for name in start if not torch.equal(weights[name], start[name])}
        assert changed == {"head.weight", "head.bias"}
    moved = {name for name in start if not torch.equal(seen[2][name], seen[1][name])}
    assert moved == set(start)
    assert n_trained == sum(weight.numel() for weight in start.values())
    # AdamW's first step is as long as its rate.
    step = (seen[0]["head.bias"] - start["head.bias"]).abs().max()
    assert float(step.detach()) == pytest.approx(1e-1, rel=1e-3)


def test_the_head_is_what_is_fresh_or_outside_the_encoder(course: Course) -> None:
    assert head_names(course.network, []) == ["head.weight", "head.bias"]
    assert head_names(course.network, ["body.dense.bias"]) == [
        "body.dense.bias",
        "head.weight",
        "head.bias",
    ]


def test_a_network_without_a_head_is_refused(course: Course) -> None:
    import torch

    class Bare(torch.nn.Linear):
        @property
        def base_model(self) -> Any:
            return self

    with pytest.raises(ConfigError, match="method lp_ft trains a new head first, and a Bare"):
        ProbeThenTune().stages(Training(), Bare(2, 2), [])
