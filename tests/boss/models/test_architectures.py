"""Architectures as they are published, each made tiny here, saved and taken by ``model=hf``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.hf import HuggingFace
from boss.models.linear import softmax
from boss.tasks import Task, get_task

MakeSplit = Callable[..., Split]
pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning"),
]
TEXTS = [
    "The lamp is lovely. The kettle is awful. The story is wooden. You bitter fool, keep your garden.",
    "Mira Berg was born in Lisbon. Otto Berg flew to Oslo. Where was Pavel Berg born? In Cairo, in Quito.",
    "Nobody bought a ticket. Lena bought a song in the morning. Thank you for the bright, sweet, grey day!",
]
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
ENCODER = {**SMALL, "max_position_embeddings": 200}
LAYERS = {
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
}

SPECIALS = {
    "wordpiece": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    "bytes": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    "unigram": ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
}

ARCHITECTURES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    # name: configuration, tokenizer, kind of its vocabulary, sizes
    "bert": ("BertConfig", "BertTokenizerFast", "wordpiece", ENCODER),
    "roberta": ("RobertaConfig", "RobertaTokenizerFast", "bytes", {**ENCODER, "type_vocab_size": 1}),
    "deberta-v3": (
        "DebertaV2Config",
        "DebertaV2TokenizerFast",
        "unigram",
        {**ENCODER, "type_vocab_size": 0, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    ),
    "electra": ("ElectraConfig", "ElectraTokenizerFast", "wordpiece", {**ENCODER, "embedding_size": 16}),
    "distilbert": (
        "DistilBertConfig",
        "DistilBertTokenizerFast",
        "wordpiece",
        {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 200},
    ),
    "xlm-r": ("XLMRobertaConfig", "XLMRobertaTokenizerFast", "unigram", {**ENCODER, "type_vocab_size": 1}),
    "albert": ("AlbertConfig", "AlbertTokenizerFast", "unigram", {**ENCODER, "embedding_size": 16}),
    "modernbert": (
        "ModernBertConfig",
        "PreTrainedTokenizerFast",
        "bytes",
        {**ENCODER, "reference_compile": False},
    ),
    "t5": (
        "T5Config",
        "T5TokenizerFast",
        "unigram",
        {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2},
    ),
    "bart": (
        "BartConfig",
        "BartTokenizerFast",
        "bytes",
        {
            **LAYERS,
            "d_model": 16,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
            "max_position_embeddings": 200,
        },
    ),
}
HEADS = {
    "sentiment": "AutoModelForSequenceClassification",
    "nli": "AutoModelForSequenceClassification",
    "ner": "AutoModelForTokenClassification",
    "qa": "AutoModelForQuestionAnswering",
}
HEADLESS = {("bart", "ner")}
"""What transformers has no head for."""


def backend(kind: str) -> Any:
    """Return a tokenizer of the tokenizers library, trained on a few sentences."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    special = SPECIALS[kind]
    if kind == "wordpiece":
        inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        inner.normalizer, inner.pre_tokenizer = (
            normalizers.BertNormalizer(),
            pre_tokenizers.BertPreTokenizer(),
        )
        trainer: Any = trainers.WordPieceTrainer(vocab_size=150, special_tokens=special, show_progress=False)
    elif kind == "bytes":
        inner = Tokenizer(models.BPE())
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        inner.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, show_progress=False)
    else:
        inner = Tokenizer(models.Unigram())
        inner.pre_tokenizer, inner.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    inner.train_from_iterator(TEXTS, trainer)
    first, last = ("[CLS]", "[SEP]") if kind == "wordpiece" else ("<s>", "</s>")
    ids = [(token, inner.token_to_id(token)) for token in (first, last)]
    inner.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1"
        if kind == "wordpiece"
        else f"{first} $A {last} {last} $B {last}",
        special_tokens=ids,
    )
    return inner


def tokenizer_of(name: str) -> Any:
    _, tokenizer, kind, _ = ARCHITECTURES[name]
    inner = backend(kind)
    own: dict[str, Any] = {}
    if name == "t5":
        from tokenizers import processors

        inner.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", inner.token_to_id("</s>"))]
        )
        own = {"extra_ids": 0, "pad_token": "<pad>"}
    if name == "modernbert":  # its folders hold a generic tokenizer
        names = dict(pad="<pad>", unk="<unk>", cls="<s>", sep="</s>", mask="<mask>")
        own = {f"{key}_token": value for key, value in names.items()}
        own["model_input_names"] = ["input_ids", "attention_mask"]
    return getattr(transformers, tokenizer)(tokenizer_object=inner, model_max_length=192, **own)


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Any]:
    return {name: tokenizer_of(name) for name in ARCHITECTURES}


@pytest.fixture
def saved(tokenizers: dict[str, Any], tmp_path: Path) -> Callable[..., Path]:
    def save(name: str, auto_class: str, labels: tuple[str, ...] = ()) -> Path:
        kind, _, _, sizes = ARCHITECTURES[name]
        tokenizer = tokenizers[name]
        options: dict[str, Any] = {"id2label": dict(enumerate(labels))} if labels else {}
        config = getattr(transformers, kind)(
            vocab_size=len(tokenizer),
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.cls_token_id,
            eos_token_id=tokenizer.convert_tokens_to_ids("</s>") if name in ("t5", "bart") else None,
            **sizes,
            **options,
        )
        if name in ("t5", "bart"):
            config.decoder_start_token_id = tokenizer.pad_token_id
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = getattr(transformers, auto_class).from_config(config)
            for parameter in network.parameters():  # away from zero, so that answers differ
                torch.nn.init.normal_(parameter, std=0.3)
        folder = tmp_path / "model"
        network.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return save


