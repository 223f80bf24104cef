from itertools import product

import numpy as np
import pytest

from boss.models.bio import best_legal_tags

TAGS = ("O", "B-x", "I-x", "B-y", "I-y")


def legal(path: tuple[str, ...]) -> bool:
    before = ("O", *path[:-1])
    return all(
        not tag.startswith("I-") or last[2:] == tag[2:] for last, tag in zip(before, path, strict=True)
    )


def test_an_inside_tag_cannot_open_a_sentence() -> None:
    assert best_legal_tags(np.array([[0.0, 1.0, 9.0, 0.0, 0.0]]), TAGS) == ("B-x",)


def test_an_inside_tag_cannot_follow_another_type() -> None:
    scores = np.array([[0, 5, 0, 0, 0], [0, 0, 0, 0, 3.0]])
    assert best_legal_tags(scores, TAGS) == ("B-x", "O")


def test_no_tokens_have_no_tags() -> None:
    assert best_legal_tags(np.empty((0, 5)), TAGS) == ()


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_best_of_all_legal_ones(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(4, 5))
    paths = [path for path in product(range(5), repeat=4) if legal(tuple(TAGS[i] for i in path))]
    best = max(paths, key=lambda path: sum(scores[i, tag] for i, tag in enumerate(path)))
    assert best_legal_tags(scores, TAGS) == tuple(TAGS[i] for i in best)
