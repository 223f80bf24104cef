from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.data.types import Split
from boss.errors import ConfigError
from boss.models import encoder
from boss.models.backbone import Backbone
from boss.models.encoder import MiniLM
from boss.tasks import get_task

MakeSplit = Callable[..., Split]


@pytest.fixture
def backbone(tiny_roberta: Path) -> Backbone:
    return Backbone(tiny_roberta, max_length=64, budget=512)


def test_a_sentence_is_the_unit_mean_of_its_token_states(backbone: Backbone) -> None:
    import torch

    inputs = backbone.pieces.tokenizer("The lamp is bright.", return_tensors="pt")
    with torch.no_grad():
        mean = backbone.network(**inputs).last_hidden_state[0].double().mean(0).numpy()
    [vector] = backbone.sentences(["The lamp is bright."])
    assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


def test_a_long_text_is_read_to_its_end(backbone: Backbone) -> None:
    start = "The sea was calm. " * 40
    one, two = backbone.sentences([start + "Mira sang.", start + "Nobody came."])
    assert abs(one - two).max() > 1e-6


def test_sentences_do_not_depend_on_their_company(backbone: Backbone) -> None:
    texts = ["", "The lamp is bright.", "The sea was calm. " * 30, "The lamp is bright."]
    alone = np.concatenate([backbone.sentences([text]) for text in texts])
    assert backbone.sentences(texts) == pytest.approx(alone, abs=1e-6)


def test_minilm_has_two_methods(
    monkeypatch: pytest.MonkeyPatch, tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    monkeypatch.setattr(encoder, "embedded_encoder", lambda cache: tiny_roberta)
    train = split("toxicity")
    with pytest.raises(ConfigError, match="its methods: default, linear_probe, finetune"):
        MiniLM().fit(get_task("toxicity"), train, None, method="none", seed=0, cache=tmp_path)
    model = MiniLM().fit(get_task("toxicity"), train, None, method="default", seed=0, cache=tmp_path)
    assert (model.card.id, model.card.method, model.card.dtype) == ("minilm", "linear_probe", "float32")
    assert "snli" in model.card.training_datasets
    right = [p.answer == e.gold for p, e in zip(model.predict(train.examples), train.examples, strict=True)]
    assert np.mean(right) > 0.9


@pytest.mark.data
def test_the_embedded_encoder_finds_likeness(tmp_path: Path) -> None:
    from boss.data.sources import default_cache

    folder = encoder.embedded_encoder(default_cache())
    cat, kitten, tax = Backbone(folder, 256, 8192).sentences(
        ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "Income tax is due in May."]
    )
    assert cat @ kitten > 0.6 > 0.2 > cat @ tax
