"""A run edited in forty ways: each is refused or flagged, and the message says what to do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boss.results.schema import Record
from leaderboard.submission.check import References, check
from leaderboard.submission.findings import Finding, Report
from leaderboard.submission.limits import Limits

MakeRun = Callable[..., Path]
Edit = Callable[[Any, Path], object]
ATTACKED = "sentiment/notes/typo-malicious-rule-text"


def found(report: Report, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def set_score(name: str, value: Any) -> Edit:
    return lambda forger, run: forger.edit_line(run, lambda line: line["score"].update({name: value}))


def in_part(edit: Callable[[list[dict[str, Any]]], Any], key: str = "sentiment/notes/clean") -> Edit:
    def apply(forger: Any, run: Path) -> None:
        forger.edit_part(run, edit, key)
        forger.reseal(run)

    return apply


def first_row(**changes: Any) -> Edit:
    return in_part(lambda rows: rows[0].update(changes))


def in_records(edit: Callable[[Record], Record]) -> Edit:
    def apply(forger: Any, run: Path) -> None:
        forger.edit_records(run, edit)
        forger.reseal(run)

    return apply


def in_model(**changes: Any) -> Edit:
    return in_records(lambda r: r.model_copy(update={"model": r.model.model_copy(update=changes)}))


def in_cell(**changes: Any) -> Edit:
    return in_records(
        lambda r: r.model_copy(update={"measurement": r.measurement.model_copy(update=changes)})
    )


def in_record(**changes: Any) -> Edit:
    return in_records(lambda r: r.model_copy(update=changes))


def in_attack(**changes: Any) -> Edit:
    def edit(record: Record) -> Record:
        attack = record.measurement.attack
        changed = attack and attack.model_copy(update=changes)
        return record.model_copy(
            update={"measurement": record.measurement.model_copy(update={"attack": changed})}
        )

    return in_records(edit)


def twice_the_key(forger: Any, run: Path) -> None:
    first, *rest = (run / "records.jsonl").read_text().splitlines()
    forger.write_lines(run, [first[:-1] + ', "seed": 1}', *rest])


def nested(forger: Any, run: Path) -> None:
    forger.edit_run(run, config=json.loads("[" * 30 + "]" * 30) and {"a": json.loads("[" * 30 + "]" * 30)})


def truncated(forger: Any, run: Path) -> None:
    part = forger.part(run)
    part.write_bytes(part.read_bytes()[:-40])


def renamed(forger: Any, run: Path) -> None:
    part = forger.part(run)
    part.rename(part.with_name("part-00007.parquet"))


def linked(forger: Any, run: Path) -> None:
    part = forger.part(run)
    target = run.parent / "elsewhere.parquet"
    part.rename(target)
    part.symlink_to(target)


def other_columns(forger: Any, run: Path) -> None:
    pq.write_table(pa.table({"example_id": [1, 2]}), forger.part(run))


def listed_otherwise(forger: Any, run: Path) -> None:
    files = json.loads((run / "run.json").read_text())["files"]
    next(iter(files.values()))["sha256"] = "0" * 64
    forger.edit_run(run, files=files)


def edited_summary(forger: Any, run: Path) -> None:
    lines = (run / "summaries.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    lines[0] = json.dumps({**first, "value": first["value"] + 0.01})
    (run / "summaries.jsonl").write_text("\n".join(lines) + "\n")
    forger.reseal(run)


def again(forger: Any, run: Path) -> None:
    lines = forger.lines(run)
    forger.write_lines(run, [*lines, lines[0]])


def halved_surrogate(forger: Any, run: Path) -> None:
    forger.edit_run(run, model="half \ud800")


REFUSED: dict[str, tuple[Edit, str, str, str]] = {
    # name: (edit, code, file, words of the message)
    "edited score": (set_score("value", 0.99), "rescore", "run/records.jsonl:1", "stored 0.99"),
    "edited interval": (
        lambda f, run: f.edit_line(run, lambda line: line["score"]["ci"].update(low=0.8), 1),
        "rescore",
        "run/records.jsonl:2",
        "ci.low",
    ),
    "negative n": (set_score("n_scored", -3), "schema", "run/records.jsonl:1", "score.n_scored"),
    "NaN as a score": (set_score("value", float("nan")), "json", "run/records.jsonl:1", "NaN"),
    "infinite score": (set_score("value", float("inf")), "json", "run/records.jsonl:1", "Infinity"),
    "wrong schema version": (
        lambda f, run: f.edit_line(run, lambda line: line.update(schema_version=99)),
        "schema",
        "run/records.jsonl:1",
        "99",
    ),
    "unknown field": (
        lambda f, run: f.edit_line(run, lambda line: line.update(stars=5)),
        "schema",
        "run/records.jsonl:1",
        "stars",
    ),
    "record id of another record": (
        lambda f, run: f.edit_line(run, lambda line: line.update(seed=3)),
        "schema",
        "run/records.jsonl:1",
        "edited",
    ),
    "no JSON": (lambda f, run: f.write_lines(run, ["not json"]), "json", "run/records.jsonl:1", "taken"),
    "key given twice": (twice_the_key, "json", "run/records.jsonl:1", "twice"),
    "huge string": (
        lambda f, run: f.edit_run(run, command="x" * 50_000),
        "json",
        "run/run.json:1",
        "50,000 characters",
    ),
    "nested too deep": (nested, "json", "run/run.json:1", "deeper"),
    "half a character": (halved_surrogate, "json", "run/run.json:1", "surrogates"),
    "truncated parquet": (truncated, "table", "/part-00000.parquet", "torn"),
    "other columns": (other_columns, "table", "/part-00000.parquet", "columns"),
    "renamed part": (renamed, "schema", "predictions/sentiment/notes/clean", "numbered"),
    "link in the folder": (linked, "link", "/part-00000.parquet", "link"),
    "extra file": (
        lambda f, run: (run / "setup.py").write_text("pass"),
        "unknown_file",
        "run/setup.py",
        "no file",
    ),
    "a pickle": (
        lambda f, run: (run / "model.pkl").write_bytes(b"\x80"),
        "unknown_file",
        "run/model.pkl",
        "no file",
    ),
    "changed digest": (listed_otherwise, "rescore", "run/", "sha256"),
    "reordered rows": (
        lambda f, run: f.edit_part(run, lambda rows: rows[::-1]),
        "rescore",
        "/part-00000.parquet",
        "sha256",
    ),
    "missing rows": (
        in_part(lambda rows: rows[1:]),
        "rescore",
        "predictions/sentiment/notes/clean",
        "39 examples",
    ),
    "duplicate ids": (
        in_part(lambda rows: [*rows[1:], rows[1]]),
        "rescore",
        "predictions/sentiment/notes/clean",
        "39 examples",
    ),
    "row given twice": (in_part(lambda rows: [*rows, rows[0]]), "rescore", "sentiment/notes/clean", "twice"),
    "edited prediction": (
        first_row(prediction="negative", probs=[0.75, 0.25]),
        "rescore",
        "run/records",
        "value",
    ),
    "prediction outside the labels": (
        first_row(prediction="splendid"),
        "label_set",
        "notes/clean",
        "splendid",
    ),
    "wrong gold label": (first_row(label="positive"), "other_data", "run/records.jsonl:1", "digest"),
    "label outside the labels": (first_row(label="splendid"), "label_set", "notes/clean", "splendid"),
    "changed input hash": (first_row(input_sha256="0" * 64), "other_data", "run/records.jsonl:1", "digest"),
    "input hash that is none": (first_row(input_sha256="zz"), "input_sha256", "notes/clean", "sha256"),
    "renamed example": (first_row(example_id="notes-99"), "other_data", "run/records.jsonl:1", "digest"),
    "probability that is NaN": (first_row(probs=[float("nan"), 0.5]), "probabilities", "notes/clean", "NaN"),
    "probabilities over 1": (first_row(probs=[0.9, 0.9]), "probabilities", "notes/clean", "sum to 1"),
    "too few probabilities": (first_row(probs=[1.0]), "probabilities", "notes/clean", "2 labels"),
    "answer not the most probable": (first_row(probs=[0.9, 0.1]), "probabilities", "notes/clean", "probable"),
    "distance beyond the degree": (
        in_part(lambda rows: rows[1].update(distance=0.5), ATTACKED),
        "rescore",
        "notes/typo",
        "distance outside",
    ),
    "HTML in the model's name": (in_model(id="<b onload=x>"), "name", "run/records.jsonl:1", "model.id"),
    "reversed writing in a name": (in_model(revision="1\u202e2"), "name", "run/records.jsonl:1", "u202e"),
    "empty name": (in_model(licence=" "), "name", "run/records.jsonl:1", "unknown"),
    "long name": (in_model(id="m" * 300), "name", "run/records.jsonl:1", "300"),
    "another model's name": (in_model(id="lab/other"), "other_model", "notes/clean/part-00000", "another"),
    "path in a dataset's name": (
        in_cell(dataset="../../x"),
        "name",
        "run/records.jsonl:1",
        "cannot name a folder",
    ),
    "unknown task": (in_cell(task="poetry"), "task", "run/records.jsonl:1", "poetry"),
    "other dataset digest": (in_cell(dataset_sha256="0" * 64), "other_data", "run/records.jsonl:1", "digest"),
    "level given to itself": (in_record(verification="rerun"), "self_given", "run/records.jsonl:1", "rerun"),
    "flags of its own": (in_record(flags=("best",)), "self_given", "run/records.jsonl:1", "best"),
    "more variants than memory": (
        in_attack(n_variants=10**12),
        "too_large",
        "run/records.jsonl:",
        "rows",
    ),
    "markup in an option a page shows": (
        in_attack(changed={"operators": "<b>best</b>"}),
        "name",
        "run/records.jsonl:",
        "attack.label",
    ),
    "a version as long as a book": (
        in_attack(version="1" * 5_000),
        "name",
        "run/records.jsonl:",
        "attack.version has 5,000 characters",
    ),
    "negative seed": (in_record(seed=-1), "schema", "run/records.jsonl", "cannot be scored"),
    "record given twice": (again, "duplicate_record", "run/records.jsonl:", "line 1 already"),
    "record left out": (
        lambda f, run: f.write_lines(run, f.lines(run)[1:]),
        "rescore",
        "run/records.jsonl",
        "stored absent",
    ),
    "edited summary": (edited_summary, "rescore", "run/summaries.jsonl:1", "value"),
    "unfinished run": (lambda f, run: f.edit_run(run, status="running"), "schema", "run", "unfinished"),
    "other suite": (lambda f, run: f.edit_run(run, suite="boss"), "suite", "run/records.jsonl:1", "boss"),
    "no records": (
        lambda f, run: (run / "records.jsonl").write_text(""),
        "empty",
        "run/records.jsonl",
        "number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mutated_run_is_refused_with_file_and_cure(name: str, make_run: MakeRun, forger: Any) -> None:
    edit, code, file, words = REFUSED[name]
    run = make_run()
    edit(forger, run)
    report = check(run)
    assert not report.ok
    matching = [str(f) for f in found(report, code) if f.severity == "error"]
    assert any(file in text and words in text for text in matching), [str(f) for f in report.findings]
    assert all(finding.cure.endswith(".") for finding in report.findings)


def test_an_unmutated_run_is_accepted_by_the_check(make_run: MakeRun, packed: Callable[..., Path]) -> None:
    run = make_run()
    for path in (run, packed(run)):
        report = check(path)
        assert report.ok and report.n_cells == 3
        assert report.flags == ("no_manifest",)


def test_a_long_text_in_a_table_is_refused_before_it_is_read_whole(make_run: MakeRun, forger: Any) -> None:
    run = make_run()
    first_row(prediction="x" * 300_000)(forger, run)
    assert found(check(run), "too_large")


def test_a_table_that_is_small_on_disk_and_vast_in_memory_is_refused(make_run: MakeRun, forger: Any) -> None:
    run = make_run()

    def swell(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**rows[0], "error": "y" * 19_000} for _ in range(2_000)]

    in_part(swell)(forger, run)
    assert forger.part(run).stat().st_size < 100_000
    (finding,) = found(check(run, limits=Limits(table_bytes=20_000_000)), "bomb")
    assert "20,000,000 bytes in memory" in str(finding)


def test_too_many_rows_are_refused_by_what_the_files_say(make_run: MakeRun) -> None:
    (finding,) = found(check(make_run(), limits=Limits(rows=100)), "too_large")
    assert "the limit is 100" in str(finding)


def test_predictions_of_an_accepted_model_are_flagged(
    make_run: MakeRun, board: Any, accepted: Callable[[Path], str]
) -> None:
    accepted(make_run("lab/first"))
    copy = check(make_run("lab/second", run_id="run-2"), board.references())
    (finding,) = found(copy, "near_duplicate_predictions")
    assert "80 of 80 answers are those of 'lab/first'" in str(finding)
    other = check(make_run("lab/third", run_id="run-3", start=20), board.references())
    assert not found(other, "near_duplicate_predictions")


def test_a_model_measured_again_is_no_copy(
    make_run: MakeRun, board: Any, accepted: Callable[[Path], str]
) -> None:
    accepted(make_run("lab/first"))
    again = check(make_run("lab/first", run_id="run-2"), board.references())
    assert not found(again, "near_duplicate_predictions")


def test_the_parts_of_another_model_are_refused(make_run: MakeRun, forger: Any) -> None:
    run, other = make_run(), make_run("lab/better", run_id="run-2", n_wrong={"notes": 1, "letters": 1})
    for key in ("sentiment/notes/clean", "sentiment/letters/clean", ATTACKED):
        shutil.copy(forger.part(other, key), forger.part(run, key))
    shutil.copy(other / "summaries.jsonl", run / "summaries.jsonl")
    forger.write_lines(
        run,
        [
            Record.model_validate(
                {
                    **{k: v for k, v in theirs.items() if k != "record_id"},
                    "model": ours["model"],
                    "run_id": "run-1",
                }
            ).model_dump_json()
            for ours, theirs in zip(forger.lines(run), forger.lines(other), strict=True)
        ],
    )
    forger.reseal(run)
    assert len(found(check(run), "other_model")) == 3


def test_one_answer_for_all_is_flagged(make_run: MakeRun) -> None:
    odd = frozenset(f"{name}-{i:02}" for name in ("notes", "letters") for i in range(1, 40, 2))
    report = check(make_run(wrong=odd))
    assert report.ok
    assert [f.line for f in found(report, "constant_output")] == [1, 6]
    assert "40 of 40 answers are 'negative'" in str(found(report, "constant_output")[0])


def test_labels_in_the_wrong_order_are_flagged(make_run: MakeRun) -> None:
    report = check(make_run(n_wrong={"notes": 38, "letters": 38}))
    assert "below guessing" in str(found(report, "below_chance")[0])


def test_ood_far_above_id_is_flagged_without_other_models(make_run: MakeRun) -> None:
    report = check(make_run(n_wrong={"notes": 20}))
    assert "above the ID interval" in str(found(report, "implausible_gap")[0])


def test_no_loss_under_shift_is_flagged_where_five_models_lose(
    make_run: MakeRun, board: Any, accepted: Callable[[Path], str]
) -> None:
    for i in range(5):
        wrong = {"notes": 4 + i % 2, "letters": 14 + i % 2}
        accepted(make_run(f"lab/{i}", run_id=f"run-{i}", n_wrong=wrong, start=7 * i))
    usual = make_run("lab/usual", run_id="usual", n_wrong={"notes": 5, "letters": 15}, start=3)
    assert not found(check(usual, board.references()), "implausible_gap")
    odd = make_run("lab/odd", run_id="odd", n_wrong={"notes": 5, "letters": 4}, start=3)
    (finding,) = found(check(odd, board.references()), "implausible_gap")
    assert "5 accepted models" in str(finding)


def test_copies_that_no_model_could_change_must_be_the_same(
    make_run: MakeRun, board: Any, forger: Any, accepted: Callable[[Path], str]
) -> None:
    accepted(make_run("lab/first"))
    run = make_run("lab/second", run_id="run-2", start=20)
    assert not found(check(run, board.references()), "other_copies")
    in_part(lambda rows: rows[1].update(input_sha256="1" * 64), ATTACKED)(forger, run)
    (finding,) = found(check(run, board.references()), "other_copies")
    assert "1 of 120 copies" in str(finding)


def test_a_clean_answer_that_changes_is_flagged(make_run: MakeRun, forger: Any) -> None:
    run = make_run()
    in_part(lambda rows: rows[0].update(prediction="negative", probs=[0.75, 0.25]), ATTACKED)(forger, run)
    (finding,) = found(check(run), "unstable_answers")
    assert "1 of 40 clean answers" in str(finding)


def test_declared_training_data_marks_its_cells_and_no_others(
    make_run: MakeRun, packed: Callable[..., Path], declare: Callable[..., Any]
) -> None:
    by_card = check(make_run(training=("Letters, all splits",)))
    assert [f.line for f in found(by_card, "contaminated")] == [6]
    run = make_run(run_id="run-2")
    by_hand = check(packed(run, contaminated=({"dataset": "letters", "reason": "seen in pretraining"},)))
    assert by_hand.ok and "letters: seen in pretraining" in str(found(by_hand, "contaminated")[0])
    assert not found(check(packed(run, training_data=("notes",))), "contaminated")
    assert found(check(packed(run, training_data=("notes test",))), "contaminated")


def test_a_declaration_about_an_unknown_dataset_is_refused(
    make_run: MakeRun, packed: Callable[..., Path]
) -> None:
    report = check(packed(make_run(), contaminated=({"dataset": "diaries", "reason": "seen"},)))
    assert not report.ok and "Name one of letters, notes." in str(found(report, "declaration")[0])


def test_findings_without_end_are_cut(make_run: MakeRun, forger: Any) -> None:
    run = make_run()
    forger.write_lines(run, ["not json"] * 1_000)
    report = check(run, References())
    assert len(report.findings) == 201
    assert "800 more" in str(report.findings[-1])
