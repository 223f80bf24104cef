"""Files of answers that were made elsewhere: what is read, and what is refused with its line."""

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boss.answers import answered
from boss.data.types import Example
from boss.errors import ModelError
from boss.exported import Slot
from boss.models.answer_file import parsed, read_answers
from boss.tasks import TASKS

SENTIMENT, NER = TASKS["sentiment"], TASKS["ner"]
CERTAIN = [1.0] + [0.0] * (len(NER.labels) - 1)


@pytest.fixture
def known() -> Mapping[str, Slot]:
    """Return the rows of an export by their ids."""
    kinds = (*[(SENTIMENT, SENTIMENT.labels, 0)] * 4, (NER, NER.types, 3), (TASKS["qa"], (), 0))
    return {f"{i}" * 24: Slot(f"in.jsonl, line {i}", *kind) for i, kind in enumerate(kinds)}


@pytest.fixture
def lines(known: Mapping[str, Slot]) -> list[dict[str, Any]]:
    """Return an answer to each."""
    answers: list[dict[str, Any]] = [
        {"answer": "positive"},
        {"answer": {"neutral": 0.1, "positive": 0.7, "negative": 0.2}},
        {"answer": [1 / 3, 1 / 3, 1 / 3]},
        {"raw": " Neutral", "truncated": True},
        {"answer": ["B-person", "I-person", "O"], "probs": [CERTAIN] * 3},
        {"answer": "in Lisbon"},
    ]
    return [{"id": name, **answer} for name, answer in zip(known, answers, strict=True)]


def of_kind(lines: list[dict[str, Any]], known: Mapping[str, Slot], task: str) -> int:
    """Return the place of the first line that answers a task."""
    return next(i for i, line in enumerate(lines) if known[line["id"]].task.name == task)


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("task", "line", "said"),
    [
        ("sentiment", {"answer": "positve"}, "'positve' is no label; labels: negative, positive, neutral"),
        ("sentiment", {"answer": "Positive"}, "'Positive' is no label"),
        ("sentiment", {"answer": {"positive": 1.0}}, "a probability for each of negative, positive, neutral"),
        ("sentiment", {"answer": {"positive": 0.5, "negative": 0.4, "neutral": 0.3}}, "sum to 1, got 1.2"),
        ("sentiment", {"answer": [0.5, 0.5]}, "2 probabilities for 3 labels"),
        ("sentiment", {"answer": [1.5, -0.5, 0.0]}, "must be finite and not negative"),
        ("sentiment", {"answer": [float("nan"), 0.5, 0.5]}, "must be finite and not negative"),
        ("sentiment", {"answer": [True, 0, 0]}, "probabilities must be numbers"),
        ("sentiment", {"answer": 2}, "an answer is a label or probabilities, got 2"),
        ("sentiment", {"answer": None}, "an answer is a label or probabilities, got None"),
        ("sentiment", {"raw": 3}, "raw must be a text, got int"),
        ("sentiment", {"answer": "positive", "raw": "positive"}, "either answer or raw, and this has both"),
        ("sentiment", {}, "either answer or raw, and this has none"),
        ("sentiment", {"anwser": "positive"}, "unknown key 'anwser' (did you mean 'answer'?)"),
        ("sentiment", {"answer": "positive", "truncated": 1}, "truncated must be true or false, got 1"),
        ("ner", {"answer": "O O"}, "a list with a tag for each token"),
        ("ner", {"answer": ["O"]}, "a list with a tag for each token"),
        ("qa", {"answer": ["here"]}, "an answer must be a text, got list"),
    ],
)
def test_a_wrong_line_is_named_with_the_rule(
    lines: list[dict[str, Any]],
    known: Mapping[str, Slot],
    tmp_path: Path,
    task: str,
    line: dict[str, Any],
    said: str,
) -> None:
    at = of_kind(lines, known, task)
    wrong = [*lines[:at], {"id": lines[at]["id"], **line}, *lines[at + 1 :]]
    with pytest.raises(ModelError, match=re.escape(f"wrong.jsonl, line {at + 1}")) as caught:
        read_answers(written(tmp_path / "wrong.jsonl", wrong), known)
    assert said in str(caught.value)


