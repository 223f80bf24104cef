"""python -m benchmarks.board [models=1000] [numbers=449] [tasks=5] [readers=10]: how the site grows.

Made-up runs, one per model, each of ``numbers`` over all tasks; the answers to clean examples are stored, by
which the board tests for ties, those under attack are not. What is timed, each in a process of its own:

- *all new*: every run is read and checked, and the first board is worked out.
- *nothing new*: the same again, out of what was kept.
- *page*: the board's page in a new process, and again with another word to search for.
- *choices*: the board and its ranks of every task and of several attacks, the slowest and the median.
- *one more*: a run is added under a site that is open; until the board has it.
- *readers*: the server, asked for boards by so many clients at once; the longest answer, and memory.
- *accepted*: a submission is checked against all the runs, put on a board, and shown.

Seconds are by the clock, with those of the processor where one process did it all; memory is the highest
resident size of a process. Everything is written below a folder of its own, which is deleted; ``folder=DIR``
keeps the runs there, so that another version of the code is timed on the same.
"""

import hashlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console

from benchmarks.estimators import SUBJECT
from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.metrics.summaries import Summaries
from boss.results.manifest import Code, DatasetEntry, Environment, Run
from boss.results.parts import digest_of_parts, part_path, provenance, write_part
from boss.results.schema import PREDICTIONS, Cost, Interval, Record, Score, Subject
from boss.results.writer import open_run
from boss.run import finish
from boss.tasks import TASKS as PROJECT_TASKS
from boss.tasks import Task
from leaderboard.submission.content import clean_rows, data_sha256
from leaderboard.submission.decisions import Decision, append_decision
from leaderboard.submission.declaration import Declaration
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.pack import pack

USAGE = "usage: python -m benchmarks.board [models=1000] [numbers=449] [tasks=5] [readers=10] [folder=DIR]"
ROOT = Path(__file__).resolve().parents[1]
SHA = hashlib.sha256(b"").hexdigest()
DIMENSIONS = ("typo", "glyph", "phonetic", "synonym", "contextual", "inflection", "syntax", "distraction")
DEGREES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SHOWN = (0.1, 0.3, 0.2, 0.4, 0.5, 0.6, 0.0)
"""Degrees in the order in which runs have numbers for them."""
TASKS = ("sentiment", "toxicity", "nli", "topic", "intent")
"""The last two are none of the project's, so that accuracy is the metric of all."""
SETS = {"reviews": "id", "tweets": "ood", "letters": "ood", "news": "ood"}
LABELS = ("negative", "positive")
N = 500
STEP = 250
"""Runs that are read in one go: none of the commands takes many minutes."""
DECLARED = Declaration(
    submitter="A lab",
    contact="lab@example.org",
    licence="CC0-1.0",
    training_data=(),
    external_data=(),
    ood_exposure="none",
)


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0, 2 for a wrong option."""
    options = {"models": "1000", "numbers": "449", "tasks": "5", "readers": "10"}
    kept = None
    for word in arguments:
        key, _, value = word.partition("=")
        if key == "folder" and value:
            kept = Path(value).resolve()
            continue
        if key not in options or not value.isdecimal() or int(value) < 1:
            sys.stderr.write(f"{word!r} is no option\n{USAGE}\n")
            return 2
        options[key] = value
    n_models, n_numbers, n_tasks, n_readers = (int(value) for value in options.values())
    if n_tasks > len(TASKS):
        sys.stderr.write(f"tasks={n_tasks}: at most {len(TASKS)}\n{USAGE}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix=".board-", dir=None if kept is None else kept.parent) as scratch:
        runs = Path(scratch) / "made" if kept is None else kept
        write_missing(runs, n_models + 1, n_numbers, TASKS[:n_tasks])
        measure(Path(scratch), runs, n_models, TASKS[:n_tasks], n_readers)
    return 0


def write_missing(runs: Path, n_models: int, n_numbers: int, tasks: Sequence[str]) -> None:
    """Write the runs that are not there yet, each the same whenever it is written."""
    for i in range(n_models):
        place = runs / submission(i)
        if not place.exists():
            shutil.rmtree(runs / ".half", ignore_errors=True)
            write_run(runs / ".half" / RUN_FOLDER, i, n_numbers, tasks, np.random.default_rng(i))
            (runs / ".half").rename(place)


def measure(folder: Path, made: Path, n_models: int, tasks: Sequence[str], n_readers: int) -> None:
    """Put the runs onto a board step by step, and print how long each thing took."""
    console = Console(width=200)
    (folder / "runs").mkdir()
    reading = 0.0
    for start in range(0, n_models, STEP):
        for i in range(start, min(start + STEP, n_models)):
            # The files are never written to, and a run is a folder of its own.
            copy_links(made / submission(i), folder / "runs" / submission(i))
        found = phase(folder, "opened")
        reading += found["seconds"]
        console.print(f"{min(start + STEP, n_models)} runs: {said(found)}")
    accepted(folder / "decisions.jsonl", n_models)
    console.print(f"all new: {reading:.1f} s in steps of {STEP} runs")
    for name in ("opened", "opened", "page"):
        console.print(f"{name}: {said(phase(folder, name))}")
    console.print(f"choices: {said(phase(folder, 'choices', ','.join(tasks)))}")
    copy_links(made / submission(n_models), folder / "late")
    console.print(f"one more: {said(phase(folder, 'more', str(folder / 'late'), submission(n_models)))}")
    console.print(f"readers: {said(readers(folder, tasks, n_readers))}")
    newcomer(folder / "newcomer", [task for task in tasks if definition(task) is None])
    archive = folder / "newcomer.zip"
    (run,) = (folder / "newcomer").rglob("run.json")
    pack(run.parent, DECLARED, archive)
    console.print(f"accepted: {said(phase(folder, 'accepted', str(archive)))}")


def copy_links(source: Path, target: Path) -> None:
    """Copy a folder by links to its files."""
    shutil.copytree(source, target, copy_function=os.link)


def said(found: dict[str, float]) -> str:
    """Return figures in words."""
    units = {name: " MB" if name == "memory" else " s" for name in found}
    return ", ".join(
        f"{name} {value:.2f}{units[name]}" for name, value in found.items() if name != "findings"
    )


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a site over the runs of ``folder``, with a cache of its own there."""
    return {
        **os.environ,
        "BOSS_RUNS": str(folder / "runs"),
        "BOSS_SHIPPED": "off",
        "BOSS_CACHE": str(folder / "cache"),
        "PYTHONPATH": str(ROOT),
    }


