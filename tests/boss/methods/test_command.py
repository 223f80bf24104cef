"""Methods and experiments as a user names them on the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from boss.results.store import find_runs, read_run

ROOT = Path(__file__).parents[3]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    common = (f"--config-dir={ROOT / 'tests' / 'conf'}", "suite=toy", "attack=none", "n_examples=8")
    return subprocess.run(
        [sys.executable, "-m", "boss.eval", *common, *options],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_options_of_a_method_stand_in_the_records(tiny_roberta: Path, tmp_path: Path) -> None:
    where = (f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}")
    model = ("model=hf", f"model.path={tiny_roberta}", "model.max_length=64", "model.stride=8")
    done = run(*where, *model, "model.max_steps=2", "method=focal", "method.gamma=3")
    assert done.returncode == 0, done.stderr
    (path,) = find_runs(tmp_path / "runs")
    subject = read_run(path).records[0].model
    assert (subject.method, subject.options["method"]) == ("focal", {"gamma": 3})
    assert subject.options["max_steps"] == 2
    assert subject.n_tunable is not None and subject.n_tunable > 0


def test_a_wrong_option_of_a_method_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    done = run(f"output={tmp_path}", "method=adversarial", "method.dimension=tpyo")
    assert done.returncode == 2
    assert "unknown dimension 'tpyo'; known dimensions: typo" in done.stderr


@pytest.mark.parametrize(
    ("name", "tasks", "epochs", "lr"),
    [
        ("paper", ["sentiment", "toxicity", "nli"], 10, 1e-5),
        ("paper_ner", "ner", 10, 1e-5),
        ("paper_qa", "qa", 5, 2e-5),
    ],
)
def test_an_experiment_has_the_papers_settings(name: str, tasks: object, epochs: int, lr: float) -> None:
    with initialize_config_dir(version_base="1.3", config_dir=str(ROOT / "conf")):
        config = compose("config", overrides=[f"experiment={name}"])
        longer = compose("config", overrides=[f"experiment={name}", "model.epochs=12"])
    assert (config.tasks, config.suite.name, config.method.name) == (tasks, "boss", "finetune")
    assert (config.model.epochs, config.model.lr, config.model.batch_size) == (epochs, lr, 16)
    assert (config.model.schedule, config.model.warmup_ratio) == ("constant", 0)
    assert config.model.patience is None and config.model.max_grad_norm is None
    assert (config.n_examples, config.scoring, len(config.attack)) == (None, "boss", 0)
    assert longer.model.epochs == 12  # what is typed comes last
