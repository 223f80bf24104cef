import numpy as np
import pytest

from boss.metrics.multiple import freedom, holm, mover


def test_degrees_of_freedom_over_sets_by_hand() -> None:
    assert freedom(np.array([1.0, 1.0]), (9, 17)) == pytest.approx(4 / (1 / 8 + 1 / 16))
    assert freedom(np.array([2.0, 2.0, 2.0]), (5, 5, 5)) == pytest.approx(12)  # alike: their sum
    assert freedom(np.array([3.0, 0.0]), (9, 1001)) == pytest.approx(8)  # that of the only set that varies
    pairs = np.array([[1.0, 3.0], [1.0, 0.0]])
    assert freedom(pairs, (9, 17)) == pytest.approx([64 / 3, 8])


def test_intervals_join_each_side_by_itself() -> None:
    assert mover(0.5, [(0.03, 0.12), (0.04, 0.05)]) == pytest.approx((0.45, 0.63))  # 3, 4, 5 and 5, 12, 13
    assert mover(0.5, [(0.03, 0.12)]) == pytest.approx((0.47, 0.62))
    # A percentile interval need not hold its number; such a side is not counted against the others.
    assert mover(0.4, [(-0.07, 0.2), (0.1, 0.0)]) == pytest.approx((0.3, 0.6))


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.03, 0.01, 0.04]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.04, 0.001, 0.03, 0.9]) == pytest.approx([0.09, 0.004, 0.09, 0.9])


def test_no_p_value_exceeds_1_and_none_is_none() -> None:
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []
