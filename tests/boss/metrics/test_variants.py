from collections.abc import Callable, Sequence
from math import sqrt

import pyarrow as pa
import pytest

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import Tally, tally
from boss.metrics.variants import Spread, over_variants, sameness
from boss.tasks import encode_answer

MakeCell = Callable[..., Measurement]
MakeTable = Callable[..., pa.Table]
Answers = Sequence[str | None]

P, N = "positive", "negative"


@pytest.fixture
def asked(make_cell: MakeCell, make_table: MakeTable) -> Callable[..., Tally]:
    """A variant's answers to texts that are all positive."""

    def make(answers: Answers, sources: dict[str, str] | None = None, first: int = 0) -> Tally:
        rows = [(f"e{first + i:03d}", P, answer) for i, answer in enumerate(answers)]
        return tally(make_cell(len(rows)), make_table(rows, sources))

    return make


def accuracy(spreads: Sequence[Spread]) -> Spread:
    return next(spread for spread in spreads if spread.metric == "accuracy")


@pytest.fixture
def three(asked: Callable[..., Tally]) -> list[Tally]:
    return [asked([P, P, N, None]), asked([P, P, P, None]), asked([P, N, None, None])]


def test_mean_deviation_lowest_and_highest_are_those_of_the_values(three: list[Tally]) -> None:
    found = accuracy(over_variants(three))
    assert found.values == (0.5, 0.75, 0.25)
    assert (found.mean, found.deviation) == pytest.approx((0.5, 0.25))
    assert (found.lowest, found.highest) == (2, 1)
    assert found.ci.low < 0.5 < found.ci.high
    assert (found.ci.unit, found.ci.n_units) == ("source", 4)


def test_consistency_is_of_all_and_agreement_of_pairs(three: list[Tally]) -> None:
    """The first text is answered alike, the last by none; one pair of three agrees on the second only."""
    found = sameness(three)
    assert (found.consistency.value, found.consistency.n) == (2 / 4, 4)
    assert found.agreement.value == pytest.approx((1 + 1 / 3 + 0 + 1) / 4)
    assert found.agreement.n == 4
    assert found.agreement.ci.low < found.agreement.value < found.agreement.ci.high


def test_a_failure_and_an_answer_differ_and_two_failures_do_not(asked: Callable[..., Tally]) -> None:
    found = sameness([asked([None, None]), asked([P, None])])
    assert found.consistency.value == found.agreement.value == 0.5
    assert found.consistency.ci == found.agreement.ci  # of two variants they are one


def test_answers_to_questions_are_compared_as_exact_match_compares_them(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    def of(*answers: str) -> Tally:
        gold = encode_answer(make_cell(1, "qa", ()).definition, ["mill"])
        rows = [(f"e{i}", gold, answer) for i, answer in enumerate(answers)]
        return tally(make_cell(len(rows), "qa", ()), make_table(rows))

    assert sameness([of("The Mill.", "a mill"), of("mill", "a barn")]).consistency.value == 0.5


def test_more_variants_that_agree_do_not_make_the_examples_more(asked: Callable[..., Tally]) -> None:
    answers = [N if i % 4 == 0 else P for i in range(200)]
    normal = 2 * 1.96 * sqrt(0.75 * 0.25 / 200)
    for n in (2, 6):
        found = accuracy(over_variants([asked(answers)] * n))
        assert found.deviation == 0
        assert found.ci.high - found.ci.low == pytest.approx(normal, rel=0.1)


def test_sources_are_drawn_once_for_all_variants(asked: Callable[..., Tally]) -> None:
    """Where one is right the other is wrong, so that every draw gives the same mean."""
    one = [P if i % 2 else N for i in range(50)]
    other = [N if i % 2 else P for i in range(50)]
    found = accuracy(over_variants([asked(one), asked(other)]))
    assert found.mean == 0.5
    assert found.ci.method == "wilson-clusters"


def test_texts_of_one_source_are_drawn_together(asked: Callable[..., Tally]) -> None:
    sources = {f"e{i:03d}": f"s{i // 10}" for i in range(60)}
    one, other = [P] * 60, [N if i // 10 < 3 else P for i in range(60)]
    pair = [asked(one, sources), asked(other, sources)]
    assert accuracy(over_variants(pair)).ci.n_units == 6
    found = sameness(pair).consistency
    assert (found.value, found.ci.unit, found.ci.n_units) == (0.5, "source", 6)
    alone = sameness([asked(one), asked(other)]).consistency.ci
    assert found.ci.high - found.ci.low > 1.5 * (alone.high - alone.low)


def test_variants_of_other_examples_or_one_alone_are_refused(asked: Callable[..., Tally]) -> None:
    for judge in (over_variants, sameness):
        with pytest.raises(ResultError, match="at least two of them, got 1"):
            judge([asked([P])])
        with pytest.raises(ResultError, match="not asked about the same examples"):
            judge([asked([P, N]), asked([P, N], first=1)])
        with pytest.raises(ResultError, match="not asked about the same examples"):
            judge([asked([P, N]), asked([P, N], {"e001": "e000"})])
