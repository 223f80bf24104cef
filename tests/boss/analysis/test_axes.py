import numpy as np
import pytest

from boss.analysis.axes import AXES, Axis, from_axis, shrunk, to_axis
from boss.errors import ConfigError


def test_one_half_is_zero_on_both_curved_axes() -> None:
    half = np.array([0.5])
    assert to_axis(half, "logit")[0] == 0
    assert to_axis(half, "probit")[0] == 0
    assert to_axis(half, "raw")[0] == 0.5


def test_known_places() -> None:
    assert to_axis(np.array([0.75]), "logit")[0] == pytest.approx(np.log(3))
    assert to_axis(np.array([0.975]), "probit")[0] == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_leads_back(axis: Axis) -> None:
    fractions = np.linspace(0.01, 0.99, 25)
    assert from_axis(to_axis(fractions, axis), axis) == pytest.approx(fractions)


def test_shrinking_takes_all_right_off_one_and_leaves_one_half() -> None:
    assert shrunk(1.0, 1) == 0.75
    assert shrunk(0.0, 1) == 0.25
    assert shrunk(0.5, 7) == 0.5
    assert shrunk(1.0, None) == 1.0


def test_a_score_that_has_no_logit_is_refused_with_the_cure() -> None:
    with pytest.raises(ConfigError, match=r"a score of 1 has no logit; .* --axis raw"):
        to_axis(np.array([0.5, 1.0]), "logit")
    assert to_axis(np.array([1.0]), "raw")[0] == 1


def test_percent_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"must be in \[0, 1\], got 71.5; divide percent by 100"):
        to_axis(np.array([71.5]), "raw")
