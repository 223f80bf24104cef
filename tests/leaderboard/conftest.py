"""Small runs written through the schema, so that the page reads what a measurement writes."""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.metrics.summaries import Summaries
from boss.results.manifest import Code, Environment, Run
from boss.results.schema import PREDICTIONS, Cost, Interval, Record, Score, Subject, Touched
from boss.results.writer import open_run
from boss.run import finish

SHA = hashlib.sha256(b"").hexdigest()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Number:
    """A record in short; the interval is ``value`` plus and minus ``half``, as that of ``touched`` is."""

    dataset: str
    value: float
    role: str = "ood"
    half: float = 0.02
    n: int = 100
    degree: float | None = None
    aggregate: str = "clean"
    dimension: str = "typo"
    tag: str = "malicious"
    access: str = "rule"
    field: str = "default"
    n_variants: int = 5
    metric: str = "accuracy"
    recall_only: bool = False
    data: str = ""
    majority: float | None = None
    n_parameters: int | None = None
    coverage: float | None = None
    touched: float | None = None
    compatible: bool = False

    def record(self, run_id: str, created_at: str, model: str, method: str, suite: str, task: str) -> Record:
        attack = AttackSettings(
            name=self.dimension,
            dimension=self.dimension,
            level="char",
            tag=self.tag,
            access=self.access,
            field=self.field,
            version="1",
            options={},
            search=SearchSettings(version="1", options={"compatible": True} if self.compatible else {}),
            n_variants=self.n_variants,
            seed=0,
            degrees=(0.0, 0.1, 0.3),
        )
        measurement = Measurement(
            suite=suite,
            suite_version="1",
            task=task,
            dataset=self.dataset,
            split="test",
            role=self.role,
            recall_only=self.recall_only,
            stand_in=suite == "mini",
            labels=("negative", "positive", "neutral"),
            dataset_revision="1",
            dataset_sha256=digest(self.data or f"{self.n} of {self.dataset}"),
            n_total=self.n,
            n_evaluated=self.n,
            subset="all",
            attack=None if self.degree is None else attack,
        )
        score = Score(
            metric=self.metric,
            aggregate=self.aggregate,
            degree=self.degree,
            value=self.value,
            ci=self.interval(self.value, self.n),
            higher_is_better=True,
            minimum=0,
            maximum=1,
            n_scored=self.n,
            n_failed=0,
            n_truncated=0,
            n_texts=self.n,
            coverage=self.coverage,
            touched=self.of_touched(),
        )
        return Record(
            run_id=run_id,
            created_at=created_at,
            model=subject(model, method, self.n_parameters),
            measurement=measurement,
            score=score,
            cost=Cost(n_queries=self.n, n_forward=self.n),
            seed=0,
            majority_value=self.majority,
            predictions=f"predictions/{measurement.name}",
            predictions_sha256=SHA,
            evaluator_relationship="first_party",
        )

    def of_touched(self) -> Touched | None:
        if self.touched is None or self.coverage is None:
            return None
        n = round(self.n * self.coverage)
        return Touched(value=self.touched, ci=self.interval(self.touched, n), n_scored=n)

    def interval(self, value: float, n: int) -> Interval:
        low, high = value - self.half, value + self.half
        return Interval(low=low, high=high, level=0.95, method="wilson", unit="example", n_units=n)


def subject(model: str, method: str, n_parameters: int | None = None) -> Subject:
    return Subject(
        id=model,
        revision="1",
        adapter="callable",
        method=method,
        weights_sha256="unknown",
        finetuned_on="none",
        training_datasets=("unknown",),
        n_parameters=n_parameters,
        licence="unknown",
        dtype="float32",
        max_length=None,
        fingerprint="f",
    )


CLEAN = (
    Number("reviews", 0.80, role="id", half=0.02, majority=0.40),
    Number("tweets", 0.70, half=0.03, majority=0.50),
    Number("letters", 0.60, half=0.04, majority=0.30),
)

WriteRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the index of the runs in a folder of the test, and show no other runs than the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BOSS_CACHE", str(folder))
    monkeypatch.setenv("BOSS_SHIPPED", "off")
    return folder


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    """Write a run directory under ``tmp_path / "runs"`` and return it."""

    def write(
        model: str = "tfidf",
        numbers: Sequence[Number] = CLEAN,
        *,
        method: str = "default",
        suite: str = "mini",
        task: str = "sentiment",
        day: int = 1,
        status: Any = "complete",
    ) -> Path:
        run_id = f"run-{len(list((tmp_path / 'runs').glob('*'))):03}"
        created_at = f"2025-01-{day:02}T00:00:00Z"
        run = Run(
            suite_version="1",
            run_id=run_id,
            status=status,
            created_at=created_at,
            suite=suite,
            model=model,
            tasks=(task,),
            seed=0,
            command="python -m boss.eval",
            overrides=(),
            config={},
            config_sha256=SHA,
            code=Code(package="boss", version="1", commit="unknown", dirty="unknown", source_sha256=SHA),
            environment=Environment(python="3.11", platform="any", device="cpu", n_threads=1, packages={}),
        )
        folder = tmp_path / "runs" / run_id
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(run.model_dump_json(), encoding="utf-8")
        records = [n.record(run_id, created_at, model, method, suite, task) for n in numbers]
        lines = "".join(record.model_dump_json() + "\n" for record in records)
        (folder / "records.jsonl").write_text(lines, encoding="utf-8")
        return folder

    return write


DEGREES = (0.0, 0.1, 0.3)
WriteAnswers = Callable[..., Path]
Right = Callable[[str, int, float, str | None], bool]
Alone = Callable[[str, int, float], bool]
"""Of dataset, example and a degree above 0: whether no edit of its copy fits."""


def row(
    i: int, dataset: str, answer: str, degree: float | None, variant: int, text: str, *, alone: bool
) -> dict[str, Any]:
    attacked = degree is not None
    return {
        "example_id": f"{dataset}-{i:03}",
        "source": f"{dataset}-{i:03}",
        "variant": variant if attacked else None,
        "degree": degree,
        "input_sha256": digest(text),
        "label": "positive" if i % 2 else "negative",
        "prediction": answer,
        "probs": None,
        "distance": 0.0 if alone else degree,
        "unperturbable": alone if attacked else None,
        "truncated": False,
        "text": text,
        "error": None,
    }


@pytest.fixture
def write_answers(tmp_path: Path) -> WriteAnswers:
    """Write a run by the run writer; ``right(dataset, example, degree, dimension)`` says which answers.

    Every example has a text of its own; a copy at a degree has its last letters doubled, unless ``alone``
    says that no edit fits.
    """

    def write(
        model: str,
        right: Right,
        *,
        n: int = 20,
        method: str = "default",
        dimensions: Sequence[str] = ("typo",),
        store_text: bool = True,
        day: int = 1,
        seed: int = 0,
        alone: Alone = lambda *_: False,
    ) -> Path:
        run = Run(
            suite_version="1",
            run_id=f"{model}-{method}-{day}",
            status="running",
            created_at=f"2025-02-{day:02}T00:00:00Z",
            suite="mini",
            model=model,
            tasks=("sentiment",),
            seed=seed,
            command=f"python -m boss.eval model={model}",
            overrides=(),
            config={},
            config_sha256=digest(f"{model}{method}{day}"),
            code=Code(package="boss", version="1", commit="unknown", dirty="unknown", source_sha256=SHA),
            environment=Environment(python="3.11", platform="any", device="cpu", n_threads=1, packages={}),
        )
        sums = Summaries(seed=0)
        with open_run(tmp_path / "runs", run) as writer:
            for dataset, role in (("reviews", "id"), ("tweets", "ood"), ("letters", "ood")):
                for dimension in (None, *dimensions):
                    measurement = answered_cell(dataset, role, dimension, n)
                    rows = answers(dataset, right, n, dimension, alone)
                    table = pa.Table.from_pylist(
                        rows if store_text else [{**r, "text": None} for r in rows], schema=PREDICTIONS
                    )
                    writer.parts(measurement, subject(model, method))
                    writer.write_part(
                        measurement.name, 0, table, Cost(n_queries=len(rows), n_forward=len(rows))
                    )
                    finish(
                        writer,
                        sums,
                        measurement,
                        subject(model, method),
                        n_parts=1,
                        seed=seed,
                    )
            writer.close("complete", sums.summaries())
            return writer.path

    return write