def phase(folder: Path, name: str, *words: str) -> dict[str, float]:
    """Run one of `PHASES` in a new process; return its figures, and its memory."""
    code = "import sys; from benchmarks.board import PHASES; PHASES[sys.argv[1]](*sys.argv[2:])"
    command = [sys.executable, "-c", code, name, str(folder), *words]
    done = subprocess.run(command, env=environment(folder), stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def tell(**figures: float) -> None:
    """Print the figures of a phase for the process that started it."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**figures, "memory": memory}) + "\n")


def opened(folder: str) -> None:
    """Read the site, and work out the first board with its ranks."""
    start, used = time.perf_counter(), time.process_time()
    first_board(Path(folder))
    tell(seconds=time.perf_counter() - start, processor=time.process_time() - used)


def first_board(folder: Path) -> Any:
    """Return the site, once it has its first board."""
    from leaderboard.board import site as state
    from leaderboard.board import table
    from leaderboard.store.folder import Folders

    site = state.read(Folders(folder / "runs"))
    choice = site_choice()
    by_key = {measure.key: measure for measure in table.measures(site.board(choice))}
    site.ranked(choice, by_key["ood_mean"])
    return site


def site_choice() -> Any:
    """Return the first board."""
    from leaderboard.board.table import Choice

    return Choice("mini", TASKS[0], "typo", "malicious", 0.1)


def page(folder: str) -> None:
    """Open the page, then change a word."""
    from streamlit.testing.v1 import AppTest

    start = time.perf_counter()
    shown = AppTest.from_file(str(ROOT / "leaderboard" / "app.py"), default_timeout=600).run()
    assert not shown.exception, shown.exception
    first = time.perf_counter() - start
    times = []
    for words in ("model-1", "model-2", "model-3"):
        start = time.perf_counter()
        shown.text_input(key="search").set_value(words).run()
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    AppTest.from_file(str(ROOT / "leaderboard" / "app.py"), default_timeout=600).run()
    tell(new_process=first, again=time.perf_counter() - start, changed_word=statistics.median(times))


def choices(folder: str, tasks: str) -> None:
    """Ask an open site for boards that nobody asked for before, then for one of them again."""
    from leaderboard.board import table

    site = first_board(Path(folder))
    times = []
    for task in tasks.split(","):
        for attack in ("typo", "glyph", "syntax"):
            choice = table.Choice("mini", task, attack, "malicious", 0.1, definition(task))
            if choice == site_choice():
                continue
            start = time.perf_counter()
            by_key = {measure.key: measure for measure in table.measures(site.board(choice))}
            site.ranked(choice, by_key["ood_mean"])
            times.append(time.perf_counter() - start)
    start = time.perf_counter()
    site.ranked(choice, by_key["ood_mean"])
    again = time.perf_counter() - start
    tell(median=statistics.median(times), slowest=max(times), again=again)


def more(folder: str, late: str, name: str) -> None:
    """Add a run under an open site; the time until its first board has the row."""
    site = first_board(Path(folder))
    shutil.move(late, Path(folder) / "runs" / name)
    start, used = time.perf_counter(), time.process_time()
    newer = first_board(Path(folder))
    assert newer.n_runs == site.n_runs + 1
    tell(seconds=time.perf_counter() - start, processor=time.process_time() - used)


def accepted_one(folder: str, archive: str) -> None:
    """Receive and accept a packed run on the board of all others, and show it."""
    from leaderboard.submission.board import Board

    first_board(Path(folder))
    board = Board(Path(folder))
    start = time.perf_counter()
    report = board.receive(Path(archive), "somebody")
    assert report.ok and report.submission is not None, [str(finding) for finding in report.findings]
    received = time.perf_counter() - start
    start = time.perf_counter()
    board.accept(report.submission, "a keeper")
    put = time.perf_counter() - start
    start = time.perf_counter()
    first_board(Path(folder))
    tell(received=received, accepted=put, shown=time.perf_counter() - start, findings=len(report.findings))


def readers(folder: Path, tasks: Sequence[str], n: int) -> dict[str, float]:
    """Start the server and ask it from ``n`` threads; the longest answer of a first and of a second round."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    log = (folder / "server.log").open("w")
    command = [sys.executable, "-m", "leaderboard", *options, "--server.fileWatcherType=none"]
    server = subprocess.Popen(command, env=environment(folder), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/_stcore/health")
        trivial = min(timed(f"{address}/_stcore/health") for _ in range(5))
        first = timed(f"{address}/api/v1/")
        asked = [
            f"{address}/api/v1/leaderboard?suite=mini&task={task}&attack={attack}&degree=0.1&tag=malicious"
            for task in tasks
            if definition(task) is None
            for attack in ("typo", "glyph", "syntax", "synonym")
        ]
        rounds = []
        with ThreadPoolExecutor(n) as pool:
            for _ in range(2):
                rounds.append(max(pool.map(timed, (asked * n)[:n])))
        status = Path(f"/proc/{server.pid}/status").read_text().split("VmHWM:")[1]
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
    figures = {"trivial": trivial, "index": first, "first_round": rounds[0], "second_round": rounds[1]}
    return {**figures, "memory": int(status.split()[0]) / 1024}


def timed(address: str) -> float:
    """Return the seconds of an answer."""
    start = time.perf_counter()
    with urllib.request.urlopen(address, timeout=170) as answer:
        answer.read()
    return time.perf_counter() - start


def wait_for(address: str) -> None:
    """Wait until a server answers.

    Raises:
        TimeoutError: if it does not within a minute.
    """
    for _ in range(300):
        try:
            timed(address)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"{address} did not answer within a minute")


PHASES: dict[str, Callable[..., None]] = {
    "opened": opened,
    "page": page,
    "choices": choices,
    "more": more,
    "accepted": accepted_one,
}


def submission(number: int) -> str:
    """Return the id that a made-up submission stands under."""
    return hashlib.sha256(f"submission {number}".encode()).hexdigest()[:24]


def accepted(log: Path, n_models: int) -> None:
    """Write the log of a board that received and accepted every run."""
    for i in range(n_models):
        named = {"run_id": f"model-{i}", "model": f"model-{i}", "suite": "mini"}
        append_decision(log, decision(i, "received", **named))
        append_decision(log, decision(i, "accepted"))


def decision(number: int, action: str, **more: str) -> Decision:
    """Return one line of the log."""
    fields = {"at": f"2025-02-01T00:00:{number % 60:02}.000+00:00", "by": f"lab-{number}", "reason": ""}
    return Decision.model_validate({**fields, "submission": submission(number), "action": action, **more})


def newcomer(folder: Path, tasks: Sequence[str]) -> None:
    """Write a run of the clean sets whose every number follows from its answers: one that the check takes."""
    model = "lab/newcomer"
    run = manifest(model, "2026-01-01T00:00:00Z", tasks, status="running")
    generator = np.random.default_rng(1)
    card = subject(model)
    sums = Summaries(seed=0)
    data = [
        DatasetEntry(
            dataset=cell.dataset,
            split="test",
            revision="1",
            sha256=cell.dataset_sha256,
            n=N,
            n_total=N,
            subset="all",
            removed={},
        )
        for task in tasks
        for cell in (measurement(task, name, role, None) for name, role in SETS.items())
    ]
    with open_run(folder, run) as writer:
        writer.set_data(data)
        for task in tasks:
            for name, role in SETS.items():
                cell = measurement(task, name, role, None)
                table, _ = answered(cell, 0.8, generator)
                writer.parts(cell, card)
                writer.write_part(cell.name, 0, table, Cost(n_queries=N, n_forward=N))
                finish(writer, sums, cell, card, n_parts=1, seed=0)
        writer.close("complete", sums.summaries())


def manifest(model: str, created: str, tasks: Sequence[str], status: str = "complete") -> Run:
    """Return the run.json of a made-up run."""
    return Run.model_validate(
        {
            "run_id": model.replace("/", "-"),
            "status": status,
            "created_at": created,
            "suite": "mini",
            "suite_version": "1",
            "model": model,
            "tasks": tuple(tasks),
            "seed": 0,
            "command": f"python -m boss.eval model={model}",
            "overrides": (),
            "config": {},
            "config_sha256": SHA,
            "code": Code(package="boss", version="1", commit="unknown", dirty="unknown", source_sha256=SHA),
            "environment": Environment(python="3.11", platform="any", device="cpu", n_threads=1, packages={}),
        }
    )


def write_run(
    path: Path, number: int, n_numbers: int, tasks: Sequence[str], generator: np.random.Generator
) -> None:
    """Write a run of ``n_numbers`` records over the tasks: the clean ones, then attacked ones."""
    model, created = f"model-{number}", f"2025-01-{1 + number % 28:02}T00:00:00Z"
    path.mkdir(parents=True)
    (path / "run.json").write_text(manifest(model, created, tasks).model_dump_json(), encoding="utf-8")
    skill = float(generator.uniform(0.55, 0.95))
    rights: dict[str, float] = {}
    with (path / "records.jsonl").open("w", encoding="utf-8") as file:
        for cell, degree, aggregate in planned(n_numbers, tasks):
            clean = cell.model_copy(update={"attack": None}).name
            if cell.attack is None:
                rights[clean] = answer(path, cell, skill - 0.1 * (cell.role == "ood"), generator)
            value = max(0.0, rights[clean] - 0.3 * (degree or 0))
            record = Record(
                run_id=model,
                created_at=created,
                model=subject(model),
                measurement=cell,
                score=score(value, degree, aggregate),
                cost=Cost(n_queries=N, n_forward=N),
                seed=0,
                predictions=f"predictions/{cell.name}",
                predictions_sha256=SHA if cell.attack else digest_of_parts(path, cell.name),
                evaluator_relationship="first_party",
            )
            file.write(record.model_dump_json() + "\n")


def answer(run: Path, cell: Measurement, skill: float, generator: np.random.Generator) -> float:
    """Write the answers to a measurement's examples; return the share that is right."""
    table, right = answered(cell, skill, generator)
    file = part_path(run, cell.name, 0)
    file.parent.mkdir(parents=True)
    write_part(file, table, Cost(n_queries=N, n_forward=N), provenance(cell, subject("model")))
    return right


def answered(cell: Measurement, skill: float, generator: np.random.Generator) -> tuple[pa.Table, float]:
    """Return the answers to a measurement's examples, and the share that is right."""
    right = generator.random(N) < skill
    names = [f"{cell.dataset}-{i:04}" for i in range(N)]
    columns: dict[str, list[Any]] = {
        "example_id": names,
        "source": names,
        "input_sha256": [hashlib.sha256(name.encode()).hexdigest() for name in names],
        "label": [cell.labels[i % 2] for i in range(N)],
        "prediction": [cell.labels[i % 2 if right[i] else 1 - i % 2] for i in range(N)],
        "truncated": [False] * N,
    }
    empty: dict[str, list[Any]] = {name: [None] * N for name in PREDICTIONS.names}
    return pa.table({**empty, **columns}, schema=PREDICTIONS), float(right.mean())


def planned(n: int, tasks: Sequence[str]) -> list[tuple[Measurement, float | None, str]]:
    """Return measurement, degree and aggregate of the first ``n`` records of a run, a like part per task."""
    found: list[tuple[Measurement, float | None, str]] = []
    for place, task in enumerate(tasks):
        found += planned_task(task, n // len(tasks) + (place < n % len(tasks)))
    return found


def planned_task(task: str, n: int) -> list[tuple[Measurement, float | None, str]]:
    """Return those of one task: four clean sets, then every attack at one degree after another."""
    found: list[tuple[Measurement, float | None, str]] = [
        (measurement(task, name, SETS[name], None), None, "clean") for name in SETS
    ]
    cells = [measurement(task, name, SETS[name], dimension) for dimension in DIMENSIONS for name in SETS]
    found += [(cell, degree, each) for degree in SHOWN for cell in cells for each in ("average", "worst")]
    return found[:n]


@cache
def measurement(task: str, dataset: str, role: str, dimension: str | None) -> Measurement:
    """Return the measurement of a dataset, clean or under one attack."""
    attack = (
        None
        if dimension is None
        else AttackSettings(
            name=dimension,
            dimension=dimension,
            level="char",
            tag="malicious",
            access="rule",
            field="default",
            version="1",
            options={},
            search=SearchSettings(version="1", options={}),
            n_variants=5,
            seed=0,
            degrees=DEGREES,
        )
    )
    labels = LABELS if definition(task) else PROJECT_TASKS[task].labels
    cell = Measurement.model_validate(
        {
            "suite": "mini",
            "suite_version": "1",
            "task": task,
            "dataset": f"{task}-{dataset}",
            "split": "test",
            "role": role,
            "recall_only": False,
            "stand_in": True,
            "labels": labels,
            "dataset_revision": "1",
            "dataset_sha256": SHA,
            "n_total": N,
            "n_evaluated": N,
            "subset": "all",
            "majority": 0.5,
            "own_task": definition(task),
            "attack": attack,
        }
    )
    if dimension is not None:
        data = measurement(task, dataset, role, None).dataset_sha256
    else:
        table, _ = answered(cell, 1.0, np.random.default_rng(0))
        data = data_sha256(clean_rows(cell, table))
    return cell.model_copy(update={"dataset_sha256": data})


def definition(name: str) -> Task | None:
    """Return the task that one of these names is; None for the project's own."""
    if name in PROJECT_TASKS:
        return None
    return Task(name, "classification", ("text",), LABELS, "accuracy", "accuracy", ("text",))


def subject(model: str) -> Subject:
    """Return the card of a made-up model."""
    fingerprint = hashlib.sha256(model.encode()).hexdigest()
    return SUBJECT.model_copy(update={"id": model, "fingerprint": fingerprint})


def score(value: float, degree: float | None, aggregate: str) -> Score:
    """Return a number with an interval of two points to either side."""
    interval = Interval(
        low=max(0.0, value - 0.02),
        high=min(1.0, value + 0.02),
        level=0.95,
        method="wilson",
        unit="example",
        n_units=N,
    )
    return Score.model_validate(
        {
            "metric": "accuracy",
            "aggregate": aggregate,
            "degree": degree,
            "value": value,
            "ci": interval,
            "higher_is_better": True,
            "minimum": 0,
            "maximum": 1,
            "n_scored": N,
            "n_failed": 0,
            "n_truncated": 0,
            "n_texts": N,
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
