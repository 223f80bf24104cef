"""How published models call their labels: thirty kinds of names and schemes, and what is said of others."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from boss.errors import ConfigError, ModelError
from boss.models.bio import best_legal_tags, opened
from boss.models.label_map import LabelMap
from boss.models.label_match import label_of, map_labels
from boss.models.label_names import CLASS_NAMES, TYPE_NAMES, folded
from boss.models.linear import softmax
from boss.tasks import Task, get_task

CONF = Path(__file__).parents[3] / "conf"
KINDS = ("person", "location")


def classes(task: str, names: str, **options: object) -> list[list[str]]:
    """Return for each label of a task the names that mean it."""
    listed = names.split(", ")
    mapped = map_labels("theirs", get_task(task), listed, **options)  # type: ignore[arg-type]
    return [[listed[i] for i in ids] for ids in mapped.members]


@pytest.mark.parametrize(
    ("task", "names", "by_label"),
    [
        ("sentiment", "negative, neutral, positive", "negative|positive|neutral"),
        ("sentiment", "Negative, Neutral, Positive", "Negative|Positive|Neutral"),
        ("sentiment", "NEG, NEU, POS", "NEG|POS|NEU"),
        ("sentiment", "neg, neut, pos", "neg|pos|neut"),
        ("sentiment", "POSITIVE, NEGATIVE", "NEGATIVE|POSITIVE|"),
        ("sentiment", "1 star, 2 stars, 3 stars, 4 stars, 5 stars", "1 star,2 stars|4 stars,5 stars|3 stars"),
        (
            "sentiment",
            "Very Negative, Negative, Neutral, Positive, Very Positive",
            "Very Negative,Negative|Positive,Very Positive|Neutral",
        ),
        ("sentiment", "negativ, neutral, positiv", "negativ|positiv|neutral"),
        ("sentiment", "négatif, neutre, positif", "négatif|positif|neutre"),
        ("sentiment", "negativo, neutro, positivo", "negativo|positivo|neutro"),
        ("sentiment", "消极, 中性, 积极", "消极|积极|中性"),
        ("toxicity", "non-toxic, toxic", "non-toxic|toxic"),
        ("toxicity", "nothate, hate", "nothate|hate"),
        ("toxicity", "NOT-HATE, HATE", "NOT-HATE|HATE"),
        ("toxicity", "neutral, toxic", "neutral|toxic"),
        ("toxicity", "hate speech, normal, offensive", "normal|hate speech,offensive"),
        ("toxicity", "non-offensive, offensive", "non-offensive|offensive"),
        ("toxicity", "not_offensive, offensive", "not_offensive|offensive"),
        ("nli", "ENTAILMENT, NEUTRAL, CONTRADICTION", "ENTAILMENT|NEUTRAL|CONTRADICTION"),
        ("nli", "contradiction, entailment, neutral", "entailment|neutral|contradiction"),
        ("nli", "entailed, neutral, contradictory", "entailed|neutral|contradictory"),
        ("nli", "entailment, not_entailment", "entailment|not_entailment|"),
    ],
)
def test_classes_are_read_by_name(task: str, names: str, by_label: str) -> None:
    expected = [part.split(",") if part else [] for part in by_label.split("|")]
    assert classes(task, names) == expected


@pytest.mark.parametrize(
    ("scheme", "names", "expected"),
    [
        ("BIO", "O B-PER I-PER B-LOC I-LOC", "O B-person I-person B-location I-location"),
        ("BIO, spelt out", "O B-person I-person", "O B-person I-person"),
        ("BIO, upper case", "O B-PERSON I-PERSON B-LOCATION", "O B-person I-person B-location"),
        ("BIO, lower case", "o b-per i-per", "O B-person I-person"),
        ("BIO, underscore", "O B_PER I_PER", "O B-person I-person"),
        ("BIO, type first", "O PER-B PER-I", "O B-person I-person"),
        ("IO", "O I-PER I-LOC", "O I-person I-location"),
        ("bare types", "O PER LOC", "O I-person I-location"),
        (
            "BILOU",
            "O B-PER I-PER L-PER U-PER",
            "O B-person I-person I-person B-person",
        ),
        (
            "BIOES",
            "O B-LOC I-LOC E-LOC S-LOC",
            "O B-location I-location I-location B-location",
        ),
        ("BMES", "O B-PER M-PER E-PER S-PER", "O B-person I-person I-person B-person"),
        (
            "OntoNotes",
            "O B-WORK_OF_ART B-FAC B-GPE B-LOC B-ORG B-EVENT B-PRODUCT",
            "O B-art B-building B-location B-location B-organization B-event B-product",
        ),
        (
            "WNUT",
            "O B-corporation B-creative-work B-group I-group",
            "O B-organization B-art B-organization I-organization",
        ),
    ],
)
def test_tags_are_read_by_scheme_and_type(scheme: str, names: str, expected: str) -> None:
    task, listed = get_task("ner"), names.split()
    mapped = map_labels("theirs", task, listed)
    by_output = {i: label for label, ids in zip(task.labels, mapped.members, strict=True) for i in ids}
    assert [by_output[i] for i in range(len(listed))] == expected.split()
    assert bool(mapped.opens) is (scheme in ("IO", "bare types"))


def test_tags_in_iob1_are_said_to_be(tmp_path: Path) -> None:
    names = "O B-PER I-PER".split()
    assert not map_labels("theirs", get_task("ner"), names).opens
    assert map_labels("theirs", get_task("ner"), names, iob1=True).opens
    # Of one type there is no B-, so that its I- can only begin by itself.
    assert map_labels("theirs", get_task("ner"), "O B-LOC I-LOC I-PER".split()).opens


def test_no_name_means_two_labels_of_a_task() -> None:
    for name in ("sentiment", "toxicity", "nli"):
        task = get_task(name)
        names = [folded(n) for label in (*task.labels, *task.merged) for n in (label, *CLASS_NAMES[label])]
        assert len(names) == len(set(names)), name
    kinds = [folded(n) for kind, names in TYPE_NAMES.items() for n in (kind, *names)]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        # Log-probabilities are those of the best tag; PER twice in a row is one entity in IO.
        ("O PER PER O LOC", "O B-person I-person O B-location"),
        ("PER LOC PER", "B-person B-location B-person"),
        ("O O", "O O"),
    ],
)
def test_bare_types_are_entities_that_begin_where_none_goes_on(words: str, tags: str) -> None:
    task, names = get_task("ner"), ["O", "PER", "LOC"]
    mapped = map_labels("theirs", task, names)
    logits = np.array([np.eye(3)[names.index(word)] * 4 for word in words.split()])
    found = opened(mapped(logits), task.labels)
    assert " ".join(best_legal_tags(found, task.labels)) == tags
    best = softmax(found).max(axis=1)
    assert best == pytest.approx(softmax(logits).max(axis=1), abs=1e-9)  # no mass is lost or made


def test_in_iob1_a_b_between_two_of_one_type_begins_another() -> None:
    task, names = get_task("ner"), ["O", "B-PER", "I-PER"]
    mapped = map_labels("theirs", task, names, iob1=True)
    for said, meant in [("I I B", "B-person I-person B-person"), ("I O I", "B-person O B-person")]:
        rows = [np.eye(3)[" BI".index(x) if x != "O" else 0] * 4 for x in said.split()]
        assert " ".join(best_legal_tags(opened(mapped(np.array(rows)), task.labels), task.labels)) == meant


def cure(error: pytest.ExceptionInfo[ModelError]) -> str:
    """Return the word between quotes that the message tells to type, as a shell reads it."""
    [quoted] = re.findall(r"'model\.label_map=[^']*'", str(error.value))
    [word] = shlex.split(quoted)
    return word


def taken(word: str) -> object:
    """Return the label map as the command has it that is given this word."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", ["model=hf", "model.path=x", word]).model.label_map
    return OmegaConf.to_container(config)


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        ("sentiment", "LABEL_0, LABEL_1, LABEL_2", {"LABEL_0": "???", "LABEL_1": "???", "LABEL_2": "???"}),
        ("sentiment", "positivity, negative, neutral", {"positivity": "positive"}),
        ("sentiment", "joy, anger, neutral", {"joy": "???", "anger": "???"}),
        ("toxicity", "0, 1", {"0": "???", "1": "???"}),
        ("nli", "entailment, neutral, against it", {"against it": "???"}),
        ("ner", "O, B-DATE, B-PER, I-PER, B-NORP", {"DATE": "O", "NORP": "???"}),
        ("ner", "O, B-persn, I-persn", {"persn": "person"}),
        ("sentiment", "très bon, negative, neutral", ["LABEL", "negative", "neutral"]),  # no key of Hydra's
        ("sentiment", "it's bad, positive, neutral", ["LABEL", "positive", "neutral"]),
        ("sentiment", "null, positive, neutral", ["LABEL", "positive", "neutral"]),
        ("sentiment", "a:b, positive, neutral", ["LABEL", "positive", "neutral"]),
    ],
)
def test_a_map_to_fill_in_is_one_that_the_command_takes(task: str, names: str, expected: object) -> None:
    with pytest.raises(ModelError, match="do not match task") as caught:
        classes(task, names)
    found = taken(cure(caught))
    assert (
        {str(k): v for k, v in found.items()} if isinstance(found, dict) else found  # numbers are keys too
    ) == expected


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("sentiment", "LABEL_0, LABEL_1, LABEL_2"),
        ("toxicity", "0, 1"),
        ("nli", "1, 2, 3"),
        ("sentiment", "très bon, négligé, ça va"),
        ("ner", "O, B-ALPHA, I-ALPHA, B-BETA, I-BETA"),
    ],
)
def test_the_map_that_is_printed_works_once_it_is_filled_in(task: str, names: str) -> None:
    with pytest.raises(ModelError) as caught:
        classes(task, names)
    labels = iter(KINDS if task == "ner" else get_task(task).labels)
    filled = re.sub(r"\?\?\?|\bLABEL\b", lambda _: next(labels), cure(caught))
    members = classes(task, names, label_map=taken(filled))
    if task == "ner":
        own = dict(zip(get_task(task).labels, members, strict=True))
        assert (own["B-person"], own["I-location"]) == (["B-ALPHA"], ["I-BETA"])
    else:
        assert members == [[name] for name in names.split(", ")]


