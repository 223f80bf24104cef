"""The tags of sub-tokens that ``scoring=boss`` stores: by hand, and through the seam."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from boss.data.types import Card, Example, Split
from boss.errors import ModelError
from boss.measurement import Measurement, Scoring
from boss.metrics.scoring import score_predictions
from boss.models.base import InputGradient, ModelCard, Prediction, Weights
from boss.seam import Seam, clean_part
from boss.subtokens import piece_tags
from boss.tasks import TASKS

NER = TASKS["ner"]
CARD = ModelCard("scripted", "1", "callable", "none", "unknown", "none")
SENTENCE = Example(
    "e0", {"tokens": ("Mira", "sang", "in", "Oslo")}, ("B-person", "O", "O", "B-location"), "e0"
)


def scores(*tags: str, also: str = "O") -> NDArray[np.float64]:
    """Logits that say ``tags``, and next to them ``also``."""
    table = np.zeros((len(tags), len(NER.labels)))
    table[:, NER.labels.index(also)] = 1
    table[range(len(tags)), [NER.labels.index(tag) for tag in tags]] = 2
    return table


@dataclass
class Labeller:
    """Answers the same to every sentence."""

    prediction: Prediction
    card: ModelCard = CARD
    fingerprint: str = "0" * 64

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        return [self.prediction for _ in examples]


class Network(Labeller):
    """Reads a word in pieces of two characters."""

    def embed(self, text: str) -> NDArray[np.float64]:
        return np.zeros((-(-len(text) // 2), 3))

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        raise AssertionError("nobody attacks here")


def network(logits: NDArray[np.float64]) -> Network:
    answer = tuple(NER.labels[i] for i in logits.argmax(-1))
    return Network(Prediction(answer, logits=logits))


def test_every_piece_of_a_word_has_the_tag_of_the_word() -> None:
    model = network(scores("B-person", "O", "O", "B-location"))
    asked = [(SENTENCE, model.prediction)]
    [found] = piece_tags(model, NER, ("person", "location"), asked)
    assert found == "B-person,B-person O,O O B-location,B-location"


def test_a_tag_the_dataset_lacks_gives_way_to_the_likeliest_it_has() -> None:
    model = network(scores("B-event", "O", "O", "B-event", also="I-person"))
    [found] = piece_tags(model, NER, ("person",), [(SENTENCE, model.prediction)])
    assert found.split() == ["I-person,I-person", "O,O", "O", "I-person,I-person"]


def test_a_word_of_no_characters_has_no_piece() -> None:
    example = Example("e1", {"tokens": ("", "Oslo")}, ("O", "B-location"), "e1")
    model = network(scores("O", "B-location"))
    assert list(piece_tags(model, NER, ("location",), [(example, model.prediction)])) == [
        "- B-location,B-location"
    ]


@pytest.mark.parametrize(
    "model",
    [
        Labeller(Prediction(("O",) * 4, probs=np.full((4, 17), 1 / 17))),
        Network(Prediction(("O",) * 4)),
    ],
    ids=["no pieces", "no scores"],
)
def test_a_model_without_pieces_or_scores_is_refused_with_the_cure(model: Labeller) -> None:
    with pytest.raises(ModelError, match=r"has no sub-tokens with scores.*scoring=corrected"):
        list(piece_tags(model, NER, ("person",), [(SENTENCE, model.prediction)]))


@pytest.mark.parametrize("scoring", ["corrected", "boss"])
def test_a_clean_cell_is_scored_from_its_rows_alone(scoring: Scoring) -> None:
    card = Card(
        "notes", "toy", "ner", "id", "Own", "none", "here", "", "MIT", ("person", "location"), "as is"
    )
    split = Split(card, "test", (SENTENCE,), "1", 1)
    model = network(scores("B-person", "O", "O", "O"))
    part = clean_part(Seam(model, NER, card.labels, "tokens", scoring), split, 0, lambda n: None)
    measurement = Measurement(
        suite="toy",
        suite_version="1",
        task="ner",
        dataset="notes",
        split="test",
        role="id",
        recall_only=False,
        stand_in=False,
        labels=card.labels,
        dataset_revision="1",
        dataset_sha256="a" * 64,
        n_total=1,
        n_evaluated=1,
        subset="all",
        scoring=scoring,
    )
    found = {
        score.metric: score.value
        for score in score_predictions(measurement, part.table, seed=0, n_resamples=10)
    }
    # One of two words right. By pieces, two of four: the same share, whatever the number of pieces.
    assert found["span_f1"] == pytest.approx(2 / 3)
    assert found.get("span_f1_boss") == (None if scoring == "corrected" else pytest.approx(2 / 3))
    assert part.table["piece_tags"].to_pylist() == (
        [None] if scoring == "corrected" else ["B-person,B-person O,O O O,O"]
    )
