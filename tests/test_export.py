"""``python -m boss.export`` and ``python -m boss.score`` as a user runs them."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hydra import compose, initialize_config_dir
from streamlit.testing.v1 import AppTest

from boss.config import resolved, settings_from
from boss.data.suite import Suite, TaskData
from boss.data.types import Answer, Example, Split
from boss.errors import BossError, ConfigError, DataError
from boss.exported import read_manifest, row_id, slots
from boss.inputs import check_recorded, write_export
from boss.job import Job, job_of
from boss.paths import conf_dir
from boss.results.store import StoredRun, find_runs, read_run
from boss.tasks import TASKS, Task
from robtest.attacks.typo import Typo

ROOT = Path(__file__).resolve().parents[1]
CONF = ROOT / "tests" / "conf"
TOY = (f"--config-dir={CONF}", "suite=toy")
OPTIONS = ("task=all", "attack=[typo,glyph]", "n_attacked=6", "n_variants=2", "degrees=[0.1,0.3]")

SCRIPT = """
import json, sys
from pathlib import Path
from boss.data.suite import load_suite
from boss.data.types import Example
from boss.models.tfidf import Tfidf
from boss.paths import conf_dir

export, answers, conf, cache = map(Path, sys.argv[1:])
suite = load_suite("toy", [conf, conf_dir()], cache)
lines = []
for file in export.glob("*.jsonl"):
    task, data = suite.task(file.stem), suite.load(file.stem)
    model = Tfidf().fit(task, data.train, data.validation, method="default", seed=0, cache=cache)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    inputs = [{n: r[n] if isinstance(r[n], str) else tuple(r[n]) for n in task.fields} for r in rows]
    examples = [Example(row["id"], given, "", "") for row, given in zip(rows, inputs)]
    for number, (row, said) in enumerate(zip(rows, model.predict(examples))):
        answer, more = said.answer, {}
        if task.kind == "tagging":
            more = {"probs": said.probs.tolist()}
        elif task.kind == "classification":
            probs = said.probs.tolist()
            answer = dict(zip(task.labels, probs)) if number % 2 else probs
        lines.append(json.dumps({"id": row["id"], "answer": answer, **more}))
answers.write_text("\\n".join(reversed(lines)) + "\\n", encoding="utf-8")
"""
"""Answers by TF-IDF, by name or in order, the last row first."""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an export of all five tasks, TF-IDF's answers to it, and both runs."""
    place = tmp_path_factory.mktemp("export")
    cache = f"cache={place / 'cache'}"
    done = command("-m", "boss.export", *TOY, *OPTIONS, f"out={place / 'questions'}", cache)
    assert done.returncode == 0, done.stderr
    paths = (place / "questions", place / "tfidf.jsonl", CONF, place / "cache")
    done = command("-c", SCRIPT, *map(str, paths))
    assert done.returncode == 0, done.stderr
    done = command("-m", "boss.eval", *TOY, *OPTIONS, "model=tfidf", f"output={place / 'inside'}", cache)
    assert done.returncode == 0, done.stderr
    words = (str(place / "questions"), str(place / "tfidf.jsonl"), "name=outside", TOY[0], cache)
    done = command("-m", "boss.score", *words, f"output={place / 'outside'}")
    assert done.returncode == 0, done.stderr
    return place


def only_run(folder: Path) -> StoredRun:
    (run,) = find_runs(folder)
    return read_run(run)


def numbers(run: StoredRun) -> list[dict[str, Any]]:
    """Return the records, without what names the run or the model."""
    apart = {"run_id", "created_at", "model", "record_id", "predictions_sha256"}
    return [record.model_dump(mode="json", exclude=apart) for record in run.records]


def answers_of(run: StoredRun) -> dict[str, list[dict[str, Any]]]:
    return {
        part.relative_to(run.path).as_posix(): pq.read_table(part).to_pylist()
        for part in sorted(run.path.rglob("*.parquet"))
    }


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_answers_from_outside_give_the_records_of_the_model_inside_to_the_digit(place: Path) -> None:
    inside, outside = only_run(place / "inside"), only_run(place / "outside")
    assert numbers(outside) == numbers(inside) and len(numbers(inside)) > 300
    assert answers_of(outside) == answers_of(inside)
    assert {m.task for m in outside.measurements()} == set(TASKS)
    assert {m.attack.dimension for m in outside.measurements() if m.attack} == {"typo", "glyph"}
    apart = {"run_id", "created_at", "model", "method"}
    sums = [[s.model_dump(exclude=apart) for s in run.summaries()] for run in (inside, outside)]
    assert sums[0] == sums[1] and sums[0]
    done = command("-m", "boss.rescore", str(outside.path))
    assert done.returncode == 0, done.stdout


