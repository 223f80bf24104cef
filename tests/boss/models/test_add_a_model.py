"""The commands of docs/add-a-model.md, as they stand there, on the toy suite."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from boss.results.store import find_runs, read_run
from boss.tasks import TASKS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "add-a-model.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
LABELS = {
    "my_folder": ["NEG", "NEU", "POS"],
    "my_labels": ["LABEL_0", "LABEL_1", "LABEL_2"],
    "my_two_classes": ["NEGATIVE", "POSITIVE"],
}
SMALL = f"--config-dir={ROOT}/tests/conf suite=toy n_examples=20 attack=[typo] n_attacked=3 n_variants=1"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_roberta: Path) -> Path:
    """Return a folder with what the page speaks of."""
    from transformers import AutoConfig, AutoTokenizer, RobertaForSequenceClassification

    place = tmp_path_factory.mktemp("place")
    for name, body in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL):
        (place / name).write_text(body)
    for name, labels in LABELS.items():
        config = AutoConfig.from_pretrained(tiny_roberta, id2label=dict(enumerate(labels)))
        with torch.random.fork_rng():
            torch.manual_seed(0)
            RobertaForSequenceClassification(config).save_pretrained(place / name)
        AutoTokenizer.from_pretrained(tiny_roberta).save_pretrained(place / name)
    return place


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page as a shell does; one that measures, on a few sentences."""
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    words = command.partition("  #")[0]
    if "boss.eval" in command:
        words += f" {SMALL} output=runs cache=cache"
    if command.startswith("python -m boss.eval model=hf model.path=my_folder  "):
        words += " model.max_steps=2"
    return subprocess.run(
        words, shell=True, cwd=place, env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_page_has_a_command_for_every_kind_of_model() -> None:
    kinds = {word for line in COMMANDS for word in line.split() if word.startswith("model=")}
    assert kinds == {"model=hf", "model=callable", "model=sklearn"} and len(COMMANDS) == 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_works(command: str, place: Path) -> None:
    before = set(find_runs(place / "runs")) if (place / "runs").is_dir() else set()
    done = run(command, place)
    assert done.returncode == 0, done.stderr + done.stdout
    if "boss.eval" in command:
        [new] = set(find_runs(place / "runs")) - before
        stored = read_run(new)
        assert stored.run.status == "complete"
        assert {m.dataset for m in stored.measurements()} == {"toy_reviews", "toy_posts"}


def test_two_classes_are_refused_on_three_with_the_cure_of_the_page(place: Path) -> None:
    command = next(line for line in COMMANDS if "neutral_threshold" in line)
    done = run(command.replace("model.neutral_threshold=0.6", ""), place)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1
    assert "sentiment/toy_reviews" in said and "has neutral; measure it on sets without neutral" in said
    assert "model.neutral_threshold=0.6" in said


def test_going_on_with_a_function_says_what_cannot_be_known(place: Path) -> None:
    command = "python -m boss.eval model=callable model.function=half:predict"
    (place / "half.py").write_text(
        "import os\n\ndef predict(inputs):\n"
        "    if len(inputs) > 3 and 'WELL' not in os.environ:\n        raise ValueError('not today')\n"
        "    return ['neutral' for _ in inputs]\n"
    )
    assert run(command, place).returncode == 1
    again = run(f"WELL=1 {command}", place)
    assert again.returncode == 0 and "Continuing" in again.stderr
    assert "half:predict: its module and model.files are compared with those of before" in again.stderr
    assert "cannot be known" in again.stderr


def test_the_order_of_the_page_is_that_of_the_tasks() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (.*) \|$", PAGE, re.MULTILINE))
    for name in ("sentiment", "toxicity", "nli"):
        assert rows[name] == ", ".join(TASKS[name].labels)
    kinds = ", ".join(label[2:] for label in TASKS["ner"].labels if label.startswith("B-"))
    assert rows["ner"] == f"O, then B- and I- of {kinds}" and TASKS["ner"].labels[1:3] == (
        "B-location",
        "I-location",
    )


@pytest.mark.parametrize("name", ["sentiment", "toxicity", "nli"])
def test_the_order_stands_in_the_configuration_too(name: str) -> None:
    text = " ".join((ROOT / "conf" / "model" / "callable.yaml").read_text().replace("#", " ").split())
    assert ", ".join(TASKS[name].labels) in text
