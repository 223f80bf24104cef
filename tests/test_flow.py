"""The product as a user runs it: one command makes a run, another checks it, the page shows it."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from boss.results.rescore import rescore
from boss.results.schema import TIME_AND_HOST_FIELDS
from boss.results.store import find_runs, read_run
from leaderboard.submission.check import References, check
from leaderboard.submission.declaration import Declaration
from leaderboard.submission.layout import run_files
from leaderboard.submission.pack import pack

ROOT = Path(__file__).resolve().parents[1]
TOY = (f"--config-dir={ROOT / 'tests' / 'conf'}", "suite=toy", "n_attacked=4", "n_variants=2")
# The README's own command measures all eight dimensions; here two of them show the way.
TWO = "attack=[typo,glyph]"


def boss(*arguments: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def measured(output: Path, *arguments: str) -> Path:
    attacks = () if any(word.startswith("attack=") for word in arguments) else (TWO,)
    where = (f"output={output}", f"cache={output / 'cache'}")
    done = boss("boss.eval", *TOY, *where, *attacks, *arguments)
    assert done.returncode == 0, done.stderr
    return find_runs(output)[-1]


def comparable(run: Path) -> dict[str, Any]:
    """Return a run's content without times, host and journal."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in TIME_AND_HOST_FIELDS}
        return [strip(v) for v in value] if isinstance(value, list) else value

    manifest = strip(json.loads((run / "run.json").read_text()))
    manifest["config"].pop("output"), manifest["config"].pop("cache")
    manifest.pop("overrides")
    manifest["files"].pop("records.jsonl")  # holds the run's id and date
    records = [strip(json.loads(line)) for line in (run / "records.jsonl").read_text().splitlines()]
    parts = {p.relative_to(run).as_posix(): p.read_bytes() for p in sorted(run.rglob("*.parquet"))}
    return {"manifest": manifest, "records": records, "parts": parts}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return measured(tmp_path_factory.mktemp("runs"), "model=tfidf", "task=all")


def test_one_command_measures_five_tasks_clean_and_attacked(run: Path) -> None:
    stored = read_run(run)
    assert stored.run.status == "complete"
    measurements = stored.measurements()
    assert {measurement.task for measurement in measurements} == {"sentiment", "toxicity", "nli", "ner", "qa"}
    for task in stored.run.tasks:
        own = [measurement for measurement in measurements if measurement.task == task]
        assert {measurement.role for measurement in own} == {"id", "ood"}
        dimensions = {measurement.attack.dimension if measurement.attack else "clean" for measurement in own}
        assert dimensions == {"clean", "typo", "glyph"}
    for record in stored.records:
        assert record.score.ci.low <= record.score.value <= record.score.ci.high
        # Of the right examples, and of the wrong ones.
        if record.score.aggregate == "attack_success_rate" or record.score.metric == "confidence_when_wrong":
            assert 0 < record.score.n_scored <= record.measurement.n_evaluated
        else:
            assert record.score.n_scored == record.measurement.n_evaluated > 0
        if record.score.degree:
            assert record.score.realised is not None
            assert record.score.realised.p95 <= record.score.degree


def test_curves_start_at_the_clean_value_and_the_worst_never_rises(run: Path) -> None:
    stored = read_run(run)
    for measurement in (c for c in stored.measurements() if c.attack is not None):
        own = [r.score for r in stored.records if r.measurement == measurement]
        for metric in {score.metric for score in own}:
            worst = [s.value for s in own if (s.metric, s.aggregate) == (metric, "worst")]
            average = [s.value for s in own if (s.metric, s.aggregate) == (metric, "average")]
            assert worst[0] == average[0]
            assert worst == sorted(worst, reverse=True)
            assert all(w <= a + 1e-12 for w, a in zip(worst, average, strict=True))


