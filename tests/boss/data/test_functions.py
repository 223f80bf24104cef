"""BFCL's files: rows by hand, what is left out and counted, what is refused; the real ones counted."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from boss.data.readers.functions import ALIKE, ALONE, SEVERAL, FunctionChoices
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.data.types import Example
from boss.errors import ConfigError, DataError
from boss.paths import conf_dir
from robtest.assets import Member

SONG = {"name": "play_song", "description": "Plays a  song\nby its title.", "parameters": {"type": "dict"}}
TABLE = {"name": "book.table", "description": " Books a table. "}
TIME = {"name": "time", "description": "Tells the time."}


def row(*functions: Mapping[str, Any], key: str = "a", said: object = "Play it\nagain!") -> dict[str, Any]:
    turn = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": said}]
    return {"id": key, "question": [turn], "function": list(functions)}


def answer(*names: str, key: str = "a") -> dict[str, Any]:
    return {"id": key, "ground_truth": [{name: {"title": ["x"]}} for name in names]}


def read(
    tmp_path: Path, rows: list[dict[str, Any]], answers: list[dict[str, Any]], most: int = 3
) -> tuple[list[Example], Counter[str]]:
    for name, content in (("rows.json", rows), ("answers.json", answers)):
        (tmp_path / name).write_text("".join(f"{json.dumps(each)}\n" for each in content))
    removed: Counter[str] = Counter()
    reader = FunctionChoices(answers="answers.json", most=most)
    return list(reader.read(Member(tmp_path, "rows.json"), removed)), removed


def test_a_row_becomes_a_query_and_lists_line_by_line(tmp_path: Path) -> None:
    [example], removed = read(tmp_path, [row(TABLE, SONG)], [answer("play_song")])
    assert example.inputs == {
        "query": "Play it\nagain!",
        "names": "book.table\nplay_song",
        "descriptions": "Books a table.\nPlays a song by its title.",
    }
    assert (example.id, example.gold, dict(removed)) == ("a", "2", {})
    # Its source is the set of its functions, whatever their order and their descriptions.
    other = row({**SONG, "description": "Sings."}, TABLE, key="b", said="Sing.")
    [_, second], _ = read(
        tmp_path,
        [row(TABLE, SONG), other],
        [answer("play_song"), answer("play_song", key="b")],
    )
    assert second.source == example.source and second.gold == "1"


def test_what_has_no_one_answer_among_several_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        row(SONG, TABLE, key="two"),
        row(SONG, key="alone"),
        row(SONG, TABLE, TIME, {**TIME, "name": "hour"}, key="many"),
        row(SONG, {**TABLE, "name": "play_song"}, key="same"),
        row(SONG, TABLE, key="twice"),
    ]
    answers = [
        answer("play_song", "book.table", key="two"),
        *(answer("play_song", key=key) for key in ("alone", "many", "same")),
        # Called twice, it is still one function.
        answer("play_song", "play_song", key="twice"),
    ]
    kept, removed = read(tmp_path, rows, answers)
    assert [example.id for example in kept] == ["twice"]
    assert removed == {SEVERAL: 1, ALONE: 1, "more than 3 functions": 1, ALIKE: 1}


@pytest.mark.parametrize(
    ("rows", "answers", "message"),
    [
        (
            [row(SONG, TABLE)],
            [answer("time")],
            "row 1: the answer calls 'time', which is none of play_song, book",
        ),
        ([row(SONG, TABLE)], [answer("time", key="b")], "has no answer to 'a'; get both files anew"),
        ([row(SONG, TABLE)], [{"id": "a", "ground_truth": []}], "row 1: 'ground_truth' is no list of calls"),
        (
            [row(SONG, TABLE)],
            [{"id": "a", "ground_truth": ["f"]}],
            "row 1: 'ground_truth' is no list of calls",
        ),
        ([{**row(SONG), "function": "f"}], [answer("f")], "row 1: 'function' is no list of functions"),
        ([row({"name": "f"}, TABLE)], [answer("f")], "row 1: no column 'description'; found: name"),
        ([row({**SONG, "name": ["f"]}, TABLE)], [answer("f")], "column 'name' holds a list, and a text is"),
        (
            [{**row(SONG, TABLE), "question": []}],
            [answer("play_song")],
            "'question' is no conversation of one turn",
        ),
        ([{**row(SONG, TABLE), "question": [[]]}], [answer("play_song")], "the user speaks 0 times"),
        ([row(SONG, TABLE, said=None)], [answer("play_song")], "column 'content' holds NoneType"),
    ],
)
def test_another_format_is_refused_with_its_row(
    tmp_path: Path, rows: list[dict[str, Any]], answers: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, rows, answers)


def tools() -> Suite:
    return load_suite("tools", [conf_dir()], default_cache())


@pytest.mark.data
def test_the_real_files_are_as_counted() -> None:
    suite = tools()
    splits, failures = suite.splits("tool_choice")
    assert not failures
    by_name = {(split.dataset, split.split): split for split in splits}
    live = [split for split in splits if split.dataset == "bfcl_live_multiple"]
    assert sum(len(split.examples) for split in live) == 1053 - 2
    # Of 1,253 examples none has more than one right function, and two have more than ten.
    assert [dict(split.removed) for split in live if split.removed] == [{"more than 10 functions": 2}]
    other = by_name["bfcl_multiple", "test"]
    assert Counter(example.gold for example in other.examples) == {"1": 73, "2": 71, "3": 42, "4": 14}
    assert not {e.source for e in by_name["bfcl_live_multiple", "test"].examples} & {
        e.source for name in ("train", "validation") for e in by_name["bfcl_live_multiple", name].examples
    }
    for split in splits:
        for example in split.examples:
            names, descriptions = (example.text(f).split("\n") for f in ("names", "descriptions"))
            assert len(names) == len(descriptions) >= int(str(example.gold)) and all(names)
            assert len(set(names)) == len(names) >= 2


def test_the_suite_stands_apart() -> None:
    assert [(card.name, card.role, card.stand_in) for card in tools().cards] == [
        ("bfcl_live_multiple", "id", False),
        ("bfcl_multiple", "ood", False),
    ]
    for name in ("mini", "boss"):
        suite = load_suite(name, [conf_dir()], default_cache())
        assert [task.name for task in suite.tasks] == ["sentiment", "toxicity", "nli", "ner", "qa"]
        with pytest.raises(ConfigError, match="take suite=tools, which has it, and task=tool_choice alone"):
            load_suite(name, [conf_dir()], default_cache(), chosen=("sentiment", "tool_choice"))
    with pytest.raises(ConfigError, match="suite mini has no task 'tool'"):
        load_suite("mini", [conf_dir()], default_cache(), chosen=("tool",))
