"""Folders as they are published: nested ones, tokenizers of another model, outputs that are no softmax."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from boss.data.types import Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.base import Model
from boss.models.hf import HuggingFace
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
pytestmark = pytest.mark.usefixtures("one_thread")
TEXT = Example("a", {"text": "The lamp is lovely."}, "positive", "a")
PAIR = Example("b", {"premise": "Mira bought a lamp.", "hypothesis": "Mira bought."}, "entailment", "b")


@pytest.fixture
def published(tiny_roberta: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return what saves a RoBERTa with the head that somebody trained for labels of their own."""
    from transformers import AutoConfig, AutoTokenizer, RobertaForSequenceClassification

    def save(labels: list[str], tokenizer: Any = None, **settings: Any) -> Path:
        names = dict(enumerate(labels))
        config = AutoConfig.from_pretrained(tiny_roberta, id2label=names, **settings)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = RobertaForSequenceClassification(config)
            for parameter in network.parameters():
                torch.nn.init.normal_(parameter, std=0.3)
        folder = tmp_path / "published"
        network.save_pretrained(folder)
        (tokenizer or AutoTokenizer.from_pretrained(tiny_roberta)).save_pretrained(folder)
        return folder

    return save


def taken(folder: Path, task: str, cache: Path, **options: Any) -> Model:
    recipe = HuggingFace(path=str(folder), max_length=64, stride=8, **options)
    return recipe.fit(get_task(task), None, None, method="none", seed=0, cache=cache)


def test_two_classes_of_sentiment_are_taken_and_say_that_they_are_two(
    published: Callable[..., Path], tmp_path: Path
) -> None:
    folder = published(["NEGATIVE", "POSITIVE"])
    [one] = taken(folder, "sentiment", tmp_path).predict([TEXT])
    assert one.classes == (("negative",), ("positive",)) and one.probs is not None
    assert one.probs[:2].sum() == pytest.approx(1) and one.answer in ("negative", "positive")
    top = float(one.probs.max())
    models = [taken(folder, "sentiment", tmp_path, neutral_threshold=t) for t in (top - 0.01, top + 0.01)]
    answers = [model.predict([TEXT])[0] for model in models]
    assert [a.answer for a in answers] == [one.answer, "neutral"] and answers[1].classes is None
    assert len({model.fingerprint for model in models}) == 2


def test_outputs_of_several_labels_at_once_are_sigmoids(
    published: Callable[..., Path], tmp_path: Path
) -> None:
    folder = published(["toxic", "obscene", "threat"], problem_type="multi_label_classification")
    [one] = taken(folder, "toxicity", tmp_path).predict([TEXT])
    assert one.probs is not None and one.probs.sum() == pytest.approx(1)
    # The likeliest of its three labels decides.
    assert np.log(one.probs[1] / one.probs[0]) == pytest.approx(_largest_logit(folder, TEXT), abs=1e-4)


def _largest_logit(folder: Path, example: Example) -> float:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    inputs = AutoTokenizer.from_pretrained(folder)(example.text("text"), return_tensors="pt")
    with torch.inference_mode():
        return float(AutoModelForSequenceClassification.from_pretrained(folder)(**inputs).logits.max())


def test_options_of_a_model_as_it_is_are_refused_where_it_is_trained(
    published: Callable[..., Path], split: MakeSplit, tmp_path: Path
) -> None:
    recipe = HuggingFace(path=str(published(["a", "b"])), label_map={"a": "negative"})
    with pytest.raises(
        ConfigError, match=r"model\.label_map is for a model that is taken as it is; add method=none"
    ):
        recipe.fit(get_task("sentiment"), split("sentiment"), None, method="finetune", seed=0, cache=tmp_path)


def test_a_folder_of_sentence_transformers_leads_to_its_transformer(
    tiny_roberta: Path, split: MakeSplit, tmp_path: Path
) -> None:
    folder = tmp_path / "nested"
    shutil.copytree(tiny_roberta, folder / "0_Transformer")
    modules = [
        {"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    train = split("toxicity")
    models = [
        HuggingFace(path=str(path), max_length=64, stride=8).fit(
            get_task("toxicity"), train, None, method="linear_probe", seed=0, cache=tmp_path
        )
        for path in (folder, tiny_roberta)
    ]
    assert models[0].card.id == "nested" and models[0].fingerprint == models[1].fingerprint
    for broken in ("{}", "[{}]", '[{"path": "../out", "type": "x.Transformer"}]', "no json"):
        (folder / "modules.json").write_text(broken)
        with pytest.raises(ModelError, match=r"no config\.json in"):
            HuggingFace(path=str(folder)).locate(tmp_path)


@pytest.mark.parametrize("task", ["sentiment", "nli"])
def test_a_tokenizer_that_numbers_segments_fits_a_model_that_has_one(
    task: str, published: Callable[..., Path], tiny_roberta: Path, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    labels = list(get_task(task).labels)
    example = TEXT if task == "sentiment" else PAIR
    expected = taken(published(labels), task, tmp_path).predict([example])[0].probs
    inner = Tokenizer.from_file(str(tiny_roberta / "tokenizer.json"))
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s>:1 $B:1 </s>:1",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    generic = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", model_max_length=64
    )
    assert "token_type_ids" in generic.model_input_names
    found = taken(published(labels, generic), task, tmp_path / "other").predict([example])[0].probs
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_tokenizer_of_bert_fits_a_model_that_takes_no_segments(tmp_path: Path) -> None:
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertForSequenceClassification

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "lamp", "is", "lovely", "awful", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt"), model_max_length=64).save_pretrained(tmp_path)
    names = dict(enumerate(get_task("sentiment").labels))
    config = DistilBertConfig(
        vocab_size=len(words), dim=16, n_layers=1, n_heads=2, hidden_dim=16, max_position_embeddings=64
    )
    config.id2label, config.label2id = names, {name: i for i, name in names.items()}
    DistilBertForSequenceClassification(config).save_pretrained(tmp_path)
    [one] = taken(tmp_path, "sentiment", tmp_path / "cache").predict([TEXT])
    assert one.probs is not None and one.probs.sum() == pytest.approx(1)


def test_a_folder_without_a_tokenizer_says_how_to_put_one_there(
    published: Callable[..., Path], tmp_path: Path
) -> None:
    folder = published(["NEG", "POS"])
    for name in ("tokenizer.json", "vocab.json", "merges.txt"):
        (folder / name).unlink()
    with pytest.raises(
        ModelError, match=r"holds no tokenizer .*from_pretrained\(NAME\)\.save_pretrained\('.*published'\)"
    ):
        taken(folder, "sentiment", tmp_path)


def test_a_tagger_in_io_has_no_gradients(tiny_roberta: Path, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer, RobertaForTokenClassification

    config = AutoConfig.from_pretrained(tiny_roberta, id2label={0: "O", 1: "I-PER", 2: "I-LOC"})
    folder = tmp_path / "io"
    RobertaForTokenClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_roberta).save_pretrained(folder)
    model: Any = taken(folder, "ner", tmp_path)
    example = Example("a", {"tokens": ("Mira", "Berg", "left")}, (), "a")
    [one] = model.predict([example])
    previous = "O"
    for tag in one.answer:
        assert tag == "O" or tag[0] == ("I" if previous[2:] == tag[2:] else "B")
        previous = tag
    with pytest.raises(ModelError, match="a tagger in IO or IOB1 has no gradients"):
        model.gradients([example], "tokens", [np.zeros((3, 17))])
