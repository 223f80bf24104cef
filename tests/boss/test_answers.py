import numpy as np
import pytest

from boss.answers import answered
from boss.data.types import Answer, Example
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.tasks import TASKS

NLI, NER, QA = TASKS["nli"], TASKS["ner"], TASKS["qa"]
TWO_WAY = ("entailment", "not_entailment")


def pair(gold: str = "entailment") -> Example:
    return Example("e1", {"premise": "Rain fell all night.", "hypothesis": "It rained."}, gold, "e1")


def sentence(*tokens: str) -> Example:
    return Example("s1", {"tokens": tokens}, tuple("O" for _ in tokens), "s1")


def test_a_two_way_dataset_sums_neutral_and_contradiction() -> None:
    # 0.4 entailment is the largest of three, but 0.3 + 0.3 = 0.6 is against it.
    prediction = Prediction("entailment", probs=np.array([0.4, 0.3, 0.3]))
    answer = answered(NLI, TWO_WAY, pair(), prediction)
    assert answer.answer == "not_entailment"
    assert answer.probs == pytest.approx((0.4, 0.6))


def test_a_label_without_probabilities_is_mapped_to_the_label_that_holds_it() -> None:
    answer = answered(NLI, TWO_WAY, pair(), Prediction("contradiction"))
    assert (answer.answer, answer.probs) == ("not_entailment", None)


def test_only_tags_the_dataset_lacks_are_decided_again() -> None:
    tags = ("B-person", "B-event", "O")
    probs = np.full((3, len(NER.labels)), 0.01)
    probs[1, NER.labels.index("B-event")] = 0.5
    probs[1, NER.labels.index("B-location")] = 0.3
    answer = answered(NER, ("person", "location"), sentence("Ada", "saw", "Rome"), Prediction(tags, probs))
    assert answer.answer == ("B-person", "B-location", "O")
    assert answer.text == "B-person B-location O"


def test_without_probabilities_a_tag_the_dataset_lacks_becomes_o() -> None:
    answer = answered(NER, ("person",), sentence("Ada", "ran"), Prediction(("B-event", "O")))
    assert answer.answer == ("O", "O")


def test_an_answer_to_a_question_is_its_text() -> None:
    example = Example("q1", {"question": "Who?", "context": "Ada ran."}, (Answer("Ada", 0),), "q1")
    assert answered(QA, (), example, Prediction("Ada", truncated=True)).text == "Ada"


@pytest.mark.parametrize(
    ("prediction", "rule"),
    [
        (Prediction("maybe"), "'maybe' is none of"),
        (Prediction("neutral", probs=np.array([0.5, 0.5])), "shape"),
        (Prediction("neutral", probs=np.array([np.nan, 0.5, 0.5])), "not finite"),
        (Prediction("neutral", probs=np.array([0.9, 0.9, 0.9])), "summing to 1"),
    ],
)
def test_impossible_output_names_the_example_and_the_rule(prediction: Prediction, rule: str) -> None:
    with pytest.raises(ModelError, match=rule) as error:
        answered(NLI, NLI.labels, pair(), prediction)
    assert "e1" in str(error.value)


@pytest.mark.parametrize("tags", [("O",), ("O", "O", "O"), ("O", "B-planet"), "O O"])
def test_tags_must_be_known_and_one_per_token(tags: tuple[str, ...] | str) -> None:
    with pytest.raises(ModelError, match="impossible output for example s1"):
        answered(NER, ("person",), sentence("Ada", "ran"), Prediction(tags))


NEG_POS = (("negative",), ("positive",))


def review(text: str = "The lamp is fine.") -> Example:
    return Example("r1", {"text": text}, "positive", "r1")


def test_a_model_of_two_classes_answers_sets_of_these_two_as_it_does() -> None:
    prediction = Prediction("negative", np.array([0.7, 0.3, 0.0]), classes=NEG_POS)
    answer = answered(TASKS["sentiment"], ("negative", "positive"), review(), prediction)
    assert (answer.answer, answer.probs) == ("negative", (0.7, 0.3))


@pytest.mark.parametrize("probs", [np.array([0.7, 0.3, 0.0]), None])
def test_a_model_of_two_classes_is_refused_on_sets_of_three(probs: np.ndarray | None) -> None:
    task = TASKS["sentiment"]
    with pytest.raises(ModelError) as caught:
        answered(task, task.labels, review(), Prediction("negative", probs, classes=NEG_POS))
    assert str(caught.value) == (
        "the model tells only negative and positive apart, and this dataset (example r1) has neutral; "
        "measure it on sets without neutral, or say below which top probability its answer is neutral: "
        "model.neutral_threshold=0.6"
    )


def test_a_model_of_two_ways_of_inference_answers_sets_of_two_ways() -> None:
    classes = (("entailment",), ("neutral", "contradiction"))
    prediction = Prediction("neutral", np.array([0.2, 0.8, 0.0]), classes=classes)
    assert answered(NLI, TWO_WAY, pair(), prediction).probs == (0.2, 0.8)
    with pytest.raises(
        ModelError, match=r"neutral or contradiction apart.*has neutral, contradiction; .*model"
    ):
        answered(NLI, NLI.labels, pair(), prediction)
