from math import log

import pytest

from boss.errors import ConfigError
from boss.methods.focal import Focal, focal_loss
from boss.methods.label_smoothing import LabelSmoothing, smoothed_loss
from boss.models.method import Course, LabelledWindow


def test_focal_loss_is_the_papers_by_hand() -> None:
    import torch

    scores = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]).log()
    targets = torch.tensor([0, 1])
    expected = -(0.5**2 * log(0.5) + 0.9**2 * log(0.1)) / 2
    assert float(focal_loss(scores, targets, gamma=2.0)) == pytest.approx(expected)
    even = torch.nn.functional.cross_entropy(scores, targets)
    assert float(focal_loss(scores, targets, gamma=0.0)) == pytest.approx(float(even))


def test_smoothing_gives_no_share_to_what_is_no_choice() -> None:
    import torch

    scores = torch.tensor([[log(0.75), log(0.25), -torch.inf], [log(0.5), log(0.25), log(0.25)]])
    targets = torch.tensor([0, 2])
    first = -0.9 * log(0.75) - 0.1 * (log(0.75) + log(0.25)) / 2
    second = -0.9 * log(0.25) - 0.1 * (log(0.5) + 2 * log(0.25)) / 3
    assert float(smoothed_loss(scores, targets, smoothing=0.1)) == pytest.approx((first + second) / 2)


def test_smoothing_of_scores_with_gaps_has_a_gradient_everywhere() -> None:
    import torch

    scores = torch.tensor([[1.0, 0.0, -torch.inf]], requires_grad=True)
    smoothed_loss(scores, torch.tensor([0]), smoothing=0.1).backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None and torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("method", [Focal(), LabelSmoothing()])
def test_the_gradient_of_a_batch_is_that_of_the_methods_loss(
    method: Focal | LabelSmoothing, course: Course, batch: list[LabelledWindow]
) -> None:
    import torch

    said = method.trainer(course).backward(batch)
    gradient = course.network.head.weight.grad.clone()
    scores, targets = course.decisions(course.run(batch), batch)
    loss = (
        focal_loss(scores, targets, gamma=2.0)
        if isinstance(method, Focal)
        else smoothed_loss(scores, targets, smoothing=0.1)
    )
    (expected,) = torch.autograd.grad(loss, course.network.head.weight)
    assert float(said) == pytest.approx(float(loss.detach()))
    assert torch.allclose(gradient, expected)
    plain = torch.nn.functional.cross_entropy(scores, targets)
    assert abs(float(said) - float(plain.detach())) > 1e-3


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"method option gamma must be in \[0, 100\], got -1"):
        Focal(gamma=-1)
    with pytest.raises(ConfigError, match=r"method option smoothing must be in \[0, 1\], got 2"):
        LabelSmoothing(smoothing=2)
