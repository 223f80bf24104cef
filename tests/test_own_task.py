"""A task of one's own, as docs/add-a-task.md says: files only, then models, attacks, records and the page."""

import csv
import json
import os
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from boss.errors import ConfigError
from boss.results.rescore import rescore
from boss.results.store import find_runs, read_run
from boss.tasks import TASKS, find_tasks, read_task
from leaderboard.rank import main as rank
from leaderboard.store.index import read_runs
from leaderboard.store.records import task_of
from leaderboard.submission.check import References, check
from leaderboard.submission.declaration import Declaration
from leaderboard.submission.pack import pack

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "add-a-task.md"
TOPICS = {
    "world": ("the president met the envoy", "voters chose a new parliament", "the border was closed again"),
    "sports": ("the team won the final", "the striker scored twice", "the runner broke a record"),
    "business": ("shares of the bank fell", "the company raised its prices", "profits grew this quarter"),
    "science": ("the probe reached a comet", "researchers mapped the gene", "a new chip runs cooler"),
}
DRUGS = ("zelofen", "marvitol", "ostrapin", "kelvoram")
DOSES = ("two tablets", "five drops", "one capsule")


def run_words(*words: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BOSS_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the page: its files, with sentences of our own as the data."""
    folder = tmp_path_factory.mktemp("place")
    for name, content in re.findall(r"`(my_conf/\S+)`\n```yaml\n(.*?)```", PAGE.read_text(), re.S):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    rng = random.Random(0)
    with (folder / "my_conf" / "topics.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "topic"))
        for n in range(400):
            topic = rng.choice(list(TOPICS))
            first, second = rng.sample(TOPICS[topic], 2)
            writer.writerow((f"In report {n}, {first}, and {second}.", topic))
    return folder


@pytest.fixture(scope="module")
def commands() -> list[list[str]]:
    block = PAGE.read_text().split("```bash\n")[1].split("```")[0]
    return [shlex.split(line)[2:] for line in block.strip().split("\n")]


@pytest.fixture(scope="module")
def run(place: Path, commands: list[list[str]]) -> Path:
    small = ("n_attacked=6", "n_variants=2", "degrees=[0.3]", "output=runs")
    assert "0 wrong" in run_words(*commands[0], folder=place)
    shown = run_words(*commands[1], *small, folder=place)
    assert "topic, tfidf" in shown
    (path,) = find_runs(place / "runs")
    return path


def test_the_run_says_what_its_task_is(run: Path) -> None:
    stored = read_run(run)
    assert stored.run.status == "complete"
    definition = stored.records[0].measurement.definition
    assert (definition.name, definition.kind, definition.labels) == (
        "topic",
        "classification",
        ("world", "sports", "business", "science"),
    )
    clean = next(record for record in stored.records if record.score.metric == "accuracy")
    assert clean.score.value > 0.9  # each topic has words of its own
    attacked = {r.measurement.attack.name for r in stored.records if r.measurement.attack is not None}
    assert attacked == {"typo", "synonym", "syntax"}
    assert rescore(run).ok


def test_the_page_and_the_order_show_it_without_its_files(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = run.parents[2]
    rows = read_runs(root, root.parent / "index.parquet").records
    task = task_of(rows)
    assert task is not None and task.labels == ("world", "sports", "business", "science")
    assert rank([f"runs={root}", "suite=news", "task=topic", "weights=id:1"]) == 0
    assert "tfidf" in capsys.readouterr().out
    os.environ["BOSS_RUNS"] = str(root)
    app = AppTest.from_file(str(ROOT / "leaderboard" / "app.py"), default_timeout=60)
    app.query_params["suite"], app.query_params["task"] = "news", "topic"
    try:
        app.run()
    finally:
        del os.environ["BOSS_RUNS"]
    assert not app.exception
    assert app.segmented_control(key="task").value == "topic"


def test_a_submission_of_it_is_checked(run: Path, tmp_path: Path) -> None:
    declaration = Declaration(
        submitter="a reader",
        contact="a@reader.org",
        licence="MIT",
        training_data=("headlines",),
        external_data=(),
        ood_exposure="none",
    )
    pack(run, declaration, archive := tmp_path / "run.zip")
    report = check(archive, References())
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert errors == []


@pytest.mark.parametrize("model", ["majority", "bert"])
def test_other_models_learn_it(
    model: str, place: Path, commands: list[list[str]], tiny_roberta: Path
) -> None:
    options = [w for w in commands[1] if not w.startswith(("model=", "attack="))]
    own = [f"model.path={tiny_roberta}", "model.epochs=1"] if model == "bert" else []
    shown = run_words(*options, f"model={model}", *own, "attack=none", f"output=runs_{model}", folder=place)
    assert "headlines, ID" in shown


def test_a_tagging_task_with_other_entity_types(place: Path) -> None:
    folder = place / "ner_conf"
    rng = random.Random(1)
    rows = []
    for n in range(160):
        drug, dose = rng.choice(DRUGS), rng.choice(DOSES).split()
        tokens = ["Patient", str(n), "took", *dose, "of", drug, "today", "."]
        tags = ["O", "O", "O", "B-dose", "I-dose", "O", "B-drug", "O", "O"]
        rows.append({"words": tokens, "tags": tags})
    (folder / "dataset" / "clinic").mkdir(parents=True)
    (folder / "suite").mkdir()
    (folder / "task").mkdir()
    (folder / "notes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "task" / "medication.yaml").write_text("kind: tagging\nlabels: [drug, dose]\n")
    (folder / "suite" / "clinic.yaml").write_text(
        "name: clinic\nversion: '1'\ndescription: Notes\nstand_in: false\n"
        "fractions: {train: 0.7, validation: 0.1, test: 0.2}\n"
    )
    (folder / "dataset" / "clinic" / "notes.yaml").write_text(
        "task: medication\nrole: id\ntitle: Notes\nshift: none\nurl: none\nlicence: own\n"
        "labels: [drug, dose]\nlabel_mapping: as they are\n"
        "source: {_target_: boss.data.library.LocalDataset, path: ../../notes.jsonl}\n"
        "reader: {_target_: boss.data.readers.parquet.ParquetTags, tokens: words, tags: tags,\n"
        "  types: {drug: drug, dose: dose}}\n"
    )
    where = ("suite=clinic", "task=medication", f"--config-dir={folder}", "output=runs_ner")
    small = ("n_attacked=5", "n_variants=2", "degrees=[0.3]", "attack=[typo,synonym,distraction]")
    shown = run_words("boss.eval", "model=tfidf", *where, *small, folder=place)
    assert "span_f1" in shown
    (path,) = find_runs(place / "runs_ner")
    stored = read_run(path)
    clean = next(record for record in stored.records if record.score.metric == "span_f1")
    assert clean.score.value > 0.8
    assert clean.measurement.definition.types == ("drug", "dose")
    rows_shown = read_runs(place / "runs_ner", place / "ner.parquet").records
    assert task_of(rows_shown) == clean.measurement.definition


def test_a_measurement_of_the_projects_tasks_does_not_carry_them(run: Path) -> None:
    of_own = read_run(run).records[0].measurement
    raw = of_own.model_dump() | {"task": "sentiment", "own_task": None}
    assert type(of_own).model_validate(raw).definition == TASKS["sentiment"]
    lost = type(of_own).model_validate(raw | {"task": "topic"})
    assert not lost.is_defined
    with pytest.raises(ConfigError, match="unknown task 'topic'"):
        _ = lost.definition


# -- files that are wrong


def test_the_five_are_files_and_a_users_goes_first(tmp_path: Path) -> None:
    assert list(find_tasks([])) == [*TASKS, "tool_choice"]
    assert list(TASKS) == ["sentiment", "toxicity", "nli", "ner", "qa"]
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "sentiment.yaml").write_text("kind: classification\nlabels: [bad, good]\norder: 1\n")
    tasks = find_tasks([tmp_path])
    assert list(tasks) == [*TASKS, "tool_choice"]
    assert tasks["sentiment"].labels == ("bad", "good")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "kind: topics\nlabels: [a, b]",
            "kind: Input should be 'classification', 'pair', 'tagging', 'span' or 'choice'",
        ),
        ("kind: classification\nlabels: [a]", "needs two classes at least, got \\['a'\\]"),
        ("kind: classification\nlabels: [a, a]", "one of them twice"),
        ("kind: pair\nlabels: [a, b]", "fields: a pair task has 2, got \\[\\]"),
        ("kind: tagging\nfields: [words]\nlabels: [a]", "those of a tagging task are \\['tokens'\\]"),
        ("kind: tagging\nlabels: [big city]", "'big city' is no name"),
        ("kind: span\nlabels: [a]", "answers that stand in a passage have none"),
        (
            "kind: classification\nlabels: [a, b]\nmetric: token_f1",
            "'token_f1' is none of accuracy",
        ),
        ("kind: classification\nlabels: [a, b]\nattacked: [title]", "'title' is no field of the task"),
        ("kind: classification\nlabels: [a, b]\nmerged: {c: [a, d]}", "\\['d'\\] are no labels"),
        ("kind: classification\nlabels: [a, b]\nmerged: {a: [a, b]}", "'a' must be a further name"),
        ("kind: classification\nlabel: [a, b]", "label: Extra inputs are not permitted"),
        ("kind: [", "not valid YAML"),
        ("just words", "valid dictionary"),
    ],
)
def test_a_wrong_task_file_names_file_key_and_rule(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "topic.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message) as error:
        read_task(path)
    assert str(error.value).startswith(f"{path}: ")


def test_a_name_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my task.yaml"
    path.write_text("kind: classification\nlabels: [a, b]")
    with pytest.raises(ConfigError, match="'my task' is no name of a task"):
        read_task(path)
