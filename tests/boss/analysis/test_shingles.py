import numpy as np
import pytest

from boss.analysis.shingles import BANDS, Index, band_keys, digest, normalised, shingles, similarity


def sentences(n: int, seed: int = 0) -> list[str]:
    """Texts of 12 random words of five letters."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return [" ".join("".join(rng.choice(letters, 5)) for _ in range(12)) for _ in range(n)]


def test_texts_that_differ_in_case_punctuation_and_space_are_equal() -> None:
    assert digest("The LAMP,  it broke!") == digest("the lamp it broke")
    assert digest("the lamp it broke") != digest("the lamps it broke")
    assert normalised(":-)  :-(") == ":-) :-("


def test_similarity_is_the_share_of_common_runs_of_five() -> None:
    # abcde and bcdef against abcde and bcdeg: one of three is common.
    assert similarity(shingles("abcdef"), shingles("abcdeg")) == pytest.approx(1 / 3)
    assert similarity(shingles("abcdef"), shingles("ABCDEF!")) == 1
    assert similarity(shingles("abcdef"), shingles("uvwxyz")) == 0


def test_short_and_odd_texts_have_a_shingle() -> None:
    for text in ("", "a", "né", "\ud800", "🙂"):
        assert len(shingles(text)) == 1
    assert similarity(shingles("a"), shingles("b")) == 0


def test_nearly_equal_texts_are_always_candidates() -> None:
    texts = sentences(300)
    changed = [f"{text[:20]}z{text[20:]}" for text in texts]
    assert all(similarity(shingles(a), shingles(b)) >= 0.8 for a, b in zip(texts, changed, strict=True))
    index = Index.of(np.stack([band_keys(text) for text in texts]))
    found = list(index.candidates(np.stack([band_keys(text) for text in changed])))
    assert all(i in candidates for i, candidates in enumerate(found))


def test_unrelated_texts_are_hardly_ever_candidates() -> None:
    index = Index.of(np.stack([band_keys(text) for text in sentences(300)]))
    others = np.stack([band_keys(text) for text in sentences(300, seed=1)])
    assert sum(len(candidates) for candidates in index.candidates(others)) <= 3


def test_the_text_that_agrees_most_comes_first() -> None:
    text = sentences(1)[0]
    near = text[:-3] + "xyz"
    index = Index.of(np.stack([band_keys(t) for t in (near, text)]))
    assert next(iter(index.candidates(band_keys(text)[None])))[0] == 1


def test_keys_are_the_same_in_every_process() -> None:
    keys = band_keys("A fixed text, hashed without any seed of the process.")
    assert keys.shape == (BANDS,)
    assert int(np.bitwise_xor.reduce(keys)) == 13040816668866865526


def test_long_texts_are_hashed_in_blocks_like_short_ones() -> None:
    long = " ".join(sentences(200))
    assert (band_keys(long) == band_keys(long.upper())).all()
    assert similarity(shingles(long), shingles(long + " end")) > 0.99
    assert (band_keys(long) == band_keys(long + " end")).sum() >= BANDS - 4
