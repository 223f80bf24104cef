"""The majority line of the mini suite against counts of the published files (assets as counted by hand)."""

from collections import Counter

import pytest

from boss.data.suite import Suite, load_suite
from boss.metrics.scoring import majority_of
from boss.paths import conf_dir
from robtest.assets import default_cache

pytestmark = pytest.mark.data

# Rows of the published test file by class, before duplicates are taken out.
PUBLISHED = {
    "movie_snippets": ("sentiment", {"positive": 4982, "negative": 5061, "neutral": 562}),
    "tweets": ("sentiment", {"positive": 2300, "negative": 1062, "neutral": 838}),
    "nyt_snippets": ("sentiment", {"positive": 1100, "negative": 1688, "neutral": 2402}),
    "insults": ("toxicity", {"benign": 2647 - 693, "toxic": 693}),
    "snli": ("nli", {"entailment": 3368, "contradiction": 3237, "neutral": 3219}),
    "factual_summaries": ("nli", {"entailment": 371, "not_entailment": 371}),
    "boolq": ("nli", {"entailment": 2033, "not_entailment": 1237}),
    "consumer_contracts": ("nli", {"entailment": 178, "not_entailment": 218}),
}


@pytest.fixture(scope="module")
def mini() -> Suite:
    return load_suite("mini", [conf_dir()], default_cache())


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_majority_line_is_the_largest_published_class(name: str, mini: Suite) -> None:
    task, published = PUBLISHED[name]
    (split,) = (s for s in mini.load(task, with_train=False).tests if s.dataset == name)
    golds = [str(example.gold) for example in split.examples]
    counts = Counter(golds)
    # Each class lost some duplicates, all of them together as many as the card says.
    lost = {label: published[label] - counts[label] for label in published}
    assert min(lost.values()) >= 0
    assert sum(lost.values()) == sum(
        n for reason, n in split.removed.items() if reason != "annotators disagree"
    )
    assert majority_of(golds) == max(counts.values()) / len(golds)
    if not any(lost.values()):
        assert majority_of(golds) == max(published.values()) / sum(published.values())
