"""The commands of docs/decoder-tuning.md on the toy suite, with a small encoder and a stub of a server."""

import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boss.results.store import find_runs, read_run

pytest.importorskip("openai")

_PATH = Path(__file__).with_name("stub_llm.py")
_SPEC = importlib.util.spec_from_file_location("stub_llm", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["stub_llm"] = stub_llm
_SPEC.loader.exec_module(stub_llm)

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "decoder-tuning.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
ADDRESS = "http://127.0.0.1:8000/v1"
SMALL = f"--config-dir={ROOT}/tests/conf suite=toy n_examples=20 n_attacked=3 n_variants=1 output=runs"


def answered(request: dict[str, Any], times: int) -> Any:
    """Answer by the length of the text, which is as good as any other way."""
    if "input" in request:
        body = f'{{"data": [{{"embedding": [1.0, {len(request["input"])}]}}]}}'
        return stub_llm.Say(raw=body.encode())
    share = 0.2 + 0.5 * (len(request["messages"][-1]["content"]) % 7) / 7
    top = [("neutral", math.log(share)), ("positive", math.log(0.9 - share)), ("negative", math.log(0.1))]
    top.sort(key=lambda pair: -pair[1])
    return stub_llm.Say(top[0][0], top=top, chosen=top[0][0])


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, tiny_roberta: Path, tiny_lm: Path
) -> Iterator[tuple[Path, str]]:
    """Return a folder with what the page speaks of, and the address of a server."""
    place = tmp_path_factory.mktemp("place")
    shutil.copytree(tiny_roberta, place / "my_encoder")
    shutil.copytree(tiny_lm, place / "my_language_model")
    with stub_llm.serving(answered) as stub:
        yield place, stub.url


def test_the_page_has_a_command_for_every_head_and_every_kind_of_model() -> None:
    said = {word for line in COMMANDS for word in line.split()}
    heads = {word.removeprefix("model.head=") for word in said if word.startswith("model.head=")}
    backbones = {word.removeprefix("model.backbone=") for word in said if word.startswith("model.backbone=")}
    assert heads == {"logistic", "words", "calibrated"} and backbones == {"my_encoder", "lm", "endpoint"}
    assert "model.embeddings=NAME" in said and "access=score" in said


@pytest.mark.parametrize("command", [line for line in COMMANDS if "boss.eval" in line])
def test_a_command_of_the_page_works(command: str, place: tuple[Path, str]) -> None:
    folder, address = place
    words = command.partition("  #")[0].strip().replace(ADDRESS, address).replace("seeds=5", "seeds=2")
    if "model.backbone=" not in words:
        words += " model.backbone=my_encoder"  # in the place of MiniLM, which would be fetched
    if "attack=" not in words:
        words += " attack=none"
    before = set(find_runs(folder / "runs")) if (folder / "runs").is_dir() else set()
    done = run(f"{words} {SMALL} cache=cache", folder)
    assert done.returncode == 0, done.stderr + done.stdout
    new = [read_run(path) for path in set(find_runs(folder / "runs")) - before]
    assert len(new) == (2 if "seeds=2" in words else 1)
    for stored in new:
        assert stored.run.status == "complete"
        [name] = {record.model.id for record in stored.records}
        assert name == stored.run.model
        rows = stored.predictions(next(m.name for m in stored.measurements()))
        assert rows["error"].null_count == len(rows) and rows["probs"].null_count == 0
    if "seeds=2" in words:
        table = run("python -m boss.seeds runs", folder)
        assert table.returncode == 0 and f"sentiment, {new[0].run.model}" in table.stdout, table.stderr


def run(words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        environment.pop(name, None)
    return subprocess.run(
        words, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=170
    )
