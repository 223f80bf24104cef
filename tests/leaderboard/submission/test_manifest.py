"""The data manifest, made of a trusted run, and what it lets nobody do."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.data.types import Answer, Card, Example, Split
from boss.measurement import Measurement
from boss.results.schema import PREDICTIONS
from boss.results.store import read_run
from boss.tasks import TASKS, encode_answer
from leaderboard.submission.check import References, check
from leaderboard.submission.content import clean_rows, data_sha256
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.manifest import write_manifests

MakeRun = Callable[..., Path]
GOLDS: dict[str, Any] = {
    "sentiment": "positive",
    "ner": ("B-person", "O"),
    "qa": (Answer("a bridge", 4), Answer("the bridge", 4)),
}


@pytest.mark.parametrize("task", GOLDS)
def test_predictions_give_the_digest_that_the_texts_give(task: str, tiny_table: Callable[..., Any]) -> None:
    examples = tuple(
        Example(f"e{i}", {"text": f"Line {i}, «é»."}, GOLDS[task], f"s{i % 2}") for i in range(4)
    )
    card = Card(task, "mini", task, "id", "", "", "", "", "", TASKS[task].labels, "")
    measurement, table = tiny_table(task, examples, encode_answer)
    assert data_sha256(clean_rows(measurement, table)) == Split(card, "test", examples, "1", 4).sha256


@pytest.fixture
def tiny_table() -> Callable[..., Any]:
    import pyarrow as pa

    def make(task: str, examples: tuple[Example, ...], encode: Any) -> tuple[Measurement, pa.Table]:
        fields: dict[str, Any] = {"task": task}
        measurement = Measurement.model_construct(**fields)
        label = encode(TASKS[task], examples[0].gold_texts)
        rows = [
            {
                "example_id": e.id,
                "source": e.source,
                "input_sha256": e.input_sha256,
                "label": label,
                "truncated": False,
            }
            for e in examples
        ]
        return measurement, pa.Table.from_pylist(rows[::-1], schema=PREDICTIONS)

    return make


@pytest.fixture
def known(make_run: MakeRun, tmp_path: Path) -> References:
    """Manifests of a run of the board's own keepers."""
    write_manifests(make_run("keepers/majority", run_id="trusted"), tmp_path / "manifests")
    return References(tmp_path / "manifests")


def codes(run: Path, known: References) -> set[str]:
    return {finding.code for finding in check(run, known).findings}


def test_whole_and_seeded_runs_agree_with_the_manifest(make_run: MakeRun, known: References) -> None:
    assert codes(make_run(), known) == set()
    assert codes(make_run(run_id="run-2", n_examples=25), known) == set()


def test_a_manifest_holds_no_text(known: References) -> None:
    assert known.manifests is not None
    text = (known.manifests / "mini-0.1" / "notes.jsonl").read_text()
    assert text.count("\n") == 41
    assert "bright" not in text


def test_chosen_examples_are_not_the_seeded_ones(make_run: MakeRun, known: References) -> None:
    def easy(split: Split) -> Split:
        return dataclasses.replace(split, examples=split.examples[15:], subset="seeded:0")

    report = check(make_run(chosen=easy), known)
    subset = [f for f in report.findings if f.code == "subset"]
    assert not report.ok and subset[0].line == 1
    assert "of 25 are missing" in subset[0].message


def test_examples_left_out_of_a_whole_split_are_missed(make_run: MakeRun, known: References) -> None:
    report = check(make_run(chosen=lambda s: dataclasses.replace(s, examples=s.examples[1:])), known)
    assert any("1 of 40 are missing" in finding.message for finding in report.findings)


def test_a_subset_of_ones_own_naming_is_refused(make_run: MakeRun, known: References) -> None:
    report = check(make_run(chosen=lambda s: dataclasses.replace(s, subset="best")), known)
    assert any("'best' is neither" in finding.message for finding in report.findings)


def test_another_text_or_label_is_refused(make_run: MakeRun, known: References) -> None:
    def other(split: Split) -> Split:
        first, *rest = split.examples
        return dataclasses.replace(split, examples=(first.with_input("text", "A simpler text."), *rest))

    report = check(make_run(chosen=other), known)
    assert any(
        "1 example is not in the manifest" in f.message for f in report.findings if f.code == "manifest"
    )


def test_an_ood_set_that_calls_itself_id_is_refused(
    make_run: MakeRun, known: References, forger: Any
) -> None:
    run = make_run()
    forger.edit_records(
        run,
        lambda r: r.model_copy(update={"measurement": r.measurement.model_copy(update={"role": "id"})}),
    )
    forger.reseal(run)
    report = check(run, known)
    assert any("role is 'id', the manifest says 'ood'" in finding.message for finding in report.findings)


def test_a_changed_manifest_is_noticed(make_run: MakeRun, known: References) -> None:
    assert known.manifests is not None
    path = known.manifests / "mini-0.1" / "notes.jsonl"
    path.write_text(path.read_text().replace("notes-00", "notes-77"))
    report = check(make_run(), known)
    assert not report.ok and "was changed" in report.findings[0].message


def test_other_data_under_the_same_version_makes_no_manifest(
    make_run: MakeRun, known: References, tmp_path: Path
) -> None:
    def other(split: Split) -> Split:
        first, *rest = split.examples
        return dataclasses.replace(split, examples=(first.with_input("text", "Mended."), *rest))

    assert known.manifests is not None
    with pytest.raises(SubmissionError, match="raise the suite's version"):
        write_manifests(make_run(run_id="run-2", chosen=other), known.manifests)


def test_a_run_on_subsets_makes_no_manifest(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(n_examples=10)
    assert read_run(run).records
    with pytest.raises(SubmissionError, match="no dataset whole"):
        write_manifests(run, tmp_path / "none")
