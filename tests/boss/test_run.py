"""What a run calls what it measures while it goes."""

import pytest

from boss.measurement import AttackSettings, Measurement, SearchSettings, Transferred
from boss.run import in_words


def measurement(task: str, dataset: str, attack: AttackSettings | None) -> Measurement:
    return Measurement(
        suite="mini",
        suite_version="1",
        task=task,
        dataset=dataset,
        split="test",
        role="id",
        recall_only=False,
        stand_in=True,
        labels=(),
        dataset_revision="1",
        dataset_sha256="a" * 64,
        n_total=1,
        n_evaluated=1,
        subset="all",
        attack=attack,
    )


def attack(name: str, access: str, field: str) -> AttackSettings:
    return AttackSettings.model_validate(
        {
            "name": name,
            "dimension": name,
            "level": "word",
            "tag": "general",
            "access": access,
            "field": field,
            "version": "1",
            "options": {},
            "search": SearchSettings(version="1", options={}),
            "n_variants": 1,
            "seed": 0,
            "degrees": (0.0, 0.1),
        }
    )


def test_copies_of_another_model_are_told_by_its_name() -> None:
    origin = Transferred(run="r", model="tfidf", fingerprint="f", access="score")
    taken = attack("typo", "rule", "text").model_copy(update={"transferred": origin})
    said = in_words(measurement("sentiment", "tweets", taken))
    assert said == "typo copies of tweets, transferred from tfidf (score access)"


@pytest.mark.parametrize(
    ("task", "dataset", "by", "words"),
    [
        ("sentiment", "tweets", None, "clean tweets"),
        ("sentiment", "tweets", ("typo", "rule", "text"), "typo copies of tweets"),
        (
            "nli",
            "snli",
            ("synonym", "score", "hypothesis"),
            "synonym copies of snli (hypothesis), guided by scores",
        ),
        ("qa", "squad", ("typo", "decision", "context"), "typo copies of squad (context), guided by answers"),
        ("ner", "conll", ("glyph", "gradient", "tokens"), "glyph copies of conll, guided by gradients"),
    ],
)
def test_progress_is_told_in_words(
    task: str, dataset: str, by: tuple[str, str, str] | None, words: str
) -> None:
    assert in_words(measurement(task, dataset, None if by is None else attack(*by))) == words
