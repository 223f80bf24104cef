import numpy as np
import pytest

from boss.analysis.vocabulary import compare_vocabularies, words


def test_words_are_folded_and_bare() -> None:
    assert words("Don't PANIC -- it's 42; (really)!") == ["don't", "panic", "it's", "42", "really"]
    assert words("...") == []


def test_shared_types_over_all_types_of_equally_many_words() -> None:
    first, second = ["red lamp", "blue lamp"], ["red chair", "old chair shop"]
    found = compare_vocabularies(first, first, second, np.arange(2))
    # Four words of either: {red, lamp, blue} and {red, chair, old}; one of five types is shared.
    assert (found.jaccard, found.n_tokens) == (0.2, 4)


def test_unseen_words_are_those_of_no_training_text() -> None:
    learnt = ["red lamp", "blue lamp", "old shop"]
    found = compare_vocabularies(learnt, learnt[:1], ["red chair", "old chair shop"], np.arange(2))
    assert found.unseen.value == pytest.approx(2 / 5)


def test_equal_sets_share_everything() -> None:
    texts = ["red lamp", "blue lamp"]
    found = compare_vocabularies(texts, texts, texts, np.arange(2))
    assert (found.jaccard, found.unseen.value) == (1, 0)


def test_texts_without_words_share_nothing() -> None:
    found = compare_vocabularies(["red lamp"], ["red lamp"], ["?!", "..."], np.arange(2))
    assert (found.jaccard, found.n_tokens, found.unseen.value) == (0, 0, 0)
