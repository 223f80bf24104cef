"""A toy encoder, splits of invented texts, and the toy suite."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boss.analysis.sweep import execute, sweep
from boss.data.suite import Suite, load_suite
from boss.data.types import Card, Example, Role, Split, SplitName

CONF = Path(__file__).parents[2] / "conf"


@dataclass(frozen=True)
class WordEncoder:
    """Unit vectors of word counts: texts without a word in common are at right angles, nearly."""

    name: str = "words"

    def __call__(self, texts: Sequence[str], description: str) -> NDArray[np.float64]:
        rows = np.full((len(texts), 64), 1e-3)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rows[row, hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float64)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def toy_conf() -> Path:
    return CONF


@pytest.fixture
def toy(tmp_path: Path) -> Suite:
    return load_suite("toy", [CONF], tmp_path / "cache")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of the sweep of a small model on the toy suite, made as the command makes them."""
    folder = tmp_path_factory.mktemp("sweep")
    options = [f"--config-dir={CONF}", "suite=toy", "model=tfidf", f"output={folder / 'runs'}"]
    found = sweep("sentiment", [*options, f"cache={folder / 'cache'}"], n_per_class=20, n_train=63, epochs=0)
    assert [run.factor for run in found] == ["shots", "shots", "scale"]
    assert execute(found) == []
    return folder / "runs"


@pytest.fixture
def split_of() -> Callable[..., Split]:
    """Make a split of texts; a text may be ``(text, label)`` or ``(text, label, source)``."""

    def make(
        texts: Sequence[str | tuple[str, ...]],
        name: str = "notes",
        split: SplitName = "test",
        labels: tuple[str, ...] = ("negative", "positive"),
        task: str = "sentiment",
        role: Role = "ood",
        removed: dict[str, int] | None = None,
    ) -> Split:
        fields = ("premise", "hypothesis") if task == "nli" else ("text",)
        examples = []
        for i, given in enumerate(texts):
            text, label, source = (*((given,) if isinstance(given, str) else given), labels[0], "")[:3]
            if isinstance(given, tuple) and len(given) == 2:
                source = ""
            key = f"{name}-{split}-{i}"
            inputs = dict.fromkeys(fields, text)
            examples.append(
                Example(key, inputs, label, source if isinstance(given, tuple) and source else key)
            )
        card = Card(
            name=name,
            suite="toy",
            task=task,
            role=role,
            title=name,
            shift="none",
            source="here",
            url="https://example.org",
            licence="MIT",
            labels=labels,
            label_mapping="as they are",
        )
        return Split(card, split, tuple(examples), "1", len(examples), removed=removed or {})

    return make
