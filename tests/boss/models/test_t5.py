"""T5: what it reads, what is never cut of it, how it learns and answers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from boss.data.types import Answer, Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.base import Differentiable, Model, Prediction
from boss.models.pieces import Pieces, Window
from boss.models.prompts import LABEL_WORDS, TEMPLATES, Prompt
from boss.models.seq2seq import AnswerWriter, Cloze
from boss.models.t5 import T5
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
pytestmark = pytest.mark.usefixtures("one_thread")
CLASSES = ("sentiment", "toxicity", "nli")
FAST: dict[str, Any] = {"epochs": 1, "lr": 3e-3, "batch_size": 8, "stride": 8, "max_length": 128}
LONG = " ".join(f"lamp{i}" for i in range(300))


@pytest.fixture
def pieces(tiny_t5: Path) -> Pieces:
    return Pieces(tiny_t5, max_length=128)


@pytest.fixture
def recipe(tiny_t5: Path) -> T5:
    return T5(path=str(tiny_t5), **FAST)


def fit(
    recipe: T5, split: MakeSplit, task: str, cache: Path, method: str = "default", seed: int = 0
) -> Model:
    train, validation = split(task), split(task, split(task).examples[::4], "validation")
    return recipe.fit(get_task(task), train, validation, method=method, seed=seed, cache=cache)


def asked(inputs: dict[str, str]) -> Example:
    return Example("x", dict(inputs), (), "x")


def decoded(pieces: Pieces, window: Window) -> str:
    return str(pieces.tokenizer.decode(window.ids, clean_up_tokenization_spaces=False))


def shown(window: Window, text: str, *, beside: bool = False) -> str:
    """The part of a text that a window shows, read off the character spans of its pieces."""
    spans = window.beside if beside else window.offsets
    assert spans is not None
    inside = spans[spans[:, 0] >= 0]
    return text[inside[0][0] : inside[-1][1]] if len(inside) else ""


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_prompt_is_the_template_around_the_inputs(pieces: Pieces) -> None:
    prompt = Prompt(pieces, TEMPLATES["nli"], "premise")
    window, cut = prompt.cut(asked({"premise": "It was Oslo", "hypothesis": "in Oslo"}))
    assert not cut
    assert squeezed(decoded(pieces, window)) == squeezed(
        "Sentence (1): It was Oslo Sentence (2): in Oslo Does (1) entail (2)? <extra_id_0> </s>"
    )
    assert (shown(window, "It was Oslo"), shown(window, "in Oslo", beside=True)) == ("It was Oslo", "in Oslo")
    assert window.ids.shape == window.types.shape == (len(window.offsets),)


@pytest.mark.parametrize("hypothesis", ["Nobody sang.", "", "<extra_id_0> </s>"])
def test_the_premise_gives_way_and_the_hypothesis_and_the_gap_stay(hypothesis: str, pieces: Pieces) -> None:
    prompt = Prompt(pieces, TEMPLATES["nli"], "premise")
    window, cut = prompt.cut(asked({"premise": LONG, "hypothesis": hypothesis}))
    assert cut and len(window) == pieces.max_length
    assert LONG.startswith(shown(window, LONG).strip())
    assert shown(window, hypothesis, beside=True) == hypothesis
    # What a user types is never the gap.
    assert (window.ids == prompt.gap).sum() == 1 and window.ids[-2] == prompt.gap


def test_a_text_is_cut_at_its_end_and_the_gap_stays(pieces: Pieces) -> None:
    prompt = Prompt(pieces, TEMPLATES["sentiment"], "text")
    window, cut = prompt.cut(asked({"text": LONG}))
    assert cut and window.beside is None and len(window) == pieces.max_length
    assert (window.ids == prompt.gap).sum() == 1
    assert squeezed(decoded(pieces, window)).endswith("Allinall,thesentimentwas<extra_id_0>.</s>")


def test_every_window_holds_the_whole_question_and_together_they_hold_the_context(pieces: Pieces) -> None:
    question = "Where was Mira born?"
    prompt = Prompt(pieces, TEMPLATES["qa"], "context")
    windows, cut = prompt.windows(asked({"question": question, "context": LONG}), overlap=8)
    assert not cut and len(windows) > 3
    assert all(len(window) <= pieces.max_length for window in windows)
    assert all(shown(window, question, beside=True) == question for window in windows)
    covered = {i for w in windows for start, end in w.offsets.tolist() for i in range(start, end)}
    assert covered >= {i for i, character in enumerate(LONG) if character != " "}
    ends = [window.offsets[window.offsets[:, 0] >= 0] for window in windows]
    assert (ends[0][-8:] == ends[1][:8]).all()
    whole, _ = prompt.windows(asked({"question": question, "context": "It was in Oslo."}), overlap=8)
    assert len(whole) == 1


def test_a_question_longer_than_the_window_is_cut_and_says_so(pieces: Pieces) -> None:
    prompt = Prompt(pieces, TEMPLATES["qa"], "context")
    windows, cut = prompt.windows(asked({"question": LONG, "context": LONG}), overlap=8)
    assert cut and all(len(window) <= pieces.max_length for window in windows)


def test_a_window_that_cannot_hold_the_prompt_is_refused(tiny_t5: Path) -> None:
    prompt = Prompt(Pieces(tiny_t5, max_length=40), TEMPLATES["qa"], "context")
    with pytest.raises(ConfigError, match=r"max_length is 40: the prompt .* at least 32 are needed"):
        prompt.windows(asked({"question": "Where?", "context": "Here."}), overlap=0)


def test_a_tokenizer_without_the_sentinel_is_refused(tiny_roberta: Path) -> None:
    prompt = Prompt(Pieces(tiny_roberta, max_length=64), TEMPLATES["sentiment"], "text")
    with pytest.raises(ModelError, match="no <extra_id_0>"):
        prompt.cut(asked({"text": "Fine."}))


def test_label_words_that_begin_alike_are_refused(pieces: Pieces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boss.models.prompts.LABEL_WORDS", {"toxicity": ("zesty", "zonal")})
    with pytest.raises(ModelError, match="begins two of the words zesty, zonal with the same piece"):
        _ = Cloze(get_task("toxicity"), pieces).words


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_as_likely_as_its_word_after_the_sentinel(
    name: str, recipe: T5, tiny_t5: Path, tmp_path: Path, split: MakeSplit
) -> None:
    import torch
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    example = split(name).examples[0]
    [found] = fit(recipe, split, name, tmp_path, "none").predict([example])
    tokenizer = AutoTokenizer.from_pretrained(tiny_t5)
    network = T5ForConditionalGeneration.from_pretrained(tiny_t5).eval()
    before, after = TEMPLATES[name].split("{gap}")
    gap = tokenizer.convert_tokens_to_ids("<extra_id_0>")
    around = [
        tokenizer(text, add_special_tokens=False).input_ids
        for text in (before.format(**example.inputs).strip(), after)
    ]
    with torch.inference_mode():
        out = network(
            input_ids=torch.tensor([[*around[0], gap, *around[1], tokenizer.eos_token_id]]),
            decoder_input_ids=torch.tensor([[tokenizer.pad_token_id, gap]]),
        )
    ids = [tokenizer(word, add_special_tokens=False).input_ids[0] for word in LABEL_WORDS[name]]
    expected = out.logits[0, -1, ids].softmax(-1).numpy()
    assert found.probs == pytest.approx(expected, abs=1e-5)
    assert found.answer == get_task(name).labels[int(expected.argmax())]


def assert_alike(ones: list[Prediction], others: list[Prediction]) -> None:
    for one, other in zip(ones, others, strict=True):
        assert (one.answer, one.truncated) == (other.answer, other.truncated)
        if one.probs is not None and other.probs is not None:
            assert one.probs == pytest.approx(other.probs, abs=1e-5)


@pytest.mark.parametrize("name", ["sentiment", "nli", "qa"])
def test_answers_are_the_same_in_any_grouping(
    name: str, recipe: T5, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(recipe, split, name, tmp_path, "none")
    asked = list(split(name).examples[:5])
    field = get_task(name).attacked[0]
    asked += [asked[0].with_input(field, text) for text in ("", "\x00", "\ud800 \ufffd", "x " * 400)]
    together = model.predict(asked)
    assert_alike(together, [model.predict([example])[0] for example in asked])
    small = fit(replace(recipe, token_budget=1), split, name, tmp_path, "none")
    assert small.fingerprint == model.fingerprint
    assert_alike(together, small.predict(asked))
    assert model.predict([]) == []


def test_cloze_training_learns_and_is_the_same_for_the_same_seed(
    recipe: T5, tmp_path: Path, split: MakeSplit
) -> None:
    longer = replace(recipe, epochs=12)
    one = fit(longer, split, "toxicity", tmp_path / "one")
    two = fit(longer, split, "toxicity", tmp_path / "two")
    asked = split("toxicity").examples
    assert np.mean([p.answer == e.gold for p, e in zip(one.predict(asked), asked, strict=True)]) > 0.9
    probs = [np.stack([p.probs for p in m.predict(asked) if p.probs is not None]) for m in (one, two)]
    assert (probs[0] == probs[1]).all()
    assert one.card.adapter == "t5" and one.card.method == "finetune"
    before = fit(longer, split, "toxicity", tmp_path / "one", "none")
    assert before.card.finetuned_on == "unknown"
    assert before.fingerprint != one.fingerprint


def test_questions_are_learnt_and_the_answer_at_the_end_of_a_long_context_is_within_reach(
    recipe: T5, tmp_path: Path, split: MakeSplit
) -> None:
    rows = []
    for i, place in enumerate(("Lisbon", "Oslo", "Quito", "Cairo") * 3):
        context = "The sea was calm. " * (i % 3 * 8) + f"Otto was born in {place}."
        gold = (Answer(place, context.index(place)),)
        inputs = {"question": "Where was Otto born?", "context": context}
        rows.append(Example(f"q{i}", inputs, gold, context))
    task = get_task("qa")
    model = replace(recipe, epochs=30, batch_size=4, lr=5e-3).fit(
        task, split("qa", rows), None, method="finetune", seed=0, cache=tmp_path
    )
    found = model.predict(rows)
    assert np.mean([p.answer == e.gold_texts[0] for p, e in zip(found, rows, strict=True)]) > 0.7
    assert not any(p.truncated for p in found)
    assert not isinstance(model, Differentiable)


def test_the_likeliest_window_that_says_something_answers(
    pieces: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = Prompt(pieces, TEMPLATES["qa"], "context")
    written = AnswerWriter(prompt, 8, SimpleNamespace(), 1024, False)
    example = Example("q", {"question": "Where?", "context": LONG}, (), "q")
    n_windows = len(prompt.windows(example, 8)[0])
    silent = [(-0.1, "")] * (n_windows - 3)
    found = [(-3.0, "Oslo"), (-1.0, "Quito"), (-1.0, "Cairo"), *silent]
    monkeypatch.setattr(AnswerWriter, "_answers", lambda self, windows: found)
    assert [p.answer for p in written([example])] == ["Quito"]
    monkeypatch.setattr(AnswerWriter, "_answers", lambda self, windows: [*silent, *silent[:3]])
    assert [p.answer for p in written([example])] == [""]


def test_windows_without_the_answer_are_taught_to_say_nothing(pieces: Pieces) -> None:
    prompt = Prompt(pieces, TEMPLATES["qa"], "context")
    written = AnswerWriter(prompt, 8, SimpleNamespace(), 1024, False)
    context = LONG + " Oslo"
    inputs = {"question": "Where?", "context": context}
    rows = [
        Example("a", inputs, (Answer("Oslo", context.index("Oslo")),), "a"),
        Example("b", inputs, (Answer(LONG, 0),), "b"),
    ]
    *silent, learnt = written.training_windows(SimpleNamespace(examples=rows))  # type: ignore[arg-type]
    assert shown(learnt.window, context).endswith("Oslo")
    assert learnt.target.tolist() == [*pieces.ids("Oslo").tolist(), 1]
    assert len(silent) > 3 and all(one.target.tolist() == [1] for one in silent)


def test_gradients_of_a_cloze_are_those_of_finite_differences(
    recipe: T5, tmp_path: Path, split: MakeSplit
) -> None:
    import torch

    model: Any = fit(recipe, split, "nli", tmp_path, "none")
    example = split("nli").examples[0]
    weights = np.array([1.0, -0.5, 0.25])
    [found] = model.gradients([example], "hypothesis", [weights])
    text = example.text("hypothesis")
    assert (found.spans[0][0], found.spans[-1][1]) == (0, len(text))
    assert found.vectors == pytest.approx(model.embed(text))
    network, head = model.answer.network, model.answer.head
    window, _ = head.prompt.cut(example)
    place = int(np.flatnonzero(window.beside[:, 0] >= 0)[2])
    direction = np.random.default_rng(0).normal(size=found.gradient.shape[1])

    def score(step: float) -> float:
        vectors = network.get_input_embeddings()(torch.from_numpy(window.ids)[None]).detach()
        vectors[0, place] += step * torch.from_numpy(direction).float()
        out = network(inputs_embeds=vectors, attention_mask=torch.ones(vectors.shape[:2], dtype=torch.int64))
        return float(head.logits(out)[0].detach().double().numpy() @ weights)

    slope = (score(1e-2) - score(-1e-2)) / 2e-2
    assert found.gradient[2] @ direction == pytest.approx(slope, rel=0.02, abs=1e-4)


def test_tagging_is_refused_with_the_cure(recipe: T5, tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ConfigError, match="cannot tag the words of task ner; use an encoder: model=deberta"):
        fit(recipe, split, "ner", tmp_path)


def test_an_encoder_is_refused(tiny_roberta: Path, tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ModelError, match=r"is no encoder-decoder that writes; .*model=hf"):
        fit(T5(path=str(tiny_roberta), **{**FAST, "max_length": 64}), split, "toxicity", tmp_path, "none")
