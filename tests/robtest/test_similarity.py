"""Distances between meanings, known from vectors known by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.errors import AttackError
from robtest.similarity import Similarity


@dataclass
class Table:
    """An encoder with a vector per text, which notes what it was asked."""

    vectors: Mapping[str, Sequence[float]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        self.asked += texts
        return np.array([self.vectors[text] for text in texts])


PLANE = {"east": (1, 0), "also east": (1, 0), "near": (0.8, 0.6), "far": (0.6, 0.8), "west": (-1, 0)}


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("east", 0), ("also east", 1), ("near", 200_001), ("far", 400_001), ("west", 2_000_001)],
)
def test_a_distance_is_one_minus_the_cosine_rounded_up_and_a_millionth_more(
    text: str, millionths: int
) -> None:
    assert Similarity(Table(PLANE), "east").distance(text) == millionths


def test_distances_come_in_the_order_of_the_texts() -> None:
    found = Similarity(Table(PLANE), "east").distances(["far", "near", "east", "far"])
    assert found == [400_001, 200_001, 0, 400_001]


def test_every_distinct_text_is_encoded_once() -> None:
    encoder = Table(PLANE)
    similarity = Similarity(encoder, "east")
    similarity.distances(["near", "near", "east"])
    similarity.distances(["far", "near"])
    assert sorted(encoder.asked) == ["east", "far", "near"]


def test_the_noise_of_another_batch_does_not_lift_a_distance_above_the_one_recorded() -> None:
    rng = np.random.default_rng(0)
    for angle in rng.uniform(0.001, 3, size=200):
        exact = {"a": (1, 0), "b": (np.cos(angle), np.sin(angle))}
        noisy = (1 - np.cos(angle)) + rng.uniform(-1e-6, 1e-6)
        assert noisy <= Similarity(Table(exact), "a").distance("b") / 1e6


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ({"a": (1, 0), "b": (2, 0)}, "length 1"),
        ({"a": (1, 0), "b": (0, 0)}, "length 1"),
        ({"a": (1, 0), "b": (float("nan"), 1)}, "length 1"),
        ({"a": 1, "b": 1}, r"shape \(1, n_dimensions\), this one gave \(1,\)"),
    ],
)
def test_an_encoder_that_gives_no_unit_vectors_is_refused(
    vectors: Mapping[str, Sequence[float]], message: str
) -> None:
    with pytest.raises(AttackError, match=message):
        Similarity(Table(vectors), "a").distance("b")
