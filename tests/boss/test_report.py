"""The tables a run ends with, as a person reads them."""

import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.paths import conf_dir
from boss.report import Told, check_command, print_report, show_command, write_report
from boss.report_tables import sections
from boss.require import Bar, Verdict
from boss.results.manifest import Code, DatasetEntry, Environment, Failure, Run
from boss.results.schema import Cost, Interval, Record, Score, Subject, Touched
from boss.results.summary import AttackGroup, Summary
from boss.tables import lines
from boss.targets import Target
from robtest.attacks import DIMENSIONS

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
    row = "reviews, ID 32/40 80.0 [75, 85] 70.0 [65, 75] 60.0 [55, 65] 25.0 [20, 30] 55.0 [50, 60]"
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
    assert [text for text in dim if re.match(r"\d+\.\d \[", text)] == ["70.0 [65, 75]", "55.0 [50, 60]"]
    lines = [" ".join(text.split()) for text in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()]
    numbers = "32/40 80.0 [75, 85] 70.0 [65, 75] 60.0 [55, 65] 25.0 [20, 30] 55.0 [50, 60]"
    start = lines.index(f"reviews, ID {numbers}")
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


def of_everything(name: str, dimension: str) -> list[Record]:
    """The widest numbers there are, with all that may stand below them."""
    clean, average, worst, success, area = attacked(name, dimension, n=1000, n_evaluated=1000)
    wide = {"value": 1.0, "ci": worst.score.ci.model_copy(update={"low": 1.0, "high": 1.0})}
    some = {
        **wide,
        "coverage": 0.488,
        "touched": Touched(**wide, n_scored=9),
        "n_truncated": 488,
        "n_failed": 7,
    }
    updates = (wide, some, some, some, {**wide, "coverage": 0.488})
    records = zip((clean, average, worst, success, area), updates, strict=True)
    return [r.model_copy(update={"score": r.score.model_copy(update=u)}) for r, u in records]


NAMES = ("reviews", *sorted(path.stem for path in (conf_dir() / "dataset").rglob("*.yaml")))


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_no_line_of_a_table_is_wider_than_the_terminal_and_nothing_is_cut(width: int) -> None:
    own = "typo, operators=[delete,insert,replace,swap] and=a_name_without_a_blank_that_is_longer_than_a_line"
    records = [r for name in NAMES for d in (own, *DIMENSIONS) for r in of_everything(name, d)]
    records += [record(name, 1.0, n=1000) for name in NAMES]
    for section in sections(records, (), 0.1):
        shown = [text.plain for text in lines(section, width)]
        assert max(map(len, shown)) <= width
        assert not any("…" in text for text in shown)
        words = " ".join(" ".join(shown).split())
        for row in section.rows:
            for cell in row.cells:
                assert cell.value in words and cell.interval in words
        if "profile" not in section.title:
            for name in NAMES:
                assert words.count(f"{name}, ") >= (1 if "under attack" not in section.title else 9)
        assert own.replace(" ", "") in words.replace(" ", "") or "under attack" not in section.title


def test_at_80_columns_names_stand_above_numbers_that_do_not_fit_beside_them(printed: Printed) -> None:
    file = io.StringIO()
    print_report(attacked("real_toxicity_prompts"), (), (), 0.1, "r/mini/g/1", Console(file=file, width=80))
    text = [" ".join(text.split()) for text in file.getvalue().splitlines()]
    at = text.index("real_toxicity_prompts, OOD")
    assert text[at + 1] == "32/40 80.0 [75, 85] 70.0 [65, 75] 60.0 [55, 65] 25.0 [20, 30] 55.0 [50, 60]"


def test_what_is_piped_has_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_report(attacked("real_toxicity_prompts"), (), (), 0.1, "runs/mini/guess/1")
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_texts_that_were_cut_or_have_no_answer_are_told_below_the_number(printed: Printed) -> None:
    update = {"n_truncated": 10, "n_failed": 3}
    clean = record("reviews", 0.8)
    cut = clean.model_copy(update={"score": clean.score.model_copy(update=update)})
    lines = printed([cut, record("posts", 0.7)])
    [at] = [i for i, text in enumerate(lines) if text.strip().startswith("reviews")]
    assert [" ".join(text.split()) for text in lines[at + 1 : at + 3]] == ["cut 25.0 %", "failed 3/40"]
    assert sum(text.strip().startswith(("cut ", "failed ")) for text in lines) == 2
    assert any("which count as wrong" in text for text in lines)


def held(name: str, limit: float, reached: bool, **target: Any) -> Verdict:
    fields = {"task": "sentiment", "attack": None, "degree": None, "metric": "accuracy", "aggregate": "clean"}
    fields |= {"higher_is_better": True, "headline": True, "attacks": (), "measurements": ()}
    return Verdict(Bar(Target(**{**fields, "place": name, **target}), limit), reached, "0.7; as it was asked")


def test_a_bar_stands_below_the_number_it_is_for_and_in_a_line_of_its_own() -> None:
    typo = {"attack": "typo", "degree": 0.1, "aggregate": "worst"}
    success = {**typo, "aggregate": "attack_success_rate", "higher_is_better": False}
    verdicts = (
        held("reviews", 0.755, False),
        held("id", 0.5, True, **typo),
        held("ood_mean", 0.3, False, **success),
        held("id", 0.5, True, **{**typo, "degree": 0.6}),  # not shown at this degree
    )
    records = [record("reviews", 0.8), *attacked("reviews"), *attacked("posts")]
    file = io.StringIO()
    print_report(records, (), (), 0.1, "runs/m/g/1", Console(file=file, width=100), verdicts)
    lines = [" ".join(text.split()) for text in file.getvalue().splitlines()]
    below = {lines[i - 1].split(",")[0]: text for i, text in enumerate(lines) if text.startswith("bar ")}
    assert [text for text in lines if text.startswith("bar ")] == [
        "bar ≥75.5 SHORT",
        "bar ≥50 held",
        "bar ≤30 SHORT",
    ]
    assert below == {"reviews": "bar ≥50 held", "posts": "bar ≤30 SHORT"}
    assert "SHORT sentiment/reviews/accuracy: 0.7; as it was asked" in lines
    assert sum(text.startswith("reached sentiment/id/typo@") for text in lines) == 2


