"""The decoder by itself: its formula and its gradient, on numbers that can be checked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.dect.decoder import Decoder, Parameters, loss_and_gradient, projected, scores
from boss.models.dect.heads import Logistic
from boss.models.linear import softmax

Floats = NDArray[np.float64]
LABELS = ("red", "green", "blue")


def drawn(
    seed: int, n: int = 12, d: int = 5, labels: tuple[str, ...] = LABELS
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return states, scores and gold ids in which every class occurs."""
    generator = np.random.default_rng(seed)
    gold = np.arange(n) % len(labels)
    return generator.normal(size=(n, d)), generator.normal(size=(n, len(labels))), gold


def test_the_score_of_a_class_is_the_formula() -> None:
    parameters = Parameters(
        np.eye(2), np.array([[0.6, 0.8], [0.0, 0.0], [0.6, -0.2]]), np.array([0.1, 0.2, 0.0])
    )
    # h = (3, 4) becomes v = (0.6, 0.8): 0 from the first prototype, 1 from the second and the third.
    got = scores(parameters, np.array([[3.0, 4.0]]), 0.5 * np.array([[-2.0, 0.0, 4.0]]))
    assert got == pytest.approx(np.array([[-0.0 - 1.0 + 0.1, -1.0 + 0.0 + 0.2, -1.0 + 2.0 + 0.0]]))


def test_how_long_a_state_is_makes_no_difference() -> None:
    h, s, _ = drawn(0)
    parameters = Decoder(dim=4).start(h, np.arange(12) % 3, LABELS, 0)
    assert scores(parameters, 7 * h, s) == pytest.approx(scores(parameters, h, s))


@pytest.mark.parametrize("d", [0, 1, 5])
@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_the_gradient_is_that_of_finite_differences(d: int, weight: float) -> None:
    h, s, gold = drawn(1, d=d)
    generator = np.random.default_rng(2)
    parameters = Parameters(
        generator.normal(size=(4, d)), generator.normal(size=(3, 4)), generator.normal(size=3)
    )
    _, gradient = loss_and_gradient(parameters, h, weight * s, gold)
    step = 1e-6
    for which, (value, slope) in enumerate(zip(parameters, gradient, strict=True)):
        assert value.shape == slope.shape
        for place in np.ndindex(value.shape):
            ends = []
            for sign in (1, -1):
                moved = value.copy()
                moved[place] += sign * step
                changed = Parameters(*[moved if i == which else other for i, other in enumerate(parameters)])
                ends.append(loss_and_gradient(changed, h, weight * s, gold)[0])
            assert slope[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)
    assert d == 0 or np.abs(gradient.weight).max() > 1e-3


def test_a_prototype_that_is_met_exactly_gives_finite_slopes() -> None:
    h, gold = np.array([[0.6, 0.8], [1.0, 0.0]]), np.array([0, 1])
    parameters = Parameters(np.eye(2), h.copy(), np.zeros(2))
    loss, gradient = loss_and_gradient(parameters, h, np.zeros((2, 2)), gold)
    assert math.isfinite(loss) and all(np.isfinite(slope).all() for slope in gradient)


def test_the_first_step_moves_every_number_by_the_rate_against_its_slope() -> None:
    h, s, gold = drawn(3)
    decoder = Decoder(dim=4, steps=1)
    start = decoder.start(h, gold, LABELS, 0)
    _, gradient = loss_and_gradient(start, h, s, gold)
    after = decoder.descend(start, h, s, gold)
    for before, moved, slope in zip(start, after, gradient, strict=True):
        assert moved - before == pytest.approx(-0.01 * np.sign(slope), abs=1e-6)


def test_all_steps_are_those_of_torch() -> None:
    import torch

    h, s, gold = drawn(12)
    decoder = Decoder(dim=8)
    start = decoder.start(h, gold, LABELS, 0)
    weight, prototypes, radii = (torch.tensor(value, requires_grad=True) for value in start)
    adam = torch.optim.Adam([weight, prototypes, radii], lr=0.01)
    for _ in range(30):
        v = torch.nn.functional.normalize(torch.tensor(h) @ weight.T, dim=1)
        logits = torch.tensor(s) / 4 + radii - (v[:, None] - prototypes).norm(dim=-1)
        adam.zero_grad()
        torch.nn.functional.cross_entropy(logits, torch.tensor(gold)).backward()
        adam.step()
    fitted = decoder.fit(h, s, gold, LABELS, 4, 0)
    for name, theirs in (("weight", weight), ("prototypes", prototypes), ("radii", radii)):
        assert fitted[name] == pytest.approx(theirs.detach().numpy(), abs=1e-6)


def test_at_the_start_no_class_is_ahead() -> None:
    h, _, gold = drawn(4)
    parameters = Decoder(dim=8).start(h, gold, LABELS, 0)
    own = scores(parameters, h, np.zeros((12, 3)))[np.arange(12), gold]
    assert [own[gold == label].mean() for label in range(3)] == pytest.approx([0, 0, 0], abs=1e-12)


def test_one_shot_starts_with_its_own_class_at_nought() -> None:
    h, s, gold = drawn(5, n=3)
    parameters = Decoder(dim=8).start(h, gold, LABELS, 0)
    assert np.diag(scores(parameters, h, 0 * s)) == pytest.approx([0, 0, 0], abs=1e-12)
    fitted = Decoder().fit(h, s, gold, LABELS, 1, 0)
    assert Decoder().scores(fitted, h, s).argmax(1).tolist() == [0, 1, 2]


