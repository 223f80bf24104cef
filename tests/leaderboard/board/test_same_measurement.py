"""Two numbers are ranked together exactly where they are of the same measurement."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.measurement import UNKNOWN, AttackSettings, Measurement, SearchSettings, Strict
from boss.tasks import TASKS
from leaderboard.board.merge import newest
from leaderboard.board.ranking import rankable
from leaderboard.board.table import Choice, board
from leaderboard.stats.comparable import odd
from leaderboard.store.index import read_runs

WriteRun = Callable[..., Path]
Write = Callable[[str, Measurement], Path]
Together = Callable[[Measurement, Measurement], dict[str, bool]]
Value = tuple[str, float | None]

NUMBERS: Mapping[str, tuple[Value, str]] = {
    "clean": (("clean", None), "id"),
    "average": (("average", 0.1), "attacked_{role}_average"),
    "worst": (("worst", 0.1), "attacked_{role}_worst"),
    "area of the average": (("area_average", None), "attacked_{role}_area_average"),
    "area of the worst": (("area_worst", None), "attacked_{role}_area_worst"),
}
"""What the board ranks by, with aggregate and degree, and the column it stands in."""

SETTINGS = AttackSettings(
    name="typo",
    dimension="typo",
    level="char",
    tag="malicious",
    access="rule",
    field="text",
    version="1",
    options={"operators": ["swap", "insert"], "misspellings": None},
    search=SearchSettings(version="1", options={"compatible": False}),
    n_variants=5,
    seed=0,
    degrees=(0.0, 0.1, 0.3),
)
BASE = Measurement(
    suite="mini",
    suite_version="1",
    task="sentiment",
    dataset="reviews",
    split="test",
    role="id",
    recall_only=False,
    stand_in=True,
    labels=("negative", "positive"),
    dataset_revision="1",
    dataset_sha256="e" * 64,
    n_total=100,
    n_evaluated=100,
    subset="all",
    majority=0.5,
    attack=SETTINGS,
)
OTHERS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "": {
        "benchmark": ["another"],
        "benchmark_version": ["2"],
        "suite": ["mini+letters", "boss"],
        "suite_version": ["2"],
        "task": ["nli"],
        "dataset": ["letters"],
        "split": ["validation"],
        "role": ["ood"],
        "recall_only": [True],
        "stand_in": [False],
        "labels": [("positive", "negative")],
        "dataset_revision": ["2"],
        "dataset_sha256": ["0" * 64],
        "n_total": [101],
        "n_evaluated": [99],
        "subset": ["cap", "seeded:1"],
        "majority": [0.75, None],
        "own_task": [dataclasses.replace(TASKS["sentiment"], labels=("negative", "positive"))],
        "scoring": ["boss"],
        "attack": [None],
    },
    "attack": {
        "name": ["slips"],
        "dimension": ["glyph"],
        "level": ["word", "sentence"],
        "tag": ["general"],
        "access": ["decision", "score", "gradient"],
        "field": ["title"],
        "version": ["2", UNKNOWN],
        "options": [{"operators": ["swap"], "misspellings": None}, UNKNOWN],
        "changed": [{"operators": ["swap"]}],
        "search": [{"version": "1", "options": {"compatible": True}}],
        "n_variants": [50],
        "seed": [1],
        # Higher only; finer below; coarser.
        "degrees": [(0.0, 0.1, 0.3, 0.6), (0.0, 0.05, 0.1, 0.3), (0.0, 0.1)],
        "transferred": [{"run": "r", "model": "m", "fingerprint": "f", "access": "score"}],
    },
    "search": {
        "version": ["2", UNKNOWN],
        "options": [{"compatible": True}, {"compatible": False, "beam": 2}],
    },
}
"""Part of a measurement -> field -> other values of it."""


def changed(measurement: Measurement, part: str, **update: Any) -> Measurement:
    raw = measurement.model_dump()
    owner = {"": raw, "attack": raw["attack"], "search": raw["attack"] and raw["attack"]["search"]}[part]
    owner.update(update)
    return Measurement.model_validate(raw)


@pytest.fixture
def write(write_run: WriteRun, number: Any) -> Write:
    """Write a run of one model: the clean and the attacked numbers of a measurement."""

    def make(model: str, measurement: Measurement) -> Path:
        folder = write_run(model, numbers=())
        made = number("", 0.8).record(folder.name, "2025-01-01T00:00:00Z", model, "default", "", "sentiment")
        lines = []
        for (aggregate, degree), _ in NUMBERS.values():
            if aggregate != "clean" and measurement.attack is None:
                continue
            score = made.score.model_copy(update={"aggregate": aggregate, "degree": degree})
            update = {"measurement": part_of(measurement, aggregate), "score": score}
            lines.append(made.model_copy(update=update).model_dump_json() + "\n")
        (folder / "records.jsonl").write_text("".join(lines), encoding="utf-8")
        return folder

    return make


def part_of(measurement: Measurement, aggregate: str) -> Measurement:
    """Return the measurement that a number is in: a clean one is in the one without attack."""
    return changed(measurement, "", attack=None) if aggregate == "clean" else measurement


@pytest.fixture
def together(write: Write) -> Together:
    """Write a run of one model on each measurement; say which numbers the board ranks together."""

    def ranked(one: Measurement, other: Measurement) -> dict[str, bool]:
        write("a", one)
        found = read_runs(write("b", other).parent)
        assert not found.problems
        records = newest(found.records)
        boards = [board(records, choice) for choice in choices(records)]
        return {name: any(of_both(each, key) for each in boards) for name, (_, key) in NUMBERS.items()}

    return ranked


def choices(records: pd.DataFrame) -> list[Choice]:
    """Return every board there is to look at, at the degree 0.1."""
    places = records[["suite", "task"]].drop_duplicates().to_numpy().tolist()
    attacks = records[["attack", "tag"]].dropna().drop_duplicates().to_numpy().tolist()
    return [
        Choice(suite, task, attack, tag, 0.1)
        for suite, task in places
        for attack, tag in [(None, None), *attacks]
    ]


def of_both(table: pd.DataFrame, key: str) -> bool:
    """Return whether two models have a rank by a number of the board, of whichever role."""
    keys = ["id", "ood_mean"] if key == "id" else [key.format(role=role) for role in ("id", "ood")]
    return any(set(table.loc[rankable(table, key), "model"]) == {"a", "b"} for key in keys)


def same(one: Measurement, other: Measurement) -> dict[str, bool]:
    """Return in which numbers two runs do not differ; there must be two to differ."""
    found = {}
    for name, (number, _) in NUMBERS.items():
        left, right = part_of(one, number[0]), part_of(other, number[0])
        there = number[0] == "clean" or (left.attack is not None and right.attack is not None)
        found[name] = there and left.differences(right, number) == ()
    return found


def test_the_table_has_every_field() -> None:
    parts: Mapping[str, type[Strict]] = {
        "": Measurement,
        "attack": AttackSettings,
        "search": SearchSettings,
    }
    assert {part: set(fields) for part, fields in OTHERS.items()} == {
        part: set(kind.model_fields) for part, kind in parts.items()
    }


def test_the_same_measurement_is_ranked_together_by_every_number(together: Together) -> None:
    assert together(BASE, BASE) == dict.fromkeys(NUMBERS, True)


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        pytest.param(part, field, value, id=f"{part}.{field}-{value!s:.30}".lstrip("."))
        for part, fields in OTHERS.items()
        for field, values in fields.items()
        for value in values
    ],
)
def test_two_runs_are_ranked_together_exactly_where_their_measurements_do_not_differ(
    part: str, field: str, value: Any, together: Together
) -> None:
    other = changed(BASE, part, **{field: value})
    assert other != BASE
    assert together(BASE, other) == same(BASE, other)


def test_what_differs_where_is_as_known_by_hand() -> None:
    """The expectation of the test above, for one field of each kind."""

    def names(part: str, field: str, at: int = 0) -> set[str]:
        found = same(BASE, changed(BASE, part, **{field: OTHERS[part][field][at]}))
        return {name for name, value in found.items() if value}

    assert names("", "subset") == names("", "scoring") == names("attack", "name") == set(NUMBERS)
    assert names("", "dataset_sha256") == names("", "suite_version") == set()
    assert names("attack", "seed") == names("search", "version") == names("", "attack") == {"clean"}
    assert names("attack", "degrees", 0) == {"clean", "average", "worst"}  # higher ones only
    assert names("attack", "degrees", 1) == {"clean"}  # finer below
    assert names("attack", "degrees", 2) == {"clean", "average", "worst"}


@pytest.mark.parametrize("guided", [{"level": "sentence"}, {"access": "score"}])
def test_where_the_whole_grid_counts_a_higher_degree_keeps_all_attacked_numbers_apart(
    guided: dict[str, Any], together: Together
) -> None:
    one = changed(BASE, "attack", **guided)
    other = changed(one, "attack", degrees=(0.0, 0.1, 0.3, 0.6))
    assert together(one, other) == {name: name == "clean" for name in NUMBERS} == same(one, other)


@pytest.mark.parametrize(
    ("part", "field"), [("attack", "options"), ("attack", "version"), ("search", "version")]
)
def test_what_neither_run_can_tell_keeps_them_apart(part: str, field: str, together: Together) -> None:
    untold = changed(BASE, part, **{field: UNKNOWN})
    assert together(untold, untold) == {name: name == "clean" for name in NUMBERS} == same(untold, untold)


def test_of_three_models_the_one_that_differs_is_told_and_the_others_are_ranked(write: Write) -> None:
    """Models a and b were measured alike, c with other copies."""
    for model in "ab":
        write(model, BASE)
    folder = write("c", changed(BASE, "attack", seed=1))
    records = newest(read_runs(folder.parent).records)
    reasons = odd(records)
    named = records.loc[reasons.index]
    assert set(named["model"]) == {"c"}
    assert set(named["aggregate"]) == {"average", "worst", "area_average", "area_worst"}
    assert set(reasons) == {"other settings: typo on reviews"}
    table = board(records, Choice("mini", "sentiment", "typo", "malicious", 0.1))
    assert set(table.loc[rankable(table, "attacked_id_worst"), "model"]) == {"a", "b"}
    assert set(table.loc[rankable(table, "id"), "model"]) == {"a", "b", "c"}
