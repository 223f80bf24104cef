"""The file of docs/add-a-dataset.md, as it stands there, adds a dataset to the suite."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from boss.data.__main__ import main
from boss.data.suite import load_suite
from boss.paths import conf_dir

PAGE = Path(__file__).parents[3] / "docs" / "add-a-dataset.md"
# The format of RobTest's sst2: a header, sentence TAB label, tokens apart, quotes that mean nothing.
ROWS = 'sentence\tlabel\na slow , warm film .\t1\nit ends " before it begins .\t0\nnull\t0\n'


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def config_dir(tmp_path: Path) -> Path:
    """Follow the page: its YAML file in a folder of one's own, the data beside that."""
    (yaml,) = (block.split("```")[0] for block in PAGE.read_text().split("```yaml\n")[1:])
    folder = tmp_path / "my_conf" / "dataset" / "boss"
    folder.mkdir(parents=True)
    (folder / "sst2.yaml").write_text(yaml)
    (tmp_path / "sst2").mkdir()
    (tmp_path / "sst2" / "test.tsv").write_text(ROWS)
    return tmp_path / "my_conf"


def test_one_yaml_file_adds_an_ood_dataset_of_sentiment(config_dir: Path, tmp_path: Path) -> None:
    suite = load_suite("boss", [config_dir, conf_dir()], tmp_path / "cache")
    assert len(suite.cards) == 21
    data = suite.load("sentiment")
    (split,) = data.tests  # nothing else can be had here
    assert (split.dataset, split.card.role) == ("sst2", "ood")
    found = [(example.inputs["text"], example.gold) for example in split.examples]
    assert found == [
        ("a slow , warm film .", "positive"),
        ('it ends " before it begins .', "negative"),
        ("null", "negative"),
    ]


def test_its_card_can_be_shown(config_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sst2", "suite=boss", "--config-dir", str(config_dir), f"cache={tmp_path / 'cache'}"]) == 0
    out = capsys.readouterr().out
    assert "classes: negative 2 (66.7%), positive 1 (33.3%)" in out
    assert "not stored" in out


@pytest.mark.data
def test_a_table_is_shown_and_measured_without_a_file(tmp_path: Path) -> None:
    """The first two commands of the page, with a table of our own."""
    first, second = PAGE.read_text().split("```bash\n")[1].split("\n")[:2]
    rows = ["It broke at once,1", "It is a lamp,3", "A kind and quiet machine,5", "Good and cheap,5"]
    (tmp_path / "reviews.csv").write_text("\n".join(["body,stars", *rows]) + "\n")
    environment = {**os.environ, "PYTHONPATH": str(PAGE.parents[1])}

    def run(line: str, *options: str) -> str:
        words = [sys.executable, *shlex.split(line)[1:], *options]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=250
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "classes: positive 2 (50.0%), negative 1 (25.0%), neutral 1 (25.0%)" in run(first)
    small = ("n_attacked=2", "n_examples=20", "n_train=5", "degrees=[0.3]")
    shown = run(second, *small)
    assert "suite mini+reviews" in shown and "reviews, OOD" in shown