def test_one_variant_is_one(printed: Printed) -> None:
    records = []
    for number in attacked("reviews"):
        attack = number.measurement.attack
        assert attack is not None
        one = {"attack": attack.model_copy(update={"n_variants": 1})}
        records.append(number.model_copy(update={"measurement": number.measurement.model_copy(update=one)}))
    assert any("accuracy, 1 variant at degree 0.1" in text for text in printed(records))


def test_the_commands_name_the_run_and_the_folder_of_all_runs(
    printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "a b").mkdir()
    monkeypatch.chdir(folder)
    assert check_command(folder / "it's" / "m" / "g" / "1") == "python -m boss.rescore 'it'\"'\"'s/m/g/1'"
    assert show_command(folder / "m" / "g" / "1") == "python -m leaderboard --runs ."
    assert show_command(folder / "-x" / "m" / "g" / "1") == "python -m leaderboard --runs ./-x"
    assert shlex.split(check_command(tmp_path / "é" / "m" / "g" / "1"))[-1] == f"{tmp_path}/é/m/g/1"


RUN = Run(
    run_id="1",
    status="failed",
    created_at="2026-01-01T00:00:00+00:00",
    suite="mini",
    suite_version="1",
    model="guess",
    tasks=("sentiment",),
    seed=7,
    command="python -m boss.eval 'output=a `b` ``` c'",
    overrides=(),
    config={"show_degree": None},
    config_sha256=SHA,
    code=Code(package="boss-robtest", version="1", commit="abc", dirty=False, source_sha256=SHA),
    environment=Environment(python="3", platform="x", device="cpu", n_threads=1, packages={}),
    data=(
        DatasetEntry(
            dataset="reviews",
            split="test",
            revision="r1",
            sha256=SHA,
            n=40,
            n_total=90,
            subset="s",
            removed={},
        ),
    ),
    failures=(Failure(measurement="sentiment/chat", error="DataError", message="no <file> | here"),),
)
HOSTILE = "a|b <img src=x onerror=y> [c](http://d.org) *e* `f` $g$ _h"


def test_the_page_tells_a_run_by_itself(tmp_path: Path) -> None:
    records = [record("reviews", 0.8), *attacked("reviews"), *attacked("posts")]
    write_report(tmp_path, Told(RUN, records, (), (held("id", 0.9, False),)))
    page = (tmp_path / "report.md").read_text()
    rows = [[cell.strip() for cell in text.strip("|").split(" | ")] for text in page.splitlines()]
    assert ["reviews, ID", "40", "80.0 [75.0, 85.0]", "40.0"] in rows
    numbers = ["80.0 [75, 85]", "70.0 [65, 75]", "60.0 [55, 65]", "25.0 [20, 30]", "55.0 [50, 60]"]
    assert ["posts, OOD", "32/40", *numbers] in rows
    assert ["seed", "7"] in rows
    assert ["reviews", "test", "40", "90", "r1"] in rows
    assert ["sentiment/id/accuracy", "SHORT", "0.7; as it was asked"] in rows
    assert "- sentiment/chat: DataError: no &lt;file&gt; \\| here\n" in page
    assert "````sh\npython -m boss.eval 'output=a `b` ``` c'\n````\n" in page
    assert "(curve.svg)" in page and "the run is failed; 1 part failed" in page
    assert "bars held" not in page and "0 of 1 bar held" in page


def test_names_are_data_on_the_page_and_in_the_picture(tmp_path: Path) -> None:
    model = {"model": SUBJECT.model_copy(update={"id": HOSTILE})}
    records = [r.model_copy(update=model) for r in (*attacked(HOSTILE), *attacked(HOSTILE, "_mine $x^2$"))]
    worst = [r.model_copy(update={"score": r.score.model_copy(update={"degree": 0.6})}) for r in records]
    write_report(tmp_path, Told(RUN, [*records, *worst], ()))
    page = (tmp_path / "report.md").read_text()
    name = r"a\|b &lt;img src=x onerror=y&gt; [c]\(http\://d.org) \*e\* \`f\` \$g\$ \_h"
    assert f"| {name}, OOD | 32/40 |" in page and f"# {name} none on suite mini\n" in page
    assert "<" not in page and "](http" not in page
    for text in page.split("\n\n"):
        if text.startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in text.splitlines()}) == 1
    picture = ElementTree.parse(tmp_path / "curve.svg").getroot()
    said = [
        " ".join("".join(node.itertext()).split())
        for node in picture.iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "_mine $x^2$" in said and any(HOSTILE[:20] in text for text in said)
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))
    before = (tmp_path / "curve.svg").read_bytes()
    write_report(tmp_path, Told(RUN, [*records, *worst], ()))
    assert (tmp_path / "curve.svg").read_bytes() == before


def test_a_run_without_an_attack_has_a_page_without_a_picture(tmp_path: Path) -> None:
    write_report(tmp_path, Told(RUN, CLEAN, ()))
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    assert "curve" not in (tmp_path / "report.md").read_text()


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