def test_tags_are_those_of_the_task_and_probabilities_are_over_all_of_them(
    lines: list[dict[str, Any]], known: Mapping[str, Slot], tmp_path: Path
) -> None:
    at = of_kind(lines, known, "ner")
    n, n_tags = known[lines[at]["id"]].n_tokens, len(TASKS["ner"].labels)
    good = ["O"] * n
    for line, said in (
        ({"answer": ["B-town"] * n}, "'B-town' is no tag; tags: O, "),
        ({"answer": good, "probs": [[0.5, 0.5]] * n}, f"for each token {n_tags} probabilities"),
        ({"answer": good, "probs": [[1.0] + [0.0] * (n_tags - 1)]}, f"an entry for each token, {n} in all"),
        ({"answer": good, "probs": [[0.5] + [0.0] * (n_tags - 1)] * n}, "must sum to 1, got 0.5"),
        ({"raw": "O", "probs": []}, "probs stand beside an answer"),
    ):
        wrong = [*lines[:at], {"id": lines[at]["id"], **line}, *lines[at + 1 :]]
        with pytest.raises(ModelError, match=f"line {at + 1}") as caught:
            read_answers(written(tmp_path / "wrong.jsonl", wrong), known)
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [*lines, lines[4]], r"line {n1}: id {id4} was answered in line 5 already"),
        (
            lambda lines: [lines[0], {**lines[1], "id": "f" * 24}, *lines[2:]],
            r"line 2: id 'f{{24}}' is none of",
        ),
        (lambda lines: [*lines[:4], *lines[5:]], r"no answer to 1 of {n} rows; the first of them is {id4}"),
        (lambda lines: [{"answer": "positive"}, *lines[1:]], r"line 1: id must be a text"),
        (lambda lines: [["a list"], *lines[1:]], r"line 1: expected an object"),
    ],
)
def test_repeated_foreign_and_missing_ids_are_named(
    lines: list[dict[str, Any]],
    known: Mapping[str, Slot],
    tmp_path: Path,
    change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    said: str,
) -> None:
    message = said.format(n=len(lines), n1=len(lines) + 1, id4=lines[4]["id"])
    with pytest.raises(ModelError, match=message):
        read_answers(written(tmp_path / "wrong.jsonl", change(lines)), known)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no JSON object"),
        ("{\n", "line 1: no JSON object"),
        ('{"id": "a", "id": "b"}\n', "line 1: no JSON object, or one that says a thing twice: 'id'"),
        ("[" * 100_000, "line 1: no JSON object"),
    ],
)
def test_what_is_no_json_is_named(known: Mapping[str, Slot], tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_text(text)
    with pytest.raises(ModelError, match=said):
        read_answers(path, known)
    with pytest.raises(ModelError, match=r"read from a \.jsonl file"):
        read_answers(path.with_suffix(".csv"), known)


def test_order_does_not_count_and_probabilities_stay_to_the_digit(
    lines: list[dict[str, Any]], known: Mapping[str, Slot], tmp_path: Path
) -> None:
    for seed in range(3):
        mixed = random.Random(seed).sample(lines, len(lines))
        got = list(map(read_answers(written(tmp_path / "a.jsonl", mixed), known).__getitem__, known))
        assert [prediction.answer for prediction in got] == [
            *("positive", "positive", "negative", "neutral"),
            ("B-person", "I-person", "O"),
            "in Lisbon",
        ]
        probs = [None if prediction.probs is None else prediction.probs.tolist() for prediction in got]
        assert probs == [None, [0.2, 0.7, 0.1], [1 / 3, 1 / 3, 1 / 3], None, [CERTAIN] * 3, None]
        assert [prediction.truncated for prediction in got] == [False, False, False, True, False, False]
        assert not any(prediction.error for prediction in got)


def test_probabilities_that_were_rounded_are_not_scaled(known: Mapping[str, Slot], tmp_path: Path) -> None:
    slot = {"a": next(iter(known.values()))}
    path = written(tmp_path / "a.jsonl", [{"id": "a", "answer": [0.333, 0.333, 0.3335]}])
    probs = read_answers(path, slot)["a"].probs
    assert probs is not None and probs.tolist() == [0.333, 0.333, 0.3335]


def test_raw_text_without_an_answer_is_a_failure(known: Mapping[str, Slot], tmp_path: Path) -> None:
    slot = {"a": next(iter(known.values()))}
    for raw in ("", "I cannot say", "positive, or neutral"):
        said = read_answers(written(tmp_path / "a.jsonl", [{"id": "a", "raw": raw}]), slot)["a"]
        assert said.error == "unparsable"
        example = Example("a", {"text": "t"}, "positive", "a")
        assert answered(SENTIMENT, SENTIMENT.labels, example, said).text is None


def test_a_coarser_label_of_a_dataset_is_answered_as_it_is(tmp_path: Path) -> None:
    nli, two = TASKS["nli"], ("entailment", "not_entailment")
    known = {"a": Slot("f, line 1", nli, two, 0)}
    example = Example("a", {"premise": "p", "hypothesis": "h"}, "entailment", "a")
    for answer, probs in (
        ("not_entailment", None),
        ("neutral", None),
        ({"not_entailment": 0.75, "entailment": 0.25}, (0.25, 0.75)),
        ([0.25, 0.75], (0.25, 0.75)),
        ([0.25, 0.5, 0.25], (0.25, 0.75)),
    ):
        path = written(tmp_path / "a.jsonl", [{"id": "a", "answer": answer}])
        said = answered(nli, two, example, read_answers(path, known)["a"])
        assert (said.answer, said.probs) == ("not_entailment", probs)


@pytest.mark.parametrize(
    ("task", "raw", "answer"),
    [
        ("sentiment", " POSITIVE\n", "positive"),
        ("sentiment", "positive.", None),
        ("sentiment", "The answer is positive", None),
        ("sentiment", "", None),
        ("nli", "Not_Entailment", "not_entailment"),
        ("ner", " b-PERSON  i-person\no ", ("B-person", "I-person", "O")),
        ("ner", "B-person I-person", None),
        ("ner", "B-person I-person O O", None),
        ("ner", "B-person Ines O", None),
        ("qa", " in Lisbon\n", "in Lisbon"),
        ("qa", "", ""),
    ],
)
def test_raw_text_is_read_strictly(task: str, raw: str, answer: object) -> None:
    labels = ("entailment", "not_entailment") if task == "nli" else ("negative", "positive", "neutral")
    assert parsed(Slot("f, line 1", TASKS[task], labels, 3), raw) == answer


def test_names_that_differ_in_case_alone_are_told_apart_by_it() -> None:
    task = replace(TASKS["toxicity"], labels=("us", "US"))
    assert [parsed(Slot("", task, task.labels, 0), raw) for raw in ("us", "US", "Us")] == ["us", "US", None]
