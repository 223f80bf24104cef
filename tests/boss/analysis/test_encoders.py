from pathlib import Path

import numpy as np
import pytest

from boss.analysis.encoders import find_encoder
from boss.errors import ConfigError, ModelError

TEXTS = ["We bought a lamp.", "The clock is flimsy, and it is late by an hour every other day.", "Blue."]


def test_a_folder_is_an_encoder_of_unit_vectors(tiny_roberta: Path) -> None:
    encoder = find_encoder(str(tiny_roberta))
    vectors = encoder(TEXTS, "Encode")
    assert vectors.shape == (3, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert encoder.name.startswith(f"{tiny_roberta.name}, mean, weights ")
    assert encoder(TEXTS[::-1], "Encode")[::-1] == pytest.approx(vectors, abs=1e-5)


def test_the_pooler_is_the_models_own(tiny_roberta: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    found = find_encoder(str(tiny_roberta), pooling="pooler")(TEXTS, "Encode")
    model, tokenizer = (
        AutoModel.from_pretrained(tiny_roberta).eval(),
        AutoTokenizer.from_pretrained(tiny_roberta),
    )
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.inference_mode():
            pooled = model(**tokenizer(text, return_tensors="pt", truncation=True)).pooler_output[0].numpy()
        assert vector == pytest.approx(pooled / np.linalg.norm(pooled), abs=1e-5)


def test_the_embedded_encoder_has_no_pooler() -> None:
    with pytest.raises(ConfigError, match="pooling must be mean for minilm, got pooler"):
        find_encoder("minilm", pooling="pooler")


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        find_encoder(str(tmp_path))
