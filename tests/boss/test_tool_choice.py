"""Tool choice under attack: lists stay lists, places stay places, and what its numbers may hang on."""

import json
from pathlib import Path

import pytest

from boss.data.types import Card, Example, Split
from boss.errors import ConfigError
from boss.measurement import Measurement
from boss.metrics.scores import clean_metrics
from boss.seam import attacked_text, copies_of, why_not
from boss.tasks import TASKS, Task, find_tasks, read_task
from robtest.attacks import DIMENSIONS, FAMILIES, get_attack, tag_of
from robtest.attacks.file import FileCopies
from robtest.errors import AttackError
from robtest.snapshot import snapshot
from robtest.types import Edit

TASK = find_tasks([])["tool_choice"]
LISTS = ("names", "descriptions")
INPUTS = {
    "query": "Could you book a table for two,\nand tell me how the weather will be tomorrow?",
    "names": "book_table\nweather.forecast\nconvertUnits\nx",
    "descriptions": (
        "Books a table in a restaurant and sends a message.\nTells the weather of two days: sun, rain.\n"
        "Converts miles into kilometres, and back.\n\u00d8 1,5 - \U0001f600 ok"
    ),
}
NAMES = (*DIMENSIONS, *FAMILIES, "typo+case", "glyph+spacing")
LARGE = {"synonym", "contextual", "inflection", "phonetic", "syntax", "distraction", "ocr", "speech"}
"""Attacks that look things up in fetched files."""


def example() -> Example:
    return Example("e1", INPUTS, "1", "e1")


def split() -> Split:
    card = Card("own", "toy", TASK.name, "id", "own", "none", "here", "", "MIT", TASK.labels, "as written")
    return Split(card, "test", (example(),), "1", 1)


@pytest.mark.data
@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_line_stays_a_line_of_as_many_words(name: str, field: str) -> None:
    attack = get_attack(name)
    if reason := why_not(TASK, attack, field):
        assert attack.unit == "text" or attack.adds_words, reason
        return
    before = [len(line.split()) for line in INPUTS[field].split("\n")]
    [rows] = copies_of(
        TASK,
        split(),
        attack,
        field=field,
        tag=tag_of(attack, "malicious"),
        degrees=(0.1, 0.5, 1.0),
        n_variants=6,
        seed=3,
    )
    made = [str(row[field]) for row in rows]
    assert len(made) == 18
    for copy in made:
        assert [len(line.split()) for line in copy.split("\n")] == before
    if name not in LARGE:
        assert name in ("spacing", "slang") or len(set(made)) > 1, "nothing was changed"
    # The other fields, and so the place that is right, are as they were.
    assert all({**row, field: INPUTS[field]}.items() >= {**INPUTS, "label": "1"}.items() for row in rows)


def test_a_query_may_be_attacked_like_any_text() -> None:
    assert [name for name in NAMES if why_not(TASK, get_attack(name), "query")] == []
    text = attacked_text(TASK, example(), "query")
    assert (text.protected, text.keep_words) == ((), False)


def test_whole_texts_and_added_words_do_not_apply_to_lists() -> None:
    for field in LISTS:
        refused = {name: why for name in NAMES if (why := why_not(TASK, get_attack(name), field))}
        assert set(refused) == {"syntax", "distraction", "filler"}
        assert refused["syntax"] == f"whole texts cannot change where every line is one of the {field}"
    # Only where the lists are attacked; other tasks are as they were.
    assert why_not(TASKS["sentiment"], get_attack("syntax"), "text") is None


def test_the_gate_refuses_a_copy_that_loses_a_line() -> None:
    text = attacked_text(TASK, example(), "names")
    assert text.value[10] == "\n" and text.protected[0] == (10, 11) and len(text.protected) == 3
    for new in (" ", "", "\n\n", "_"):
        with pytest.raises(AttackError, match="touches a protected span"):
            snapshot(text, [Edit(10, 11, new, "mine")], 1.0, "malicious", "mine")
    with pytest.raises(AttackError, match="made 5 words of 4; the number must stay"):
        snapshot(text, [Edit(4, 5, "\n", "mine")], 1.0, "malicious", "mine")


def test_a_file_of_copies_is_held_to_the_same(tmp_path: Path) -> None:
    path = tmp_path / "copies.jsonl"
    for copy, message in (
        (INPUTS["names"].replace("\n", " ", 1), "protected|must stay"),
        (INPUTS["names"].replace("k_t", "k\nt"), "must stay"),
    ):
        row = {"example_id": "e1", "original": INPUTS["names"], "field": "names", "degree": 1.0, "variant": 0}
        path.write_text(json.dumps({**row, "names": copy, "tag": "malicious"}) + "\n")
        with pytest.raises(AttackError, match=message):
            FileCopies(path).trajectories(attacked_text(TASK, example(), "names"), "malicious", (0.0, 1.0), 1)


def test_no_number_hangs_on_which_place_is_right() -> None:
    assert [metric.name for metric in clean_metrics(TASK, TASK.labels, False)] == ["accuracy"]
    assert [m.name for m in clean_metrics(TASKS["nli"], TASKS["nli"].labels, False)][1] == "macro_f1"


def test_the_five_tasks_stay_five_and_the_sixth_says_what_it_is() -> None:
    assert list(TASKS) == ["sentiment", "toxicity", "nli", "ner", "qa"]
    assert list(find_tasks([])) == [*TASKS, "tool_choice"]
    fields = Measurement.model_fields["own_task"]
    assert fields.default is None and TASK != TASKS.get(TASK.name)


def written(folder: Path, text: str) -> Task:
    path = folder / "own.yaml"
    path.write_text(text)
    return read_task(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: choice\nlabels: ['1', '3']", r"places '1', '2', '3' …, got \['1', '3'\]"),
        ("kind: choice\nlabels: [left, right]", "places '1', '2', '3' …"),
        ("kind: choice\nlabels: ['1']", "two classes at least"),
        (
            "kind: choice\nlabels: ['1', '2']\nfields: [a, b, c]",
            r"those of a choice task are \['query', 'names', ",
        ),
        ("kind: choice\nlabels: ['1', '2']\nmetric: macro_f1", "metric: 'macro_f1' is none of accuracy"),
    ],
)
def test_a_choice_of_ones_own_is_checked(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        written(tmp_path, text)


def test_a_choice_of_ones_own_is_read(tmp_path: Path) -> None:
    task = written(tmp_path, "kind: choice\nlabels: ['1', '2', '3']\nattacked: [names]\n")
    assert task.is_choice and task.labels == ("1", "2", "3") and task.attacked == ("names",)
    assert (task.metric, task.passage) == ("accuracy", None)
