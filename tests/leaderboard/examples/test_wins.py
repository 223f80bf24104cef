from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from leaderboard.board.columns import MEASURES
from leaderboard.board.site import read
from leaderboard.board.table import Choice
from leaderboard.examples.wins import offered, wins
from leaderboard.store.folder import Folders

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.3)


def test_the_matrix_is_the_boards_own_test_and_counts_whole_examples(
    write_answers: Callable[..., Path], tmp_path: Path
) -> None:
    # Of 20: a right on 0-15, b on 4-17, c on none. At 0.3 a loses 0-7.
    write_answers("a", lambda _, i, degree, __: i < 16 and not (degree >= 0.3 and i < 8))
    write_answers("b", lambda _, i, *__: 4 <= i < 18)
    write_answers("c", lambda *_: False)
    site = read(Folders(tmp_path / "runs"))
    found = wins(site, CHOICE, "ood_mean")
    assert found is not None
    assert found.labels == ("a", "b", "c")
    expected = [[0, 4 / 20, 16 / 20], [2 / 20, 0, 14 / 20], [0, 0, 0]]
    np.testing.assert_allclose(found.won, expected)
    # Shares won less shares lost are the difference of the OOD means.
    board = site.board(CHOICE).set_index("label")
    np.testing.assert_allclose(
        found.won[0, 1] - found.won[1, 0], board["ood_mean"]["a"] - board["ood_mean"]["b"]
    )
    assert found.above.tolist() == [[False, False, True], [False, False, True], [False, False, False]]
    assert (found.n_examples, found.n_tested, found.left_out) == (40, 3, {})
    # The same as the ranks of the board: a and b share the first.
    measure = next(m for m in MEASURES if m.key == "ood_mean")
    assert site.ranked(CHOICE, measure)["rank"].tolist() == [1, 1, 3]

    under = wins(site, CHOICE, "attacked_ood_worst")
    assert under is not None
    # b: 4-17; a: 8-15
    assert under.labels == ("b", "a", "c")
    np.testing.assert_allclose(under.won[0], [0, 6 / 20, 14 / 20])
    assert under.won[1, 0] == 0


def test_a_model_on_other_examples_or_without_answers_is_left_out_by_name(
    write_answers: Callable[..., Path], write_run: Callable[..., Path], tmp_path: Path, clean: Any
) -> None:
    write_answers("a", lambda *_: True)
    write_answers("b", lambda _, i, *__: i < 10)
    write_run("told", numbers=clean)
    site = read(Folders(tmp_path / "runs"))
    found = wins(site, CHOICE, "ood_mean")
    assert found is not None
    assert found.labels == ("a", "b")
    # Measured on other data than most: the board does not rank it, so nor does the matrix.
    assert "told" not in found.left_out
    assert offered(site.board(CHOICE)) == {
        "ood_mean": "OOD mean, clean",
        "id": "ID, clean",
        "attacked_ood_worst": "OOD mean, worst copy at the degree",
        "attacked_id_worst": "ID, worst copy at the degree",
    }


def test_one_model_makes_no_matrix(write_answers: Callable[..., Path], tmp_path: Path) -> None:
    write_answers("a", lambda *_: True)
    site = read(Folders(tmp_path / "runs"))
    assert wins(site, CHOICE, "ood_mean") is None
    assert offered(site.board(CHOICE)) == {}
