import numpy as np

from boss.models.pieces import Window
from boss.models.words import first_pieces, joined


def window(offsets: list[tuple[int, int]]) -> Window:
    n = len(offsets)
    return Window(np.zeros(n, np.int64), np.zeros(n, np.int64), np.array(offsets, np.int64).reshape(-1, 2))


def test_a_word_in_pieces_speaks_by_its_first() -> None:
    _, spans = joined(["Ada", "sang"])
    assert first_pieces([window([(-1, -1), (0, 1), (1, 3), (4, 6), (6, 8), (-1, -1)])], spans) == [
        (0, 1),
        (0, 3),
    ]


def test_a_piece_that_begins_at_the_space_belongs_to_the_word_after_it() -> None:
    _, spans = joined(["Ada", "sang"])
    assert first_pieces([window([(0, 3), (3, 8)])], spans) == [(0, 0), (0, 1)]


def test_a_word_without_pieces_has_no_place() -> None:
    _, spans = joined(["a", "\x00", "", "b"])
    assert first_pieces([window([(0, 1), (5, 6)])], spans) == [(0, 0), None, None, (0, 1)]


def test_the_window_with_more_context_speaks() -> None:
    _, spans = joined(["a", "b", "c", "d", "e"])
    one, two = window([(0, 1), (2, 3), (4, 5), (6, 7)]), window([(4, 5), (6, 7), (8, 9)])
    # c stands one piece from the edge of the first window and at the edge of the second; d the reverse.
    assert first_pieces([one, two], spans) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2)]


def test_no_words_have_no_places() -> None:
    assert first_pieces([window([])], joined([])[1]) == []
