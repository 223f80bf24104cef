"""Copies out of a file: held to the rules of every attack, found by example and text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robtest.attacks import file as module
from robtest.attacks.file import FileCopies
from robtest.errors import AttackError
from robtest.search import search_for
from robtest.settings import settings_of
from robtest.types import Tag, Text

TEXT = "a good old story"  # 16 characters, 4 words
LIMITS = (0.0, 0.1, 0.2, 0.5)


def row(copy: str, degree: float = 0.1, **changes: Any) -> dict[str, Any]:
    return {"example_id": "e1", "original": TEXT, "text": copy, "degree": degree, **changes}


def written(folder: Path, *rows: dict[str, Any] | str) -> FileCopies:
    path = folder / "copies.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return FileCopies(path)


def texts(attack: FileCopies, text: Text, degrees: Sequence[float] = LIMITS, tag: Tag = "malicious") -> Any:
    """Return the texts of each variant at each degree."""
    variants = attack.trajectories(text, tag, degrees, attack.n_variants)
    return [[shot.text for shot in variant.snapshots] for variant in variants]


def test_a_copy_holds_from_its_degree_to_the_next_one_of_its_variant(tmp_path: Path) -> None:
    attack = written(
        tmp_path,
        row("a goood old stry", 0.5),  # two of sixteen characters
        row("a goood old story"),
        row("a god old story", 0.2, variant=1),
    )
    assert (attack.degrees, attack.n_variants, attack.level, attack.access) == (
        (0.1, 0.2, 0.5),
        2,
        "char",
        "rule",
    )
    first, second = attack.trajectories(Text(TEXT, id="e1"), "malicious", LIMITS, 2)
    assert [shot.text for shot in first.snapshots] == [
        TEXT,
        "a goood old story",
        "a goood old story",
        "a goood old stry",
    ]
    assert [shot.text for shot in second.snapshots] == [TEXT, TEXT, "a god old story", "a god old story"]
    assert [shot.realised for shot in first.snapshots] == [0, 1 / 16, 1 / 16, 2 / 16]
    assert [shot.unperturbable for shot in second.snapshots] == [False, True, False, False]


def test_an_example_without_a_copy_is_left_alone_at_every_degree(tmp_path: Path) -> None:
    attack = written(tmp_path, row("a goood old story"))
    (variant,) = attack.trajectories(Text("another", id="e2"), "malicious", (0.0, 0.1), 1)
    assert [(shot.text, shot.unperturbable) for shot in variant.snapshots] == [
        ("another", False),
        ("another", True),
    ]
    assert "e1" in attack and "e2" not in attack


def test_its_search_asks_about_the_original_and_each_copy_once_and_ends(tmp_path: Path) -> None:
    attack = written(
        tmp_path, row("a goood old story"), row("a goood old story", 0.2), row("b", 1, variant=1)
    )
    strategy = search_for(attack, "score", {"query_budget": 1})
    search = strategy(
        Text(TEXT, id="e1"), attack, "malicious", (0.0, 0.1, 0.2, 1.0), 2, np.random.default_rng
    )
    assert next(search) == [TEXT, "a goood old story", "b"]
    with pytest.raises(StopIteration):
        search.send([])
    assert settings_of(strategy) == {}  # the file is an option of the attack


def test_the_content_of_the_file_is_in_what_identifies_the_attack(tmp_path: Path) -> None:
    first = settings_of(written(tmp_path, row("a goood old story")))
    again = settings_of(written(tmp_path, row("a goood old story")))
    other = settings_of(written(tmp_path, row("a god old story")))
    assert first == again != other
    assert set(first["path"]) == {"file", "sha256"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["{"], "line 1: no JSON"),
        (["[1]"], "line 1: expected an object"),
        ([row("b"), row("b", 0.2, example_id=7)], "line 2: column 'example_id' must hold text, got 7"),
        ([{"example_id": "e1", "text": "b", "degree": 0.1}], "column 'original' must hold text, got None"),
        ([row("b", field="hypothesis")], "column 'hypothesis' must hold text, got None"),
        ([row("b", 0)], "line 1: degree must be above 0 and at most 1, got 0"),
        ([row("b", 1.5)], "degree must be above 0 and at most 1, got 1.5"),
        ([row("b", True)], "degree must be a number above 0, at most 1, got True"),
        ([row("b", float("nan"))], "degree must be a number"),
        ([row("b", variant=-1)], "variant must be a whole number from 0 on, got -1"),
        ([row("b", variant=1)], r"variants must be 0, 1, 2, ... without a gap, got \[1\]"),
        ([row("b"), row("c")], "line 2: example e1 has variant 0 at degree 0.1 in line 1 already"),
        ([row("b"), row("c", 0.2, original="a")], "line 2: example e1 has another original above"),
        (
            [row("b", tag="malicious"), row("c", 0.2, tag="general")],
            "line 2: tag is 'general' here and 'mali",
        ),
        ([row("b", tag="evil")], "line 1: tag must be general or malicious, got 'evil'"),
        ([row("b", level="letter")], "level must be char or word or sentence"),
        (
            [row("b", level="char"), row("c", 0.2), row("d", 0.3, level="word")],
            "line 3: level is 'word' here and 'char' in line 1",
        ),
    ],
)
def test_a_file_that_is_not_one_of_copies_is_refused_when_it_is_read(
    tmp_path: Path, rows: list[Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        written(tmp_path, *rows)
    assert "copies.jsonl" in str(raised.value)


def test_an_empty_file_another_kind_and_the_name_of_a_dimension_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "copies.jsonl"
    path.write_text("")
    with pytest.raises(ValueError, match="holds no rows"):
        FileCopies(path)
    with pytest.raises(ValueError, match="one JSON object per line"):
        FileCopies(tmp_path / "copies.csv")
    with pytest.raises(ValueError, match="'typo' names another attack"):
        FileCopies(path, name="typo")
    for name in ("typo+case", "../up", ""):
        with pytest.raises(ValueError, match="must be letters, digits"):
            FileCopies(path, name=name)


@pytest.mark.parametrize(
    ("copy", "tag", "text", "said"),
    [
        # 2 of 16 characters exceed a tenth, 1 does not.
        ("a goood old storyy", None, Text(TEXT, id="e1"), "malicious distance 2/16 = 0.125; the limit"),
        ("a fine old story", "general", Text(TEXT, id="e1"), "general distance 1/4 = 0.25; the limit is 0.1"),
        ("a goodold story", None, Text(TEXT, keep_words=True, id="e1"), "made 3 words of 4; the number must"),
        ("a gold old story", None, Text(TEXT, ((2, 6),), id="e1"), "touches a protected span"),
    ],
)  # fmt: skip
def test_a_copy_that_breaks_a_rule_is_refused_with_line_value_rule_and_cure(
    tmp_path: Path, copy: str, tag: str | None, text: Text, said: str
) -> None:
    attack = written(tmp_path, row("x", example_id="e0", original="y"), row(copy))
    with pytest.raises(AttackError, match=said) as raised:
        texts(attack, text, tag="general" if tag == "general" else "malicious")
    assert "copies.jsonl, line 2: " in str(raised.value) and "take the line out" in str(raised.value)


def test_a_copy_of_another_text_is_refused(tmp_path: Path) -> None:
    attack = written(tmp_path, row("a goood old story"))
    with pytest.raises(
        AttackError, match="line 1: the original 'a good old story' is not the text of example e1"
    ):
        texts(attack, Text("a good new story", id="e1"))
    with pytest.raises(AttackError, match="a text has none"):
        texts(attack, Text(TEXT))


@pytest.mark.parametrize(
    "copy",
    [
        "a ggood old story",  # a g before the span, or one in it: nobody can say
        "a goodd old story",
        "agoodold story",
        "a good old store",
    ],
)
def test_what_stands_beside_a_protected_span_may_change(tmp_path: Path, copy: str) -> None:
    attack = written(tmp_path, row(copy, 0.2))
    assert texts(attack, Text(TEXT, ((2, 6),), id="e1"), (0.2,)) == [[copy]]


def test_the_edits_a_row_lists_decide_where_the_copy_is_what_they_make(tmp_path: Path) -> None:
    # On both sides of the span a letter like its own: neither reading of the text alone spares it.
    copy, span = "a ggoodd old story", Text(TEXT, ((2, 6),), id="e1")
    with pytest.raises(AttackError, match="protected"):
        texts(written(tmp_path, row(copy, 0.2)), span, (0.2,))
    edits = [{"start": 2, "end": 2, "new": "g", "kind": "x"}, {"start": 6, "end": 6, "new": "d", "kind": "x"}]
    assert texts(written(tmp_path, row(copy, 0.2, edits=edits)), span, (0.2,)) == [[copy]]
    # Of a copy that was changed since they are of no account.
    changed = "a good old storyy"
    assert texts(written(tmp_path, row(changed, 0.2, edits=edits)), span, (0.2,)) == [[changed]]
    overlap = [edits[0], edits[0]]
    assert texts(written(tmp_path, row(changed, 0.2, edits=overlap)), span, (0.2,)) == [[changed]]


@pytest.mark.parametrize(
    ("changes", "level", "unit", "tags"),
    [
        ({}, "char", "word", ("general", "malicious")),
        ({"tag": "general"}, "word", "word", ("general",)),
        ({"tag": "malicious"}, "char", "word", ("malicious",)),
        ({"tag": "general", "level": "char"}, "char", "word", ("general",)),
        ({"tag": "malicious", "level": "sentence"}, "sentence", "text", ("malicious",)),
        ({"level": "sentence"}, "sentence", "text", ("general", "malicious")),
    ],
)
def test_the_rows_say_how_they_are_measured(
    tmp_path: Path, changes: dict[str, Any], level: str, unit: str, tags: tuple[str, ...]
) -> None:
    attack = written(tmp_path, row("b", **changes))
    assert (attack.level, attack.unit, attack.tags) == (level, unit, tags)


def test_whole_texts_are_measured_by_their_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def encoder(given: Sequence[str]) -> Any:
        # Every text that is not the original is at the angle of 60 degrees from it: a distance of 0.5.
        return np.array([[1.0, 0.0] if text == TEXT else [0.5, 0.75**0.5] for text in given])

    monkeypatch.setattr(module, "embedded", lambda: encoder)
    far = written(tmp_path, row("nothing alike", 0.6, level="sentence"))
    (variant,) = far.trajectories(Text(TEXT, id="e1"), "general", (0.6,), 1)
    assert variant.snapshots[0].realised == pytest.approx(0.5, abs=2e-6)
    near = written(tmp_path, row("nothing alike", 0.4, level="sentence"))
    with pytest.raises(AttackError, match=r"cosine distance 500001/1000000 = 0.5; the limit is 0.4"):
        near.trajectories(Text(TEXT, id="e1"), "general", (0.4,), 1)


def test_the_copies_are_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(AttackError, match="are there already"):
        written(tmp_path, row("b")).edits(TEXT, 0, 1)
