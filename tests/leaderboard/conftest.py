"""Small runs written through the schema, so that the page reads what a measurement writes."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
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

LABELS = ("negative", "positive", "neutral")
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
            labels=LABELS,
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
    i: int,
    dataset: str,
    answer: str,
    degree: float | None,
    variant: int,
    text: str,
    *,
    alone: bool,
    confidence: float | None,
) -> dict[str, Any]:
    attacked = degree is not None
    probs = None
    if confidence is not None:
        probs = [confidence if label == answer else (1 - confidence) / 2 for label in LABELS]
    return {
        "example_id": f"{dataset}-{i:03}",
        "source": f"{dataset}-{i:03}",
        "variant": variant if attacked else None,
        "degree": degree,
        "input_sha256": digest(text),
        "label": "positive" if i % 2 else "negative",
        "prediction": answer,
        "probs": probs,
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
    says that no edit fits. With a ``confidence`` the answers have probabilities.
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
        task: str = "sentiment",
        n_parameters: int | None = None,
        confidence: float | None = None,
    ) -> Path:
        run = Run(
            suite_version="1",
            run_id=f"{model}-{method}-{day}" + (f"-{task}" if task != "sentiment" else ""),
            status="running",
            created_at=f"2025-02-{day:02}T00:00:00Z",
            suite="mini",
            model=model,
            tasks=(task,),
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
                    measurement = answered_cell(dataset, role, dimension, n, task)
                    rows = answers(dataset, right, n, dimension, alone, confidence)
                    table = pa.Table.from_pylist(
                        rows if store_text else [{**r, "text": None} for r in rows], schema=PREDICTIONS
                    )
                    writer.parts(measurement, subject(model, method, n_parameters))
                    writer.write_part(
                        measurement.name, 0, table, Cost(n_queries=len(rows), n_forward=len(rows))
                    )
                    finish(
                        writer,
                        sums,
                        measurement,
                        subject(model, method, n_parameters),
                        n_parts=1,
                        seed=seed,
                    )
            writer.close("complete", sums.summaries())
            return writer.path

    return write


def answered_cell(dataset: str, role: str, dimension: str | None, n: int, task: str) -> Measurement:
    attack = Number(dataset, 0.5, degree=0.1, dimension=dimension or "", n_variants=1, n=n)
    record = attack.record("r", "2025-01-01T00:00:00Z", "m", "default", "mini", task)
    update = {
        "role": role,
        "majority": 0.5,
        "attack": None if dimension is None else record.measurement.attack,
    }
    return record.measurement.model_copy(update=update)


def answers(
    dataset: str, right: Right, n: int, dimension: str | None, alone: Alone, confidence: float | None
) -> list[dict[str, Any]]:
    rows = []
    for i in range(n):
        text = f"Letter {i} of the <b>{dataset}</b> folder says good things."
        label, other = ("positive", "negative") if i % 2 else ("negative", "positive")
        for degree in DEGREES if dimension else (None,):
            left = bool(degree) and alone(dataset, i, degree or 0.0)
            copied = text if not degree or left else text + "s" * round(20 * degree)
            answer = label if right(dataset, i, degree or 0.0, dimension) else other
            rows.append(row(i, dataset, answer, degree, 0, copied, alone=left, confidence=confidence))
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


VOID = ("br", "hr", "img", "input", "link", "meta")


@dataclass
class Node:
    """An element of a page; ``children`` are elements and texts in their order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def every(self) -> Iterator["Node"]:
        """Yield what is within it, from the top."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.every()

    def all(self, tag: str, kind: str = "") -> list["Node"]:
        """Return what is within it of a tag, and of a class where one is asked for."""
        found = [node for node in self.every() if node.tag == tag]
        return [node for node in found if not kind or kind in (node.attributes.get("class") or "").split()]


class Tree(HTMLParser):
    """Reads HTML into a `Node`; what is not closed in order fails."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("")]
        self.feed(html)
        self.close()
        assert [node.tag for node in self.open] == [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


@dataclass(frozen=True)
class Cell:
    """A number of the board as a reader sees it: ``more`` are the lines below, ``bar`` its percentages."""

    value: str
    interval: str
    more: tuple[str, ...]
    is_off: bool
    bar: dict[str, float]


@dataclass(frozen=True)
class Line:
    """A row of the board; ``cells`` by the label of the column, ``link`` is that of the name."""

    rank: str
    model: str
    link: str | None
    is_own: bool
    size: str
    cells: dict[str, Cell]
    verified: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class BoardTable:
    """An HTML table of the board: heads less what stands under them, which is in ``under``."""

    caption: str
    heads: list[str]
    under: dict[str, list[str]]
    rows: list[Line]

    @property
    def models(self) -> list[str]:
        return [row.model for row in self.rows]

    @property
    def ranks(self) -> dict[str, str]:
        return {row.model: row.rank for row in self.rows}

    def column(self, label: str) -> dict[str, str]:
        """Return the numbers of a column by model."""
        return {row.model: row.cells[label].value for row in self.rows}

    def __getitem__(self, model: str) -> Line:
        (row,) = [row for row in self.rows if row.model == model]
        return row


def cell_of(node: Node) -> Cell:
    styles = ";".join(str(mark.attributes.get("style")) for mark in [*node.all("i"), *node.all("b")])
    names = ("left", "width", "dot") if node.all("i") else ("dot",)
    bar = dict(zip(names, map(float, re.findall(r":(-?[\d.]+)%", styles)), strict=True)) if styles else {}
    (value,) = node.all("span", "v")
    return Cell(
        value.text,
        "".join(limits.text for limits in node.all("span", "i")),
        tuple(line.text for line in node.all("span", "more")),
        "off" in str(node.attributes["class"]).split(),
        bar,
    )


def line_of(row: Node) -> Line:
    (name,) = row.all("th")
    rank, *facts = row.all("td")
    own = name.all("span", "tag")
    assert all(tag.text == "yours" for tag in own)
    labelled = {
        str(cell.attributes.get("data-label")): cell for cell in facts if "data-label" in cell.attributes
    }
    numbers = [cell for cell in facts if "num" in str(cell.attributes.get("class")).split()]
    return Line(
        rank.text,
        name.text.removesuffix(" yours") if own else name.text,
        name.all("a")[0].attributes["href"] if name.all("a") else None,
        bool(own),
        labelled["Size"].text,
        {str(cell.attributes["data-label"]): cell_of(cell) for cell in numbers},
        labelled["Verified"].text,
        tuple(item.text for item in facts[-1].all("li")),
    )


def table_of(table: Node) -> BoardTable:
    (caption,), (head,), (body,) = table.all("caption"), table.all("thead"), table.all("tbody")
    under = {th.text.removesuffix("".join(s.text for s in th.all("small"))): th for th in head.all("th")}
    rows = [line_of(row) for row in body.all("tr")]
    heads = list(under)
    for row in rows:
        assert list(row.cells) == heads[3:-2], "a card names its numbers as the heads do"
    return BoardTable(
        caption.text, heads, {name: [s.text for s in th.all("small")] for name, th in under.items()}, rows
    )


@pytest.fixture(scope="session")
def tree() -> Callable[[str], Node]:
    """Read HTML as a browser does, with the standard library's parser."""
    return lambda html: Tree(html).open[0]


@pytest.fixture(scope="session")
def tables() -> Callable[[Any], list[BoardTable]]:
    """Read the board's tables out of HTML, or out of all HTML of a page that was run (`AppTest`)."""

    def read(source: Any) -> list[BoardTable]:
        html = source if isinstance(source, str) else "".join(e.proto.body for e in source.get("html"))
        return [table_of(node) for node in Tree(html).open[0].all("table", "bx")]

    return read


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
    """Start the site from another folder with these words and variables; give its address.

    ``secrets`` makes the text of its secrets.toml of that address.
    """
    with contextlib.ExitStack() as stack:

        def start(words: Sequence[str], secrets: Callable[[str], str] | None = None, **variables: str) -> str:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            if secrets is not None:
                (tmp_path / ".streamlit").mkdir()
                (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets(f"http://127.0.0.1:{port}"))
            own = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
            own += ["--server.fileWatcherType=none"]
            place = words.index("--") if "--" in words else len(words)
            command = [sys.executable, "-m", *words[:place], *own, *words[place:]]
            log = stack.enter_context((tmp_path / f"site-{port}.log").open("w"))
            known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            process = subprocess.Popen(
                command, cwd=tmp_path, env={**known, **variables}, stdout=log, stderr=log
            )
            stack.callback(process.wait, timeout=90)
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
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail("the site did not start within a minute")
