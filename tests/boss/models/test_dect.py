"""Heads on frozen models: what they are fitted on, what they ask of a server, what they refuse."""

import hashlib
import importlib.util
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boss.data.types import Example, Split
from boss.errors import ConfigError, ModelError, OutOfBudget
from boss.models import calls
from boss.models.cache import load_arrays
from boss.models.dect.answer import FromShots, Shown
from boss.models.dect.decoder import Decoder
from boss.models.dect.features import Calibrated, States, empty, shown
from boss.models.dect.heads import Logistic, ShotHead
from boss.models.dect.recipe import DecT
from boss.models.fitted import again_of
from boss.models.llm.local import Local
from boss.tasks import Task, TaskFile, get_task

_PATH = Path(__file__).with_name("stub_llm.py")
_SPEC = importlib.util.spec_from_file_location("stub_llm", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["stub_llm"] = stub_llm
_SPEC.loader.exec_module(stub_llm)
Say, serving = stub_llm.Say, stub_llm.serving

MakeSplit = Callable[..., Split]
SENTIMENT = get_task("sentiment")  # negative, positive, neutral


@dataclass(frozen=True)
class Planted:
    """A model whose state holds the label it finds in a text, under noise that the text alone decides."""

    task: Task
    noise: float = 0.3

    def __call__(self, examples: Sequence[Example]) -> States:
        return shown(np.stack([self._state(example) for example in examples]), None, len(examples))

    def _state(self, example: Example) -> Any:
        text = " ".join(example.text(name) for name in self.task.fields)
        digest = hashlib.sha256(text.encode()).digest()
        state = np.random.default_rng(int.from_bytes(digest[:8])).normal(size=16) * self.noise
        for place, label in enumerate(self.task.labels):
            state[place] += 3.0 * (label in text)
        return state


@dataclass(frozen=True)
class Told:
    """A model that gives every text the same scores, and the empty one others."""

    own: tuple[float, ...]
    blank: tuple[float, ...]

    def __call__(self, examples: Sequence[Example]) -> States:
        rows = [self.own if example.text("text") else self.blank for example in examples]
        return shown(None, np.log(rows), len(rows))


def labelled(n: int, start: int = 0) -> list[Example]:
    return [
        Example(f"p{i}", {"text": f"Number {i} is {label}."}, label, f"p{i}")
        for i in range(start, start + n)
        for label in SENTIMENT.labels
    ]


@pytest.mark.parametrize("head", [Decoder(), Decoder(prototypes="fixed"), Logistic()])
def test_a_planted_signal_is_found_from_few_shots(head: ShotHead, tmp_path: Path, split: MakeSplit) -> None:
    learner = FromShots(SENTIMENT, Shown(Planted(SENTIMENT)), head)
    learner.fit(split("sentiment", labelled(4)), None, tmp_path, 0)
    answer, tests = learner.load(tmp_path), labelled(50, start=100)
    predictions = answer(tests)
    assert np.mean([p.answer == e.gold for p, e in zip(predictions, tests, strict=True)]) > 0.97
    for prediction in predictions:
        assert prediction.probs is not None and prediction.logits is not None
        assert prediction.probs.sum() == pytest.approx(1)
        assert np.log(prediction.probs) - np.log(prediction.probs[0]) == pytest.approx(
            prediction.logits - prediction.logits[0]
        )
    assert answer.account is None and answer.charged is None


def test_the_scores_of_the_empty_text_are_taken_off() -> None:
    features = Calibrated(Told((0.6, 0.3, 0.1), (0.8, 0.1, 0.1)), SENTIMENT)
    s = features(labelled(1)).s
    assert s is not None
    # 0.6 / 0.8, 0.3 / 0.1 and 0.1 / 0.1: the second, where uncalibrated words say the first
    assert np.exp(s[0]) == pytest.approx([0.75, 3, 1])
    assert empty(get_task("nli")).inputs == {"premise": "", "hypothesis": ""}


def test_examples_of_one_class_are_nothing_to_learn_from(tmp_path: Path, split: MakeSplit) -> None:
    learner = FromShots(SENTIMENT, Shown(Planted(SENTIMENT)), Decoder())
    few = [example for example in labelled(2) if example.gold == "neutral"]
    with pytest.raises(ModelError, match="all 2 examples to learn from are 'neutral'; two classes"):
        learner.fit(split("sentiment", few), None, tmp_path, 0)


# --- an encoder in a folder


@pytest.mark.parametrize("head", ["dect", "logistic"])
def test_an_encoder_gives_states_alone(
    head: Any, tiny_roberta: Path, tmp_path: Path, split: MakeSplit, one_thread: None
) -> None:
    recipe = DecT(backbone=str(tiny_roberta), head=head, max_length=64)
    train = split("toxicity")
    models = [
        recipe.fit(get_task("toxicity"), train, None, method="default", seed=0, cache=tmp_path / name)
        for name in ("one", "two")
    ]
    card = models[0].card
    assert card.id == recipe.name == f"{tiny_roberta.name} ({head}-h)"
    assert (card.adapter, card.method, card.dtype) == ("dect", "decoder", "float32")
    assert card.n_tunable == (128 * 32 + 2 * 128 + 2 if head == "dect" else 2 * 32 + 2)
    assert "toy/toy_toxicity/train" in card.finetuned_on
    assert card.options["backbone"] == tiny_roberta.name and "base_url" not in card.options
    assert models[0].fingerprint == models[1].fingerprint
    stored = [next((tmp_path / name).rglob("head.npz")).read_bytes() for name in ("one", "two")]
    assert stored[0] == stored[1]
    answers = [[p.probs for p in model.predict(train.examples)] for model in models]
    assert np.array_equal(*answers)
    right = [
        p.answer == e.gold for p, e in zip(models[0].predict(train.examples), train.examples, strict=True)
    ]
    assert np.mean(right) > 0.9
    other = recipe.fit(get_task("toxicity"), train, None, method="default", seed=1, cache=tmp_path / "one")
    assert other.fingerprint != models[0].fingerprint


def test_a_task_of_ones_own_of_two_texts_is_one_as_well(
    tiny_roberta: Path, tmp_path: Path, split: MakeSplit, one_thread: None
) -> None:
    file = {"kind": "pair", "fields": ["question", "reply"], "labels": ["on_topic", "off_topic"]}
    task = TaskFile.model_validate(file).task("replies")
    rows = [("on_topic", f"Where is lamp {i}?", f"Lamp {i} is here.") for i in range(6)]
    rows += [("off_topic", f"Where is lamp {i}?", "Nobody sang today.") for i in range(6)]
    examples = [Example(f"r{i}", {"question": q, "reply": a}, g, f"r{i}") for i, (g, q, a) in enumerate(rows)]
    train = split("nli", examples)
    model = DecT(backbone=str(tiny_roberta)).fit(task, train, None, method="default", seed=0, cache=tmp_path)
    assert load_arrays(next(tmp_path.rglob("head.npz")))["weight"].shape == (128, 4 * 32)
    assert [p.answer for p in model.predict(examples)] == [g for g, _, _ in rows]


@pytest.mark.parametrize("task", ["ner", "qa"])
def test_other_tasks_are_refused(task: str, tiny_roberta: Path, tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(
        ConfigError, match=f"kinds classification and pair, and {task} is of another kind; leave"
    ):
        DecT().fit(get_task(task), split(task), None, method="default", seed=0, cache=tmp_path)


@pytest.mark.parametrize("head", ["words", "calibrated"])
def test_label_words_of_an_encoder_are_refused_at_the_door(head: Any) -> None:
    with pytest.raises(
        ConfigError, match=rf"model.head={head} reads .* model.backbone=minilm is an encoder"
    ) as caught:
        DecT(head=head)
    embedded, own = str(caught.value).split("or a language model: ")[1].split(", or one of your own: ")
    for cure, name in ((embedded, "smollm2"), (own, "DIR")):
        options: dict[str, Any] = dict(word.removeprefix("model.").split("=", 1) for word in cure.split())
        assert DecT(head=head, **options).name == f"{name} ({head}-s, plain)"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"head": "dekt"},
            r"must be one of dect, words, calibrated, logistic, got 'dekt' \(did you mean 'dect'",
        ),
        ({"prototypes": "free"}, "model.prototypes must be trained or fixed, got 'free'"),
        ({"dim": 0}, r"model option dim must be in \[1, 100000\], got 0"),
        ({"rate": 0}, "model option rate must be greater than 0, got 0"),
        ({"score_weight": -1}, "model option score_weight must be in"),
        (
            {"backbone": "endpoint"},
            "needs the server's address .* model.base_url=http://127.0.0.1:8000/v1 model.lm=NAME",
        ),
        (
            {"lm": "NAME"},
            "model.lm is an option of lm or endpoint as model.backbone, which is minilm; leave it out",
        ),
        (
            {"backbone": "endpoint", "lm": "m", "base_url": "http://h/v1", "max_length": 64},
            "max_length is an option of an encoder or lm or smollm2 as model.backbone, which is endpoint",
        ),
        (
            {
                "backbone": "endpoint",
                "lm": "m",
                "base_url": "http://h/v1",
                "head": "words",
                "embeddings": "e",
            },
            "model.embeddings=e is read by model.head=dect and model.head=logistic",
        ),
        ({"backbone": " "}, "model.backbone is empty"),
        ({"backbone": "lm"}, "needs the model, a folder, a GGUF file or a hub id: model.lm=DIR"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        DecT(**options)


def test_an_encoder_that_cannot_be_had_is_said_in_the_words_of_these_options(
    tmp_path: Path, split: MakeSplit
) -> None:
    recipe = DecT(backbone="nobody/no-such-model")
    with pytest.raises(ModelError) as caught:
        recipe.fit(SENTIMENT, split("sentiment"), None, method="default", seed=0, cache=tmp_path)
    said = str(caught.value)
    assert "model.backbone=DIR" in said and "model.backbone=minilm" in said and "model.path" not in said


def test_a_method_goes_with_its_head(tmp_path: Path, split: MakeSplit) -> None:
    for method, said in (
        ("finetune", "its methods: default, decoder, none"),
        ("none", "goes with method=decoder"),
    ):
        with pytest.raises(ConfigError, match=said):
            DecT().fit(SENTIMENT, split("sentiment"), None, method=method, seed=0, cache=tmp_path)


# --- a language model that runs here


def test_a_language_model_gives_states_and_scores(
    tiny_lm: Path, tmp_path: Path, split: MakeSplit, one_thread: None
) -> None:
    train = split("sentiment", labelled(2))

    def fitted(**options: Any) -> Any:
        recipe = DecT(backbone="lm", lm=str(tiny_lm), **options)
        return recipe.fit(SENTIMENT, train, None, method="default", seed=0, cache=tmp_path)

    tests = labelled(2, start=50)
    model = fitted()
    assert (model.card.id, model.card.n_tunable) == ("tiny_lm (dect-h+s, plain)", 128 * 24 + 128 * 3 + 3)
    assert model.card.options["lm"] == "tiny_lm" and "base_url" not in model.card.options
    states = model.answer.shown.features(tests)
    assert states.h.shape == (6, 24) and np.linalg.norm(states.h, axis=1) == pytest.approx(np.ones(6))
    assert len(np.unique(states.h.round(6), axis=0)) == 6
    # the model's own answer, and the same with the empty text's taken off
    own = Local(path=str(tiny_lm), answer="logprobs", normalise="none")
    less = Local(path=str(tiny_lm), answer="logprobs", normalise="empty")
    for recipe, head in ((own, "words"), (less, "calibrated")):
        theirs = recipe.fit(SENTIMENT, None, None, method="none", seed=0, cache=tmp_path).predict(tests)
        ours = fitted(head=head)
        assert ours.card.id == f"tiny_lm ({head}-s, plain)" and ours.card.n_tunable == 0
        for one, other in zip(ours.predict(tests), theirs, strict=True):
            assert one.answer == other.answer and one.probs == pytest.approx(other.probs, abs=1e-5)
    scores = np.stack([p.logits for p in fitted(head="calibrated").predict(tests)])
    assert states.s == pytest.approx(scores, abs=1e-5)
    assert fitted(head="logistic").card.n_tunable == 3 * (24 + 3) + 3
    account = model.answer.account()
    assert account["answered"] >= len(tests) and model.answer.charged is None


def test_a_text_that_is_cut_is_said_to_be(
    tiny_lm: Path, tmp_path: Path, split: MakeSplit, one_thread: None
) -> None:
    recipe = DecT(backbone="lm", lm=str(tiny_lm), max_length=700)
    model = recipe.fit(
        SENTIMENT, split("sentiment", labelled(2)), None, method="default", seed=0, cache=tmp_path
    )
    long = Example("long", {"text": "The lamp is here. " * 100}, "neutral", "long")
    assert [p.truncated for p in model.predict([labelled(1)[0], long])] == [False, True]


# --- a language model behind a server


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry after a moment, and without proxies."""
    pytest.importorskip("openai")
    monkeypatch.setattr(calls, "FIRST_PAUSE", 0.01)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def text_of(request: dict[str, Any]) -> str:
    return str(request["messages"][-1]["content"].split("<text>\n")[1].split("\n</text>")[0])


def inclined(request: dict[str, Any], times: int) -> Any:
    """Answer as a model that likes to say positive, and sees the label that a text names a little."""
    if "input" in request:
        named = [float(label in request["input"]) for label in SENTIMENT.labels]
        data = {"data": [{"index": 0, "embedding": [0.1, *named]}], "usage": {"prompt_tokens": 7}}
        return Say(raw=json.dumps(data).encode())
    probs = {"negative": 0.1, "positive": 0.8, "neutral": 0.1}
    text = text_of(request)
    for label in probs:
        probs[label] *= 3.0 if label in text else 1.0
    total = sum(probs.values())
    top = sorted(((label, math.log(p / total)) for label, p in probs.items()), key=lambda pair: -pair[1])
    return Say(top[0][0], top=top, chosen=top[0][0])


@pytest.fixture
def asked(tmp_path: Path, split: MakeSplit, quick: None) -> Callable[..., Any]:
    def make(stub: Any, *, train: Split | None = None, **options: Any) -> Any:
        recipe = DecT(backbone="endpoint", base_url=stub.url, lm="stub-1", retries=1, timeout=5, **options)
        few = split("sentiment", labelled(2)) if train is None else train
        return recipe.fit(SENTIMENT, few, None, method="default", seed=0, cache=tmp_path)

    return make


def test_the_rivals_answer_by_the_words_alone(asked: Any) -> None:
    tests = labelled(1, start=50)
    with serving(inclined) as stub:
        words = asked(stub, head="words")
        predictions = words.predict(tests)
        assert [p.answer for p in predictions] == ["positive"] * 3
        assert predictions[0].probs == pytest.approx([0.25, 2 / 3, 1 / 12], abs=1e-6)
        card = words.card
        assert (card.id, card.method, card.finetuned_on) == ("stub-1 (words-s, plain)", "none", "unknown")
        assert card.n_tunable == 0 and len(stub.questions) == 3
        calibrated = asked(stub, head="calibrated")
        predictions = calibrated.predict(tests)
        assert [p.answer for p in predictions] == [e.gold for e in tests]
        # three times as likely as of the empty text against as likely as there, but for what they all share
        assert predictions[0].probs == pytest.approx([0.6, 0.2, 0.2], abs=1e-6)
        assert calibrated.card.id == "stub-1 (calibrated-s, plain)"
        assert len(stub.questions) == 4 and text_of(stub.questions[-1]["request"]) == ""


def test_scores_alone_are_fitted_from_shots_and_nothing_is_asked_twice(asked: Any) -> None:
    with serving(inclined) as stub:
        model = asked(stub)
        assert len(stub.questions) == 6 + 1  # the shots and the empty text
        tests = labelled(2, start=50)
        predictions = model.predict(tests)
        assert [p.answer for p in predictions] == [e.gold for e in tests]
        assert all(p.probs is not None and p.logits is not None for p in predictions)
        card = model.card
        assert (card.id, card.method, card.n_tunable) == ("stub-1 (dect-s, plain)", "decoder", 128 * 3 + 3)
        assert card.options["lm"] == "stub-1" and "max_length" not in card.options
        assert len(stub.questions) == 13 and set(stub.times.values()) == {1}
        assert model.answer.account()["answered"] == 13
        assert model.answer.charged()[:2] == (13 * 50, 13 * 2)
        again = asked(stub, concurrency=1)
        assert [p.answer for p in again.predict(tests)] == [e.gold for e in tests]
        assert again.fingerprint == model.fingerprint and len(stub.questions) == 13
        assert asked(stub, head="logistic").card.id == "stub-1 (logistic-s, plain)"
        assert len(stub.questions) == 13


def test_a_second_answer_is_another_question_about_the_same_text(asked: Any) -> None:
    with serving(inclined) as stub:
        tests = labelled(1, start=50)
        model = asked(stub)
        again = again_of(model)
        assert again is not None
        first, second = model.predict(tests), again(tests)
        assert [p.answer for p in second] == [e.gold for e in tests]
        assert [a.probs.tolist() for a in first] == [b.probs.tolist() for b in second]  # type: ignore[union-attr]
        assert stub.times.total() == 6 + 1 + 3 + 3 + 1 and set(stub.times.values()) == {1}
        assert again_of(asked(stub, noise=False)) is None


def test_vectors_of_the_same_server_are_a_second_question(asked: Any) -> None:
    with serving(inclined) as stub:
        model = asked(stub, embeddings="vectors-1")
        tests = labelled(1, start=50)
        predictions = model.predict(tests)
        assert [p.answer for p in predictions] == [e.gold for e in tests]
        assert model.card.id == "stub-1 (dect-h+s, plain)" and model.card.n_tunable == 128 * 4 + 128 * 3 + 3
        vectors = [entry["request"] for entry in stub.log if "input" in entry["request"]]
        assert {request["model"] for request in vectors} == {"vectors-1"} and len(vectors) == 1 + 6 + 3
        account = model.answer.account()
        assert account["n_embeddings_asked"] == 10 and "vectors-1: 10 embeddings asked" in account["said"]
        assert account["answered"] == 10
        assert model.answer.charged()[:2] == (10 * 50 + 9 * 7, 10 * 2)
        asked(stub, embeddings="vectors-1").predict(tests)
        assert len([entry for entry in stub.log if "input" in entry["request"]]) == 10 + 1  # the known one


def test_a_server_without_vectors_is_refused_at_the_start(asked: Any) -> None:
    def behave(request: dict[str, Any], times: int) -> Any:
        return Say(status=400, error={"message": "no"}) if "input" in request else inclined(request, times)

    with serving(behave) as stub:
        with pytest.raises(
            ModelError, match=r"vectors-1 at .* gives no embedding: HTTP 400; .*model.embeddings=null"
        ):
            asked(stub, embeddings="vectors-1")
    for wrong in ([], [0.0, 0.0], ["a"], [1.0, None]):
        body = json.dumps({"data": [{"embedding": wrong}]}).encode()
        with serving(
            lambda request, times, b=body: Say(raw=b) if "input" in request else inclined(request, times)
        ) as stub:
            with pytest.raises(
                ModelError, match=r"gives no embedding: the (answer is no|embedding is no vector)"
            ):
                asked(stub, embeddings="vectors-1")


def test_an_answer_that_fails_is_wrong_in_a_test_and_an_error_in_training(asked: Any) -> None:
    def behave(request: dict[str, Any], times: int) -> Any:
        return (
            Say(status=400, error={"message": "no"})
            if "Number 51" in text_of(request)
            else inclined(request, times)
        )

    with serving(behave) as stub:
        predictions = asked(stub).predict(labelled(2, start=50))
        assert [p.error for p in predictions] == [None] * 3 + ["failed: HTTP 400"] * 3
        assert [p.answer for p in predictions[3:]] == [""] * 3 and predictions[3].probs is None


def test_shots_that_fail_are_said(asked: Any, split: MakeSplit) -> None:
    def behave(request: dict[str, Any], times: int) -> Any:
        return (
            Say(status=400, error={"message": "no"})
            if "Number 1 " in text_of(request)
            else inclined(request, times)
        )

    with (
        serving(behave) as stub,
        pytest.raises(ModelError, match=r"nothing of 3 of the 6 examples .* failed: HTTP 400"),
    ):
        asked(stub)


def test_what_cannot_be_calibrated_says_so(asked: Any) -> None:
    def behave(request: dict[str, Any], times: int) -> Any:
        if text_of(request):
            return inclined(request, times)
        return Say("table", top=[("table", -0.1), ("lamp", -3.0)], chosen="table")

    with serving(behave) as stub, pytest.raises(ModelError, match=r"cannot be calibrated; model.head=words"):
        asked(stub, head="calibrated").predict(labelled(1))


def test_a_budget_stops_it_with_the_option_that_goes_on(asked: Any) -> None:
    with serving(inclined) as stub:
        with pytest.raises(OutOfBudget) as caught:
            asked(stub, budget={"requests": 5}, concurrency=1)
        assert caught.value.options[0].startswith("model.budget.requests=")
        assert len(stub.log) == 5


def test_a_server_without_log_probabilities_is_sent_to_the_model_that_needs_none(asked: Any) -> None:
    with serving(lambda request, times: Say("positive"), probe=False) as stub:
        with pytest.raises(
            ModelError, match=r"model=endpoint model.name=stub-1 model.answer=generate"
        ) as caught:
            asked(stub)
        assert str(caught.value).startswith(
            "model.backbone=endpoint: the server's log-probabilities are absent"
        )