def taken(folder: Path, task: Task, cache: Path, method: str = "none", train: Split | None = None) -> Any:
    recipe = HuggingFace(path=str(folder), max_length=192, stride=8, max_steps=1, batch_size=8)
    return recipe.fit(task, train, None, method=method, seed=0, cache=cache)


def theirs(folder: Path, auto_class: str, *texts: str) -> tuple[Any, list[tuple[int, int]]]:
    """Return what transformers itself gives for a text or a pair, and the offsets of its pieces."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = getattr(transformers, auto_class).from_pretrained(folder).eval()
    inputs = tokenizer(*texts, return_tensors="pt", return_offsets_mapping=True)
    offsets = [tuple(pair) for pair in inputs.pop("offset_mapping")[0].tolist()]
    if type(network).__name__.startswith("DistilBert"):
        inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        return network(**inputs), offsets


@pytest.mark.parametrize("task_name", ["sentiment", "nli"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_classifier_answers_as_transformers_does(
    name: str, task_name: str, saved: Callable[..., Path], split: MakeSplit, tmp_path: Path
) -> None:
    task = get_task(task_name)
    theirs_first = task.labels[::-1]
    folder = saved(name, HEADS[task_name], theirs_first)
    asked = split(task_name).examples[:6]
    found = taken(folder, task, tmp_path).predict(asked)
    for one, example in zip(found, asked, strict=True):
        output, _ = theirs(folder, HEADS[task_name], *(example.text(field) for field in task.fields))
        expected = softmax(output.logits[0].double().numpy())[::-1]
        assert one.probs == pytest.approx(expected, abs=1e-5)
        assert one.answer == task.labels[int(expected.argmax())]
    assert max(np.ptp(np.stack([one.probs for one in found]), axis=0)) > 1e-4  # it reads its input


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_tagger_answers_as_transformers_does(name: str, saved: Callable[..., Path], tmp_path: Path) -> None:
    task = get_task("ner")
    if (name, "ner") in HEADLESS:
        folder = saved(name, "AutoModel")
        with pytest.raises(
            ModelError, match=f"no TokenClassification head for architecture {name}.*linear_probe"
        ):
            taken(folder, task, tmp_path)
        return
    folder = saved(name, HEADS["ner"], task.labels[::-1])
    words = ("Yesterday", "Mira", "Berg", "flew", "to", "Lisbon", ".")
    [one] = taken(folder, task, tmp_path).predict([Example("a", {"tokens": words}, (), "a")])
    output, offsets = theirs(folder, HEADS["ner"], " ".join(words))
    rows = softmax(output.logits[0].double().numpy())[:, ::-1]
    assert one.probs is not None and one.probs.shape == (7, 17)
    start = 0
    for word, probs in zip(words, one.probs, strict=True):
        # The first piece of a word may be the space before it.
        first = next(i for i, (a, b) in enumerate(offsets) if a < b and a >= start - 1)
        assert probs == pytest.approx(rows[first], abs=1e-5)
        start += len(word) + 1


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_answerer_scores_as_transformers_does(
    name: str, saved: Callable[..., Path], split: MakeSplit, tmp_path: Path
) -> None:
    task = get_task("qa")
    folder = saved(name, HEADS["qa"])
    example = split("qa").examples[0]
    [one] = taken(folder, task, tmp_path).predict([example])
    output, _ = theirs(folder, HEADS["qa"], example.text("question"), example.text("context"))
    assert one.spans is not None and one.answer and one.answer in example.text("context")
    [window] = one.spans.windows
    assert window.start == pytest.approx(output.start_logits[0].numpy(), abs=1e-5)
    assert window.end == pytest.approx(output.end_logits[0].numpy(), abs=1e-5)


@pytest.mark.parametrize("task_name", ["nli", "ner", "qa"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_folder_without_a_head_is_fine_tuned(
    name: str, task_name: str, saved: Callable[..., Path], split: MakeSplit, tmp_path: Path
) -> None:
    task = get_task(task_name)
    folder = saved(name, "AutoModel")
    train = split(task_name)
    if (name, task_name) in HEADLESS:
        with pytest.raises(ModelError, match="no TokenClassification head"):
            taken(folder, task, tmp_path, "finetune", train)
        return
    model = taken(folder, task, tmp_path, "finetune", train)
    assert model.card.n_tunable > 1000
    assert len(model.predict(train.examples[:3])) == 3


@pytest.mark.parametrize("task_name", ["nli", "ner", "qa"])
@pytest.mark.parametrize("name", ["distilbert", "modernbert", "t5", "bart"])
def test_a_frozen_encoder_is_read_by_a_linear_head(
    name: str, task_name: str, saved: Callable[..., Path], split: MakeSplit, tmp_path: Path
) -> None:
    task, train = get_task(task_name), split(task_name)
    model = taken(saved(name, "AutoModel"), task, tmp_path, "linear_probe", train)
    found = model.predict(train.examples)
    if task.kind == "span":
        assert all(one.answer in e.text("context") for one, e in zip(found, train.examples, strict=True))
        return
    pairs = [(one.answer, e.gold) for one, e in zip(found, train.examples, strict=True)]
    if task.kind == "tagging":
        pairs = [pair for tags, gold in pairs for pair in zip(tags, gold, strict=True)]
    assert np.mean([one == gold for one, gold in pairs]) > 0.5  # of what it was fitted on
