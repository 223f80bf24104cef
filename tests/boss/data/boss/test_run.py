"""The whole suite from a hub on the loopback interface, with two datasets missing on purpose."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from boss.data.__main__ import main
from boss.results.store import find_runs, read_run

ROOT = Path(__file__).resolve().parents[4]
MIRRORED = [
    "SentimentAnalysis/amazon",
    "SentimentAnalysis/semeval",
    "ToxicDetection/adv_civil",
    "NaturalLanguageInference/contract_nli",
    "NameEntityRecognition/ener",
]
MISSING = {"toxigen": "toxicity", "wanli": "nli"}


@pytest.fixture
def environment(upstreams: Any, loopback_hub: Any, tmp_path: Path) -> dict[str, str]:
    """Serve all but WANLI, ToxiGen for those who accepted its terms, and no way to any other network."""
    for id, (revision, files) in upstreams.hub.items():
        if id != "alisawuffles/WANLI":
            loopback_hub.add(id, files, revision, token="accepted" if "toxigen" in id else None)
    loopback_hub.add("Kyle1668/BOSS-Robustness-Benchmark", {"BOSS.zip": upstreams.zip(MIRRORED)})
    dead = "http://127.0.0.1:9"
    given = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return given | {
        "HF_ENDPOINT": loopback_hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "0",
        "BOSS_CACHE": str(tmp_path / "cache"),
        "PIP_INDEX_URL": f"{dead}/simple",
        "HTTP_PROXY": dead,
        "HTTPS_PROXY": dead,
        "http_proxy": dead,
        "https_proxy": dead,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "COLUMNS": "250",
    }


def python(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_the_suite_runs_and_reports_exactly_the_missing_ones(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = ("boss.eval", "suite=boss", "suite.sizes=warn", "model=majority", "attack=none", "task=all")
    done = python(*words, f"output={tmp_path / 'runs'}", environment=environment)
    assert done.returncode == 1, done.stderr
    (path,) = find_runs(tmp_path / "runs")
    stored = read_run(path)
    assert stored.run.status == "failed"
    assert {failure.measurement for failure in stored.run.failures} == {
        f"{t}/{d}" for d, t in MISSING.items()
    }
    measured = {cell.dataset for cell in stored.measurements()}
    assert len(measured) == 18
    assert not measured & set(MISSING)
    revisions = {entry.dataset: entry.revision for entry in stored.run.data}
    assert revisions["anli"] == "facebook/anli@8e4813d81f46d313dac7892e1c28076917cfcdf9"
    assert revisions["adv_civil"].endswith("(of main)")


def test_fetch_ends_with_a_table_of_what_is_there_and_what_is_not_and_why(
    environment: dict[str, str],
) -> None:
    fetch = ("boss.data", "fetch", "suite=boss", "suite.sizes=warn")
    done = python(*fetch, environment=environment | {"COLUMNS": "80"})
    assert done.returncode == 1, done.stderr
    lines = done.stdout.partition("18 of 20")[0].splitlines()
    rows = {
        line.split()[0]: (line, after.strip()) for line, after in pairwise(lines) if re.match(r"  \w", line)
    }
    assert len(rows) == 20
    assert {name for name, (_, after) in rows.items() if after == "missing"} == set(MISSING)
    assert rows["adv_civil"][0].split()[1:] == ["2", "823-824"]
    assert max(map(len, lines)) <= 80
    assert "18 of 20 datasets are there" in done.stdout
    reasons = done.stdout.partition("18 of 20")[2]
    assert "https://forms.office.com/r/r6VXX8f8vh" in reasons
    assert "HF_TOKEN" in reasons
    assert "alisawuffles/WANLI is not on the hub" in reasons
    # What was got is kept; with the terms accepted and the other one waived, nothing is wrong.
    again = python(*fetch, "--partial", environment=environment | {"HF_TOKEN": "accepted"})
    assert again.returncode == 0, again.stderr
    assert "19 of 20 datasets are there" in again.stdout


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_processed_zip_alone_gives_all_twenty(
    upstreams: Any,
    by: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive = tmp_path / "BOSS.zip"
    archive.write_bytes(upstreams.zip(list(upstreams.processed)))
    words = ["fetch", "suite=boss", "suite.sizes=warn", f"cache={tmp_path / 'cache'}"]
    if by == "option":
        words.append(f"suite.processed={archive}")
    else:
        monkeypatch.setenv("BOSS_PROCESSED", str(archive))
    assert main(words) == 0
    assert "20 of 20 datasets are there" in capsys.readouterr().out