def test_a_label_map_goes_before_what_a_name_says() -> None:
    assert classes("toxicity", "toxic, benign", label_map={"TOXIC": "benign", "benign": "toxic"}) == [
        ["toxic"],
        ["benign"],
    ]
    assert classes("sentiment", "b, a", label_map=["positive", "negative"]) == [["a"], ["b"], []]
    mapped = map_labels("theirs", get_task("ner"), ["O", "B-GPE"], {"GPE": "organization"})
    assert mapped.members[get_task("ner").labels.index("B-organization")] == (1,)
    mapped = map_labels("theirs", get_task("ner"), ["O", "B-GPE", "B-PER"], {"GPE": "O"})
    assert mapped.members[0] == (0, 1)


@pytest.mark.parametrize(
    ("names", "label_map", "message"),
    [
        (["a", "b"], {"c": "positive"}, "names c, which is no label of the model; its labels: a, b"),
        (["a", "b"], {"a": "good", "b": "bad"}, "says a: good, and good is no label of task sentiment"),
        (["a", "b"], ["positive"], "one label for each of the 2 outputs of the model in order: a, b"),
        (["a", "b"], "positive", "must be a map, or a list"),
    ],
)
def test_a_label_map_of_what_neither_has_is_refused(
    names: list[str], label_map: object, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        map_labels("theirs", get_task("sentiment"), names, label_map)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "names", "message"),
    [
        ("sentiment", "positive, very positive", "does not tell the classes .* very positive means positive"),
        ("nli", "entailment, neutral, not_entailment", "does not tell the classes"),
        ("sentiment", "score", "has one output, score"),
    ],
)
def test_a_model_that_tells_no_two_classes_apart_is_refused(task: str, names: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        classes(task, names)


def test_two_classes_say_which_they_are_and_all_of_them_say_nothing() -> None:
    sentiment, nli = get_task("sentiment"), get_task("nli")
    assert map_labels("m", sentiment, ["neg", "pos"]).classes == (("negative",), ("positive",))
    assert map_labels("m", sentiment, ["neg", "pos", "neu"]).classes is None
    assert map_labels("m", nli, ["entailment", "not_entailment"]).classes == (
        ("entailment",),
        ("neutral", "contradiction"),
    )


@pytest.mark.parametrize(
    ("positive", "answer"),
    [(0.9, "positive"), (0.61, "positive"), (0.59, "neutral"), (0.45, "neutral"), (0.3, "negative")],
)
def test_below_the_threshold_the_answer_is_neutral(positive: float, answer: str) -> None:
    task = get_task("sentiment")
    mapped = map_labels("m", task, ["NEGATIVE", "POSITIVE"], neutral_threshold=0.6)
    probs = np.array([1 - positive, positive])
    found = mapped(np.log(probs))
    assert np.exp(found).sum() == pytest.approx(1)
    assert task.labels[int(found.argmax())] == answer
    assert mapped.probabilities(probs) == pytest.approx(np.exp(found))
    assert task.project(np.exp(found), ("negative", "positive")) == pytest.approx(probs)  # two-way, as it was
    assert mapped.classes is None


@pytest.mark.parametrize(
    ("task", "names"),
    [("sentiment", "neg, neu, pos"), ("toxicity", "benign, toxic"), ("ner", "O, B-PER")],
)
def test_a_threshold_is_for_two_classes_on_a_task_with_neutral(task: str, names: str) -> None:
    with pytest.raises(
        ConfigError, match=r"neutral_threshold=0\.6 is for a model of two classes.*leave it out"
    ):
        classes(task, names, neutral_threshold=0.6)


def test_outputs_of_their_own_are_sigmoids_and_the_largest_speaks_for_a_label() -> None:
    names = ["toxic", "obscene", "threat"]
    mapped = map_labels("m", get_task("toxicity"), names, independent=True)
    found = softmax(mapped(np.array([-2.0, 0.5, -4.0])))
    assert found == pytest.approx([1 / (1 + np.exp(0.5)), 1 / (1 + np.exp(-0.5))])
    one = map_labels("m", get_task("toxicity"), ["LABEL_0"], {"LABEL_0": "toxic"}, independent=True)
    assert softmax(one(np.array([0.0]))).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "mapped",
    [
        LabelMap(((0,), (1,), ()), neutral=(2, 0.7)),
        LabelMap(((), (0, 2), (1,)), independent=True),
    ],
)
def test_what_is_pulled_back_is_the_gradient(mapped: LabelMap) -> None:
    rng = np.random.default_rng(0)
    logits, weights = rng.normal(size=3 if mapped.independent else 2), rng.normal(size=3)
    step = 1e-6
    numeric = [
        (mapped(logits + step * way) - mapped(logits - step * way)) @ weights / (2 * step)
        for way in np.eye(len(logits))
    ]
    assert mapped.pulled_back(logits, weights) == pytest.approx(numeric, abs=1e-6)


def test_one_name_is_read_as_the_names_of_a_model_are() -> None:
    nli, ner = get_task("nli"), get_task("ner")
    assert label_of("Contradictory", nli, {}) == "contradiction"
    assert label_of("NOT-ENTAILMENT", nli, {}) == "not_entailment"
    assert label_of("maybe", nli, {}) is None and label_of("maybe", nli, {"Maybe": "neutral"}) == "neutral"
    assert label_of("S-PER", ner, {}) == "B-person" and label_of("x", ner, {}) is None


def test_a_task_of_ones_own_is_read_by_its_own_names() -> None:
    task = Task(
        "topic", "classification", ("text",), ("sport", "home_news"), "accuracy", "accuracy", ("text",)
    )
    assert map_labels("m", task, ["Home News", "SPORT"]).members == ((1,), (0,))
