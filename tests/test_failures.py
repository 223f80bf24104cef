"""What goes wrong in one place is recorded there, said in one line, and everything else goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from boss.results.store import StoredRun, find_runs, read_run

ROOT = Path(__file__).resolve().parents[1]
TOY = (
    f"--config-dir={ROOT / 'tests' / 'conf'}",
    "suite=toy",
    "task=sentiment",
    "n_attacked=4",
    "n_variants=2",
)

FOREIGN = '''
"""Code of a user that goes wrong in its own ways."""
import os
from pathlib import Path

from robtest.attacks.typo import Typo
from boss.models.tfidf import Tfidf
from robtest.errors import AssetMissing


class Raising(Typo):
    name = "raising"

    def edits(self, text, start, end):
        raise ZeroDivisionError("no edits today")


class Missing:
    def __init__(self):
        raise AssetMissing("words.bin of package words 1.0 is not here; pip download words==1.0")


class Half:
    name = "half"


class NoModel:
    def __init__(self):
        raise OSError("no such device")


class OutOfMemory(RuntimeError):
    """As torch.OutOfMemoryError: a RuntimeError by another name."""


OutOfMemory.__name__ = "OutOfMemoryError"


class Greedy(Tfidf):
    def fit(self, task, *arguments, **options):
        if task.name == "sentiment":
            raise OutOfMemory("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super().fit(task, *arguments, **options)


seen = 0


def at_37(texts):
    """Answer, but raise where the 37th example comes."""
    global seen
    seen += len(texts)
    if seen >= 37 and not os.environ.get("WELL"):
        raise KeyError("example 37")
    return ["positive" for _ in texts]


def slow(texts):
    import time
    Path(os.environ["STARTED"]).touch()
    time.sleep(0.4)
    return ["positive" for _ in texts]
'''


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "foreign.py").write_text(FOREIGN)
    return tmp_path / "code"


def command(output: Path, *arguments: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "boss.eval",
        *TOY,
        f"output={output}",
        f"cache={output / 'cache'}",
        *arguments,
    ]


def boss_eval(code: Path, output: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(code), **more}
    return subprocess.run(
        command(output, *arguments), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def the_run(output: Path) -> StoredRun:
    (path,) = find_runs(output)
    return read_run(path)


def journal(stored: StoredRun) -> list[dict[str, str]]:
    return [json.loads(line) for line in (stored.path / "journal.jsonl").read_text().splitlines()]


def attacked(stored: StoredRun) -> set[str]:
    return {m.attack.name if m.attack else "clean" for m in stored.measurements()}


def test_an_attack_that_raises_in_the_middle_of_a_list_costs_its_own_measurements(
    foreign: Path, tmp_path: Path
) -> None:
    attacks = {
        "typo": "robtest.attacks.typo.Typo",
        "bad": "foreign.Raising",
        "glyph": "robtest.attacks.glyph.Glyph",
    }
    words = [f"+attack.{name}._target_={target}" for name, target in attacks.items()]
    done = boss_eval(foreign, tmp_path / "runs", "model=tfidf", "attack=none", *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    stored = the_run(tmp_path / "runs")
    assert stored.run.status == "failed"
    assert attacked(stored) == {"clean", "typo", "glyph"}
    assert {f.measurement.rsplit("/", 1)[1] for f in stored.run.failures} == {"bad-malicious-rule-text"}
    assert {f.error for f in stored.run.failures} == {"AttackError"}
    traces = [event["traceback"] for event in journal(stored) if event["event"] == "failure"]
    assert traces and all("no edits today" in trace and "ZeroDivisionError" in trace for trace in traces)
    assert done.stdout.count("FAILED") == len(stored.run.failures)


def test_an_attack_that_cannot_be_had_is_named_with_its_cure_and_the_others_are_measured(
    foreign: Path, tmp_path: Path
) -> None:
    done = boss_eval(
        foreign, tmp_path / "runs", "model=tfidf", "attack=[typo]", "+attack.words._target_=foreign.Missing"
    )
    assert done.returncode == 1
    stored = the_run(tmp_path / "runs")
    assert attacked(stored) == {"clean", "typo"}
    (failure,) = stored.run.failures
    assert (failure.measurement, failure.error) == ("attack words", "AssetMissing")
    assert "pip download words==1.0" in failure.message and failure.message in done.stdout.replace("\n", " ")


def test_out_of_memory_in_the_fit_of_one_task_leaves_the_other_task(foreign: Path, tmp_path: Path) -> None:
    done = boss_eval(
        foreign,
        tmp_path / "runs",
        "model=tfidf",
        "model._target_=foreign.Greedy",
        "task=[sentiment,nli]",
        "attack=[typo]",
    )
    assert done.returncode == 1
    stored = the_run(tmp_path / "runs")
    assert {m.task for m in stored.measurements()} == {"nli"}
    (failure,) = stored.run.failures
    assert (failure.measurement, failure.error) == ("sentiment", "OutOfMemoryError")
    assert "Tried to allocate 2.00 GiB; give it less at a time: model.token_budget=" in failure.message


def test_a_model_that_raises_costs_that_measurement_and_the_same_command_makes_it_later(
    foreign: Path, tmp_path: Path
) -> None:
    arguments = ("model=callable", "model.function=foreign:at_37", "attack=[typo]", "n_examples=20")
    done = boss_eval(foreign, tmp_path / "runs", *arguments)
    assert done.returncode == 1
    stored = the_run(tmp_path / "runs")
    assert stored.run.status == "failed"
    failed = {failure.measurement for failure in stored.run.failures}
    assert failed and failed.isdisjoint(m.name for m in stored.measurements())
    assert {failure.error for failure in stored.run.failures} == {"KeyError"}
    assert all("example 37" in failure.message for failure in stored.run.failures)
    before = {m.name: stored.predictions(m.name) for m in stored.measurements()}
    assert boss_eval(foreign, tmp_path / "runs", *arguments, WELL="1").returncode == 0
    again = the_run(tmp_path / "runs")
    assert (again.run.run_id, again.run.status, again.run.failures) == (stored.run.run_id, "complete", ())
    assert failed <= {m.name for m in again.measurements()}
    assert all(again.predictions(name).equals(table) for name, table in before.items())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_part_says_how_to_go_on_and_the_same_command_does(
    foreign: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    output, started = tmp_path / "runs", tmp_path / "started"
    arguments = ("model=callable", "model.function=foreign:slow", "attack=[typo]")
    environment = {**os.environ, "PYTHONPATH": str(foreign), "STARTED": str(started)}
    process = subprocess.Popen(
        command(output, *arguments),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said
    stored = the_run(output)
    assert stored.run.status == "interrupted"
    assert journal(stored)[-1]["event"] == "interrupted"
    assert f"the same command continues it: {stored.run.command}" in said
    # The run's own command is the one that was given, so it goes on where it stopped.
    done = boss_eval(foreign, output, *arguments, STARTED=str(started))
    assert done.returncode == 0, done.stderr
    assert "Continuing" in done.stderr
    again = the_run(output)
    assert (again.run.run_id, again.run.status) == (stored.run.run_id, "complete")


def test_an_option_out_of_range_is_refused_at_the_door(foreign: Path, tmp_path: Path) -> None:
    done = boss_eval(
        foreign, tmp_path / "runs", "model=tfidf", "attack=[glyph,typo]", "attack.typo.operators=[shuffle]"
    )
    assert done.returncode == 2
    assert "attack typo: operators must be some of" in done.stderr
    assert not find_runs(tmp_path / "runs")


def test_one_attack_twice_is_refused_at_the_door(foreign: Path, tmp_path: Path) -> None:
    done = boss_eval(
        foreign,
        tmp_path / "runs",
        "model=tfidf",
        "attack=[typo]",
        "+attack.again._target_=robtest.attacks.typo.Typo",
    )
    assert done.returncode == 2
    assert "attacks typo and again are one and the same" in done.stderr


def test_what_is_no_attack_and_a_model_that_cannot_be_made_are_refused_at_the_door(
    foreign: Path, tmp_path: Path
) -> None:
    done = boss_eval(foreign, tmp_path / "runs", "model=tfidf", "+attack.half._target_=foreign.Half")
    assert done.returncode == 2
    assert "attack half: Half has no level, unit, tags, version, edits, prepare" in done.stderr
    done = boss_eval(foreign, tmp_path / "runs", "model=majority", "model._target_=foreign.NoModel")
    assert done.returncode == 2
    assert "model: no such device" in done.stderr and "Traceback" not in done.stderr
