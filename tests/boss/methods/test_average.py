import pytest

from boss.methods.average import Average
from boss.models.method import Course


@pytest.mark.parametrize(("last", "mean"), [(1.0, 2.5), (0.5, 3.5), (0.25, 4.0)])
def test_the_weights_kept_are_the_mean_of_the_last_ones(last: float, mean: float, course: Course) -> None:
    import torch

    trainer = Average(last=last).trainer(course)
    weight = course.network.head.weight
    for step in (1, 2, 3, 4):
        with torch.no_grad():
            weight.fill_(step)
        trainer.after_step(step / 4)
    trainer.finish()
    assert (weight == mean).all()


def test_frozen_weights_stay_to_the_bit(course: Course) -> None:
    import torch

    network = course.network
    network.body["words"].weight.requires_grad_(False)
    before = network.body["words"].weight.clone()
    trainer = Average().trainer(course)
    for step in (1, 2, 3):
        trainer.after_step(step / 3)
    trainer.finish()
    assert torch.equal(network.body["words"].weight, before)
