import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from boss.data.types import Answer, Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.base import Model, Prediction
from boss.models.hf import HuggingFace
from boss.tasks import TASKS, get_task

MakeSplit = Callable[..., Split]
pytestmark = pytest.mark.usefixtures("one_thread")
TASK_NAMES = list(TASKS)
FAST = {"epochs": 1, "lr": 1e-3, "batch_size": 8, "stride": 8}


@pytest.fixture
def recipe(tiny_roberta: Path) -> HuggingFace:
    return HuggingFace(path=str(tiny_roberta), max_length=64, **FAST)  # type: ignore[arg-type]


def fit(
    recipe: HuggingFace, split: MakeSplit, task: str, cache: Path, method: str = "default", seed: int = 0
) -> Model:
    train, validation = split(task), split(task, split(task).examples[::4], "validation")
    return recipe.fit(get_task(task), train, validation, method=method, seed=seed, cache=cache)


def assert_alike(ones: list[Prediction], others: list[Prediction]) -> None:
    for one, other in zip(ones, others, strict=True):
        assert (one.answer, one.truncated) == (other.answer, other.truncated)
        if one.probs is not None and other.probs is not None:
            assert one.probs == pytest.approx(other.probs, abs=1e-5)


@pytest.mark.parametrize("method", ["finetune", "linear_probe"])
@pytest.mark.parametrize("name", TASK_NAMES)
def test_every_task_and_method_answers_well_formed_and_in_any_grouping(
    name: str, method: str, recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    task = get_task(name)
    model = fit(recipe, split, name, tmp_path, method)
    asked = list(split(name).examples[:7])
    field = task.attacked[0]
    for text in ("", "\x00", "\ud800 \ufffd", "x " * 400):
        asked.append(asked[0].with_input(field, tuple(text.split(" ")) if task.kind == "tagging" else text))
    together = model.predict(asked)
    for one, example in zip(together, asked, strict=True):
        if task.kind == "span":
            assert isinstance(one.answer, str) and one.answer in example.text("context")
            continue
        assert one.probs is not None and one.logits is not None
        assert one.logits.dtype == np.float64 and np.isfinite(one.logits).all()
        assert one.probs.sum(-1) == pytest.approx(1)
        if task.kind == "tagging":
            assert len(one.answer) == len(one.probs) == len(example.inputs["tokens"])
    assert_alike(together, [model.predict([example])[0] for example in asked])
    assert model.predict([]) == []
    small = fit(replace(recipe, token_budget=1), split, name, tmp_path, method)
    assert small.fingerprint == model.fingerprint
    assert_alike(together, small.predict(asked))


def test_fine_tuning_learns_and_is_the_same_for_the_same_seed(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    import torch

    longer = replace(recipe, epochs=12, lr=3e-3)
    before = torch.get_rng_state()
    one = fit(longer, split, "toxicity", tmp_path / "one")
    two = fit(longer, split, "toxicity", tmp_path / "two")
    other = fit(longer, split, "toxicity", tmp_path / "one", seed=1)
    assert torch.equal(before, torch.get_rng_state())
    asked = split("toxicity").examples
    assert np.mean([p.answer == e.gold for p, e in zip(one.predict(asked), asked, strict=True)]) > 0.9
    logits = [
        np.stack([p.logits for p in m.predict(asked) if p.logits is not None]) for m in (one, two, other)
    ]
    assert (logits[0] == logits[1]).all()
    assert abs(logits[0] - logits[2]).max() > 1e-3
    assert len({one.fingerprint, two.fingerprint, other.fingerprint}) == 2


def test_words_in_many_pieces_are_tagged_once_each(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(replace(recipe, epochs=20, lr=5e-3), split, "ner", tmp_path)
    train = split("ner").examples
    assert np.mean([p.answer == e.gold for p, e in zip(model.predict(train), train, strict=True)]) > 0.9
    # Four windows of 64 pieces: the last word is tagged as in the short sentence.
    tokens = (*["wooden"] * 60, *train[0].inputs["tokens"])
    [one] = model.predict([Example("x", {"tokens": tokens}, (), "x")])
    assert len(one.answer) == len(tokens) and not one.truncated


@pytest.mark.parametrize("method", ["finetune", "linear_probe"])
def test_the_answer_at_the_end_of_a_long_context_is_within_reach(
    method: str, recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    rows = []
    for example in split("qa").examples:
        context = "The sea was calm. " * 20 + example.text("context").split(". Later")[0] + "."
        [gold] = example.gold
        assert isinstance(gold, Answer)
        inputs = {"question": example.text("question"), "context": context}
        rows.append(replace(example, inputs=inputs, gold=(Answer(gold.text, context.index(gold.text)),)))
    train = split("qa", rows)
    task = get_task("qa")
    longer = replace(recipe, epochs=15, lr=5e-3)
    model = longer.fit(task, train, None, method=method, seed=0, cache=tmp_path)
    found = model.predict(rows)
    # A random frozen encoder knows little, but every right answer lies behind the first six windows.
    right = [p.answer == e.gold_texts[0] for p, e in zip(found, rows, strict=True)]
    assert np.mean(right) > (0.5 if method == "finetune" else 0.1)
    assert not any(p.truncated for p in found)


def test_a_cut_premise_is_reported_and_the_hypothesis_decides(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(recipe, split, "nli", tmp_path)
    premise = "The sea was calm. " * 60
    long = [
        Example("x", {"premise": premise + end, "hypothesis": hypothesis}, "neutral", "x")
        for end in ("", "It rained.")
        for hypothesis in ("It rained.", "Nobody sang.")
    ]
    found = model.predict(long)
    assert all(p.truncated for p in found)
    probs = [p.probs.tolist() for p in found if p.probs is not None]
    assert probs[0] == pytest.approx(probs[2], abs=1e-6)  # what differs was cut
    assert probs[0] != pytest.approx(probs[1], abs=1e-6)  # what was kept differs
    assert not model.predict(split("nli").examples[:1])[0].truncated


def test_a_folder_taken_as_fine_tuned_answers_like_the_model_that_made_it(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(recipe, split, "sentiment", tmp_path)
    folder = tmp_path / "models" / "hf" / model.fingerprint
    ready = replace(recipe, path=str(folder))
    same = ready.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)
    asked = split("sentiment").examples
    assert_alike(model.predict(asked), same.predict(asked))
    assert same.card.finetuned_on == "unknown" and same.fingerprint != model.fingerprint


def test_labels_that_do_not_match_are_listed_and_can_be_mapped(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    model = fit(recipe, split, "toxicity", tmp_path)
    ready = replace(recipe, path=str(tmp_path / "models" / "hf" / model.fingerprint))
    task = replace(get_task("toxicity"), labels=("fine", "rude"))
    with pytest.raises(ModelError, match=r"The model's: benign, toxic\. The task's: fine, rude.*label_map"):
        ready.fit(task, None, None, method="none", seed=0, cache=tmp_path)
    mapped = replace(ready, label_map={"benign": "rude", "toxic": "fine"})
    asked = split("toxicity").examples[:5]
    renamed = {"benign": "rude", "toxic": "fine"}
    found = mapped.fit(task, None, None, method="none", seed=0, cache=tmp_path).predict(asked)
    assert [p.answer for p in found] == [renamed[str(p.answer)] for p in model.predict(asked)]


def test_a_checkpoint_without_a_head_is_not_taken_as_fine_tuned(recipe: HuggingFace, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no trained head for task sentiment"):
        recipe.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)


def test_the_same_files_elsewhere_are_the_same_model_and_other_weights_are_not(
    recipe: HuggingFace, tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    from safetensors.numpy import load_file, save_file

    copy = tmp_path / "copy"
    shutil.copytree(tiny_roberta, copy)
    one = fit(recipe, split, "toxicity", tmp_path, "linear_probe")
    two = fit(replace(recipe, path=str(copy)), split, "toxicity", tmp_path, "linear_probe")
    assert one.fingerprint == two.fingerprint
    weights = load_file(copy / "model.safetensors")
    next(iter(weights.values())).flat[0] += 1
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    three = fit(replace(recipe, path=str(copy)), split, "toxicity", tmp_path, "linear_probe")
    assert three.fingerprint != one.fingerprint and three.card.weights_sha256 != one.card.weights_sha256


def test_bfloat16_is_recorded_and_another_model(
    recipe: HuggingFace, tmp_path: Path, split: MakeSplit
) -> None:
    one = fit(recipe, split, "toxicity", tmp_path)
    two = fit(replace(recipe, bfloat16="force"), split, "toxicity", tmp_path)
    assert (one.card.dtype, two.card.dtype) == ("float32", "bfloat16-autocast")
    assert one.fingerprint != two.fingerprint


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0},
        {"lr": -1e-5},
        {"lr": float("nan")},
        {"epochs": 0},
        {"batch_size": 0},
        {"max_length": 5},
        {"warmup_ratio": 1.5},
        {"max_grad_norm": 0},
        {"patience": 0},
        {"token_budget": 0},
        {"stride": 400},
    ],
)
def test_options_out_of_range_are_named_with_value_and_rule(options: dict[str, float]) -> None:
    [(name, _)] = options.items()
    with pytest.raises(ConfigError, match=f"model option {name} must be"):
        HuggingFace(path="somewhere", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["./no-such-folder", "/no/such/folder", "~/no/such/folder"])
def test_a_missing_folder_is_named(path: str, tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ModelError, match="is not a folder"):
        fit(HuggingFace(path=path), split, "toxicity", tmp_path)


def test_a_folder_without_config_is_named(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ModelError, match=r"no config\.json in"):
        fit(HuggingFace(path=str(tmp_path)), split, "toxicity", tmp_path)


def test_a_path_that_can_be_no_id_is_refused(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ConfigError, match="neither a folder nor a hub id"):
        fit(HuggingFace(path="a/b/c d"), split, "toxicity", tmp_path)


@pytest.mark.parametrize("offline", [True, False])
def test_an_unreachable_id_fails_within_seconds_with_three_ways_out(
    offline: bool, tmp_path: Path, split: MakeSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    # Port 9 of the loopback is closed: every connection is refused at once.
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    started = time.monotonic()
    with pytest.raises(ModelError) as caught:
        fit(HuggingFace(path="nobody/no-such-model"), split, "toxicity", tmp_path)
    assert time.monotonic() - started < 5
    for part in ("nobody/no-such-model", "model.path=DIR", "HF_HOME", "HF_TOKEN", "model=minilm"):
        assert part in str(caught.value)
