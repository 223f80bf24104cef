import json
import re
import string
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boss.errors import ResultError
from boss.metrics.squad import exact_match, normalise, token_f1


def reference_tokens(answer: str) -> list[str]:
    """SQuAD's normalisation, written as a loop over characters and words."""
    kept = "".join(c for c in answer.lower() if c not in set(string.punctuation))
    # an article is a whole word in the sense of \w, so "a—b" loses its "a"
    words = re.split(r"(\W+)", kept)
    return " ".join("".join(" " if word in ("a", "an", "the") else word for word in words).split()).split()


def reference_f1(golds: Iterable[str], prediction: str) -> float:
    best = 0.0
    for gold in golds:
        left, right = reference_tokens(gold), reference_tokens(prediction)
        if not left or not right:
            best = max(best, 1.0 if left == right else 0.0)
            continue
        pool, shared = list(left), 0
        for token in right:
            if token in pool:
                pool.remove(token)
                shared += 1
        if shared:
            precision, recall = shared / len(right), shared / len(left)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def test_normalisation_drops_case_punctuation_articles_and_spaces() -> None:
    assert normalise(" The  Cat's, an  owl ") == "cats owl"
    assert normalise("theatre") == "theatre"


def test_f1_of_two_shared_tokens_out_of_three_and_two_is_four_fifths() -> None:
    assert token_f1('["old stone bridge"]', "the stone bridge") == pytest.approx(0.8)
    assert exact_match('["old stone bridge"]', "the stone bridge") == 0


def test_repeated_tokens_count_as_often_as_both_have_them() -> None:
    assert token_f1('["no no"]', "no") == pytest.approx(2 / 3)


def test_the_best_gold_answer_counts() -> None:
    assert token_f1('["1912", "the year 1912"]', "year 1912") == 1
    assert exact_match('["1912", "the year 1912"]', "Year 1912.") == 1


def test_an_empty_answer_scores_only_against_an_empty_gold() -> None:
    assert (token_f1('["owl"]', ""), exact_match('["owl"]', "")) == (0, 0)
    assert (token_f1('["The"]', ""), exact_match('["The"]', "")) == (1, 1)


def test_a_failed_prediction_scores_nothing() -> None:
    assert (token_f1('["The"]', None), exact_match('["The"]', None)) == (0, 0)


@pytest.mark.parametrize("label", ["owl", "[]", '"owl"', "[1]", '{"a": 1}'])
def test_gold_answers_that_are_no_list_of_strings_are_refused(label: str) -> None:
    with pytest.raises(ResultError, match="JSON list of strings"):
        token_f1(label, "owl")


@settings(deadline=None)
@given(
    golds=st.lists(st.text("aAtThe an.,-é—1_", max_size=12), min_size=1, max_size=3),
    prediction=st.text("aAtThe an.,-é—1_", max_size=12),
)
def test_scores_equal_those_of_an_independent_scorer(golds: list[str], prediction: str) -> None:
    label = json.dumps(golds)
    assert token_f1(label, prediction) == pytest.approx(reference_f1(golds, prediction))
    same = any(reference_tokens(gold) == reference_tokens(prediction) for gold in golds)
    assert exact_match(label, prediction) == same
    assert exact_match(label, prediction) <= token_f1(label, prediction)
