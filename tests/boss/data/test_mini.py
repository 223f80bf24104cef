"""What the readers of the mini suite find, against counts of the upstream files made by other means."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from boss.data.config import Dataset
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.data.types import Answer, Example
from boss.tasks import TASKS
from robtest.assets import Member

CONF = Path(__file__).parents[3] / "conf"


@cache
def mini() -> Suite:
    return load_suite("mini", [CONF], default_cache())


def find(name: str) -> Dataset:
    return next(dataset for dataset in mini().datasets if dataset.card.name == name)


def upstream(name: str, role: str) -> tuple[list[Example], Counter[str]]:
    dataset = find(name)
    removed: Counter[str] = Counter()
    (origin,) = dataset.origins
    files = {str(key): name for key, (name,) in origin.files.items()}
    member = Member(origin.source.get(default_cache()).root, files[role])
    return list(origin.reader.read(member, removed)), removed


def test_every_task_has_one_id_and_ood_datasets() -> None:
    for task in TASKS:
        roles = [card.role for card in mini().cards if card.task == task]
        assert roles[0] == "id"
        assert set(roles[1:]) == {"ood"}
    assert mini().stand_in
    assert [card.name for card in mini().cards if card.recall_only] == ["real_toxicity_prompts"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "role", "counts"),
    [
        ("amazon_snippets", "all", (1725, 1218, 765)),
        ("movie_snippets", "test", (4982, 5061, 562)),
        ("tweets", "test", (2300, 1062, 838)),
        ("nyt_snippets", "test", (1100, 1688, 2402)),
    ],
)
def test_sentiment_classes_are_as_counted(name: str, role: str, counts: tuple[int, int, int]) -> None:
    found = Counter(e.gold for e in upstream(name, role)[0])
    assert (found["positive"], found["negative"], found["neutral"]) == counts


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "role", "n", "positive", "label"),
    [
        ("insults", "train", 3947, 1049, "toxic"),
        ("insults", "test", 2647, 693, "toxic"),
        ("real_toxicity_prompts", "test", 993, 993, "toxic"),
        ("factual_summaries", "test", 742, 371, "entailment"),
        ("boolq", "test", 3270, 2033, "entailment"),
        ("consumer_contracts", "test", 396, 178, "entailment"),
    ],
)
def test_two_way_classes_are_as_counted(name: str, role: str, n: int, positive: int, label: str) -> None:
    examples, removed = upstream(name, role)
    assert (len(examples) + sum(removed.values()), sum(e.gold == label for e in examples)) == (n, positive)


@pytest.mark.data
@pytest.mark.parametrize(
    ("role", "counts"), [("train", (33385, 33311, 33194, 110)), ("test", (3368, 3237, 3219, 176))]
)
def test_snli_classes_are_as_counted(role: str, counts: tuple[int, int, int, int]) -> None:
    examples, removed = upstream("snli", role)
    found = Counter(e.gold for e in examples)
    parts = (found["entailment"], found["contradiction"], found["neutral"], sum(removed.values()))
    assert parts == counts


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "role", "documents", "sentences"),
    [
        ("conll_other", "train", 615, 7494),
        ("conll_other", "test", 134, 1542),
        ("conll_sport", "test", 97, 1911),
    ],
)
def test_conll_documents_are_as_counted(name: str, role: str, documents: int, sentences: int) -> None:
    examples, _ = upstream(name, role)
    assert (len({e.source for e in examples}), len(examples)) == (documents, sentences)


@pytest.mark.data
def test_the_presidio_templates_are_as_counted() -> None:
    examples, removed = upstream("presidio_templates", "test")
    assert (len({e.source for e in examples}), len(examples), sum(removed.values())) == (72, 720, 138)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "role", "kept", "total"),
    [
        ("squad", "train", 87599, 87599),
        ("squad", "test", 10570, 10570),
        ("quac", "test", 2549, 3000),
        ("narrativeqa", "test", 1841, 3000),
        ("disflqa", "test", 598, 1000),
    ],
)
def test_questions_with_a_span_are_as_counted(name: str, role: str, kept: int, total: int) -> None:
    examples, removed = upstream(name, role)
    assert (len(examples), len(examples) + sum(removed.values())) == (kept, total)
    for example in examples:
        for answer in example.gold:
            assert isinstance(answer, Answer)
            assert example.text("context")[answer.start :].startswith(answer.text)


@pytest.mark.data
@pytest.mark.parametrize("task", list(TASKS))
def test_no_text_stands_in_two_splits_of_a_task(task: str) -> None:
    data = mini().load(task)
    assert data.failures == ()
    assert data.train is not None
    assert data.validation is not None
    shared = {"nli": "premise", "qa": "context"}.get(task)
    tested: set[str] = set()
    passages: set[str] = set()
    for split in (*data.tests, data.validation, data.train):
        keys = [
            "\x1f".join(" ".join(e.text(name).casefold().split()) for name in data.task.fields)
            for e in split.examples
        ]
        assert len(keys) == len(set(keys))
        n_shared = len(tested.intersection(keys))
        if split.split == "test":
            assert n_shared == sum(n for why, n in split.noted.items() if why.startswith("also in"))
        else:
            assert n_shared == 0
        tested.update(keys)
        if shared is not None:
            here = {" ".join(e.text(shared).casefold().split()) for e in split.examples}
            assert split.split == "test" or passages.isdisjoint(here)
            passages.update(here if split.split == "test" else ())
