"""The tables a run ends with, as a person reads them."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.report import print_report
from boss.results.manifest import Failure
from boss.results.schema import Cost, Interval, Record, Score, Subject, Touched
from boss.results.summary import AttackGroup, Summary

SHA = "a" * 64
SWEEP = (0.0, 0.1, 0.6)
SUBJECT = Subject(
    id="lab/guess",
    revision="1",
    adapter="callable",
    method="none",
    weights_sha256="unknown",
    finetuned_on="none",
    training_datasets=(),
    n_parameters=None,
    licence="MIT",
    dtype="float64",
    max_length=None,
    fingerprint="f",
)


def measured(value: float, n: int, aggregate: str, degree: float | None) -> dict[str, Any]:
    ci = Interval(low=value - 0.05, high=value + 0.05, level=0.95, method="wilson", unit="example", n_units=n)
    return {
        "metric": "accuracy",
        "aggregate": aggregate,
        "degree": degree,
        "value": value,
        "ci": ci,
        "higher_is_better": True,
        "minimum": 0,
        "maximum": 1,
        "n_scored": n,
    }


def record(
    dataset: str,
    value: float,
    aggregate: str = "clean",
    degree: float | None = None,
    dimension: str = "typo",
    n: int = 40,
    **changes: Any,
) -> Record:
    attack = AttackSettings(
        name=dimension,
        dimension=dimension,
        level="char" if dimension == "typo" else "word",
        tag="malicious" if dimension == "typo" else "general",
        access="rule",
        field="text",
        version="1",
        options={},
        search=SearchSettings(version="1", options={}),
        n_variants=3,
        seed=0,
        degrees=SWEEP,
    )
    fields: dict[str, Any] = {
        "suite": "mini",
        "suite_version": "1",
        "task": "sentiment",
        "dataset": dataset,
        "split": "test",
        "role": "id" if dataset == "reviews" else "ood",
        "recall_only": False,
        "stand_in": True,
        "labels": (),
        "dataset_revision": "1",
        "dataset_sha256": SHA,
        "n_total": n,
        "n_evaluated": n,
        "subset": "all",
        "attack": None if aggregate == "clean" else attack,
    }
    measurement = Measurement(**{**fields, **changes})
    numbers = measured(value, n, aggregate, degree)
    if measurement.recall_only:
        numbers["metric"] = "recall"
    return Record(
        run_id="run",
        created_at="2026-01-01T00:00:00Z",
        model=SUBJECT,
        measurement=measurement,
        score=Score(**numbers, n_failed=0, n_truncated=0, n_texts=n),
        cost=Cost(n_queries=n, n_forward=n),
        seed=0,
        majority_value=0.4 if aggregate == "clean" and not measurement.recall_only else None,
        predictions=f"predictions/{measurement.name}",
        predictions_sha256=SHA,
        evaluator_relationship="first_party",
    )


def attacked(dataset: str, dimension: str = "typo", **changes: Any) -> list[Record]:
    return [
        record(dataset, 0.8, "average", 0.0, dimension, **changes),
        record(dataset, 0.7, "average", 0.1, dimension, **changes),
        record(dataset, 0.6, "worst", 0.1, dimension, **changes),
        record(
            dataset, 0.25, "attack_success_rate", 0.1, dimension, **{**changes, "n": 32, "n_evaluated": 40}
        ),
        record(dataset, 0.55, "area_worst", None, dimension, **changes),
    ]


def summary(value: float, over: str = "mean", attack: AttackGroup | None = None, **changes: Any) -> Summary:
    numbers = measured(value, 80, "clean" if attack is None else "worst", None if attack is None else 0.1)
    fields: dict[str, Any] = {
        "suite": "mini",
        "model": "lab/guess",
        "method": "none",
        "task": "sentiment",
        "role": "ood",
        "over": over,
        "attack": attack,
        "n_datasets": 2,
        "measurements": (),
        "seed": 0,
    }
    return Summary(**{**numbers, **fields, **changes})


def group(scope: Any, level: Any = None, dimension: str | None = None, tag: Any = None) -> AttackGroup:
    return AttackGroup(
        scope=scope,
        name=dimension,
        dimension=dimension,
        tag=tag,
        level=level,
        n_dimensions=2,
        access="rule",
        field="text",
        n_variants=3,
        degrees=SWEEP,
    )


@pytest.fixture
def printed() -> Callable[..., list[str]]:
    """Print a report into 100 columns; return its lines."""

    def show(
        records: list[Record], summaries: tuple[Summary, ...] = (), failures: tuple[Failure, ...] = ()
    ) -> list[str]:
        file = io.StringIO()
        console = Console(file=file, width=100)
        print_report(records, summaries, failures, 0.1, "runs/mini/guess/1", console)
        return [line.rstrip() for line in file.getvalue().splitlines()]

    return show


def line(lines: list[str], start: str) -> str:
    [found] = [line for line in lines if line.strip().startswith(start)]
    return " ".join(found.split())


Printed = Callable[..., list[str]]
CLEAN = [record("reviews", 0.8), record("posts", 0.7), record("chat", 0.6)]
TYPO = group("dimension", "char", "typo", "malicious")


def test_the_clean_table_has_a_row_per_dataset_and_the_ood_mean_and_lowest(printed: Printed) -> None:
    lines = printed(CLEAN, (summary(0.65), summary(0.6, "lowest"), summary(0.8, role="id", n_datasets=1)))
    assert lines[0] == "sentiment, lab/guess none, suite mini (stand-in for BOSS)"
    assert line(lines, "reviews") == "reviews, ID 40 80.0 [75.0, 85.0] 40.0"
    assert line(lines, "posts") == "posts, OOD 40 70.0 [65.0, 75.0] 40.0"
    assert line(lines, "OOD mean") == "OOD mean 80 65.0 [60.0, 70.0]"
    assert line(lines, "OOD lowest") == "OOD lowest 80 60.0 [55.0, 65.0]"
    assert not any("under attack" in text for text in lines)


def test_what_boss_counts_stands_beside_the_corrected_numbers(printed: Printed) -> None:
    corrected = [record(dataset, 0.6, scoring="boss") for dataset in ("posts", "chat")]
    as_boss = {"metric": "accuracy_boss", "value": 0.7}
    upstream = corrected[0].model_copy(update={"score": corrected[0].score.model_copy(update=as_boss)})
    lines = printed(
        [corrected[0], upstream, corrected[1]], (summary(0.6), summary(0.7, metric="accuracy_boss"))
    )
    assert line(lines, "dataset") == "dataset n accuracy accuracy_boss majority"
    assert line(lines, "posts") == "posts, OOD 40 60.0 [55.0, 65.0] 70.0 [55.0, 65.0] 40.0"
    assert line(lines, "chat") == "chat, OOD 40 60.0 [55.0, 65.0] - 40.0"
    assert line(lines, "OOD mean") == "OOD mean 80 60.0 [55.0, 65.0] 70.0 [65.0, 75.0]"
    assert not any("accuracy_boss" in text for text in printed(CLEAN))


def test_the_mean_of_one_dataset_is_not_shown_twice(printed: Printed) -> None:
    lines = printed(CLEAN[:2], (summary(0.7, n_datasets=1), summary(0.7, "lowest", n_datasets=1)))
    assert not any("OOD mean" in text or "OOD lowest" in text for text in lines)


def test_the_attack_table_shows_the_denominator_of_success(printed: Printed) -> None:
    lines = printed([*CLEAN[:1], *attacked("reviews")])
    title = "sentiment under attack: accuracy, 3 variants at degree 0.1, rule access on text"
    assert title in lines
    assert any(text.strip() == "typo (char, malicious)" for text in lines)
    row = "reviews, ID 32/40 80.0 70.0 [65, 75] 60.0 [55, 65] 25.0 [20, 30] 55.0"
    assert row in [" ".join(text.split()) for text in lines]
    assert "area: under the worst curve, degrees 0 to 0.6" in " ".join(lines)
    assert not any("mean over dimensions" in text for text in lines)


def covered(number: Record, coverage: float, value: float | None = None, n: int = 10) -> Record:
    """The record, of which only this share of the texts was changed, with the number on these."""
    ci = number.score.ci
    touched = (
        None if value is None else Touched(value=value, ci=ci.model_copy(update=_near(value)), n_scored=n)
    )
    update = {"coverage": coverage, "touched": touched}
    return number.model_copy(update={"score": number.score.model_copy(update=update)})


def _near(value: float) -> dict[str, float]:
    return {"low": value - 0.1, "high": value + 0.1}


def test_the_share_of_changed_texts_stands_below_the_numbers_and_a_small_one_dims_them() -> None:
    clean, average, worst, success, area = attacked("reviews")
    changed = [
        clean,
        covered(average, 0.4, 0.3),
        covered(worst, 0.75, 0.5),
        covered(success, 0.5, 0.2),
        covered(area, 0.4875),
    ]
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True, color_system="standard")
    print_report(changed, (), (), 0.1, "runs/mini/guess/1", console)
    coloured = file.getvalue()
    dim = [" ".join(text.split()) for text in re.findall(r"\x1b\[2m([^\x1b]*)\x1b", coloured)]
    assert [text for text in dim if re.match(r"\d", text)] == ["70.0 [65, 75]", "55.0"]
    lines = [" ".join(text.split()) for text in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()]
    start = lines.index("reviews, ID 32/40 80.0 70.0 [65, 75] 60.0 [55, 65] 25.0 [20, 30] 55.0")
    assert lines[start + 1] == "changed 40.0 %, few 75.0 % 50.0 % 48.8 %, few"
    assert lines[start + 2] == "on these 30.0 [20, 40] 50.0 [40, 60] 20.0 [10, 30]"
    assert "few, and dim: less than half" in " ".join(lines)


def test_where_every_text_was_changed_or_nobody_says_nothing_is_added(printed: Printed) -> None:
    unsaid = attacked("reviews")
    whole = [number if number.score.degree == 0 else covered(number, 1.0) for number in unsaid]
    assert printed(unsaid) == printed(whole)
    assert not any("changed" in text or "on these" in text for text in printed(whole))
    summed = summary(0.5, attack=TYPO, coverage=0.25)
    lines = printed([*whole, *(covered(number, 0.9) for number in attacked("posts"))], (summed,))
    [below] = [i for i, text in enumerate(lines) if text.strip().startswith("OOD mean")]
    assert " ".join(lines[below + 1].split()) == "changed 25.0 %, few"


@pytest.mark.parametrize(
    ("compatible", "words"), [(False, "rounded down: never exceeded"), (True, "rounded up, as RobTest")]
)
def test_the_table_says_how_its_degrees_were_rounded(printed: Printed, compatible: bool, words: str) -> None:
    search = SearchSettings(version="1", options={"compatible": compatible})
    records = []
    for number in attacked("reviews"):
        attack = number.measurement.attack
        assert attack is not None
        changed = number.measurement.model_copy(
            update={"attack": attack.model_copy(update={"search": search})}
        )
        records.append(number.model_copy(update={"measurement": changed}))
    assert f"degrees are {words}" in " ".join(" ".join(printed(records)).split())


def test_a_cell_where_nothing_was_right_says_so(printed: Printed) -> None:
    lines = printed([r for r in attacked("reviews") if r.score.aggregate != "attack_success_rate"])
    assert line(lines, "reviews").startswith("reviews, ID 0/40 80.0")


def test_dimensions_are_followed_by_levels_and_all_of_them(printed: Printed) -> None:
    records = [r for name in ("reviews", "posts", "chat") for r in attacked(name)]
    records += [r for name in ("reviews", "posts", "chat") for r in attacked(name, "synonym")]
    over = (
        summary(0.5, attack=TYPO),
        summary(0.4, attack=group("level", "char")),
        summary(0.3, attack=group("level", "word")),
        summary(0.2, attack=group("overall")),
        summary(0.1, attack=group("overall"), role="id"),
    )
    lines = printed(records, over)
    assert line(lines, "OOD mean") == "OOD mean -/80 - - 50.0 [45, 55] - -"
    assert line(lines, "char-level, OOD") == "char-level, OOD -/80 - - 40.0 [35, 45] - -"
    assert "30.0 [25, 35]" in line(lines, "word-level, OOD")
    assert "20.0 [15, 25]" in line(lines, "all, OOD")
    assert "10.0 [5, 15]" in line(lines, "all, ID")
    one_level = printed(records, (over[1], over[3]))
    assert not any("char-level" in text for text in one_level)


def test_every_line_of_eight_dimensions_and_long_names_fits_100_columns(printed: Printed) -> None:
    names = ("reviews", "consumer_contracts", "real_toxicity_prompts")
    lines = printed([r for name in names for d in map(str, range(8)) for r in attacked(name, d)])
    assert max(map(len, lines)) <= 100
    assert not any("…" in text for text in lines)
    assert sum("real_toxicity_prompts, OOD" in text for text in lines) == 8


def test_three_dimensions_or_more_end_in_a_profile(printed: Printed) -> None:
    def of(dimension: str, worst: float) -> list[Record]:
        return [
            record("tweets", 0.8, "average", 0.0, dimension),
            record("tweets", worst, "worst", 0.1, dimension),
            record("reviews", worst, "worst", 0.1, dimension),
        ]

    two = [*of("typo", 0.4), *of("synonym", 0.8)]
    assert not any("profile" in text for text in printed(two, []))
    assert not any("mean over" in text for text in printed(two, []))  # nothing has one
    lines = printed([*two, *of("mine", 0.2)], [])
    assert any("profile by capability at degree 0.1: accuracy, worst variant" in text for text in lines)
    last = lines[next(i for i, text in enumerate(lines) if "profile" in text) :]
    assert line(last, "typo: slips of the hand").split()[-1] == "██████······"  # half is left
    assert line(last, "synonym: same meaning").split()[-1] == "████████████"
    assert line(last, "mine").split()[-1] == "███·········"
    assert "40.0 [35, 45]" in line(last, "typo")


def test_a_recall_is_marked_and_explained(printed: Printed) -> None:
    lines = printed([*CLEAN[:1], record("insults", 0.9, recall_only=True)])
    assert line(lines, "insults") == "insults, OOD* 40 90.0 [85.0, 95.0] -"
    assert any("* recall: all examples have one class" in text for text in lines)
    assert not any("recall" in text for text in printed(CLEAN))


def test_what_was_not_measured_is_a_dash_and_a_failure_is_named(printed: Printed) -> None:
    records = [record("reviews", 0.7, "average", 0.3), record("reviews", 0.6, "worst", 0.3)]
    failure = Failure(measurement="sentiment/chat", error="DataError", message="chat.csv is empty")
    lines = printed(records, failures=(failure,))
    assert line(lines, "reviews") == "reviews, ID - - - - - -"
    assert "FAILED sentiment/chat: DataError: chat.csv is empty" in lines
    assert "Check: python -m boss.rescore runs/mini/guess/1" in lines
