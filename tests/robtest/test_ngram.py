"""The trigram model: a file of a few n-grams written here, scored by hand; the packaged one by its sums."""

import math
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from robtest.assets import Member, default_cache
from robtest.errors import AssetError
from robtest.language.ngram import MEMBER, PACKAGE, TRIGRAM, UNKNOWN, Ngrams, TrigramFiller, context
from robtest.language.sphinx import read_trigrams

WORDS = ["</s>", "<s>", "a", "cat", "dog", "it's", "sat", "the"]
ONE = {word: (0.125, 0.5) for word in WORDS} | {"cat": (0.25, 0.25), "sat": (0.0625, 0.5)}
TWO = {
    ("<s>", "the"): (0.5, 0.5),
    ("a", "cat"): (0.25, 1.0),
    ("cat", "sat"): (0.5, 0.25),
    ("dog", "sat"): (0.125, 1.0),
    ("sat", "</s>"): (0.5, 1.0),
    ("the", "cat"): (0.5, 0.5),
    ("the", "dog"): (0.25, 0.5),
}
THREE: dict[tuple[str, ...], float] = {
    ("<s>", "the", "dog"): 0.75,
    ("cat", "sat", "</s>"): 0.875,
    ("the", "cat", "sat"): 0.625,
}
"""n-gram -> probability, back-off weight; exact in binary."""


def number(word: str) -> int:
    return WORDS.index(word)


def sphinx_file() -> bytes:
    """Write the n-grams in the binary format, bit by bit."""
    units = [sorted({math.log(p, 1.0001) for p in values}) for values in _values()]
    tables = [[*unit, *([0.0] * ((1 << 16) - len(unit)))] for unit in units]
    bigrams = sorted(TWO, key=lambda gram: (number(gram[1]), number(gram[0])))
    trigrams = sorted(THREE, key=lambda gram: tuple(number(word) for word in reversed(gram)))
    starts = [sum(number(last) < i for _, last in bigrams) for i in range(len(WORDS) + 1)]
    ones = b"".join(
        struct.pack("<ffI", *(math.log(p, 1.0001) for p in ONE.get(word, (1.0, 1.0))), start)
        for word, start in zip([*WORDS, ""], starts, strict=True)
    )
    counts = (len(WORDS), len(TWO), len(THREE))
    word_bits, row_bits = counts[0].bit_length(), counts[2].bit_length()
    rows = []
    for first, last in bigrams:
        prob, backoff = (math.log(p, 1.0001) for p in TWO[first, last])
        start = sum((number(c), number(b)) < (number(last), number(first)) for _, b, c in trigrams)
        values = [(units[1].index(backoff), 16), (units[0].index(prob), 16)]
        rows.append([(number(first), word_bits), *values, (start, row_bits)])
    two = _packed([*rows, [(0, word_bits), (0, 32), (len(trigrams), row_bits)]])
    three = _packed(
        [
            [(number(gram[0]), word_bits), (units[2].index(math.log(THREE[gram], 1.0001)), 16)]
            for gram in trigrams
        ]
        + [[(0, word_bits + 16)]]
    )
    names = b"".join(word.encode() + b"\0" for word in WORDS)
    return b"".join(
        [b"Trie Language Model\x03", struct.pack("<4I", *counts, 1)]
        + [struct.pack(f"<{1 << 16}f", *table) for table in tables]
        + [ones, two, three, struct.pack("<I", len(names)), names]
    )


def _values() -> list[list[float]]:
    return [[p for p, _ in TWO.values()], [b for _, b in TWO.values()], list(THREE.values())]


