from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from boss.analysis.labels import jensen_shannon, label_shift, total_variation
from boss.data.suite import Suite
from boss.data.types import Split
from boss.tasks import get_task

SplitOf = Callable[..., Split]
SENTIMENT = get_task("sentiment")


def test_half_and_half_against_all_of_one() -> None:
    one, two = np.array([5.0, 5.0]), np.array([8.0, 0.0])
    assert total_variation(one, two) == 0.5
    # H(3/4, 1/4) - (H(1/2, 1/2) + 0) / 2 = 0.811278 - 0.5
    assert jensen_shannon(one, two) == pytest.approx(0.311278, abs=1e-6)


def test_divergence_is_scipys_distance_squared() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.integers(0, 50, (2, 6)).astype(float)
    assert jensen_shannon(one, two) == pytest.approx(jensenshannon(one, two, base=2) ** 2)


def test_a_class_the_second_dataset_lacks_is_a_shift(split_of: SplitOf) -> None:
    labels = ("negative", "positive", "neutral")
    home = split_of([("a", "negative"), ("b", "positive"), ("c", "neutral"), ("d", "neutral")], labels=labels)
    away = split_of([("e", "negative"), ("f", "positive")])
    found = label_shift(home, away, SENTIMENT)
    assert found is not None
    assert found.labels == labels
    assert (found.first, found.second) == ((0.25, 0.25, 0.5), (0.5, 0.5, 0.0))
    assert found.total_variation.value == 0.5


def test_merged_labels_are_compared_merged(split_of: SplitOf) -> None:
    task = get_task("nli")
    home = split_of(
        [("a", "entailment"), ("b", "neutral"), ("c", "contradiction"), ("d", "entailment")],
        labels=task.labels,
        task="nli",
    )
    away = split_of(
        [("e", "entailment"), ("f", "not_entailment")], labels=("entailment", "not_entailment"), task="nli"
    )
    found = label_shift(home, away, task)
    assert found is not None
    assert found.labels == ("entailment", "not_entailment")
    assert found.total_variation.value == 0


def test_the_interval_is_wider_where_a_source_has_one_label(split_of: SplitOf) -> None:
    home = split_of([("a", "negative"), ("b", "positive")] * 20)
    texts = sorted(
        ((f"{i}", "negative" if i % 4 else "positive") for i in range(40)), key=lambda text: text[1]
    )
    alone = label_shift(home, split_of(texts), SENTIMENT)
    shared = label_shift(home, split_of([(*t, f"s{i // 10}") for i, t in enumerate(texts)]), SENTIMENT)
    assert alone is not None and shared is not None
    one, two = alone.total_variation, shared.total_variation
    assert one.value == two.value == 0.25
    assert one.low is not None and two.low is not None
    assert two.low < one.low


def test_entities_are_counted_by_type_and_spans_have_no_labels(toy: Suite) -> None:
    ner, qa = toy.load("ner"), toy.load("qa")
    assert ner.train is not None and qa.train is not None
    found = label_shift(ner.train, ner.tests[0], get_task("ner"))
    assert found is not None
    counted = [tag for e in ner.tests[0].examples for tag in e.gold if str(tag).startswith("B-")]
    shares = {label: counted.count(f"B-{label}") / len(counted) for label in found.labels}
    assert dict(zip(found.labels, found.second, strict=True)) == pytest.approx(shares)
    assert label_shift(qa.train, qa.tests[0], get_task("qa")) is None
