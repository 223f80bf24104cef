"""A dimension, a reader, a model and a task of one's own, in a folder outside the project, used by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from boss.results.store import find_runs, read_run

ROOT = Path(__file__).resolve().parents[1]

CODE = '''
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from boss.data.readers.base import content_id
from boss.data.types import Example
from boss.models.base import Prediction
from boss.models.recipe import BaseRecipe, Particulars, Start
from robtest.types import Edit


@dataclass(frozen=True)
class Piped:
    """Lines of ``label | text``."""

    def read(self, file, removed) -> Iterator[Example]:
        for _, line in file.lines():
            label, _, text = line.partition(" | ")
            inputs = {"text": text}
            yield Example(content_id(inputs), inputs, label, content_id(inputs))


@dataclass(frozen=True)
class Vowels:
    """Write a vowel as another one."""

    swap: str = "aeiou"

    name = "vowels"
    level = "char"
    unit = "word"
    tags = ("malicious",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        at = next((i for i in range(start, end) if text[i] in self.swap), None)
        return () if at is None else [Edit(at, at + 1, c, "vowel") for c in self.swap if c != text[at]]

    def prepare(self, texts: Sequence[str]) -> None:
        pass


@dataclass(frozen=True)
class Counting(BaseRecipe):
    """Answers by which label's training texts share most words with the text."""

    adapter = "counting"

    def start(self, task, method, cache):
        return Start(Learner(task), Particulars(id=self.name, licence="own", n_parameters=0))


@dataclass(frozen=True)
class Learner:
    task: object

    def fit(self, train, validation, folder, seed) -> None:
        lines = (f"{e.gold}\\t{e.inputs['text']}" for e in train.examples)
        (folder / "words.txt").write_text("\\n".join(lines))

    def load(self, folder):
        words = {label: set() for label in self.task.labels}
        for line in (folder / "words.txt").read_text().split("\\n"):
            label, _, text = line.partition("\\t")
            words[label] |= set(text.split())

        def predict(examples):
            found = []
            for example in examples:
                text = set(example.inputs["text"].split())
                scores = np.array([1 + len(text & words[label]) for label in self.task.labels], dtype=float)
                found.append(Prediction(self.task.labels[int(scores.argmax())], scores / scores.sum()))
            return found

        return predict
'''

FILES = {
    "own/mine.py": CODE,
    "own/conf/task/intent.yaml": "kind: classification\nlabels: [order, refund]\n",
    "own/conf/suite/shop.yaml": (
        "name: shop\nversion: '1'\ndescription: Letters to a shop\nstand_in: false\n"
        "fractions: {train: 0.6, validation: 0.1, test: 0.3}\n"
    ),
    "own/conf/dataset/shop/letters.yaml": (
        "task: intent\nrole: id\ntitle: Letters\nshift: none\nurl: none\nlicence: own\n"
        "labels: [order, refund]\nlabel_mapping: as they are\n"
        "source: {_target_: boss.data.sources.LocalFile, path: ../../letters.txt}\n"
        "reader: {_target_: mine.Piped}\n"
    ),
    "own/conf/model/counting.yaml": "_target_: mine.Counting\n",
    "own/conf/attack/vowels.yaml": "# @package attack.vowels\n_target_: mine.Vowels\nswap: aeo\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    letters = [f"order | please send me lamp number {i} in green" for i in range(40)]
    letters += [f"refund | the lamp {i} came broken and i want my money" for i in range(40)]
    (folder / "own" / "conf" / "letters.txt").write_text("\n".join(letters))
    return folder


def boss(place: Path, *words: str, module: str = "boss.eval") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, "--config-dir=own/conf", *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(place / "own")])},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_all_of_them_are_used_by_name(place: Path) -> None:
    checked = boss(place, "suite=shop", module="boss.validate")
    assert (checked.returncode, checked.stdout) == (0, "2 files checked, 0 wrong\n"), checked.stderr
    where = ("suite=shop", "task=intent", "model=counting", "attack=vowels", "output=runs", "cache=cache")
    done = boss(place, *where, "n_attacked=8", "n_variants=2", "degrees=[0.2]")
    assert done.returncode == 0, done.stderr
    (path,) = find_runs(place / "runs")
    stored = read_run(path)
    clean = next(r for r in stored.records if r.measurement.attack is None and r.score.metric == "accuracy")
    assert clean.score.value == 1.0
    attacked = next(r.measurement for r in stored.records if r.measurement.attack is not None)
    assert attacked.attack is not None
    assert (attacked.attack.dimension, attacked.attack.options) == ("vowels", {"swap": "aeo"})
    assert clean.model.id == "counting"
    assert attacked.definition.labels == ("order", "refund")


def test_a_changed_reader_reads_anew(place: Path) -> None:
    def texts() -> str:
        done = boss(place, "letters", "suite=shop", "cache=cache_r", module="boss.data")
        assert done.returncode == 0, done.stderr
        return done.stdout

    before = texts()
    path = place / "own" / "mine.py"
    path.write_text(CODE.replace('{"text": text}\n', '{"text": text.upper()}\n', 1))
    try:
        after = texts()
    finally:
        path.write_text(CODE)
    assert "please send me" in before or "came broken" in before
    assert "PLEASE SEND ME" in after or "CAME BROKEN" in after


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        ("os.system", "'os.system' must be a class, where it is defined"),
        (
            "subprocess.Popen",
            "subprocess.Popen is no boss.data.readers.base.Reader",
        ),
        ("mine.Vowels", "mine.Vowels is no boss.data.readers.base.Reader"),
        ("nowhere.Reader", "_target_ 'nowhere.Reader' does not exist"),
    ],
)
def test_what_is_no_reader_is_refused_and_never_called(place: Path, reader: str, message: str) -> None:
    path = place / "own" / "conf" / "dataset" / "shop" / "letters.yaml"
    content = path.read_text()
    path.write_text(content.replace("mine.Piped", reader))
    try:
        done = boss(place, "suite=shop", module="boss.validate")
    finally:
        path.write_text(content)
    assert done.returncode == 1
    assert message in done.stdout and str(Path("own/conf/dataset/shop/letters.yaml")) in done.stdout


def test_an_attack_that_is_none_is_refused(place: Path) -> None:
    (place / "own" / "conf" / "attack" / "odd.yaml").write_text(
        "# @package attack.odd\n_target_: mine.Piped\n"
    )
    done = boss(place, "suite=shop", "task=intent", "model=majority", "attack=odd", "output=runs_odd")
    assert done.returncode == 2
    assert "attack odd: Piped has no name, level" in done.stderr
