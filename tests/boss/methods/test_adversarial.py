from collections.abc import Callable

import pytest

from boss.data.types import Split
from boss.errors import ConfigError
from boss.methods.adversarial import Adversarial
from boss.seam import copies_of
from boss.tasks import get_task
from robtest.attacks import get_attack

MakeSplit = Callable[..., Split]


def test_the_copies_are_those_of_the_dimension_and_their_labels_stay(split: MakeSplit) -> None:
    task, train = get_task("sentiment"), split("sentiment")
    made = Adversarial(degree=0.2).augment(task, train, seed=4)
    copies = made.examples[len(train.examples) :]
    found = copies_of(
        task, train, get_attack("typo"), field="text", tag="malicious", degrees=[0.2], n_variants=1, seed=4
    )
    assert [copy.text("text") for copy in copies] == [row["text"] for rows in found for row in rows]
    assert [copy.gold for copy in copies] == [example.gold for example in train.examples]
    assert all(a.text("text") != b.text("text") for a, b in zip(copies, train.examples, strict=True))
    assert made.subset == "all+typo"


def test_tokens_keep_their_number_and_tags(split: MakeSplit) -> None:
    made = Adversarial(degree=0.3, n_variants=2).augment(get_task("ner"), split("ner"), seed=0)
    assert len(made.examples) == 48
    assert all(len(e.inputs["tokens"]) == len(e.gold) for e in made.examples)


def test_an_example_that_no_edit_fits_gets_no_copy(split: MakeSplit) -> None:
    made = Adversarial(degree=0.01).augment(get_task("sentiment"), split("sentiment"), seed=0)
    assert made.examples == split("sentiment").examples


def test_whole_texts_are_not_changed_where_tokens_have_labels() -> None:
    with pytest.raises(ConfigError, match="dimension distraction changes whole texts, and in task ner"):
        Adversarial(dimension="distraction").check(get_task("ner"))
    Adversarial(dimension="distraction").check(get_task("sentiment"))


def test_an_unknown_dimension_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown dimension 'tpyo'; known dimensions: typo, glyph"):
        Adversarial(dimension="tpyo")


def test_the_version_of_the_edits_is_part_of_what_identifies_the_model() -> None:
    assert Adversarial().options()["version"] == get_attack("typo").version
