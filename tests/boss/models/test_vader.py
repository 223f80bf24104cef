"""Lexicons: scores known by hand from their published lists, the thresholds, and what they are not."""

import math
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from boss.answers import answered
from boss.data.types import Example, Split
from boss.errors import ConfigError, ModelError
from boss.margin import attack_score
from boss.models.base import Differentiable, Model, Prediction
from boss.models.lexicon import SIGNS, Lexicon, PolarityHead, TextBlob, Vader
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
SENTIMENT = get_task("sentiment")
PLAIN = re.compile(r"[\w .+/@:()=-]+")
"""What a board takes for a name."""
TWO = ("negative", "positive")


def text(words: str) -> Example:
    return Example("x", {"text": words}, "neutral", "x")


def ready(recipe: Lexicon, cache: Path) -> Model:
    return recipe.fit(SENTIMENT, None, None, method="default", seed=0, cache=cache)


def polarity_of(prediction: Prediction) -> float:
    """Return the polarity that logits are made of: half of what lies between positive and negative."""
    assert prediction.logits is not None
    logits = dict(zip(SENTIMENT.labels, prediction.logits.tolist(), strict=True))
    return float(logits["positive"] - logits["negative"]) / 2


def compound(valence: float) -> float:
    """VADER's score of a sum of valences: x / sqrt(x² + 15), to four digits."""
    return round(valence / math.sqrt(valence**2 + 15), 4)


@pytest.mark.parametrize(
    ("words", "score", "answer"),
    [
        # The lexicon has lovely at 2.8, great at 3.1, awful at -2.0, and none of the other words.
        ("The lamp is lovely.", compound(2.8), "positive"),
        ("The lamp is awful.", compound(-2.0), "negative"),
        ("Great lamp, lovely kettle.", compound(3.1 + 2.8), "positive"),
        # A negation before a word takes -0.74 of it.
        ("The lamp is not lovely.", compound(2.8 * -0.74), "negative"),
        # An exclamation mark adds 0.292.
        ("The lamp is lovely!", compound(2.8 + 0.292), "positive"),
        ("The lamp is wooden.", 0.0, "neutral"),
        ("", 0.0, "neutral"),
    ],
)
def test_vader_scores_as_its_paper_says(tmp_path: Path, words: str, score: float, answer: str) -> None:
    [prediction] = ready(Vader(), tmp_path).predict([text(words)])
    assert prediction.answer == answer
    assert polarity_of(prediction) == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(
    ("words", "score", "answer"),
    [
        # The lexicon has lovely at 0.5 in both of its senses, and awful at -1.
        ("The lamp is lovely.", 0.5, "positive"),
        ("The lamp is awful.", -1.0, "negative"),
        # A negation before a word takes half of it, of the other sign.
        ("The lamp is not lovely.", -0.25, "negative"),
        # The mean of those found.
        ("A lovely lamp, an awful kettle.", -0.25, "negative"),
        ("The lamp shines.", 0.0, "neutral"),
    ],
)
def test_textblob_is_the_mean_of_its_words(tmp_path: Path, words: str, score: float, answer: str) -> None:
    [prediction] = ready(TextBlob(), tmp_path).predict([text(words)])
    assert prediction.answer == answer
    assert polarity_of(prediction) == pytest.approx(score)


@pytest.mark.parametrize(
    ("polarity", "answer"),
    [
        (0.05, "positive"),
        (0.0499, "neutral"),
        (0.0, "neutral"),
        (-0.0499, "neutral"),
        (-0.05, "negative"),
        (1.0, "positive"),
    ],
)
def test_at_the_threshold_an_answer_is_not_neutral(tmp_path: Path, polarity: float, answer: str) -> None:
    head = PolarityHead(SENTIMENT, 0.05, lambda: lambda _: polarity)
    [prediction] = head.load(tmp_path)([text("anything")])
    assert prediction.answer == answer
    assert prediction.probs is None
    assert prediction.logits is not None
    best = prediction.logits.max()
    assert prediction.logits[SENTIMENT.labels.index(answer)] == best


def test_another_threshold_is_another_model(tmp_path: Path) -> None:
    usual, wide = ready(Vader(), tmp_path), ready(Vader(threshold=0.7), tmp_path)
    # lovely alone is 0.5859
    assert usual.predict([text("lovely")])[0].answer == "positive"
    assert wide.predict([text("lovely")])[0].answer == "neutral"
    assert usual.fingerprint != wide.fingerprint


def test_what_an_attack_sees_is_how_far_the_answer_is_from_another(tmp_path: Path) -> None:
    [prediction] = ready(Vader(), tmp_path).predict([text("The lamp is lovely.")])
    # 0.5859 - 0.05 ahead of neutral
    margin = attack_score(SENTIMENT, SENTIMENT.labels, "positive", prediction, 1.0)
    assert margin == pytest.approx(0.5359)
    assert attack_score(SENTIMENT, TWO, "positive", prediction, 1.0) == pytest.approx(2 * 0.5859)
    assert not isinstance(ready(Vader(), tmp_path), Differentiable)


def test_without_neutral_the_sign_decides_and_no_probability_is_made_up() -> None:
    def logits(polarity: float) -> Prediction:
        values = {label: sign * polarity - abs(sign) * 0.05 for label, sign in SIGNS.items()}
        return Prediction("neutral", logits=np.array([values[label] for label in SENTIMENT.labels]))

    for polarity, answer in ((0.02, "positive"), (-0.02, "negative")):
        given = answered(SENTIMENT, TWO, text("anything"), logits(polarity))
        assert (given.answer, given.probs) == (answer, None)
    # With labels only, neutral is an answer the set does not have.
    assert answered(SENTIMENT, TWO, text("anything"), Prediction("neutral")).answer == "neutral"


def test_nothing_depends_on_company_and_any_text_is_read(tmp_path: Path) -> None:
    words = ["lovely", "\ud800 lovely", "love\u200bly", "😀", "awful " * 500]
    for recipe in (Vader(), TextBlob()):
        model = ready(recipe, tmp_path)
        together = [polarity_of(p) for p in model.predict([text(w) for w in words])]
        alone = [polarity_of(model.predict([text(w)])[0]) for w in words]
        assert together == alone
        assert together[0] == together[1] and together[2] == 0


def test_the_card_says_whose_ratings_they_are(tmp_path: Path) -> None:
    card = ready(Vader(), tmp_path).card
    assert (card.id, card.licence, card.method, card.finetuned_on) == ("vader", "MIT", "none", "none")
    assert card.revision.startswith("vaderSentiment==3.")
    for name in ("amazon_snippets", "movie_snippets", "nyt_snippets", "tweets"):
        assert any(f"raters of mini/{name}/test" in entry for entry in card.training_datasets)
    other = ready(TextBlob(), tmp_path).card
    assert (other.id, other.licence) == ("textblob", "MIT (lexicon: PDDL)")
    assert other.weights_sha256 != card.weights_sha256
    for text_of in (*card.training_datasets, *other.training_datasets, card.licence, other.licence):
        assert PLAIN.fullmatch(text_of), text_of


def test_another_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"task toxicity asks for benign, toxic; .* task=sentiment"):
        Vader().fit(get_task("toxicity"), None, None, method="none", seed=0, cache=tmp_path)


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ConfigError, match="threshold must be"):
        Vader(threshold=threshold)


def test_it_takes_no_method_that_fits(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ConfigError, match="its methods: default, none"):
        Vader().fit(SENTIMENT, split("sentiment"), None, method="finetune", seed=0, cache=tmp_path)
    assert [item.name for item in fields(Vader)] == ["threshold"]
