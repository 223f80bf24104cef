"""Paraphrasers: what is asked of a model, what is kept of it, and a tiny model of two layers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from robtest.attacks.syntax import Syntax
from robtest.errors import AssetError
from robtest.language import seq2seq
from robtest.language.parser import Sentence, Word
from robtest.language.seq2seq import Paraphraser, Seq2Seq, differs


@dataclass(frozen=True)
class Echo:
    """Gives back a text with a word behind it, as often as asked, each time with one more."""

    word: str
    asked: list[list[str]] = field(default_factory=list)

    @property
    def version(self) -> str:
        return f"echo-{self.word}"

    def __call__(self, texts: Sequence[str], n: int, /) -> list[tuple[str, ...]]:
        self.asked.append(list(texts))
        return [tuple(f"{text}{f' {self.word}' * (i + 1)}" for i in range(n)) for text in texts]


def test_the_first_writer_gets_the_prefix_and_the_last_gives_all() -> None:
    there, back = Echo("hin"), Echo("her")
    made = Paraphraser((there, back), prefix="say: ", n=2)
    sentence = "it was a long day"
    assert made([sentence]) == [(f"say: {sentence} hin her", f"say: {sentence} hin her her")]
    assert there.asked == [[f"say: {sentence}"]]
    assert back.asked == [[f"say: {sentence} hin"]]
    assert made.version == "echo-hin+echo-her"


def test_a_sentence_is_written_once_and_the_answers_come_in_order() -> None:
    echo = Echo("now")
    made = Paraphraser((echo,), n=1)
    assert made(["it is a", "it is b", "it is a"]) == [("it is a now",), ("it is b now",), ("it is a now",)]
    assert made(["it is c", "it is b"]) == [("it is c now",), ("it is b now",)]
    assert echo.asked == [["it is a", "it is b"], ["it is c"]]


def test_what_is_kept_is_bounded_and_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seq2seq, "_SENTENCES", 2)
    echo = Echo("now")
    made = Paraphraser((echo,), n=1)
    sentences = [f"it is {i}" for i in range(5)]
    made.prepare(sentences)
    assert echo.asked == [sentences[:2]]  # more would be forgotten before they are asked about
    assert made(sentences) == [(f"{sentence} now",) for sentence in sentences]
    assert len(made._kept) == 2


@pytest.mark.parametrize(
    ("new", "may"),
    [
        ("We left the house early.", True),
        ("we left  the HOUSE.", True),  # two spaces never come out of a paraphraser
        ("WE LEFT THE HOUSE.", False),
        ("", False),
        ("...... ......", False),
        ("We", False),
        ("We left the house and it was late and dark.", False),
    ],
)
def test_a_paraphrase_differs_has_a_letter_and_about_the_length(new: str, may: bool) -> None:
    assert differs("We left the house.", new) == may


@pytest.fixture(scope="module")
def tiny_bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a BART of one layer each side that knows a dozen words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny_bart")
    words = "<s> <pad> </s> <unk> the old dog sleeps in warm sun a cat sees it today".split()
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        **{f"{name}_token": word for name, word in zip(("bos", "pad", "eos", "unk"), words[:4], strict=True)},
    ).save_pretrained(folder)
    config = BartConfig(
        vocab_size=len(words),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        init_std=0.5,  # far enough from zero for beams that differ
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = BartForConditionalGeneration(config)
    network.final_logits_bias[0, 2] = 2.0  # ends after some words
    network.generation_config.update(do_sample=True, temperature=2.0, top_k=5)  # settings to be overruled
    network.save_pretrained(folder)
    return folder


SENTENCES = ["the old dog sleeps", "the sun", "in the warm sun", "a dog", "dog", ""]


def test_a_model_gives_the_same_texts_alone_in_batches_and_in_any_order(tiny_bart: Path) -> None:
    model = Seq2Seq(str(tiny_bart))
    together = model(SENTENCES, 3)
    assert [len(texts) for texts in together] == [3] * 5 + [0]
    assert len({texts for texts in together}) > 3  # it does not say one thing to all
    assert together == [model([sentence], 3)[0] for sentence in SENTENCES]
    assert together == model(SENTENCES[::-1], 3)[::-1]
    assert together == Seq2Seq(str(tiny_bart))(SENTENCES, 3)  # nothing is drawn


def test_a_text_longer_than_the_model_reads_has_no_paraphrase(tiny_bart: Path) -> None:
    assert Seq2Seq(str(tiny_bart))(["dog " * 100, "half \ud800 a dog"], 1)[0] == ()


def test_batches_hold_texts_of_one_length_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seq2seq, "_BATCH_PIECES", 20)
    ids = {i: (0,) * size for i, size in enumerate([2, 3, 2, 2, 30, 2])}
    # Five beams of two pieces are ten: two texts of two pieces fit, and a long one is alone.
    assert list(seq2seq._batches(ids, 5)) == [[0, 2], [3, 5], [1], [4]]


def test_the_version_changes_with_the_weights(tiny_bart: Path, tmp_path: Path) -> None:
    before = Seq2Seq(str(tiny_bart)).version
    other = tmp_path / tiny_bart.name
    other.mkdir()
    for path in tiny_bart.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    assert Seq2Seq(str(other)).version == before
    config = json.loads((other / "generation_config.json").read_text())
    (other / "generation_config.json").write_text(json.dumps(config | {"num_beams": 2}))
    assert Seq2Seq(str(other)).version != before


def test_weights_that_would_be_unpickled_are_refused(tiny_bart: Path, tmp_path: Path) -> None:
    for path in tiny_bart.iterdir():
        name = "pytorch_model.bin" if path.suffix == ".safetensors" else path.name
        (tmp_path / name).write_bytes(path.read_bytes())
    with pytest.raises(AssetError, match="safetensors"):
        Seq2Seq(str(tmp_path))(["a dog"], 1)


def test_a_model_of_another_kind_is_refused_with_the_cure(tiny_roberta: Path) -> None:
    with pytest.raises(AssetError, match="the encoder-decoder"):
        Seq2Seq(str(tiny_roberta))(["a dog"], 1)


@dataclass(frozen=True)
class Whole:
    """A parser that takes a text for one sentence."""

    version: str = "whole"

    def __call__(self, text: str) -> list[Sentence]:
        return [Sentence(text, tuple(Word(i, i + 1, "XX", "", 0) for i in range(len(text))))]


@pytest.mark.parametrize("options", [{"model": True}, {"pivot": True}], ids=["model", "pivot"])
def test_the_attack_paraphrases_by_a_model_in_a_folder(tiny_bart: Path, options: dict[str, bool]) -> None:
    path = str(tiny_bart)
    named: dict[str, Any] = {"model": path} if "model" in options else {"pivot": (path, path)}
    texts = ["the sun", "sees old"]
    attack, fresh = (Syntax((), Whole(), **named, n_paraphrases=4, faithful=False) for _ in range(2))
    attack.prepare(texts)
    found = [attack.edits(text, 0, len(text)) for text in texts]
    assert found == [fresh.edits(text, 0, len(text)) for text in texts]
    assert any(found)
    assert tiny_bart.name in attack.version
