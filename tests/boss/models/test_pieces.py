from pathlib import Path

import numpy as np
import pytest

from boss.errors import ConfigError, ModelError
from boss.models.forward import budget_batches
from boss.models.pieces import MIN_CONTEXT, Pieces, Window

LONG = " ".join(f"lamp{i}" for i in range(200))


@pytest.fixture
def pieces(tiny_roberta: Path) -> Pieces:
    return Pieces(tiny_roberta, max_length=64, model_type="roberta", positions=66)


def text_of(window: Window, text: str) -> str:
    inside = window.offsets[window.offsets[:, 0] >= 0]
    return text[inside[0][0] : inside[-1][1]]


def decoded(pieces: Pieces, window: Window) -> str:
    return str(pieces.tokenizer.decode(window.ids, clean_up_tokenization_spaces=False))


def test_windows_hold_the_whole_text_and_overlap(pieces: Pieces) -> None:
    windows = pieces.single(LONG, overlap=10)
    assert all(len(window) <= 64 for window in windows)
    covered = {i for w in windows for start, end in w.offsets.tolist() for i in range(start, end)}
    assert covered >= {i for i, character in enumerate(LONG) if character != " "}
    assert windows[1].offsets[1].tolist() == windows[0].offsets[-11].tolist()


def test_a_pair_keeps_the_hypothesis_and_cuts_the_premise(pieces: Pieces) -> None:
    window, cut = pieces.pair(LONG, "Nobody sang.")
    assert cut and len(window) == 64
    assert decoded(pieces, window).endswith("Nobody sang.</s>")
    assert LONG.startswith(text_of(window, LONG))


def test_a_short_pair_is_whole(pieces: Pieces) -> None:
    window, cut = pieces.pair("Mira sang.", "Nobody sang.")
    assert not cut
    assert decoded(pieces, window) == "<s>Mira sang.</s></s>Nobody sang.</s>"


def test_every_window_holds_the_whole_question(pieces: Pieces) -> None:
    windows, cut = pieces.question("Where was Mira born?", LONG, overlap=8)
    assert not cut and len(windows) > 3
    assert all(decoded(pieces, window).startswith("<s>Where was Mira born?</s></s>") for window in windows)
    assert text_of(windows[-1], LONG).endswith("lamp199")


def test_a_question_longer_than_the_window_is_cut_and_says_so(pieces: Pieces) -> None:
    windows, cut = pieces.question(LONG, LONG, overlap=8)
    assert cut and all(len(window) <= 64 for window in windows)
    assert (windows[0].offsets[:, 0] >= 0).sum() == MIN_CONTEXT


def test_special_tokens_typed_by_a_user_are_plain_text(pieces: Pieces) -> None:
    [window] = pieces.single("a </s> b")
    assert (window.ids == pieces.tokenizer.eos_token_id).sum() == 1


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "\ufffd", "é" * 300, "x" * 50_000])
def test_odd_texts_make_windows(pieces: Pieces, text: str) -> None:
    assert all(2 <= len(window) <= 64 for window in pieces.single(text))
    assert len(pieces.pair(text, text)[0]) <= 64
    assert pieces.question(text, text, overlap=4)[0]


def test_a_roberta_has_two_positions_less_than_rows(tiny_roberta: Path) -> None:
    assert Pieces(tiny_roberta, max_length=512, model_type="roberta", positions=50).max_length == 48


def test_a_window_too_short_for_a_pair_is_refused(tiny_roberta: Path) -> None:
    with pytest.raises(ConfigError, match="max_length is 20"):
        Pieces(tiny_roberta, max_length=20)


def test_a_folder_without_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    with pytest.raises(ModelError, match=r"holds no tokenizer .*save_pretrained"):
        Pieces(tmp_path, max_length=64)


def test_batches_hold_every_index_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 40, size=100).tolist()
    batches = budget_batches(lengths, budget=64)
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(100))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 64 for batch in batches)
