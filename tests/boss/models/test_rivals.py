"""The best span that is right and the best that is wrong, against a search through every span."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boss.models.rivals
from boss.metrics.squad import exact_match, normalise
from boss.models.pieces import Window
from boss.models.rivals import Rivals, rivals
from boss.models.spans import Scored, SpanScores, best_span

LONGEST = 4


def scored(
    context: str, cuts: list[tuple[int, int]], start: list[float], end: list[float], question: int = 1
) -> Scored:
    """A window of a question of some pieces, the pieces of context at ``cuts``, and a last special one."""
    offsets = np.array([(-1, -1)] * question + cuts + [(-1, -1)], np.int64)
    n = len(offsets)
    window = Window(np.zeros(n, np.int64), np.zeros(n, np.int64), offsets)
    return Scored(
        window, np.array([99.0] * question + start + [99.0]), np.array([99.0] * question + end + [99.0])
    )


def brute(spans: SpanScores, golds: list[str]) -> tuple[float | None, float | None]:
    """Return the best score of a right span and of a wrong one, out of all legal spans."""
    right: list[float] = []
    wrong: list[float] = []
    for item in spans.windows:
        inside = [i for i, (start, _) in enumerate(item.window.offsets.tolist()) if start >= 0]
        for first in inside:
            for last in (i for i in inside if first <= i < first + LONGEST):
                text = spans.context[item.window.offsets[first, 0] : item.window.offsets[last, 1]]
                score = float(item.start[first] + item.end[last])
                (right if exact_match(json.dumps(golds), text) else wrong).append(score)
    return max(right, default=None), max(wrong, default=None)


WORDS = [
    "the",
    "The",
    "a",
    "an",
    "sea",
    "Sea,",
    "U.S.",
    "us",
    "then",
    "there",
    "---",
    "o'er",
    "\u0130zmir",
    "then-a",
]


@st.composite
def contexts(draw: st.DrawFn) -> tuple[SpanScores, list[str]]:
    """A context of little words cut at any characters, in one or two windows, with small whole scores."""
    context = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)))
    windows = []
    for _ in range(draw(st.integers(1, 2))):
        at = sorted(draw(st.sets(st.integers(0, len(context)), min_size=2, max_size=9)))
        cuts = [(one, two) for one, two in pairwise(at) if context[one:two].strip()]
        scores = st.lists(st.integers(-3, 3).map(float), min_size=len(cuts), max_size=len(cuts))
        windows.append(scored(context, cuts, draw(scores), draw(scores)))
    start = draw(st.integers(0, len(context)))
    part = context[start : start + draw(st.integers(0, 12))]
    return SpanScores(context, tuple(windows)), [draw(st.sampled_from([*WORDS, "the sea", "sea us", part]))]


@given(contexts())
def test_rivals_are_those_of_a_search_through_every_span(given: tuple[SpanScores, list[str]]) -> None:
    spans, golds = given
    found = rivals(spans, golds, LONGEST)
    right, wrong = brute(spans, golds)
    if found is None:
        assert (right, wrong) == (None, None)
        return
    assert (found.gold and found.gold.score, found.other and found.other.score) == (right, wrong)
    answer = best_span(spans.windows, spans.context, LONGEST)
    correct = exact_match(json.dumps(golds), answer) == 1
    margin = (found.gold or found.lowest).score - (found.other or found.lowest).score
    assert margin >= 0 if correct else margin <= 0


CONTEXT = "The sea was calm, the Sea!"
CUTS = [(0, 3), (4, 7), (8, 11), (12, 17), (18, 21), (22, 26)]


def found_in(start: list[float], end: list[float], gold: str) -> Rivals:
    found = rivals(SpanScores(CONTEXT, (scored(CONTEXT, CUTS, start, end),)), [gold])
    assert found is not None
    return found


def test_case_articles_and_punctuation_do_not_tell_spans_apart() -> None:
    found = found_in([0, 1, 0, 0, 3, 2], [0, 1, 0, 0, 0, 4], "sea")
    # "the Sea!" (3 + 4) reads like "sea"; the best that does not is "The ... Sea!" from "sea" on (1 + 4).
    assert found.gold is not None and found.other is not None
    assert (found.gold.first, found.gold.last, found.gold.score) == (5, 6, 7)
    assert (found.other.first, found.other.last, found.other.score) == (2, 6, 5)


def test_a_gold_answer_that_no_span_reads_like_has_no_place() -> None:
    found = found_in([0] * 6, [0] * 6, "land")
    assert found.gold is None and found.other is not None


def test_where_every_span_is_right_there_is_no_rival() -> None:
    spans = SpanScores("sea", (scored("sea", [(0, 3)], [1], [1]),))
    found = rivals(spans, ["Sea"])
    assert found is not None and found.other is None and found.gold is not None


def test_no_piece_of_context_has_no_rivals() -> None:
    assert rivals(SpanScores("", (scored("", [], [], []),)), ["sea"]) is None


def test_few_spans_of_a_full_window_are_read_even_where_none_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n, read = 300, []

    def counting(text: str) -> str:
        read.append(text)
        return normalise(text)

    monkeypatch.setattr(boss.models.rivals, "normalise", counting)
    cuts = [(5 * i, 5 * i + 4) for i in range(n)]
    item = scored("lamp " * n, cuts, [0.0] * n, [0.0] * n)
    rivals(SpanScores("lamp " * n, (item,)), ["a harbour"])
    # Out of 11,220: only two or three lamps have a number of letters that "harbour" could have.
    assert len(read) <= 2 * n