def test_rescoring_reproduces_every_number(run: Path) -> None:
    done = boss("boss.rescore", str(run), "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    stored = read_run(run)
    assert report["n_records"] == len(stored.records) and not report["differences"]
    assert report["n_summaries"] == len(stored.summaries()) > 0


def test_the_page_shows_the_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_RUNS", str(run.parents[2]))
    page = AppTest.from_file(str(ROOT / "leaderboard" / "app.py"), default_timeout=60).run()
    assert not page.exception
    assert any("tfidf" in element.value for element in page.get("html") if "<table" in element.value)


def test_two_runs_with_one_seed_are_equal_apart_from_times_and_host(tmp_path: Path) -> None:
    options = ("model=tfidf", "task=sentiment", "attack=typo")
    first = measured(tmp_path / "a", *options)
    second = measured(tmp_path / "b", *options)
    assert comparable(first) == comparable(second)
    other = measured(tmp_path / "c", *options, "seed=1")
    assert comparable(first)["parts"] != comparable(other)["parts"]


def test_a_killed_run_is_continued_by_the_same_command(tmp_path: Path) -> None:
    options = ("model=majority", "task=[sentiment,nli]", TWO)
    whole = measured(tmp_path / "whole", *options)
    output = tmp_path / "killed"
    command = (
        sys.executable,
        "-m",
        "boss.eval",
        *TOY,
        f"output={output}",
        f"cache={output / 'cache'}",
        *options,
    )
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    # Not in the cache beside it, whose folders come and go.
    while not list((output / "toy").rglob("part-*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (torn,) = find_runs(output)
    finished = len(list(torn.rglob("part-*.parquet")))
    assert finished < len(list(whole.rglob("part-*.parquet")))

    continued = measured(output, *options)
    assert continued == torn and "resumed" in (torn / "journal.jsonl").read_text()
    assert comparable(continued) == comparable(whole)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Paste a command into bash, in a folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_is_printed_can_be_pasted_and_the_page_lies_in_the_folder(tmp_path: Path) -> None:
    (folder := tmp_path / "a folder").mkdir()
    words = (*TOY[:2], "model=majority", "attack=none", "output=ä b's", f"cache={tmp_path / 'c'}")
    done = shell(shlex.join(["python", "-m", "boss.eval", *words]), folder)
    assert done.returncode == 0, done.stderr
    (run,) = find_runs(folder / "ä b's")
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines()[-3:])
    assert list(said) == ["Run", "Show", "Check"]
    assert shell(f"cat {said['Run'].strip()}/report.md", folder).stdout == (run / "report.md").read_text()
    checked = shell(said["Check"], folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    *_, option, root = shlex.split(said["Show"])
    assert option == "--runs" and (folder / root).resolve() == (folder / "ä b's").resolve()
    shown = shell(f"{said['Show']} --help", folder)  # what is before it was understood
    assert shown.returncode == 0 and "--runs" in shown.stdout
    # The page's own commands, and that of run.json, as well.
    page = (run / "report.md").read_text()
    again, check = re.findall(r"```sh\n(.*)\n```", page)
    assert again == read_run(run).run.command and check == said["Check"].strip()
    assert shell(again, folder).returncode == 0
    assert len(find_runs(folder / "ä b's")) == 2


def test_a_run_that_is_stopped_prints_the_command_that_continues_it(tmp_path: Path) -> None:
    output = tmp_path / "it's stopped"
    words = (*TOY, "model=majority", TWO, f"output={output}", f"cache={tmp_path / 'cache'}")
    process = subprocess.Popen(
        [sys.executable, "-m", "boss.eval", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list((output / "toy").rglob("part-*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    (run,) = find_runs(output)
    assert read_run(run).run.status == "interrupted" and not (run / "report.md").exists()
    command = said.rstrip().rpartition("the same command continues it: ")[2]
    assert command.startswith("python -m boss.eval --config-dir=")
    done = shell(command, tmp_path)  # from another folder
    assert done.returncode == 0, done.stderr
    assert "Continuing" in done.stderr and find_runs(output) == [run]
    assert read_run(run).run.status == "complete" and (run / "curve.svg").exists()


def test_the_page_is_no_part_of_what_is_checked_or_submitted(tmp_path: Path) -> None:
    run = measured(tmp_path / "runs", "model=tfidf")
    assert (run / "report.md").exists() and (run / "curve.svg").exists()
    assert not {"report.md", "curve.svg"} & {*read_run(run).run.files, *run_files(run)}
    assert rescore(run).ok
    declaration = Declaration(
        submitter="a reader",
        contact="a@reader.org",
        licence="MIT",
        training_data=("reviews",),
        external_data=(),
        ood_exposure="none",
    )
    pack(run, declaration, archive := tmp_path / "run.zip")
    with zipfile.ZipFile(archive) as packed:
        assert not [name for name in packed.namelist() if name.endswith((".md", ".svg"))]
    assert not [finding for finding in check(archive, References()).findings if finding.severity == "error"]
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("run/report.md", "# mine")
    assert "'run/report.md' is no file of a submission" in str(check(archive, References()).findings[0])

    trimmed = boss("boss.trim", str(run), f"output={tmp_path / 'small'}")
    assert trimmed.returncode == 0, trimmed.stderr
    small = Path(trimmed.stdout.strip())
    assert rescore(small).ok
    page, before = (small / "report.md").read_text(), (run / "report.md").read_text()
    assert (
        str(tmp_path / "runs") in before and str(tmp_path / "runs") not in page
    )  # it names no machine's folders
    assert (
        page.partition("## Numbers")[2].partition("## How")[0]
        == before.partition("## Numbers")[2].partition("## How")[0]
    )
    assert (small / "curve.svg").read_bytes() == (run / "curve.svg").read_bytes()


def test_a_tiny_roberta_goes_through_all_five_tasks(tiny_roberta: Path, tmp_path: Path) -> None:
    options = ("model.epochs=1", "model.max_length=64", "model.stride=16", "degrees=[0.2]", "task=all")
    run = measured(tmp_path, "model=roberta", f"model.path={tiny_roberta}", *options)
    stored = read_run(run)
    assert len({measurement.name for measurement in stored.measurements()}) == 5 * 2 * 3
    assert {record.model.method for record in stored.records} == {"finetune"}
    assert all(record.model.n_parameters for record in stored.records)


def test_a_missing_dataset_is_recorded_and_the_others_are_measured(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "conf", tmp_path / "conf")
    shutil.copytree(ROOT / "tests" / "data", tmp_path / "data")
    datasets = tmp_path / "conf" / "dataset" / "toy"
    lost = (datasets / "toy_posts.yaml").read_text().replace("posts_test.csv", "gone.csv")
    (datasets / "lost.yaml").write_text(lost)

    output = tmp_path / "runs"
    options = ("suite=toy", "model=majority", "attack=none", f"output={output}", f"cache={tmp_path / 'c'}")
    done = boss("boss.eval", f"--config-dir={tmp_path / 'conf'}", *options)
    assert done.returncode == 1
    assert "FAILED sentiment/lost: DatasetMissing" in done.stdout and "gone.csv" in done.stdout
    stored = read_run(find_runs(output)[0])
    assert stored.run.status == "failed"
    assert [failure.measurement for failure in stored.run.failures] == ["sentiment/lost"]
    assert {measurement.dataset for measurement in stored.measurements()} == {"toy_reviews", "toy_posts"}


def test_sweeps_land_where_the_leaderboard_looks(tmp_path: Path) -> None:
    done = boss(
        "boss.eval",
        "-m",
        *TOY,
        "model=majority,tfidf",
        "attack=none",
        f"output={tmp_path}",
        f"cache={tmp_path / 'c'}",
    )
    assert done.returncode == 0, done.stderr
    assert {read_run(path).run.model for path in find_runs(tmp_path)} == {"majority", "tfidf"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("model=robert",), "roberta"),
        (("modle=roberta",), "did you mean 'model'?"),
        (("task=sentimental",), "did you mean 'sentiment'?"),
        (("degrees=[2]",), "a degree must be in [0, 1], got 2"),
        (("n_examples=-3",), "must be at least 1, or null for all, got -3"),
        (("suite=maxi",), "mini"),
        (("attack=[]",), "attack=none measures without any"),
        (("field=premise", *TOY), "task sentiment has no field 'premise' that an attack may edit, only text"),
        (("show_degree=0.15",), "one of the degrees that are measured, 0, 0.05, 0.1, 0.2, 0.3, or null"),
        (("output=a", "b"), "quote the whole: 'output=a b'"),
        (("attack=typos",), "typo"),
        (("method=magic", "model=majority", *TOY), "magic"),
        (("model=hf", "model.path=no/such/folder", *TOY), "no/such/folder"),
    ],
)
def test_bad_input_is_refused_with_what_would_be_right(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = boss("boss.eval", *arguments, f"output={tmp_path}", f"cache={tmp_path / 'c'}")
    assert done.returncode != 0
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_help_names_every_option_and_its_choices_at_once() -> None:
    started = time.monotonic()
    done = boss("boss.eval", "--help")
    assert time.monotonic() - started < 5  # about 1 s; the bound is for a busy machine
    for word in (
        f"model: {', '.join(sorted(path.stem for path in (ROOT / 'conf' / 'model').glob('*.yaml')))}",
        "n_variants=N",
        "degrees=",
        "-m",
    ):
        assert word in done.stdout


@pytest.mark.parametrize("module", ["boss.eval", "boss.data.__main__", "boss.rescore"])
def test_commands_start_without_heavy_libraries(module: str) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "textattack", "sklearn"} & set(done.stdout.split())