def test_rows_so_made_say_so_in_the_records_and_on_the_board(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, manifest = only_run(place / "outside"), read_manifest(place / "questions")
    for record in run.records:
        model = record.model
        assert (model.id, model.adapter, model.method) == ("outside", "predictions", "predictions")
        assert model.options["export"] == manifest.sha256 and len(model.options["answers"]) == 64
        assert (model.licence, model.training_datasets) == ("unknown", ("unknown",))
    monkeypatch.setenv("BOSS_RUNS", str(place / "outside"))
    monkeypatch.setattr("sys.argv", ["app.py", "--no-shipped"])
    page = AppTest.from_file(str(ROOT / "leaderboard" / "app.py"), default_timeout=60)
    page.query_params["suite"] = "toy"
    page.run()
    assert not page.exception
    boards = [element.value for element in page.get("html") if "<table" in element.value]
    assert boards and "outside (predictions)" in boards[0]


def test_every_row_is_one_input_and_its_id_follows_from_it(place: Path) -> None:
    manifest = read_manifest(place / "questions")
    for task in manifest.tasks:
        rows = rows_of(place / "questions" / f"{task.name}.jsonl")
        ids = [row["id"] for row in rows]
        assert ids == sorted(set(ids)) and len(ids) == manifest.files[f"{task.name}.jsonl"].rows
        labels = {"labels"} if task.kind != "span" else set()
        for row in rows:
            assert set(row) == {"id", "task", *task.fields, *labels}
            given = {n: v if isinstance(v := row[n], str) else tuple(v) for n in task.fields}
            assert row["id"] == row_id(task, Example("", given, "", "").input_sha256)
    judged = {row["input_sha256"] for rows in answers_of(only_run(place / "inside")).values() for row in rows}
    assert sum(entry.rows or 0 for entry in manifest.files.values()) == len(judged)


def job(*overrides: str, cache: Path) -> Job:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        words = [f"hydra.searchpath=[file://{CONF}]", "suite=toy", "out=none", f"cache={cache}", *overrides]
        config = compose("export", words)
    return job_of(config, settings_from(resolved(config)), [CONF, conf_dir()])


def exported(folder: Path, *overrides: str, cache: Path) -> dict[str, bytes]:
    """Return the bytes of an export by file."""
    options = ("attack=[typo]", "n_attacked=5", "n_variants=2", "degrees=[0.2]", *overrides)
    said = list(write_export(job(*options, cache=cache), folder, [], own_config=True))
    assert all(well for well, _ in said), said
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def other_gold(task: Task, split: Split, rng: random.Random) -> Split:
    """Return a split whose examples have other gold answers, drawn at random."""

    def gold(example: Example) -> Any:
        if task.kind == "classification":
            return rng.choice(split.card.labels)
        if task.kind == "tagging":
            return tuple(rng.choice(task.labels[:3]) for _ in example.inputs["tokens"])
        context = str(example.inputs["context"])
        start = rng.randrange(len(context) - 3)
        return (Answer(context[start : start + 3], start),)

    return replace(split, examples=tuple(replace(e, gold=gold(e)) for e in split.examples))


def with_tests(monkeypatch: pytest.MonkeyPatch, change: Callable[[Task, Split], Split]) -> None:
    """Have every suite load test splits that are changed."""
    load = Suite.load

    def changed(self: Suite, task: str, **options: Any) -> TaskData:
        data = load(self, task, **options)
        return replace(data, tests=tuple(change(data.task, split) for split in data.tests))

    monkeypatch.setattr(Suite, "load", changed)


def test_no_byte_of_an_export_depends_on_a_label(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exported(tmp_path / "before", "tasks=all", cache=place / "cache")
    assert set(before) == {"manifest.json", *(f"{task}.jsonl" for task in TASKS)}
    for seed in range(3):
        with monkeypatch.context() as patch:
            rng = random.Random(seed)
            with_tests(patch, lambda task, split, rng=rng: other_gold(task, split, rng))  # type: ignore[misc]
            after = exported(tmp_path / str(seed), "tasks=all", cache=place / "cache")
        assert after == before


def test_a_file_that_is_sorted_by_class_shows_none_of_it(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("tasks=sentiment", "n_attacked=null")
    before = exported(tmp_path / "before", *options, cache=place / "cache")
    by_class: Callable[[Task, Split], Split] = lambda task, split: replace(  # noqa: E731
        split, examples=tuple(sorted(split.examples, key=lambda e: (e.gold, e.id)))
    )
    with_tests(monkeypatch, by_class)
    assert exported(tmp_path / "after", *options, cache=place / "cache") == before


def test_a_changed_text_changes_the_export(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard of the two tests above: bytes do follow the inputs."""
    before = exported(tmp_path / "before", "tasks=sentiment", cache=place / "cache")
    with_tests(monkeypatch, with_a_dot)
    assert exported(tmp_path / "after", "tasks=sentiment", cache=place / "cache") != before


def with_a_dot(task: Task, split: Split) -> Split:
    first, *rest = split.examples
    name = task.fields[0]
    value = first.inputs[name]
    dotted = first.with_input(name, f"{value} ." if isinstance(value, str) else (*value, "."))
    if task.kind == "tagging":
        dotted = replace(dotted, gold=(*first.gold, "O"))
    return replace(split, examples=(dotted, *rest))


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder with a suite of its own, an export of sentiment, and answers to it."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(CONF, folder / "tests" / "conf")
    shutil.copytree(ROOT / "tests" / "data" / "toy", folder / "tests" / "data" / "toy")
    done = command("-m", "boss.export", *own(folder), "suite=toy", "attack=typo", "n_attacked=4", out(folder))
    assert done.returncode == 0, done.stderr
    rows = rows_of(folder / "questions" / "sentiment.jsonl")
    written(folder / "said.jsonl", [{"id": row["id"], "raw": raw(row)} for row in rows])
    yield folder


def own(folder: Path) -> tuple[str, ...]:
    return (f"--config-dir={folder / 'tests' / 'conf'}", f"cache={folder / 'cache'}")


def out(folder: Path) -> str:
    return f"out={folder / 'questions'}"


def raw(row: Mapping[str, Any]) -> str:
    """Return an answer without sense, and to texts that hold an e none that can be read."""
    return "I would rather not say" if "e" in row["text"] else " Neutral "


def scored(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return command(
        "-m", "boss.score", str(folder / "questions"), str(folder / "said.jsonl"), *own(folder),
        f"output={folder / 'runs'}", *words,
    )  # fmt: skip


def test_what_cannot_be_read_counts_as_failed(small: Path) -> None:
    done = scored(small)
    assert done.returncode == 0, done.stderr
    run = only_run(small / "runs")
    assert {record.model.id for record in run.records} == {"said"}  # the file's name
    for name, rows in answers_of(run).items():
        assert any(row["prediction"] is None for row in rows), name
        for row in rows:
            assert (row["prediction"] is None) == (
                "e" in row["text"] if row["text"] else row["error"] is not None
            )
            assert row["error"] == ("unparsable" if row["prediction"] is None else None)
    for record in (r for r in run.records if r.measurement.attack is None and r.score.metric == "accuracy"):
        folder = run.path / record.predictions
        rows = pq.read_table(sorted(folder.glob("*.parquet"))).to_pylist()
        right = sum(row["prediction"] == row["label"] for row in rows)
        assert record.score.value == right / len(rows)
        assert record.score.n_failed == sum(row["prediction"] is None for row in rows) > 0
    done = command("-m", "boss.rescore", str(run.path))
    assert done.returncode == 0, done.stdout


def test_an_export_whose_data_have_changed_is_refused(small: Path) -> None:
    path = small / "tests" / "data" / "toy" / "reviews_test.csv"
    content = path.read_text()
    header, first, rest = content.split("\n", 2)
    text, comma, label = first.rpartition(",")
    assert text and not text.endswith('"')
    path.write_text("\n".join((header, f"{text}!{comma}{label}", rest)))
    try:
        done = scored(small)
    finally:
        path.write_text(content)
    assert done.returncode == 2
    assert "sentiment/toy_reviews/clean: the inputs made here" in done.stderr
    assert "are not those of the export" in done.stderr and "Traceback" not in done.stderr


def test_an_export_whose_code_makes_other_copies_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recorded_job(place)
    check_recorded(made)
    edits = Typo.edits
    monkeypatch.setattr(Typo, "edits", lambda self, *given: edits(self, *given)[:-1])
    with pytest.raises(DataError, match="typo-malicious-rule-text: the inputs made here"):
        check_recorded(made)


def recorded_job(place: Path, *words: str) -> Job:
    """Return the job of scoring a task of the export, with other options where words say so."""
    answers = (f"model.export={place / 'questions'}", f"model.answers={place / 'tfidf.jsonl'}")
    options = ("attack=[typo,glyph]", "n_attacked=6", "n_variants=2", "degrees=[0.1,0.3]")
    return job(
        "model=predictions", *answers, *options, *(words or ("tasks=sentiment",)), cache=place / "cache"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("tasks=sentiment", "seed=1"),
            "sentiment/toy_reviews/typo-malicious-rule-text: the inputs made here",
        ),
        (("tasks=sentiment", "n_examples=5"), "sentiment/toy_reviews/clean: the inputs made here"),
        (("tasks=sentiment", "tag=general"), "typo-general-rule-text is not in the export"),
        (("tasks=nli", "field=premise"), "typo-malicious-rule-premise is not in the export"),
    ],
)
def test_another_job_than_the_export_is_refused(place: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(BossError, match=re.escape(said)):
        check_recorded(recorded_job(place, *words))


@pytest.mark.parametrize("name", ["manifest.json", "sentiment.jsonl"])
def test_a_folder_that_was_changed_is_refused(place: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "questions"
    shutil.copytree(place / "questions", folder)
    path = folder / name
    path.write_text(path.read_text().replace("toy_posts", "toy_parts").replace("neutral", "neutraI"))
    with pytest.raises(DataError, match=r"(was changed after it was written|no manifest)"):
        dict(slots(folder, read_manifest(folder)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("access=score",), "attack typo under access=score chooses its copies by asking the model"),
        (("task=qa", "field=context"), "copies of a passage spare the gold answers"),
        (("model=tfidf",), "unknown option 'model'"),
        (("degrees=[2]",), "a degree must be in [0, 1], got 2"),
        (("suite=maxi",), "maxi"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_the_reason(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    suite = () if words[0].startswith("suite") else ("suite=toy",)
    folder = f"out={tmp_path / 'new'}"
    done = command(
        "-m", "boss.export", TOY[0], *suite, "attack=typo", folder, *words, f"cache={tmp_path / 'c'}"
    )
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert said in done.stderr + done.stdout
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(place: Path) -> None:
    with pytest.raises(ConfigError, match="is there and not an empty folder"):
        exported(place / "questions", cache=place / "cache")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name the folder of the export and the file of answers first"),
        (("{place}/questions", "name=x"), "name the folder of the export and the file of answers first"),
        (
            ("{place}/questions", "{place}/tfidf.jsonl"),
            "was exported with a --config-dir; give the same again",
        ),
        (("{place}", "{place}/tfidf.jsonl"), "manifest.json cannot be read"),
        (("{place}/questions", "{place}/tfidf.jsonl", "seed=1"), "unknown option 'seed'"),
        (("{place}/questions", "{place}/none.jsonl", TOY[0]), "none.jsonl is no file"),
    ],
)
def test_wrong_words_of_scoring_are_refused(place: Path, words: tuple[str, ...], said: str) -> None:
    done = command("-m", "boss.score", *(word.format(place=place) for word in words))
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("module", "word"), [("boss.export", "n_variants=N"), ("boss.score", "predictions.jsonl")]
)
def test_help_is_there_without_heavy_libraries(module: str, word: str) -> None:
    done = command("-m", module, "--help")
    assert done.returncode == 0 and word in done.stdout
    done = command("-c", f"import {module}, sys; print(*sys.modules)")
    assert not {"torch", "transformers", "textattack", "sklearn"} & set(done.stdout.split())


def test_the_page_is_followed_as_it_stands(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "predictions-only.md").read_text(encoding="utf-8")
    (name, body), *more = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", page, re.DOTALL)
    assert not more
    (tmp_path / name).write_text(body)
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    added = {
        "python -m boss.export": f" {' '.join(TOY)} n_attacked=4 n_variants=1 cache=cache",
        "python answer.py": "",
        "python -m boss.score": f" {TOY[0]} cache=cache",
    }
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for line, (start, words) in zip(block.splitlines(), added.items(), strict=True):
        assert line.startswith(start)
        done = subprocess.run(
            line + words,
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    run = only_run(tmp_path / "runs")
    assert run.run.status == "complete" and {record.model.id for record in run.records} == {"my-rule"}
    assert run.run.command.startswith("python -m boss.eval ")
