from collections.abc import Callable

import pytest

from boss.data.types import Split
from boss.methods import eda
from boss.methods.eda import Eda, deleted, inserted, replaced, swapped
from boss.models.seeding import stream
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
WORDS = ["The", "kind", "baker", "sold", "warm", "bread,", "twice."]


def synonyms(word: str) -> tuple[str, ...]:
    return {"warm": ("hot",), "bread": ("loaf",)}.get(word, ())


@pytest.fixture(autouse=True)
def small_wordnet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eda, "synonyms_of", lambda word: {"lovely": ("pretty",)}.get(word, ()))


def test_replacement_changes_words_that_have_synonyms_and_keeps_their_punctuation() -> None:
    found = replaced(WORDS, stream(0), n=2, synonyms=synonyms)
    assert found == ["The", "kind", "baker", "sold", "hot", "loaf,", "twice."]
    one = replaced(WORDS, stream(0), n=1, synonyms=synonyms)
    assert sum(a != b for a, b in zip(one, WORDS, strict=True)) == 1


def test_insertion_adds_synonyms_and_leaves_the_rest_in_order() -> None:
    found = inserted(WORDS, stream(1), n=3, synonyms=synonyms)
    assert len(found) == len(WORDS) + 3
    assert [word for word in found if word not in ("hot", "loaf")] == WORDS


def test_a_swap_keeps_the_words_and_moves_two() -> None:
    found = swapped(WORDS, stream(2), n=1)
    assert sorted(found) == sorted(WORDS)
    assert sum(a != b for a, b in zip(found, WORDS, strict=True)) == 2
    assert swapped(["alone"], stream(2), n=1) == ["alone"]


def test_deletion_keeps_the_order_and_at_least_one_word() -> None:
    found = deleted(WORDS * 100, stream(3), share=0.3)
    assert 0.6 < len(found) / 700 < 0.8
    assert len(deleted(WORDS, stream(3), share=1.0)) == 1


def test_copies_stand_beside_the_originals_with_their_label(split: MakeSplit) -> None:
    train = split("nli")
    made = Eda(n_copies=2).augment(get_task("nli"), train, seed=0)
    assert made.examples[: len(train.examples)] == train.examples
    copies = made.examples[len(train.examples) :]
    assert 0 < len(copies) <= 2 * len(train.examples)
    assert len({example.id for example in made.examples}) == len(made.examples)
    by_id = {example.id: example for example in train.examples}
    for copy in copies:
        original = by_id[copy.id.split("+")[0]]
        assert (copy.gold, copy.source) == (original.gold, original.source)
        assert copy.text("premise") == original.text("premise")
        assert copy.text("hypothesis") != original.text("hypothesis")
    assert made.subset == "all+eda"


def test_a_copy_depends_on_its_example_and_the_seed_alone(split: MakeSplit) -> None:
    task, train = get_task("sentiment"), split("sentiment")
    one = Eda().augment(task, train, seed=0)
    part = Eda().augment(task, split("sentiment", train.examples[5:9]), seed=0)
    texts = {example.id.split("+")[0]: example.text("text") for example in one.examples[36:]}
    assert all(texts[copy.id.split("+")[0]] == copy.text("text") for copy in part.examples[4:])
    other = Eda().augment(task, train, seed=1)
    assert [e.text("text") for e in one.examples] != [e.text("text") for e in other.examples]


def test_the_passage_of_a_question_stays_so_that_the_answers_offset_holds(split: MakeSplit) -> None:
    made = Eda().augment(get_task("qa"), split("qa"), seed=0)
    assert len(made.examples) > 16
    assert {e.text("context") for e in made.examples} == {e.text("context") for e in split("qa").examples}


@pytest.mark.data
def test_wordnet_has_synonyms_of_what_carries_meaning_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "film" in eda.synonyms_of("Movie")
    assert eda.synonyms_of("not") == eda.synonyms_of("7") == eda.synonyms_of("") == ()
