"""A language model that flips: what is noise, what stands, and what a run that is killed over and over asks.

Runs are forks of one process that has everything imported, so that thirty of them take seconds.
"""

import csv
import hashlib
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import process

from boss.metrics.noise import FLIP_RATE
from boss.results.parts import read_parts
from boss.results.rescore import rescore
from boss.results.schema import Record
from boss.results.store import StoredRun, find_runs, read_run

pytest.importorskip("openai")

ROOT = Path(__file__).resolve().parents[1]
_SPEC = importlib.util.spec_from_file_location("stub_llm", ROOT / "tests" / "boss" / "models" / "stub_llm.py")
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("stub_llm", stub_llm)
_SPEC.loader.exec_module(stub_llm)

LABELS = ("negative", "positive", "neutral")
TOKENS = (50, 2)
"""What the stub counts for each answer, read and written."""
_FORKS = """
import json, os, sys, traceback
import boss.run, boss.eval, boss.models.llm.endpoint, robtest.attacks.typo
import anyio._backends._asyncio, httpx2, hydra._internal.hydra, matplotlib.backends.backend_svg, scipy.stats
import openai._models, openai.resources.chat.completions
from boss import provenance
from boss.models.cache import code_sha256
# What runs is what was imported, whatever becomes of the files meanwhile.
its_code, its_place = provenance.code(), provenance.environment()
provenance.code, provenance.environment = lambda: its_code, lambda: its_place
code_sha256()
for line in sys.stdin:
    words, log = json.loads(line)
    pid = os.fork()
    if not pid:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1), os.dup2(out, 2)
        sys.argv = ["boss.eval", *words]
        code = 70
        try:
            boss.eval.main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 2
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Forks:
    """Starts runs one after the other."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FORKS],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, words: list[str]) -> int:
        """Start a run and return its process."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([words, str(self.log)]) + "\n")
        self.process.stdin.flush()
        return self._number()

    def end(self) -> int:
        """Wait for the run and return its exit status."""
        return self._number()

    def run(self, words: list[str]) -> int:
        self.start(words)
        return self.end()

    def _number(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture
def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forks]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = Forks(tmp_path / "said.txt")
    yield made
    assert made.process.stdin is not None and made.process.stdout is not None
    made.process.stdin.close()
    made.process.wait(10)
    made.process.stdout.close()


def words(tmp_path: Path, url: str, *more: str) -> list[str]:
    model = ("model=endpoint", f"model.base_url={url}", "model.name=stub-1", "model.concurrency=4")
    return [
        f"--config-dir={ROOT / 'tests' / 'conf'}",
        *("suite=toy", "task=sentiment", f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}"),
        *(*model, "model.budget.requests=9000", *more),
    ]


def text_of(request: dict[str, Any]) -> str:
    return str(request["messages"][-1]["content"].split("<text>\n")[1].split("\n</text>")[0])


@cache
def golds(dataset: str) -> dict[str, str]:
    path = ROOT / "tests" / "data" / "toy" / f"{dataset.removeprefix('toy_')}_test.csv"
    with path.open(newline="") as file:
        return {row["text"]: row["label"] for row in csv.DictReader(file)}


@cache
def gold_of(text: str) -> str:
    """Return the label of the original that a text is nearest to: a model that no typo fools."""
    known = golds("toy_reviews") | golds("toy_posts")
    return known[process.extractOne(text, list(known))[0]]


def flips(text: str, seed: int) -> bool:
    """One answer in ten, by the digest of the text and the seed."""
    return int(hashlib.sha256(f"{seed} {text}".encode()).hexdigest(), 16) % 10 == 0


def flipping(request: dict[str, Any], times: int) -> Any:
    text = text_of(request)
    label = gold_of(text)
    if flips(text, request["seed"]):
        label = LABELS[(LABELS.index(label) + 1) % 3]
    return stub_llm.Say(label, usage=TOKENS)


def the_run(tmp_path: Path) -> StoredRun:
    [path] = find_runs(tmp_path / "runs")
    return read_run(path)


def of(stored: StoredRun, metric: str, aggregate: str, degree: float | None = None) -> dict[str, Record]:
    return {
        record.measurement.dataset: record
        for record in stored.records
        if (record.score.metric, record.score.aggregate, record.score.degree) == (metric, aggregate, degree)
    }


ATTACK = ("attack=typo", "access=decision", "degrees=[0.2]", "n_variants=1", "n_attacked=12")


def test_the_flip_rate_is_the_scripts_and_successes_that_do_not_stand_are_not_counted(
    tmp_path: Path, forks: Forks
) -> None:
    with stub_llm.serving(flipping) as stub:
        attack = (*ATTACK, "query_budget=40")
        assert forks.run(words(tmp_path, stub.url, *attack)) == 0, forks.log.read_text()
        assert set(stub.times.values()) == {1}
        said = forks.log.read_text()
        stored = the_run(tmp_path)
        assert rescore(stored.path).ok
        for measurement in stored.measurements():
            rows = stored.predictions(measurement.name).to_pylist()
            if measurement.attack is None:
                of_id = {row["input_sha256"]: row for row in rows}
                assert all((row["again"] is None) != (row["again_error"] is None) for row in of_id.values())
            else:
                for row in rows:  # a copy whose first answer is right, or whose text was wrong, is asked once
                    if row["again"] is not None:
                        assert row["degree"] > 0 and row["prediction"] != row["label"]
        rates = of(stored, FLIP_RATE, "clean")
        for dataset in ("toy_reviews", "toy_posts"):
            texts = list(golds(dataset))
            differ = sum(flips(text, 0) != flips(text, 1) for text in texts)
            assert len(texts) == 24 == rates[dataset].score.n_scored and differ > 0
            assert rates[dataset].score.value == differ / 24
            # The first answer is the one that is scored.
            accuracy = of(stored, "accuracy", "clean")[dataset]
            assert accuracy.score.value == sum(not flips(text, 0) for text in texts) / 24
            assert (accuracy.cost.n_forward, accuracy.cost.n_again) == (24, 24)
            assert (accuracy.cost.tokens_read, accuracy.cost.tokens_written) == (48 * 50, 48 * 2)
        confirmed = of(stored, "accuracy", "worst", 0.2)
        costs = [record.cost for record in confirmed.values()]
        assert all(cost.n_again and cost.n_unconfirmed for cost in costs)
        n_again, n_fell = (sum(getattr(c, n) or 0 for c in costs) for n in ("n_again", "n_unconfirmed"))
        page = (stored.path / "report.md").read_text()
        assert "flips" in page and "a difference below it is noise" in page
        assert f"of {n_again:,} that were asked again {n_fell:,} did not stand" in page
        all_costs = {record.measurement.name: record.cost for record in stored.records}.values()
        n_read, n_written = (
            sum(getattr(c, n) or 0 for c in all_costs) for n in ("tokens_read", "tokens_written")
        )
        assert f"Cost:  {n_read:,} tokens read and {n_written:,} written" in said

        barred = (f"output={tmp_path / 'barred'}", "attack=none")
        for bar, code in (("{id/flip_rate: 1, ood_highest/flip_rate: 1}", 0), ("{id/flip_rate: 0.01}", 3)):
            assert forks.run(words(tmp_path, stub.url, f"require={bar}", *barred)) == code
        assert "id/flip_rate" in forks.log.read_text()
        assert forks.run(words(tmp_path, stub.url, "require={id/flip_rate: 1}", "model.noise=false")) == 2
        once = tmp_path / "once"
        asked = len(stub.questions)
        more = (*attack, "model.noise=false", f"cache={tmp_path / 'cache'}")
        assert forks.run(words(once, stub.url, *more)) == 0, forks.log.read_text()
        plain = the_run(once)
        assert plain.records[0].model.fingerprint != stored.records[0].model.fingerprint
        assert not of(plain, FLIP_RATE, "clean") and plain.records[0].cost.n_again is None
        assert "again" not in plain.predictions(plain.measurements()[0].name).column_names
        # What it shares with the other run comes out of the store, and what it asks it asks once.
        assert set(stub.times.values()) == {1} and len(stub.questions) - asked < asked / 2
        # No typo fools this model: all that its noise lets an attack find is what is left out above.
        for dataset, record in of(plain, "accuracy", "worst", 0.2).items():
            assert of(plain, "accuracy", "clean")[dataset].score.value > 0.8
            assert record.score.value <= confirmed[dataset].score.value - 0.3
        print({name: {d: r.score.value for d, r in of(run, "accuracy", "worst", 0.2).items()}
               for name, run in (("confirmed", stored), ("once", plain))})  # fmt: skip


def test_thirty_kills_ask_nothing_twice_but_what_was_under_way(tmp_path: Path, forks: Forks) -> None:
    rng = random.Random(7)
    state: dict[str, Any] = {"pid": 0, "left": 0, "pause": 0.0}
    lock = threading.Lock()

    def deadly(request: dict[str, Any], times: int) -> Any:
        """Kill the process that asks, at the last of so many requests or a moment later."""
        with lock:
            state["left"] -= 1
            kill = state["left"] == 0
        if kill and state["pause"]:
            threading.Timer(state["pause"], os.kill, (state["pid"], signal.SIGKILL)).start()
        elif kill:
            os.kill(state["pid"], signal.SIGKILL)
        time.sleep(0.002)
        return flipping(request, times)

    with stub_llm.serving(deadly) as stub:
        lives: list[list[dict[str, Any]]] = []
        attack = (*ATTACK, "query_budget=10")
        status = -signal.SIGKILL
        while status == -signal.SIGKILL:
            before = len(stub.questions)
            last = len(lives) == 30
            with lock:
                state |= {
                    "left": 10**9 if last else rng.randint(1, 20),
                    "pause": rng.choice((0.0, 0.0, rng.random() / 50)),
                }
                state["pid"] = forks.start(words(tmp_path, stub.url, *attack))
            status = forks.end()
            if not last:
                assert status == -signal.SIGKILL, (len(lives), forks.log.read_text())
                time.sleep(0.05)  # what was under way has reached the server's log
            lives.append(stub.questions[before:])
        assert status == 0 and len(lives) == 31, forks.log.read_text()

        n_twice = 0
        for i, life in enumerate(lives):
            keys = [entry["key"] for entry in life]
            assert len(set(keys)) == len(keys), "one life asks a question once"
            later = {entry["key"] for other in lives[i + 1 :] for entry in other}
            lost = later & set(keys)
            # Answers come in about the order of their questions: what is lost is among the last ones.
            assert len(lost) <= 4 and lost <= set(keys[-8:]), (i, len(lost))
            n_twice += len(lost)
        bodies = {json.dumps(entry["request"], sort_keys=True) for entry in stub.questions}
        assert len(bodies) == len(stub.times) == len(stub.questions) - n_twice
        assert all(n <= 4 for n in stub.times.values()) and 0 < n_twice <= 30 * 4

        # And it ends with what a run ends with that nobody killed, byte for byte but for times.
        barred = (f"output={tmp_path / 'barred'}", "attack=none")
        for bar, code in (("{id/flip_rate: 1, ood_highest/flip_rate: 1}", 0), ("{id/flip_rate: 0.01}", 3)):
            assert forks.run(words(tmp_path, stub.url, f"require={bar}", *barred)) == code
        assert "id/flip_rate" in forks.log.read_text()
        assert forks.run(words(tmp_path, stub.url, "require={id/flip_rate: 1}", "model.noise=false")) == 2
        once = tmp_path / "once"
        with lock:
            state["left"] = 10**9
        assert forks.run(words(once, stub.url, *attack)) == 0, forks.log.read_text()
        killed, whole = the_run(tmp_path), the_run(once)
        parts = [
            {p.relative_to(run.path).as_posix(): p.read_bytes() for p in run.path.rglob("*.parquet")}
            for run in (killed, whole)
        ]
        assert parts[0] == parts[1] and len(parts[0]) == 4
        times_and_names = {"run_id", "created_at"}
        lines = [[r.model_dump(exclude=times_and_names) for r in run.records] for run in (killed, whole)]
        assert lines[0] == lines[1]


@pytest.mark.parametrize("limit", ["tokens", "money"])
def test_a_budget_is_never_passed_and_the_next_one_goes_on(tmp_path: Path, forks: Forks, limit: str) -> None:
    prices = ("model.budget.input_price=100", "model.budget.output_price=500")  # of a million tokens

    def spent(entries: list[dict[str, Any]]) -> float:
        tokens = sum(TOKENS) * len(entries)
        money = (TOKENS[0] * 100 + TOKENS[1] * 500) * len(entries) / 1_000_000
        return tokens if limit == "tokens" else money

    with stub_llm.serving(flipping) as stub:
        most = {"tokens": (1_500, 3_000, 10**6), "money": (0.25, 0.5, 99)}[limit]
        for i, budget in enumerate(most):
            given = (*prices, "attack=none", f"model.budget.{limit}={budget}")
            assert forks.run(words(tmp_path, stub.url, *given)) == (0 if i == 2 else 1), forks.log.read_text()
            assert spent(stub.log) <= budget and set(stub.times.values()) == {1}
            if i < 2:
                assert f"model.budget.{limit}=" in forks.log.read_text()
                assert spent(stub.log) > budget / 4, (
                    "most of it is used: a request is charged by its bytes first"
                )
        assert len(stub.times) == 2 * 48
        stored = the_run(tmp_path)
        for record in stored.records:
            table, cost = read_parts(stored.path, record.measurement.name)
            assert cost == record.cost and table.num_rows == 24
            assert (cost.tokens_read, cost.tokens_written) == (48 * 50, 48 * 2)
            assert cost.money == pytest.approx(48 * (50 * 100 + 2 * 500) / 1_000_000)
        assert "in money" in (stored.path / "report.md").read_text()
