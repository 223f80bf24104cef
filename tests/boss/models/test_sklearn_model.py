"""Fitted scikit-learn pipelines out of files, and objects like them."""

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from boss.answers import answered
from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models import sklearn_model
from boss.models.base import Model
from boss.models.estimator import EstimatorAnswer
from boss.models.sklearn_model import SklearnFile
from boss.tasks import get_task

WORDS = {"negative": "awful", "positive": "lovely", "neutral": "grey"}
ASKED = [Example(word, {"text": f"The lamp is {word}."}, label, word) for label, word in WORDS.items()]


def fitted(labels: list[Any] | None = None, head: Any = None) -> Any:
    """Return a pipeline that has seen each word with its label."""
    labels = list(WORDS) if labels is None else labels
    texts = [f"The {thing} is {word}." for thing in ("lamp", "song") for word in WORDS.values()][
        : 2 * len(labels)
    ]
    if len(labels) == 2:
        texts = [text for text in (f"The {t} is {w}." for t in ("lamp", "song") for w in ("awful", "lovely"))]
    return make_pipeline(TfidfVectorizer(), head or LogisticRegression(C=100)).fit(texts, labels * 2)


@pytest.fixture
def taken(tmp_path: Path) -> Any:
    def take(pipeline: Any, task: str = "sentiment", **options: Any) -> Model:
        path = tmp_path / "own.joblib"
        joblib.dump(pipeline, path)
        recipe = SklearnFile(path=str(path), trust=True, **options)
        return recipe.fit(get_task(task), None, None, method="default", seed=0, cache=tmp_path)

    return take


def test_columns_are_read_by_their_own_names_whatever_the_order(taken: Any) -> None:
    pipeline = fitted()
    assert list(pipeline.classes_) == ["negative", "neutral", "positive"]  # the task's last is neutral
    found = taken(pipeline).predict(ASKED)
    assert [one.answer for one in found] == [example.gold for example in ASKED]
    columns = pipeline.predict_proba([ASKED[0].text("text")])[0]
    assert found[0].probs == pytest.approx(columns[[0, 2, 1]])


def test_numbered_classes_are_named_by_a_map(taken: Any) -> None:
    with pytest.raises(ModelError, match=r"'model\.label_map=\{0: \?\?\?, 1: \?\?\?, 2: \?\?\?\}'"):
        taken(fitted([0, 1, 2]))
    for given in ({0: "negative", 1: "positive", 2: "neutral"}, ["negative", "positive", "neutral"]):
        found = taken(fitted([0, 1, 2]), label_map=given).predict(ASKED)
        assert [one.answer for one in found] == [example.gold for example in ASKED]


def test_two_classes_are_measured_on_sets_of_two_and_refused_on_sets_of_three(taken: Any) -> None:
    task = get_task("sentiment")
    example = ASKED[0]
    [one] = taken(fitted(["negative", "positive"])).predict([example])
    two = answered(task, ("negative", "positive"), example, one)
    assert two.answer == "negative" and two.probs is not None and sum(two.probs) == pytest.approx(1)
    with pytest.raises(ModelError, match=r"only negative and positive apart.*neutral_threshold=0\.6"):
        answered(task, task.labels, example, one)
    [one] = taken(fitted(["negative", "positive"]), neutral_threshold=0.99).predict([ASKED[2]])
    assert answered(task, task.labels, ASKED[2], one).answer == "neutral"


def test_a_threshold_is_part_of_the_identity(taken: Any) -> None:
    pipeline = fitted(["negative", "positive"])
    models = [taken(pipeline, neutral_threshold=t) for t in (None, 0.6, 0.6, 0.7)]
    assert len({model.fingerprint for model in models}) == 3
    assert models[1].card.options["neutral_threshold"] == 0.6
    with pytest.raises(ConfigError, match=r"greater than 0\.5 and less than 1, got 0\.5"):
        taken(pipeline, neutral_threshold=0.5)


