"""Ranks: an order that noise in the last digits does not change."""

import numpy as np

from robtest.language.rank import best


def test_equal_scores_are_ranked_by_place_and_noise_is_no_difference() -> None:
    noise = np.array([1e-12, 0.0, -1e-12, 2e-12])
    assert best(1.0 + noise, 4).tolist() == [0, 1, 2, 3]
    assert best(1.0 + noise, 2).tolist() == [0, 1]
    assert best(np.array([0.0, 3.0, 1.0, 2.0]), 2).tolist() == [1, 3]
    assert best(np.array([0.0, 1.0]), 5).tolist() == [1, 0]