def answered_cell(dataset: str, role: str, dimension: str | None, n: int) -> Measurement:
    attack = Number(dataset, 0.5, degree=0.1, dimension=dimension or "", n_variants=1, n=n)
    record = attack.record("r", "2025-01-01T00:00:00Z", "m", "default", "mini", "sentiment")
    update = {
        "role": role,
        "majority": 0.5,
        "attack": None if dimension is None else record.measurement.attack,
    }
    return record.measurement.model_copy(update=update)


def answers(dataset: str, right: Right, n: int, dimension: str | None, alone: Alone) -> list[dict[str, Any]]:
    rows = []
    for i in range(n):
        text = f"Letter {i} of the <b>{dataset}</b> folder says good things."
        label, other = ("positive", "negative") if i % 2 else ("negative", "positive")
        for degree in DEGREES if dimension else (None,):
            left = bool(degree) and alone(dataset, i, degree or 0.0)
            copied = text if not degree or left else text + "s" * round(20 * degree)
            answer = label if right(dataset, i, degree or 0.0, dimension) else other
            rows.append(row(i, dataset, answer, degree, 0, copied, alone=left))
    return rows


@pytest.fixture
def number() -> type[Number]:
    """Make numbers other than the ones below."""
    return Number


@pytest.fixture
def clean() -> tuple[Number, ...]:
    """ID 80; OOD mean 65, half-width sqrt(0.03^2 + 0.04^2) / 2 = 0.025; OOD worst 60."""
    return CLEAN


@pytest.fixture
def attacked() -> tuple[Number, ...]:
    """Degrees 0.1 and 0.3: per 0.1 of degree the average falls by 0.1, the worst by 0.2."""
    falls = {"average": 1.0, "worst": 2.0}
    return tuple(
        Number(n.dataset, n.value - fall * degree, n.role, degree=degree, aggregate=aggregate)
        for n in CLEAN
        for degree in (0.1, 0.3)
        for aggregate, fall in falls.items()
    )


ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Serve = Callable[..., str]


@pytest.fixture
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser found on the path: looked for {', '.join(BROWSERS)}")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(BROWSER_OPTIONS))
        yield started
        started.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the site from another folder with these words and variables; give its address."""
    with contextlib.ExitStack() as stack:

        def start(words: Sequence[str], **variables: str) -> str:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            own = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
            own += ["--server.fileWatcherType=none"]
            place = words.index("--") if "--" in words else len(words)
            command = [sys.executable, "-m", *words[:place], *own, *words[place:]]
            log = stack.enter_context((tmp_path / f"site-{port}.log").open("w"))
            known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            process = subprocess.Popen(
                command, cwd=tmp_path, env={**known, **variables}, stdout=log, stderr=log
            )
            stack.callback(process.wait, timeout=20)
            stack.callback(process.terminate)
            wait_for_site(f"http://127.0.0.1:{port}", process)
            return f"http://127.0.0.1:{port}"

        yield start


@pytest.fixture
def site(serve: Serve, tmp_path: Path) -> str:
    """Start the site as a user does in a checkout, with nothing on the path."""
    app = str(ROOT / "leaderboard" / "app.py")
    return serve(["streamlit", "run", app, "--", "--no-shipped", "--runs", str(tmp_path / "runs")])


def wait_for_site(address: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail("the site did not start within a minute")
