from collections.abc import Callable
from pathlib import Path

import pytest

from boss.data.types import Answer, Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.majority import Majority
from boss.tasks import get_task

MakeSplit = Callable[..., Split]


def test_the_commonest_class_answers_with_smoothed_shares(tmp_path: Path, split: MakeSplit) -> None:
    texts = [("a", "positive"), ("b", "positive"), ("c", "negative")]
    train = split("sentiment", [Example(t, {"text": t}, label, t) for t, label in texts])
    model = Majority().fit(get_task("sentiment"), train, None, method="default", seed=0, cache=tmp_path)
    [one] = model.predict([Example("x", {"text": ""}, "neutral", "x")])
    assert one.answer == "positive"
    assert one.probs is not None
    # counts 1, 2, 0 over negative, positive, neutral, one added to each
    assert one.probs.tolist() == pytest.approx([2 / 6, 3 / 6, 1 / 6])


def test_tokens_are_outside(tmp_path: Path, split: MakeSplit) -> None:
    model = Majority().fit(get_task("ner"), split("ner"), None, method="none", seed=0, cache=tmp_path)
    words, nothing = model.predict(
        [Example("x", {"tokens": ("to", "Rome")}, (), "x"), Example("y", {"tokens": ()}, (), "y")]
    )
    assert words.answer == ("O", "O") and words.probs is not None and words.probs.shape == (2, 17)
    assert nothing.answer == ()


def test_the_commonest_answer_answers_and_ties_sort(tmp_path: Path, split: MakeSplit) -> None:
    def asked(number: int, answer: str) -> Example:
        inputs = {"question": "?", "context": answer}
        return Example(str(number), inputs, (Answer(answer, 0),), str(number))

    rows = [asked(i, answer) for i, answer in enumerate(["two", "one", "two", "one", "six"])]
    model = Majority().fit(get_task("qa"), split("qa", rows), None, method="none", seed=0, cache=tmp_path)
    assert model.predict(rows[:1])[0].answer == "one"


def test_an_unknown_method_lists_the_known_ones(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ConfigError, match="'finetune'; its methods: default, none"):
        Majority().fit(get_task("qa"), split("qa"), None, method="finetune", seed=0, cache=tmp_path)


def test_no_train_split_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"ID train split of task qa, which is missing or empty; the failure"
    ):
        Majority().fit(get_task("qa"), None, None, method="none", seed=0, cache=tmp_path)


def test_a_label_of_another_task_is_named(tmp_path: Path, split: MakeSplit) -> None:
    train = split("sentiment", [Example("a", {"text": "a"}, "toxic", "a")])
    with pytest.raises(ModelError, match=r"example a: gold label 'toxic'.*negative, positive, neutral"):
        Majority().fit(get_task("sentiment"), train, None, method="none", seed=0, cache=tmp_path)
