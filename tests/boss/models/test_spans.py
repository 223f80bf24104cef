import numpy as np

from boss.data.types import Answer
from boss.models.pieces import Window
from boss.models.spans import Scored, best_span, gold_positions

CONTEXT = "red green blue"


def window(offsets: list[tuple[int, int]]) -> Window:
    n = len(offsets)
    return Window(np.zeros(n, np.int64), np.zeros(n, np.int64), np.array(offsets, np.int64))


WHOLE = window([(-1, -1), (0, 3), (4, 9), (10, 14), (-1, -1)])


def scored(start: list[float], end: list[float], of: Window = WHOLE) -> Scored:
    return Scored(of, np.array(start), np.array(end))


def test_the_best_start_and_end_make_the_answer() -> None:
    assert best_span([scored([0, 1, 5, 0, 0], [0, 0, 1, 5, 0])], CONTEXT) == "green blue"


def test_an_answer_does_not_end_before_it_starts() -> None:
    # The best start is blue (5), the best end red (5); the best legal pair is blue-blue, 5 + 1.
    assert best_span([scored([0, 0, 0, 5, 0], [0, 5, 0, 1, 0])], CONTEXT) == "blue"


def test_special_tokens_and_the_question_are_never_the_answer() -> None:
    assert best_span([scored([99, 0, 1, 0, 99], [99, 0, 1, 0, 99])], CONTEXT) == "green"


def test_an_answer_is_no_longer_than_allowed() -> None:
    assert best_span([scored([0, 5, 0, 4, 0], [0, 0, 0, 5, 0])], CONTEXT, longest=2) == "blue"


def test_the_better_window_answers() -> None:
    late = window([(-1, -1), (10, 14)])
    assert best_span([scored([0] * 5, [0] * 5), scored([0, 1], [0, 1], late)], CONTEXT) == "blue"


def test_no_context_has_the_empty_answer() -> None:
    assert best_span([scored([1], [1], window([(-1, -1)]))], "") == ""


def test_gold_positions_are_found_by_characters() -> None:
    assert gold_positions(WHOLE, Answer("green blue", 4)) == (2, 3)


def test_an_answer_partly_outside_the_window_has_no_positions() -> None:
    assert gold_positions(window([(4, 9)]), Answer("green blue", 4)) is None
    assert gold_positions(window([(10, 14)]), Answer("green blue", 4)) is None
