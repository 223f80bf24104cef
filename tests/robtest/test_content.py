"""Content words: which words of a text may be replaced."""

from collections.abc import Callable, Mapping

import pytest

from robtest.language.content import Content, content_word
from robtest.language.tagger import Tagger

TagAs = Callable[[Mapping[str, str]], Tagger]


def test_a_content_word_is_told_with_its_lemma_and_without_punctuation(tag_as: TagAs) -> None:
    tagger = tag_as({"dogs": "NNS", "ran": "VBD"})
    assert content_word(tagger, 'two "Dogs," ran', 4, 11) == Content(5, 9, "dogs", "dog", "n", "NNS")
    assert content_word(tagger, "RAN", 0, 3) == Content(0, 3, "ran", "run", "v", "VBD")


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("had", "VBD"),  # an auxiliary by its lemma
        ("something", "NN"),  # a stand-in
        ("London", "NNP"),
        ("seven", "CD"),
        ("under", "IN"),
        ("qzxv", "NN"),  # in no dictionary
        ("eBooks", "NNS"),
        ("...", "NN"),
    ],
)
def test_other_words_are_none(tag_as: TagAs, word: str, tag: str) -> None:
    assert content_word(tag_as({word.lower(): tag}), word, 0, len(word)) is None
