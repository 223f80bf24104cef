import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from boss.errors import ModelError
from boss.models.linear import ABSENT_LOGIT, fit_linear, log_loss, softmax


def test_softmax_of_equal_logits_is_uniform_and_survives_large_ones() -> None:
    assert softmax(np.array([[7.0, 7.0]])).tolist() == [[0.5, 0.5]]
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


def test_log_loss_of_a_coin_is_ln_2() -> None:
    assert log_loss(np.zeros((3, 2)), np.array([0, 1, 1])) == pytest.approx(np.log(2))


@pytest.mark.parametrize("n_labels", [2, 3])
def test_probabilities_are_those_of_scikit_learn(n_labels: int) -> None:
    generator = np.random.default_rng(0)
    features, gold = generator.normal(size=(60, 4)), generator.integers(n_labels, size=60)
    head = fit_linear(features, gold, n_labels, None, tolerance=1e-8)
    reference = LogisticRegression(tol=1e-8, max_iter=2000).fit(features, gold)
    assert softmax(head.logits(features)) == pytest.approx(reference.predict_proba(features), abs=1e-9)


def test_standardising_changes_scale_only() -> None:
    generator = np.random.default_rng(1)
    features, gold = generator.normal(size=(80, 3)), generator.integers(2, size=80)
    moved = features * np.array([1.0, 100.0, 0.01]) + 5
    one = fit_linear(features, gold, 2, None, standardise=True, tolerance=1e-8)
    two = fit_linear(moved, gold, 2, None, standardise=True, tolerance=1e-8)
    assert one.logits(features) == pytest.approx(two.logits(moved), abs=1e-4)


def test_a_label_never_seen_is_all_but_impossible_and_finite() -> None:
    features, gold = np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([0, 2, 0, 2])
    logits = fit_linear(features, gold, 3, None).logits(features)
    assert (logits[:, 1] == ABSENT_LOGIT).all()
    assert (softmax(logits)[:, 1] < 1e-12).all()


def test_strength_is_chosen_by_the_validation_split() -> None:
    features, gold = np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([0, 1, 0, 1])
    agreeing = fit_linear(features, gold, 2, (features, gold), strengths=(0.01, 100.0))
    opposed = fit_linear(features, gold, 2, (features, 1 - gold), strengths=(0.01, 100.0))
    assert abs(agreeing.weight).max() > 10 * abs(opposed.weight).max()


def test_one_class_cannot_be_learnt() -> None:
    with pytest.raises(ModelError, match="at least two"):
        fit_linear(np.zeros((3, 1)), np.array([1, 1, 1]), 2, None)