def test_scores_weigh_one_over_the_shots_and_one_where_there_is_nothing_else() -> None:
    assert [Decoder().weight_of_scores(n, 5) for n in (1, 4, 16)] == [1, 0.25, 0.0625]
    assert Decoder().weight_of_scores(16, 0) == 1
    assert Decoder(score_weight=0).weight_of_scores(1, 0) == 0
    h, s, gold = drawn(6)
    assert Decoder().fit(h, s, gold, LABELS, 4, 0)["score_weight"] == 0.25


def test_without_weight_the_scores_do_not_exist() -> None:
    h, s, gold = drawn(7)
    decoder = Decoder(score_weight=0.0)
    with_them, without = decoder.fit(h, s, gold, LABELS, 4, 0), decoder.fit(h, 0 * s, gold, LABELS, 4, 0)
    assert all(with_them[name].tobytes() == without[name].tobytes() for name in without)
    assert decoder.scores(with_them, h, s).tobytes() == decoder.scores(without, h, 0 * s).tobytes()


def test_without_states_the_radii_alone_are_learnt() -> None:
    gold = np.array([0, 1, 0, 1])
    s = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]])  # the model always says the first
    fitted = Decoder(steps=2000).fit(np.zeros((4, 0)), s, gold, ("a", "b"), 2, 0)
    assert fitted["weight"].shape == (128, 0)
    # half of what looks alike is of each class, so the model's preference has to go
    assert softmax(Decoder().scores(fitted, np.zeros((1, 0)), s[:1]))[0] == pytest.approx(
        [0.5, 0.5], abs=5e-3
    )


def test_the_same_inputs_give_the_same_bytes_and_another_seed_gives_others() -> None:
    h, s, gold = drawn(8)
    one, two, other = (Decoder().fit(h, s, gold, LABELS, 4, seed) for seed in (0, 0, 1))
    assert {name: value.tobytes() for name, value in one.items()} == {
        name: value.tobytes() for name, value in two.items()
    }
    assert one["weight"].tobytes() != other["weight"].tobytes()


@given(st.permutations(range(3)), st.integers(0, 5))
def test_the_order_of_the_classes_decides_nothing(order: list[int], seed: int) -> None:
    h, s, gold = drawn(seed)
    names = tuple(LABELS[i] for i in order)
    place = np.argsort(order)  # of each old class in the new order
    for head in (Decoder(dim=16), Logistic()):
        straight = head.scores(head.fit(h, s, gold, LABELS, 4, seed), h, s)
        turned = head.scores(head.fit(h, s[:, order], place[gold], names, 4, seed), h, s[:, order])
        assert softmax(turned) == pytest.approx(
            softmax(straight)[:, order], abs=1e-3 if head == Logistic() else 1e-9
        )


def test_the_loss_falls_and_prototypes_move_unless_they_are_fixed() -> None:
    h, s, gold = drawn(9)
    for kind in ("trained", "fixed"):
        decoder = Decoder(dim=16, prototypes=kind)  # type: ignore[arg-type]
        start = decoder.start(h, gold, LABELS, 0)
        after = decoder.descend(start, h, s / 4, gold)
        assert loss_and_gradient(after, h, s / 4, gold)[0] < 0.8 * loss_and_gradient(start, h, s / 4, gold)[0]
        assert bool((after.prototypes == start.prototypes).all()) is (kind == "fixed")
        assert not (after.weight == start.weight).any() and not (after.radii == start.radii).any()


def test_a_class_without_a_shot_is_never_answered() -> None:
    h, s, gold = drawn(10, labels=("red", "blue"))
    s = np.insert(s, 1, 5.0, axis=1)
    gold = np.where(gold == 1, 2, 0)
    fitted = Decoder().fit(h, s, gold, LABELS, 6, 0)
    probs = softmax(Decoder().scores(fitted, h, s))
    assert probs[:, 1].max() < 1e-9 and set(probs.argmax(1).tolist()) <= {0, 2}


def test_states_that_are_no_numbers_are_refused() -> None:
    h, s, gold = drawn(11)
    h[0, 0] = np.nan
    with pytest.raises(ModelError, match="did not come to finite numbers"):
        Decoder().fit(h, s, gold, LABELS, 4, 0)


def test_vectors_have_length_one_and_nothing_is_divided_by_nought() -> None:
    v, _ = projected(np.eye(2), np.array([[0.0, -3.0], [0.0, 0.0]]))
    assert v.tolist() == [[0, -1], [0, 0]]


def test_logistic_regression_of_two_points_is_the_known_one() -> None:
    h, gold = np.array([[1.0], [-1.0]]), np.array([0, 1])
    head = Logistic()
    fitted = head.fit(h, np.zeros((2, 2)), gold, ("a", "b"), 1, 0)
    logits = head.scores(fitted, h, np.zeros((2, 2)))
    # the least of w^2 / 2 + 2 log(1 + exp(-w)) is where w (1 + exp(w)) = 2
    w = float(logits[0, 0] - logits[0, 1])
    assert (
        w * (1 + math.exp(w)) == pytest.approx(2, abs=1e-3) and logits[1].tolist() == logits[0][::-1].tolist()
    )
