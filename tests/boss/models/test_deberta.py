"""DeBERTa-v3, BOSS's model for entities: a unigram tokenizer, and special tokens typed by a user."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.data.types import Example, Split
from boss.models.hf import HuggingFace
from boss.models.pieces import Pieces
from boss.subtokens import piece_tags
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
# transformers compiles parts of DeBERTa by what torch gives up.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
WORDS = "Yesterday Mira Otto Lena Pavel Berg flew to Lisbon Oslo Quito Cairo .".split()


@pytest.fixture(scope="module")
def tiny_deberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a DeBERTa-v2 of two layers; its tokenizer knows the ends of names only as pieces."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import DebertaV2Config, DebertaV2Model, DebertaV2TokenizerFast

    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    vocabulary = [*special, *(f"▁{word}" for word in WORDS if word != "Oslo"), "▁Os", "lo", "▁"]
    vocabulary += [*map(chr, range(33, 127))]
    scores = [(piece, -float(10 * (i >= 5) - len(piece))) for i, piece in enumerate(vocabulary)]
    inner = Tokenizer(models.Unigram(scores, unk_id=3))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Metaspace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    folder = tmp_path_factory.mktemp("tiny_deberta")
    DebertaV2TokenizerFast(tokenizer_object=inner, model_max_length=64).save_pretrained(folder)
    config = DebertaV2Config(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        type_vocab_size=0,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        pad_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        DebertaV2Model(config).save_pretrained(folder)
    return folder


def test_it_learns_to_tag_and_says_in_how_many_pieces_it_reads_a_word(
    tiny_deberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    task, train = get_task("ner"), split("ner")
    recipe = HuggingFace(path=str(tiny_deberta), max_length=64, stride=8, epochs=12, lr=5e-3, batch_size=4)
    model = recipe.fit(task, train, None, method="finetune", seed=0, cache=tmp_path)
    found = model.predict(train.examples)
    assert np.mean([p.answer == e.gold for p, e in zip(found, train.examples, strict=True)]) > 0.9
    one = next(i for i, example in enumerate(train.examples) if "Oslo" in example.inputs["tokens"])
    labels = ("person", "location")
    [tags] = piece_tags(model, task, labels, [(train.examples[one], found[one])])
    assert tags == "O B-person I-person O O B-location,B-location O"


@pytest.mark.parametrize("typed", ["[SEP]", "[CLS] [SEP]", "a[MASK]b", "[[SEP]]"])
def test_special_tokens_typed_by_a_user_are_plain_text(typed: str, tiny_deberta: Path) -> None:
    pieces = Pieces(tiny_deberta, max_length=64)
    text = f"Mira {typed} flew"
    ids, spans = pieces.placed(text)
    assert not set(ids.tolist()) & set(pieces.tokenizer.all_special_ids)
    covered = {i for start, end in spans.tolist() for i in range(start, end)}
    assert covered >= {i for i, character in enumerate(text) if character != " "}
    assert text[slice(*spans[-1])].strip() == "flew"
    window, _ = pieces.pair(text, "Otto")
    assert (window.ids == 2).sum() == 2


def test_both_texts_of_a_pair_know_their_places(tiny_deberta: Path) -> None:
    window, cut = Pieces(tiny_deberta, max_length=64).pair("Mira flew", "to Oslo")
    assert not cut and window.beside is not None
    assert [tuple(span) for span in window.offsets.tolist() if span[0] >= 0][-1][1] == len("Mira flew")
    assert [tuple(span) for span in window.beside.tolist() if span[0] >= 0][-1][1] == len("to Oslo")
    assert not ((window.offsets[:, 0] >= 0) & (window.beside[:, 0] >= 0)).any()
    [long, *_], _ = Pieces(tiny_deberta, max_length=64).question("to Oslo", "Mira flew . " * 60, overlap=8)
    assert long.beside is not None
    assert (long.offsets[:, 0] >= 0).sum() + (long.beside[:, 0] >= 0).sum() == 64 - 3


def test_a_long_sentence_is_tagged_in_windows(tiny_deberta: Path, tmp_path: Path, split: MakeSplit) -> None:
    recipe = HuggingFace(path=str(tiny_deberta), max_length=64, stride=8, epochs=1, batch_size=8)
    model = recipe.fit(get_task("ner"), split("ner"), None, method="finetune", seed=0, cache=tmp_path)
    tokens = tuple(WORDS * 20)
    [found] = model.predict([Example("x", {"tokens": tokens}, (), "x")])
    assert len(found.answer) == len(tokens) and not found.truncated
