"""Every source of every dataset of the suite, read by its own configuration, gives the same examples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boss.data.build import build
from boss.data.config import Dataset, Origin, find_datasets, find_suite
from boss.data.hub import Hub
from boss.data.origins import Ready
from boss.data.processed import Mirror, Processed
from boss.data.sources import Package
from boss.data.specs import SuiteSpec
from boss.data.types import Answer, Split
from boss.data.upstream import Upstream
from boss.paths import conf_dir
from boss.tasks import TASKS, get_task

SUITE = find_suite("boss", [conf_dir()])
DATASETS = {dataset.card.name: dataset.read_for(None) for dataset in find_datasets(SUITE, [conf_dir()])}
LENIENT = SUITE.model_copy(update={"sizes": "warn"})
PASSAGE = "[TLE] Ferry news [PAR] The ferry to Skye left at noon . The captain was Mairi ."
TWICE = "Rain came on Monday. By Monday night the river was high."
CONTRACT = "The receiver shall keep the plans secret.\n\nThis holds for three years."

# Worked out by hand from the rules of the reference, section 2.
EXPECTED: dict[str, Sequence[tuple[object, object]]] = {
    "amazon": [("null", "neutral"), ('It says "best" and is.', "positive"), ("Bent on arrival.", "negative")],
    "dynasent": [
        ("Soup was cold.", "negative"),
        ("Two forks.", "neutral"),
        ("I would go again.", "positive"),
    ],
    "semeval": [('late "again', "negative"), ("sun \u2600", "positive"), ("bus 7", "neutral")],
    "sst5": [("Dull .", "negative"), ("It runs two hours .", "neutral"), ("Bliss .", "positive")],
    "civil_comments": [("Letter 0", "toxic"), ("Letter 1", "benign"), ("Letter 2", "benign")],
    "adv_civil": [("You f00ls.", "toxic"), ("A fa1r point.", "benign")],
    "implicit_hate": [
        ("they come by night", "toxic"),
        ("nice weather", "benign"),
        ('out with "them', "toxic"),
    ],
    "toxigen": [
        ("all of them lie", "toxic"),
        ("they bake bread", "benign"),
        ("hm", "toxic"),
        ("so so", "benign"),
    ],
    "mnli": [
        (("The mill opened in 1900.", "It has 0 doors."), "entailment"),
        (("The mill opened in 1900.", "It has 1 doors."), "neutral"),
        (("The mill opened in 1900.", "It has 2 doors."), "contradiction"),
    ],
    "anli": [
        (("The hall 1 opened in 1900.", "It has 0 doors."), "entailment"),
        (("The hall 2 opened in 1900.", "It has 0 doors."), "entailment"),
        (("The hall 2 opened in 1900.", "It has 1 doors."), "neutral"),
        (("The hall 3 opened in 1900.", "It has 0 doors."), "entailment"),
        (("The hall 3 opened in 1900.", "It has 1 doors."), "neutral"),
        (("The hall 3 opened in 1900.", "It has 2 doors."), "contradiction"),
    ],
    "contract_nli": [
        ((CONTRACT, "Hypothesis nda-1."), "entailment"),
        ((CONTRACT, "Hypothesis nda-2."), "neutral"),
        ((CONTRACT, "Hypothesis nda-3."), "contradiction"),
    ],
    "wanli": [
        (("The pier opened in 1900.", "It has 0 doors."), "entailment"),
        (("The pier opened in 1900.", "It has 1 doors."), "neutral"),
        (("The pier opened in 1900.", "It has 2 doors."), "contradiction"),
    ],
    "fewnerd": [
        (("Anna", "Berg", "Olav", "sang"), ("B-person", "I-person", "B-person", "O")),
        (("The", "Prize"), ("O", "B-miscellaneous")),
    ],
    "conll": [
        (
            ("Anna", "Berg", "left", "Bank", "Oslo"),
            ("B-person", "I-person", "O", "B-organization", "B-location"),
        ),
        (("Swiss",), ("B-miscellaneous",)),
    ],
    "ener": [
        (("Pier", "Ltd", "Quay", "paid"), ("B-organization", "I-organization", "B-organization", "O")),
        (("Oslo",), ("B-location",)),
    ],
    "wnut": [
        (("watch", "Gulls", "on", "Tubey"), ("O", "B-art", "O", "B-organization")),
        (("the", "Rovers"), ("B-organization", "I-organization")),
    ],
    "squad": [
        (("When did rain come?", TWICE), (Answer("Monday", 13), Answer("Monday", 24))),
    ],
    "advqa": [(("What was high?", TWICE), (Answer("the river", 37),))],
    "newsqa": [(("Who was the captain?", PASSAGE), (Answer("Mairi", 72),))],
    "searchqa": [(("Who was the captain?", PASSAGE), (Answer("Mairi", 72),))],
}


def test_the_suite_has_the_twenty_datasets_of_the_paper() -> None:
    assert set(DATASETS) == set(EXPECTED)
    for task in TASKS:
        roles = [d.card.role for d in DATASETS.values() if d.card.task == task]
        assert roles == ["id", "ood", "ood", "ood"]
    assert not SUITE.stand_in


def origins() -> list[Any]:
    """Every source of every dataset; packages are read by the tests of the mini suite."""
    return [
        pytest.param(dataset, origin, id=f"{dataset.card.name}-{i}-{type(origin.source).__name__}")
        for dataset in DATASETS.values()
        for i, origin in enumerate(dataset.origins)
        if not isinstance(origin.source, Package)
    ]


@pytest.fixture
def offered(upstreams: Any, hub: Any, tmp_path: Path) -> Path:
    """Offer all of it: on the loopback hub, as a zip, and in the cache as if by hand; return the cache."""
    for id, (revision, files) in upstreams.hub.items():
        hub.add(id, files, revision)
    whole = upstreams.zip(list(upstreams.processed))
    hub.add("Kyle1668/BOSS-Robustness-Benchmark", {"BOSS.zip": whole})
    (tmp_path / "BOSS.zip").write_bytes(whole)
    for folder, files in upstreams.pages.items():
        for name, content in files.items():
            path = tmp_path / "cache" / "upstream" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return tmp_path / "cache"


def at_hand(origin: Origin, folder: Path) -> Origin:
    """Return the origin with our own files in the place of the published ones it pins."""
    source = origin.source
    if isinstance(source, Processed):
        return replace(origin, source=replace(source, path=folder / "BOSS.zip"))
    if isinstance(source, Upstream) and source.folder == "amazon":
        return replace(origin, source=replace(source, by_hand=["Software_5.json.gz"]))
    if isinstance(source, Upstream):
        return replace(origin, source=replace(source, sha256={}, git_sha1={}))
    return origin


def splits_of(dataset: Dataset, origin: Origin, cache: Path, suite: SuiteSpec = LENIENT) -> list[Split]:
    ready = Ready(dataset, origin, origin.source.get(cache, origin.names))
    splits, failures = build(get_task(dataset.card.task), [ready], suite)
    assert failures == ()
    return list(splits)


def plain(inputs: Mapping[str, object]) -> object:
    values = tuple(inputs.values())
    return values if len(values) > 1 else values[0]


@pytest.mark.parametrize(("dataset", "origin"), origins())
def test_every_source_gives_the_examples_of_the_paper(
    dataset: Dataset, origin: Origin, offered: Path
) -> None:
    splits = splits_of(dataset, at_hand(origin, offered.parent), offered)
    if isinstance(origin.source, Upstream) and dataset.card.name == "amazon":
        drawn = sorted((e.text("text"), str(e.gold)) for split in splits for e in split.examples)
        assert drawn == [("A box.", "neutral"), ("Leaks.", "negative"), ("Sturdy and quiet.", "positive")]
        return
    (test,) = (split for split in splits if split.split == "test")
    found = [(plain(example.inputs), example.gold) for example in test.examples]
    expected = list(EXPECTED[dataset.card.name])
    if dataset.card.name == "squad":
        assert sum(len(s.examples) for s in splits if s.split != "test") == 30
    assert found == expected
    assert ("(of " in test.revision or "(as found)" in test.revision) or (
        isinstance(origin.source, Hub) and origin.source.pinned
    )


def test_a_commit_pins_a_record_and_a_branch_does_not(offered: Path) -> None:
    wanli, toxigen = DATASETS["wanli"].origins[-1], DATASETS["toxigen"].origins[-1]
    pinned = wanli.source.get(offered, wanli.names).revision
    assert pinned == "alisawuffles/WANLI@61c95318fd71c55b6ba355d76253254615f387ec"
    assert toxigen.source.get(offered, toxigen.names).revision.endswith(" (of main)")


def test_the_validation_split_is_carved_from_train_by_the_passage(offered: Path) -> None:
    dataset = DATASETS["mnli"]
    halves = LENIENT.model_copy(
        update={
            "fractions": LENIENT.fractions.model_copy(update={"train": 0.5, "validation": 0.5, "test": 0.0})
        }
    )
    splits = {s.split: s for s in splits_of(dataset, dataset.origins[-1], offered, halves)}
    train, validation = (
        {e.text("premise") for e in splits[name].examples} for name in ("train", "validation")
    )
    assert train
    assert validation
    assert not train & validation
    assert len(splits["train"].examples) + len(splits["validation"].examples) == 30


def test_a_class_is_cut_to_the_same_examples_whatever_the_order(offered: Path) -> None:
    dataset = DATASETS["civil_comments"]
    small = replace(dataset, spec=dataset.spec.model_copy(update={"train_per_class": 2}))
    splits = {s.split: s for s in splits_of(small, dataset.origins[-1], offered)}
    kept = [e for name in ("train", "validation") if name in splits for e in splits[name].examples]
    assert sorted(str(e.gold) for e in kept) == ["benign", "benign", "toxic", "toxic"]
    assert splits["train"].removed["over the most of its class"] == 8
    larger = replace(dataset, spec=dataset.spec.model_copy(update={"train_per_class": 3}))
    more = {e.id for s in splits_of(larger, dataset.origins[-1], offered) for e in s.examples}
    assert {e.id for e in kept} < more


def test_a_size_that_is_sure_is_an_error_with_both_numbers_and_else_a_warning(
    offered: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sure, unsure = DATASETS["toxigen"], DATASETS["anli"]
    ready = [
        Ready(d, d.origins[-1], d.origins[-1].source.get(offered, d.origins[-1].names))
        for d in (sure, unsure)
    ]
    _, failures = build(get_task("toxicity"), ready[:1], SUITE)
    ((name, error),) = failures
    assert name == "toxigen"
    assert "toxigen test has 4 examples where 937-940 are expected" in str(error)
    assert "suite.sizes=warn" in str(error)
    _, failures = build(get_task("nli"), ready[1:], SUITE)
    assert failures == ()
    assert "anli test has 6 examples where ~3,200 are expected" in caplog.text


def test_tests_stay_as_published_and_train_loses_what_stands_in_them(offered: Path, tmp_path: Path) -> None:
    dataset = DATASETS["sst5"]
    assert not SUITE.distinct_tests
    test = splits_of(dataset, dataset.origins[-1], offered)[0]
    assert len(test.examples) == 3
    twice = [
        Ready(dataset, o, o.source.get(offered, o.names)) for o in (dataset.origins[-1], dataset.origins[-1])
    ]
    splits, _ = build(get_task("sentiment"), twice, LENIENT)
    assert [len(split.examples) for split in splits] == [3, 3]


@pytest.mark.parametrize(
    "mirrored", [name for name, d in DATASETS.items() if any(isinstance(o.source, Mirror) for o in d.origins)]
)
def test_the_mirror_is_of_processed_files_only_where_no_form_is_asked_for(mirrored: str) -> None:
    assert "form" not in DATASETS[mirrored].card.access
    assert DATASETS[mirrored].spec.processed
