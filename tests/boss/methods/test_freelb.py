from typing import Any

import pytest

from boss.methods.freelb import FreeLB
from boss.models.method import Course, LabelledWindow


def gradient_at(course: Course, batch: list[LabelledWindow], change: Any) -> tuple[Any, Any]:
    """Return the gradients of the head and of the change, computed without the method's code."""
    import torch

    network = course.network
    change = change.clone().requires_grad_()
    width = max(len(item.window) for item in batch)
    ids = torch.zeros((len(batch), width), dtype=torch.long)
    mask = torch.zeros((len(batch), width))
    for row, item in enumerate(batch):
        ids[row, : len(item.window)] = torch.from_numpy(item.window.ids)
        mask[row, : len(item.window)] = 1
    states = torch.tanh(network.body["dense"](network.body["words"](ids) + change))
    mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    targets = torch.tensor([int(item.target[0]) for item in batch])
    loss = torch.nn.functional.cross_entropy(network.head(mean), targets)
    head, slope = torch.autograd.grad(loss, [network.head.weight, change])
    return head, slope


def test_without_a_perturbation_it_is_plain_fine_tuning_however_many_steps(
    course: Course, batch: list[LabelledWindow]
) -> None:
    import torch

    still = FreeLB(steps=3, init=0.0, step_size=0.0)
    still.trainer(course).backward(batch)
    found = course.network.head.weight.grad.clone()
    expected, _ = gradient_at(course, batch, torch.zeros(4, 4, 5))
    assert torch.allclose(found, expected)  # not three times that


def test_the_gradient_is_the_mean_over_the_steps_of_the_ascent(
    course: Course, batch: list[LabelledWindow]
) -> None:
    import torch

    FreeLB(steps=3, init=0.0, step_size=0.5).trainer(course).backward(batch)
    found = course.network.head.weight.grad.clone()
    change, total = torch.zeros(4, 4, 5), torch.zeros_like(found)
    for _ in range(3):
        head, slope = gradient_at(course, batch, change)
        total += head / 3
        length = slope.flatten(1).norm(dim=1)[:, None, None]
        change = change + 0.5 * slope / length
    assert torch.allclose(found, total, atol=1e-6)
    plain, _ = gradient_at(course, batch, torch.zeros(4, 4, 5))
    assert not torch.allclose(found, plain, atol=1e-3)


def test_the_perturbation_is_kept_within_its_norm(course: Course, batch: list[LabelledWindow]) -> None:
    import torch

    FreeLB(steps=2, init=0.0, step_size=0.5, max_norm=0.1).trainer(course).backward(batch)
    found = course.network.head.weight.grad.clone()
    first, slope = gradient_at(course, batch, torch.zeros(4, 4, 5))
    second, _ = gradient_at(course, batch, 0.1 * slope / slope.flatten(1).norm(dim=1)[:, None, None])
    assert torch.allclose(found, (first + second) / 2, atol=1e-6)


def test_the_first_perturbation_has_the_length_asked_for_and_spares_padding() -> None:
    import torch

    from boss.methods.freelb import _drawn

    drawn = _drawn(torch.zeros(2, 40, 64), torch.tensor([40, 10]), seed=1, init=0.6)
    assert (drawn[1, 10:] == 0).all() and (drawn[1, :10] != 0).any()
    # Uniform numbers in [-1, 1] have a mean square of a third.
    assert drawn.flatten(1).norm(dim=1).tolist() == pytest.approx([0.6 / 3**0.5] * 2, rel=0.1)


def test_every_step_of_a_batch_has_the_same_dropout(course: Course, batch: list[LabelledWindow]) -> None:
    import torch

    masks = []

    def note(module: Any, args: Any, output: Any) -> Any:
        dropped = torch.nn.functional.dropout(torch.ones_like(output))
        masks.append(dropped)
        return output * dropped

    course.network.body["dense"].register_forward_hook(note)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        trainer = FreeLB(steps=2).trainer(course)
        trainer.backward(batch)
        trainer.backward(batch)
    assert torch.equal(masks[0], masks[1]) and torch.equal(masks[2], masks[3])
    assert not torch.equal(masks[0], masks[2])
