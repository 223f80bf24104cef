import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boss.errors import ResultError
from boss.metrics.squad import exact_match, normalise, token_f1
from boss.metrics.upstream import upstream_metrics
from boss.results.digested import digested, digested_golds
from boss.tasks import TASKS

WORDS = st.sampled_from(
    [
        "the",
        "The",
        "a",
        "an",
        "mill",
        "Mill,",
        "old",
        "x12",
        "...",
        "in",
        "the-mill",
        "a’s",
        "1,000",
        "É",
        "\u2003",
    ]
)
ANSWERS = st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=20)


@given(golds=st.lists(ANSWERS, min_size=1, max_size=4), answer=st.none() | ANSWERS)
@example(golds=["the"], answer="")
@example(golds=["the", "mill"], answer="a")
@example(golds=["the mill", "mill"], answer="Mill!")
@example(golds=["\ud800"], answer="\ud800")
def test_no_metric_sees_a_difference(golds: list[str], answer: str | None) -> None:
    label = json.dumps(golds)
    hidden_label, hidden = digested_golds(label), None if answer is None else digested(answer)
    assert exact_match(hidden_label, hidden) == exact_match(label, answer)
    assert token_f1(hidden_label, hidden) == token_f1(label, answer)
    for dataset in ("advqa", "squad"):  # BOSS keeps the first gold answer of the one, all of the other
        for metric in upstream_metrics(TASKS["qa"], dataset, (), recall_only=False):
            assert metric.statistics(hidden_label, hidden) == metric.statistics(label, answer)


@given(ANSWERS)
def test_a_digest_holds_digits_alone_and_stays_as_it_is_when_normalised(answer: str) -> None:
    hidden = digested(answer)
    assert re.fullmatch(r"(x[0-9a-f]{12}( x[0-9a-f]{12})*)?", hidden)
    assert normalise(hidden) == hidden
    assert len(hidden.split()) == len(normalise(answer).split())


def test_a_digest_is_the_same_on_every_machine() -> None:
    # printf 'boss-robtest\nmill' | sha256sum
    assert digested("the Mill!") == "xff5ef7a6c9e7"


def test_gold_answers_that_became_alike_stand_once_in_their_order() -> None:
    golds = json.loads(digested_golds(json.dumps(["the mill", "a pond", "Mill."])))
    assert golds == [digested("mill"), digested("pond")]


def test_what_are_no_gold_answers_is_refused() -> None:
    with pytest.raises(ResultError, match="must be a JSON list"):
        digested_golds("mill")
