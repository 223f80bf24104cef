"""What a run calls what it measures while it goes."""

import pytest

from boss.measurement import AttackSettings, Measurement, SearchSettings
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
