import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import robtest.score
from boss.metrics.curves import area_weights, d50, total_weights

SWEEP = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
UNIT = st.floats(0, 1, allow_subnormal=False)
curves = st.lists(UNIT, min_size=8, max_size=8).map(np.array)


def test_the_area_of_a_flat_curve_is_its_value_and_of_a_falling_line_its_middle() -> None:
    assert area_weights(SWEEP).sum() == pytest.approx(1)
    assert area_weights((0, 0.6)) @ [1, 0] == pytest.approx(0.5)
    assert area_weights((0, 0.1, 0.5)) @ [1, 0.5, 0.5] == pytest.approx((0.075 + 0.2) / 0.5)


def test_small_degrees_weigh_most_and_degree_0_nothing() -> None:
    assert total_weights(3).tolist() == [0, 1 / 2, 1 / 4, 1 / 4]
    assert total_weights(3, compatible=True).tolist() == [0, 1 / 2, 1 / 4, 1 / 8]
    assert total_weights(7, compatible=True).sum() == 127 / 128


def test_d50_of_several_curves_at_once_by_hand() -> None:
    found = d50(
        (0, 0.1, 0.2),
        np.array(
            [
                [1.0, 0.8, 0.4],  # half of 1 is crossed at 0.175
                [1.0, 0.8, 0.4],  # from a chance of 0.5 on, at 0.75, so at 0.1125
                [1.0, 0.5, 0.9],  # reached exactly; what comes after does not matter
                [1.0, 0.9, 0.6],  # never
                [0.5, 0.1, 0.0],  # nothing above chance
                [0.4, 0.1, 0.0],
            ]
        ),
        np.array([0, 0.5, 0, 0, 0.5, 0.5]),
    )
    assert found[:3] == pytest.approx([0.175, 0.1125, 0.1])
    assert found[3] == np.inf
    assert np.isnan(found[4:]).all()


@given(curves, st.floats(0, 0.9))
def test_every_reading_agrees_with_the_one_curve_at_a_time_functions_of_robtest(
    curve: np.ndarray, chance: float
) -> None:
    assert area_weights(SWEEP) @ curve == pytest.approx(robtest.score.area(SWEEP, curve))
    for compatible in (False, True):
        total = robtest.score.weighted_total(SWEEP, curve, compatible=compatible)
        assert total_weights(7, compatible=compatible) @ curve == pytest.approx(total)
    expected = robtest.score.d50(SWEEP, curve, chance)
    found = float(d50(SWEEP, curve, chance))
    assert found == pytest.approx(expected) if expected is not None else not np.isfinite(found)
