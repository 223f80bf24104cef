import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.data.types import Answer, Example, Split
from boss.errors import ConfigError
from boss.models.tfidf import Tfidf
from boss.models.tfidf_ner import shape, token_features
from boss.models.tfidf_qa import document_idf, question_type
from boss.models.tfidf_text import overlap
from boss.tasks import TASKS, get_task

MakeSplit = Callable[..., Split]
ODD = ("", "\x00", "\ud800", "no no " * 5000)


@pytest.mark.parametrize("name", list(TASKS))
def test_it_learns_what_words_give_away(name: str, tmp_path: Path, split: MakeSplit) -> None:
    task, train = get_task(name), split(name)
    model = Tfidf().fit(task, train, None, method="default", seed=0, cache=tmp_path)
    right = [
        one.answer == (example.gold_texts[0] if task.kind == "span" else example.gold)
        for one, example in zip(model.predict(train.examples), train.examples, strict=True)
    ]
    assert np.mean(right) >= 0.9


@pytest.mark.parametrize("name", list(TASKS))
def test_answers_do_not_depend_on_grouping_and_odd_texts_pass(
    name: str, tmp_path: Path, split: MakeSplit, examples: Callable[[str], list[Example]]
) -> None:
    task = get_task(name)
    model = Tfidf().fit(task, split(name), None, method="none", seed=0, cache=tmp_path)
    base = examples(name)[0]
    field = task.attacked[0]
    odd = [base.with_input(field, (text,) if task.kind == "tagging" else text) for text in ODD]
    asked = [*examples(name)[:5], *odd]
    together = model.predict(asked)
    alone = [model.predict([example])[0] for example in asked]
    for one, other in zip(together, alone, strict=True):
        assert one.answer == other.answer
        if one.probs is not None and other.probs is not None:
            assert one.probs == pytest.approx(other.probs, abs=1e-12)
            assert one.probs.sum(-1) == pytest.approx(1)


def test_answers_lie_in_their_context(tmp_path: Path, split: MakeSplit) -> None:
    model = Tfidf().fit(get_task("qa"), split("qa"), None, method="none", seed=0, cache=tmp_path)
    context = "A boat sank near Porto in 1891. Nobody was hurt."
    gold = (Answer("1891", context.index("1891")),)
    asked = Example("x", {"question": "When did a boat sink near Porto?", "context": context}, gold, "x")
    [one] = model.predict([asked])
    assert isinstance(one.answer, str) and one.answer in context and one.answer


def test_hypothesis_overlap_by_hand() -> None:
    # premise: 4 words; hypothesis: 2 of 3 words, 1 of 2 pairs; 2 of 4 premise words; 3 of 7 words
    row = overlap(["no", "dog", "barked", "today"], ["a", "dog", "barked"])
    assert row.tolist() == pytest.approx([2 / 3, 1 / 2, 0, 2 / 4, 3 / 7, 0, 1])


def test_shapes_and_neighbours_of_a_token() -> None:
    assert shape("U.S.-2024") == "X.X.-0"
    rows = list(token_features(("Mira", "left")))
    assert {"w=mira", "shape=Xx", "w+1=left", "w-1=<edge>", "suf2=ra", "pre1=M"} <= set(rows[0])


def test_idf_counts_distinct_contexts() -> None:
    idf = document_idf(["the sea", "the sea", "the sky"])
    assert idf["the"] == 0.0
    assert idf["sea"] == pytest.approx(np.log(3 / 2))


def test_a_sentence_weighs_the_same_in_every_process() -> None:
    code = """
from boss.data.types import Example
from boss.models.tfidf_qa import Reading

words = "when did seven old grey boats sink near porto".split()
idf = {word: 1 / (number + 3) for number, word in enumerate(words)}
inputs = {"question": " ".join(words) + "?", "context": " ".join(reversed(words)) + ". Nobody was hurt."}
print(Reading.of(Example("x", inputs, (), "x"), idf).likeness)
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(5)
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many boats sank?", "how many"),
        ("In what year?", "what"),
        ("Name a boat.", "other"),
        ("", "other"),
    ],
)
def test_question_types(question: str, kind: str) -> None:
    assert question_type(question) == kind


@pytest.mark.parametrize("options", [{"word_ngrams": 0}, {"char_ngrams": -1}, {"min_count": 0}])
def test_options_out_of_range_are_named(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        Tfidf(**options)
