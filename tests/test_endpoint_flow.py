"""A language model measured by the command, clean and under attack, from a stub server on loopback."""

import hashlib
import importlib.util
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boss.results.rescore import rescore
from boss.results.store import find_runs, read_run

pytest.importorskip("openai")

ROOT = Path(__file__).resolve().parents[1]
_SPEC = importlib.util.spec_from_file_location("stub_llm", ROOT / "tests" / "boss" / "models" / "stub_llm.py")
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("stub_llm", stub_llm)
_SPEC.loader.exec_module(stub_llm)

LABELS = ("negative", "positive", "neutral")
TOY = (
    f"--config-dir={ROOT / 'tests' / 'conf'}",
    "suite=toy",
    "task=sentiment",
    "n_attacked=6",
    "n_variants=2",
)


def drawn(request: dict[str, Any], times: int) -> Any:
    """Answer by the digest of the question: a seventh each is no label and a refusal."""
    number = int(hashlib.sha256(request["messages"][-1]["content"].encode()).hexdigest(), 16)
    if number % 7 == 0:
        return stub_llm.Say("as you like")
    if number % 7 == 1:
        return stub_llm.Say("I'm sorry, I can't.")
    first, second = (LABELS[(number + i) % 3] for i in range(2))
    top = [(first, math.log(0.5)), ("The", math.log(0.2)), (second, math.log(0.1 + number % 10 / 100))]
    return stub_llm.Say(first, top=top if request.get("logprobs") else None)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=150
    )


def arguments(tmp_path: Path, url: str, *more: str) -> list[str]:
    where = (f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}")
    model = ("model=endpoint", f"model.base_url={url}", "model.name=stub-1")
    return ["-m", "boss.eval", *TOY, *where, *model, *more]


def errors(run: Path) -> Counter[str]:
    """Count the answers that there are not in the clean predictions, by kind."""
    out: Counter[str] = Counter()
    for path in run.glob("predictions/sentiment/*/clean/*.parquet"):
        table = pq.read_table(path)
        for prediction, error in zip(
            *(table[name].to_pylist() for name in ("prediction", "error")), strict=True
        ):
            assert (prediction is None) == (error is not None)
            out.update([] if error is None else [error.partition(":")[0]])
    return out


def test_a_budget_stops_the_run_and_the_command_it_prints_goes_on(tmp_path: Path) -> None:
    with stub_llm.serving(drawn) as stub:
        more = ("attack=typo", "access=decision", "degrees=[0.1]")
        stopped = command(*arguments(tmp_path, stub.url, *more, "model.budget.requests=20"))
        assert stopped.returncode == 1 and len(stub.log) == 20
        printed = re.search(r"continues it under a higher budget: python (-m boss\.eval .*)", stopped.stderr)
        assert printed is not None, stopped.stderr
        words = shlex.split(printed.group(1))
        assert (
            words[-1] == "model.budget.requests=42"
            and sum(word.startswith("model.budget.") for word in words) == 1
        )
        done = command(*words[:-1], "model.budget.requests=4000")
        assert done.returncode == 0, done.stderr
        assert set(stub.times.values()) == {1} and len(stub.times) == len(stub.log) - 2  # two probes
        [run] = find_runs(tmp_path / "runs")
        stored = read_run(run)
        assert stored.run.status == "complete"
        clean = [record for record in stored.records if record.measurement.attack is None]
        found = errors(run)
        assert found["unparsable"] > 0 and found["refused"] > 0 and set(found) == {"unparsable", "refused"}
        counted = {record.measurement.dataset: record.score.n_failed for record in clean}
        assert sum(counted.values()) == found.total()
        assert {record.score.n_scored for record in clean if record.score.metric == "accuracy"} == {24}
        journal = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
        first, second = (line for line in journal if line["event"] == "asked")
        assert first["requests"] + second["requests"] == len(stub.log) - 2
        assert f"{second['unparsable']} unparsable, {second['refused']} refused" in done.stderr
        assert rescore(run).ok
        assert stored.records[0].model.id == "stub-1 (generate, plain)"


def test_labels_alone_are_not_attacked_by_scores_and_probabilities_are(tmp_path: Path) -> None:
    with stub_llm.serving(drawn) as stub:
        more = ("attack=typo", "access=score", "degrees=[0.1]")
        labels = command(*arguments(tmp_path, stub.url, *more))
        assert labels.returncode == 1 and "attack it with access=decision or access=rule" in labels.stdout
        scores = command(*arguments(tmp_path, stub.url, *more, "model.answer=logprobs"))
        assert scores.returncode == 0, scores.stderr
        assert "gives log-probabilities of the 3 likeliest tokens; asked for 20" in scores.stderr
        assert set(stub.times.values()) == {1}