def test_a_classifier_without_probabilities_gives_labels(taken: Any) -> None:
    model = taken(fitted(head=LinearSVC()))
    found = model.predict(ASKED)
    assert [one.answer for one in found] == [example.gold for example in ASKED]
    assert all(one.probs is None for one in found)
    [one] = taken(fitted(["negative", "positive"], LinearSVC())).predict([ASKED[0]])
    with pytest.raises(ModelError, match="only negative and positive apart"):
        answered(get_task("sentiment"), get_task("sentiment").labels, ASKED[0], one)
    with pytest.raises(ConfigError, match="has no predict_proba"):
        taken(fitted(["negative", "positive"], LinearSVC()), neutral_threshold=0.6)


def test_a_pair_of_fields_is_a_data_frame(taken: Any) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {"premise": ["It rains."] * 3, "hypothesis": ["Rain falls.", "Lena sings.", "Nobody is wet."]}
    )
    columns = ColumnTransformer([(name, TfidfVectorizer(), name) for name in frame])
    pipeline = make_pipeline(columns, LogisticRegression(C=100))
    pipeline.fit(frame, ["entailment", "neutral", "contradiction"])
    asked = Example("a", {"premise": "It rains.", "hypothesis": "Lena sings."}, "neutral", "a")
    assert taken(pipeline, "nli").predict([asked])[0].answer == "neutral"


@pytest.mark.parametrize(("task", "what"), [("ner", "asks for tags"), ("qa", "an answer out of a text")])
def test_a_classifier_answers_tasks_of_classes_only(task: str, what: str, taken: Any) -> None:
    with pytest.raises(ModelError, match=f"own.joblib is a classifier, and task {task} .*{what}"):
        taken(fitted(), task)


def test_nothing_is_unpickled_that_was_not_trusted(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return Path(tmp_path / "exploded").touch, ()

    for name in ("own.joblib", "own.pkl", "own.pickle"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(ConfigError, match=r"runs whatever code its writer.*model\.trust=true.*skops"):
            SklearnFile(path=str(tmp_path / name))
    assert not (tmp_path / "exploded").exists()


def test_a_file_that_cannot_be_had_or_read_is_named_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(name: str, content: bytes | None, **options: Any) -> None:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        recipe = SklearnFile(path=str(path), **options)
        recipe.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)

    with pytest.raises(ModelError, match="is no file; name one"):
        start("gone.joblib", None, trust=True)
    with pytest.raises(ModelError, match=r"cannot be read \(\w+"):
        start("half.joblib", b"half", trust=True)
    with pytest.raises(ModelError, match="holds a dict, which has no predict"):
        start("dict.pkl", pickle.dumps({}), trust=True)
    with pytest.raises(ConfigError, match=r"must end in one of \.skops, \.joblib"):
        start("own.onnx", b"")
    monkeypatch.setattr(sklearn_model, "import_module", _no_module)
    with pytest.raises(ModelError, match="python -m pip install skops"):
        start("own.skops", b"")


def _no_module(name: str) -> Any:
    raise ModuleNotFoundError(f"No module named {name!r}")


def test_a_skops_file_is_read_without_trust_and_a_strange_type_in_it_is_not(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    path = tmp_path / "own.skops"
    skops.dump(fitted(), path)
    recipe = SklearnFile(path=str(path))
    model = recipe.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)
    assert [one.answer for one in model.predict(ASKED)] == [example.gold for example in ASKED]
    skops.dump(make_pipeline(Own(), TfidfVectorizer()), path)
    with pytest.raises(
        ModelError, match=r"types that skops does not know to be harmless: .*Own.*model\.trust=true"
    ):
        recipe.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)


class Own(TfidfVectorizer):  # type: ignore[misc]
    """A type of the user's own."""


class Columns:
    """What has probabilities and does not say of what."""

    def predict_proba(self, texts: list[str]) -> Any:
        return np.full((len(texts), 3), 1 / 3)


def test_probabilities_of_columns_without_names_are_refused() -> None:
    with pytest.raises(ModelError, match="but no classes_, so what its columns mean is not known"):
        EstimatorAnswer("own", Columns(), get_task("sentiment")).check()