def _packed(rows: list[list[tuple[int, int]]]) -> bytes:
    whole, at = 0, 0
    for row in rows:
        for value, width in row:
            whole |= value << at
            at += width
    return whole.to_bytes((at + 7) // 8 + 8, "little")


def backed_off(history: tuple[str, ...], word: str) -> float:
    """Katz's definition, one n-gram at a time; an empty history word is none."""
    history = tuple(word for word in history if word)
    table: dict[tuple[str, ...], float] = {(w,): p for w, (p, _) in ONE.items()}
    table.update({gram: p for gram, (p, _) in TWO.items()})
    table.update(THREE)
    if (*history, word) in table:
        return table[*history, word]
    weights: dict[tuple[str, ...], float] = {(w,): b for w, (_, b) in ONE.items()}
    weights.update({gram: b for gram, (_, b) in TWO.items()})
    return weights.get(history, 1.0) * backed_off(history[1:], word)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Member:
    path = tmp_path_factory.mktemp("lm") / "tiny.lm.bin"
    path.write_bytes(sphinx_file())
    return Member(path)


def test_a_file_is_read_as_it_was_written(file: Member) -> None:
    grams = read_trigrams(file)
    assert grams.words == WORDS
    np.testing.assert_allclose(np.exp(grams.prob1), [ONE[word][0] for word in WORDS], rtol=1e-5)
    rows = range(grams.start2[number("sat")], grams.start2[number("sat") + 1])
    assert [WORDS[grams.first2[row]] for row in rows] == ["cat", "dog"]
    np.testing.assert_allclose(np.exp(grams.prob2[rows]), [0.5, 0.125], rtol=1e-5)
    np.testing.assert_allclose(np.exp(grams.backoff2[rows]), [0.25, 1.0], rtol=1e-5)
    (row,) = range(grams.start3[rows[0]], grams.start3[rows[0] + 1])
    assert WORDS[grams.first3[row]] == "the"
    assert np.exp(grams.prob3[row]) == pytest.approx(0.625)


def test_the_next_word_is_scored_by_the_longest_known_n_gram(file: Member) -> None:
    model = Ngrams(read_trigrams(file))

    def next_word(before2: str, before1: str, word: str) -> float:
        ids = (model.index.get(before, UNKNOWN) for before in (before2, before1))
        return float(np.exp(model.next_word(*ids)[number(word)]))

    assert next_word("the", "cat", "sat") == pytest.approx(0.625)  # the trigram
    assert next_word("a", "cat", "sat") == pytest.approx(1.0 * 0.5)  # backs off to the bigram
    assert next_word("the", "cat", "dog") == pytest.approx(0.5 * 0.25 * 0.125)  # to the word
    assert next_word("zebra", "cat", "sat") == pytest.approx(0.5)
    assert next_word("the", "zebra", "sat") == pytest.approx(0.0625)


def test_a_word_is_scored_with_both_sides_in_every_context(file: Member) -> None:
    model = Ngrams(read_trigrams(file))
    for before2, before1, after1, after2 in product(
        ["", "<s>", "the", "a"], ["", "the"], *[["", *WORDS]] * 2
    ):
        if before2 and not before1:
            continue  # a word that is not next to another has no part in its probability
        ids = [model.index.get(word, UNKNOWN) for word in (before2, before1, after1, after2)]
        expected = np.array([backed_off((before2, before1), word) for word in WORDS])
        if after1:
            expected *= [backed_off((before1, word), after1) for word in WORDS]
        if after1 and after2:
            expected *= [backed_off((word, after1), after2) for word in WORDS]
        np.testing.assert_allclose(
            np.exp(model.scores((ids[0], ids[1], ids[2], ids[3]))), expected, rtol=1e-4
        )


def test_the_likeliest_words_come_first_and_are_words(file: Member) -> None:
    # After "the" and before "sat": cat 0.5 * 0.625 * 0.875, dog 0.75 * 0.5 * 0.125 * 0.5, then the rest.
    found = TrigramFiller(file).candidates("The dog sat.", 4, 7)
    assert found[:2] == ("cat", "dog")
    assert sorted(found) == ["cat", "dog", "sat", "the"]  # no <s>, "a" or "it's"


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("We saw the big dog run away.", "big", ("saw", "the", "dog", "run")),
        ("Dogs bark.", "Dogs", ("", "<s>", "bark", "</s>")),
        ("It ended. Dogs bark", "Dogs", ("", "<s>", "bark", "</s>")),
        ("(Now) – it’s “done”, or not", "done", ("now", "it's", "or", "not")),
        ("a dog's tail", "dog", ("<s>", "a", "'s", "tail")),
        ("pi is 3.14 here", "here", ("3", "14", "</s>", "")),
    ],
)
def test_a_context_is_the_words_around_a_place(text: str, word: str, expected: tuple[str, ...]) -> None:
    start = text.index(word)
    assert context(text, start, start + len(word)) == expected


def test_a_context_does_not_depend_on_how_long_the_text_is() -> None:
    short, filler = "she saw the old house on a hill", "so it went on " * 30
    start = len(filler) + short.index("old")
    assert context(filler + short + " " + filler, start, start + 3) == ("saw", "the", "house", "on")


def test_the_version_is_that_of_the_file(file: Member, tmp_path: Path) -> None:
    other = tmp_path / "other.lm.bin"
    other.write_bytes(sphinx_file() + b"\0")
    versions = {TRIGRAM.version, TrigramFiller(file).version, TrigramFiller(Member(other)).version}
    assert len(versions) == 3
    assert TRIGRAM.version == "trigrambb8fd0fc"


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.lm.bin"
    path.write_bytes(b"\\data\\\nngram 1=2\n")
    with pytest.raises(AssetError, match="no trigram model of CMU Sphinx; make one with sphinx_lm_convert"):
        read_trigrams(Member(path))


@pytest.mark.parametrize("length", [30, 400_000, -60, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "half.lm.bin"
    path.write_bytes(sphinx_file()[:length])
    with pytest.raises(AssetError, match=r"half\.lm\.bin is damaged"):
        read_trigrams(Member(path))


@pytest.mark.data
def test_the_packaged_probabilities_of_a_next_word_sum_to_one() -> None:
    model = Ngrams(read_trigrams(Member(PACKAGE.fetch(default_cache()), MEMBER)))
    for first, second in (("of", "the"), ("i", "am"), ("<s>", "the"), ("new", "york")):
        probabilities = np.exp(model.next_word(model.index[first], model.index[second]))
        # "new york" is off by 4e-4: values are rounded in the file.
        assert probabilities.sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.data
def test_the_packaged_model_knows_what_one_drinks() -> None:
    found = TRIGRAM.candidates("He drank a cup of tea with milk.", 18, 21)
    assert {"coffee", "tea"} <= set(found[:5])
