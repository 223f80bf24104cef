"""The embedded encoder against mean pooling written out, and texts that are no sentences."""

import numpy as np
import pytest

from robtest.minilm import embedded

pytestmark = pytest.mark.data

TEXTS = ["The lamp is on the desk.", "A lamp stands on the table.", "He sold three boats in spring.", "", "a"]


def test_vectors_are_the_normalised_means_of_all_token_states() -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = str(embedded().folder)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = embedded()(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.inference_mode():
            mean = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_a_text_in_other_words_is_nearer_than_another_text() -> None:
    lamp, other_lamp, boats, _, _ = embedded()(TEXTS)
    assert lamp @ other_lamp > 0.7 > 0.3 > lamp @ boats


def test_cosines_do_not_depend_on_the_company_of_a_text() -> None:
    together = embedded()([*TEXTS, "a much longer text " * 40])
    alone = np.concatenate([embedded()([text]) for text in TEXTS])
    np.testing.assert_allclose(together[:-1] @ together[0], alone @ alone[0], atol=1e-6)


def test_the_end_of_a_text_of_several_windows_is_seen() -> None:
    long = "the ferry crosses the river every hour " * 60
    assert len(embedded()._windows(long)) == 2
    plain, changed = embedded()([long, long + "and nobody was ever as angry as I am"])
    assert 1e-4 < 1 - plain @ changed < 0.1


@pytest.mark.parametrize(
    "text", ["", " \n", "\0", "half \ud800 a pair", "\N{FAMILY}", "\N{HEBREW LETTER ALEF}"]
)
def test_any_text_has_a_unit_vector(text: str) -> None:
    assert np.linalg.norm(embedded()([text])[0]) == pytest.approx(1)


def test_a_separator_that_is_typed_is_no_separator() -> None:
    typed, joined = embedded()(["a lamp [SEP] a desk", "a lamp a desk"])
    pieces = embedded()._windows("a lamp [SEP] a desk")[0]
    assert pieces.count(pieces[-1]) == 1  # the one at the end
    assert typed @ joined < 0.99


def test_no_texts_have_no_vectors() -> None:
    assert embedded()([]).shape == (0, 384)
