from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from boss.errors import ModelError
from boss.methods.average import Average
from boss.models.finetune import finetune
from boss.models.method import Course, LabelledWindow, Method
from boss.models.training import Training


def tune(
    course: Course,
    learnt: Sequence[LabelledWindow],
    checked: Sequence[LabelledWindow],
    training: Training,
    method: Method | None = None,
) -> int:
    return finetune(
        course.network,
        learnt,
        checked,
        decisions=course.decisions,
        training=training,
        method=method or Method(),
        fresh=[],
        seed=0,
        pad_id=0,
        types=False,
    )


def weights(course: Course) -> dict[str, Any]:
    return {name: weight.detach().clone() for name, weight in course.network.named_parameters()}


def after_each_step(course: Course, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    import torch

    seen: list[dict[str, Any]] = []
    step = torch.optim.AdamW.step

    def noted(self: Any, *arguments: Any, **options: Any) -> Any:
        done = step(self, *arguments, **options)
        seen.append(weights(course))
        return done

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    return seen


def mislabelled(batch: Sequence[LabelledWindow]) -> list[LabelledWindow]:
    return [replace(item, target=(item.target + 1) % 3) for item in batch]


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all((one[name] == other[name]).all() for name in one)


def test_the_epoch_with_the_lowest_validation_loss_is_kept(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = after_each_step(course, monkeypatch)
    # Every step on the examples makes it worse on the same examples with other labels.
    tune(course, batch, mislabelled(batch), Training(epochs=5, lr=1e-2, patience=2))
    assert len(seen) == 3  # the first epoch and two that were not better
    assert equal(weights(course), seen[0]) and not equal(seen[0], seen[2])


def test_without_patience_the_last_epoch_is_kept(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = after_each_step(course, monkeypatch)
    tune(course, batch, mislabelled(batch), Training(epochs=5, lr=1e-2, patience=None))
    assert len(seen) == 5 and equal(weights(course), seen[4])


def test_training_stops_at_the_most_steps_within_an_epoch(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = after_each_step(course, monkeypatch)
    tune(course, batch, [], Training(epochs=5, batch_size=1, max_steps=6))
    assert len(seen) == 6


def test_the_averaged_model_is_the_mean_of_what_the_steps_left(
    course: Course, batch: list[LabelledWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = after_each_step(course, monkeypatch)
    # Validation would stop it early; the mean goes on to the end.
    tune(course, batch, mislabelled(batch), Training(epochs=6, lr=1e-2, patience=1), Average(last=0.5))
    assert len(seen) == 6
    for name, weight in weights(course).items():
        mean = np.mean([step[name].double().numpy() for step in seen[3:]], axis=0)
        assert weight.numpy() == pytest.approx(mean, abs=1e-7)
    assert not equal(weights(course), seen[5])


def test_every_parameter_is_counted_as_trained(course: Course, batch: list[LabelledWindow]) -> None:
    assert tune(course, batch, [], Training(epochs=1)) == 9 * 5 + (5 * 4 + 4) + (4 * 3 + 3)


def test_a_loss_that_is_no_number_is_an_error(course: Course, batch: list[LabelledWindow]) -> None:
    import torch

    with torch.no_grad():
        course.network.head.bias.fill_(torch.nan)
    with pytest.raises(ModelError, match=r"the loss is nan; lower model\.lr \(now 3e-05\)"):
        tune(course, batch, [], Training())
