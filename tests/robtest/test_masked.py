"""Masked language models: tiny ones, their answers set by hand or computed here one mask at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import ByteLevelBPETokenizer, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertTokenizerFast,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizerFast,
)

from robtest.errors import AssetError
from robtest.language import masked
from robtest.language.masked import MaskedLM

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDPIECES = [*SPECIAL, "the", "cat", "dog", "sat", "ran", "##s", "Dog", ".", "(", ")", "7", "a", "café"]
SENTENCES = ["the cat sat", "a dog ran home", "The old dog sat", "cats and dogs"] * 30


def save_bert(tokenizer: Any, vocab_size: int, folder: Path) -> Path:
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=vocab_size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = BertForMaskedLM(config)
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(8)  # far from the uniform answers of fresh weights
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(WORDPIECES))
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=False, model_max_length=40)
    return save_bert(tokenizer, len(WORDPIECES), folder)


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roberta")
    bpe = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe.train_from_iterator(SENTENCES, vocab_size=300, special_tokens=special, show_progress=False)
    bpe.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
        type_vocab_size=1,
        pad_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        RobertaForMaskedLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sentencepiece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sentencepiece")
    pieces = [*SPECIAL, "▁the", "▁cat", "▁dog", "▁sat", "s", "cat", "▁(", ")", "▁"]
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {f"{name.strip('[]').lower()}_token": name for name in SPECIAL}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=40, **names)
    return save_bert(fast, len(pieces), folder)


def prefer(folder: Path, order: Sequence[str]) -> MaskedLM:
    """Return a model that finds ``order`` likely, in this order and whatever the context; nothing else."""
    model = MaskedLM(str(folder))
    output = model._network.get_output_embeddings()
    with torch.no_grad():
        output.weight.zero_()
        output.bias.zero_()
        for rank, piece in enumerate(order):
            output.bias[model._tokenizer.convert_tokens_to_ids(piece)] = 100.0 - rank
    return model


def one_by_one(folder: Path, text: str, word: str, pieces: Sequence[str]) -> list[str]:
    """Return pieces by their logit at a mask in the place of a word, all logits computed, nothing batched."""
    network = AutoModelForMaskedLM.from_pretrained(folder, dtype="float64").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text.replace(word, tokenizer.mask_token), return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        logits = network(ids).logits[0, ids[0].tolist().index(tokenizer.mask_token_id)]
    return sorted(pieces, key=lambda piece: -float(logits[tokenizer.convert_tokens_to_ids(piece)]))


def test_only_whole_words_of_letters_are_given_best_first(bert: Path) -> None:
    model = prefer(bert, ["##s", "dog", ".", "7", "Dog", "[MASK]", "café", "a", "ran", "the"])
    assert model.candidates("the cat sat .", 4, 7) == ("dog", "ran", "the", "cat", "sat")


def test_a_word_in_capitals_has_those_of_a_sentence_start(bert: Path) -> None:
    model = prefer(bert, ["Dog", "ran", "dog", "the"])
    assert model.candidates("Cat sat", 0, 3)[:3] == ("dog", "ran", "the")
    assert model.candidates("the cat sat", 4, 7)[:3] == ("ran", "dog", "the")  # here Dog is a name


def test_byte_level_pieces_are_words_behind_a_space_or_where_they_are_known(roberta: Path) -> None:
    model = prefer(roberta, ["s", "Ġdog", "dog", "Ġcat", "cat", "Ġan", "at", "Ġran", "Ġsat"])
    behind_space = model.candidates("the old thing", 4, 7)
    assert [word for word in behind_space if word in ("s", "dog", "cat", "ran", "sat", "at")] == [
        "dog",
        "cat",
        "ran",
        "sat",
    ]
    spaced, inside = model._vocabularies[True], model._vocabularies[False]
    assert {"dog", "cat", "sat", "home"} <= set(spaced.words)
    assert set(inside.words) <= set(spaced.words)


def test_sentencepiece_words_begin_with_its_mark(sentencepiece: Path) -> None:
    model = prefer(sentencepiece, ["s", "cat", "▁sat", "▁dog"])
    assert model.candidates("the cat sat", 4, 7) == ("sat", "dog", "the", "cat")
    assert model.candidates("the (cat) sat", 5, 8) == ("cat",)  # the only word without a space before it


def test_the_words_are_those_of_the_mask_in_its_context(bert: Path) -> None:
    words = ["the", "cat", "dog", "sat", "ran"]
    orders = set()
    for text in ("the cat sat .", "a cat ran", "the dog ( the cat ) ran"):
        expected = one_by_one(bert, text, "cat", words)
        start = text.index("cat")
        assert list(MaskedLM(str(bert)).candidates(text, start, start + 3)) == expected
        orders.add(tuple(expected))
    assert len(orders) > 1  # the context matters


def test_the_words_of_roberta_are_those_of_the_mask_in_its_context(roberta: Path) -> None:
    pieces = ["Ġcat", "Ġdog", "Ġsat", "Ġran", "Ġhome"]
    expected = [piece[1:] for piece in one_by_one(roberta, "the old dog sat", " dog", pieces)]
    found = MaskedLM(str(roberta)).candidates("the old dog sat", 8, 11)
    assert [word for word in found if f"Ġ{word}" in pieces] == expected


def test_company_in_a_batch_changes_no_word(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["the cat sat", "a dog", "the dog ran . " * 4 + "a cat", "( the dog )"]
    places = [
        (text, at, at + 3) for text in texts for at in (text.index(w) for w in ("cat", "dog") if w in text)
    ]
    alone = [MaskedLM(str(bert)).candidates(*place) for place in places]
    for pieces in (7, 60, 4096):
        monkeypatch.setattr(masked, "_BATCH_PIECES", pieces)
        together = MaskedLM(str(bert))
        together.prepare(places[::-1])
        assert [together.candidates(*place) for place in places] == alone


def test_what_is_prepared_is_computed_once_and_what_is_kept_is_bounded(
    bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MaskedLM(str(bert))
    places = [(f"{'the ' * n}cat", 4 * n, 4 * n + 3) for n in range(6)]
    rows: list[int] = []
    compute = MaskedLM._logits

    def counted(self: MaskedLM, batch: Sequence[masked._Masked]) -> NDArray[np.float64]:
        rows.append(len(batch))
        return compute(self, batch)

    monkeypatch.setattr(MaskedLM, "_logits", counted)
    monkeypatch.setattr(masked, "_PLACES", 4)
    model.prepare(places[:4])
    model.prepare(places[:4])
    for place in places[:4]:
        model.candidates(*place)
    assert rows == [4]
    model.prepare(places[4:])
    assert len(model._kept) == 4
    model.candidates(*places[0])  # forgotten, and computed anew
    assert rows == [4, 2, 1]


def test_a_window_holds_the_mask_in_its_middle(bert: Path) -> None:
    model = MaskedLM(str(bert))
    mask = model._tokenizer.mask_token_id
    text = "the cat ran . " * 40
    for start in (4, 14 * 20 + 4, 14 * 39 + 4):
        (window,) = model._masked([(text, start, start + 3)])
        assert len(window.ids) == 40  # all the model can hold
        assert window.ids.count(mask) == 1
        assert window.ids[window.mask] == mask
    middle = next(model._masked([(text, 14 * 20 + 4, 14 * 20 + 7)]))
    assert abs(middle.mask - 20) <= 1
    assert model.candidates(text, 14 * 20 + 4, 14 * 20 + 7)


def test_special_tokens_in_a_text_are_letters(bert: Path) -> None:
    model = MaskedLM(str(bert))
    text = "the cat [MASK] [SEP] sat"
    (window,) = model._masked([(text, 4, 7)])
    assert window.ids.count(model._tokenizer.mask_token_id) == 1
    assert window.ids.count(model._tokenizer.sep_token_id) == 1


def test_half_a_character_is_no_obstacle(bert: Path) -> None:
    assert MaskedLM(str(bert)).candidates("\ud800 cat", 2, 5)


def test_the_version_changes_with_the_files(bert: Path, tmp_path: Path) -> None:
    copy = tmp_path / bert.name
    copy.mkdir()
    for path in bert.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    version = MaskedLM(str(bert)).version
    assert version.startswith(f"{bert.name}@")
    assert MaskedLM(str(copy)).version == version
    (copy / "tokenizer.json").write_text("{}")
    assert MaskedLM(str(copy)).version != version


def test_a_model_that_is_not_there_says_what_to_give() -> None:
    with pytest.raises(
        AssetError, match=r"(?s)'no-such/model'.*or a folder with config\.json, model\.safetensors"
    ):
        _ = MaskedLM("no-such/model").version


def test_weights_that_would_be_unpickled_are_refused(bert: Path, tmp_path: Path) -> None:
    for path in bert.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(AssetError, match=r"model\.safetensors"):
        MaskedLM(str(tmp_path)).candidates("the cat", 4, 7)


def test_a_tokenizer_without_a_convention_for_words_is_refused(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate([*SPECIAL, "cat"])}, "[UNK]"))
    names = {f"{name.strip('[]').lower()}_token": name for name in SPECIAL}
    save_bert(PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names), 6, tmp_path)
    with pytest.raises(AssetError, match="marks neither spaces"):
        MaskedLM(str(tmp_path)).candidates("cat", 0, 3)
