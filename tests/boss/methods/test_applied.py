"""Every method on every kind of model departs from fine-tuning, and by its own doing alone.

At its neutral setting a method is fine-tuning; at another it is not. What has no neutral setting is told
by what it must leave: copies among the examples, updates of low rank, a body that stays.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boss.data.types import Split
from boss.errors import ConfigError
from boss.methods import eda, poe
from boss.methods.adversarial import Adversarial
from boss.methods.average import Average
from boss.methods.eda import Eda
from boss.methods.focal import Focal
from boss.methods.freelb import FreeLB
from boss.methods.label_smoothing import LabelSmoothing
from boss.methods.learned_mixin import LearnedMixin
from boss.methods.lora import Lora
from boss.methods.lp_ft import ProbeThenTune
from boss.methods.poe import Poe
from boss.models.hf import HuggingFace
from boss.models.method import Method
from boss.models.t5 import T5
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
Weights = dict[str, Any]
FitBy = Callable[..., Weights]

KINDS = {
    "classifier": ("roberta", "sentiment"),
    "tagger": ("roberta", "ner"),
    "reader": ("roberta", "qa"),
    "cloze": ("t5", "sentiment"),
    "writer": ("t5", "qa"),
}
EVERY, CLASSES = tuple(KINDS), ("classifier", "cloze")
NEUTRAL: dict[str, tuple[Method, Method, Sequence[str]]] = {
    "focal": (Focal(gamma=0), Focal(), EVERY),
    "label_smoothing": (LabelSmoothing(smoothing=0), LabelSmoothing(), EVERY),
    "freelb": (FreeLB(steps=1, init=0), FreeLB(steps=2, init=1.0, step_size=1.0), EVERY),
    "average": (Average(last=1e-6), Average(last=0.9), EVERY),
    # Against a weak model that knows nothing these are fine-tuning.
    "poe": (Poe(n_folds=2), Poe(n_folds=2), CLASSES),
    "learned_mixin": (LearnedMixin(n_folds=2, entropy=0), LearnedMixin(n_folds=2), CLASSES),
}
COPIES: dict[str, tuple[Method, Sequence[str]]] = {
    "eda": (Eda(alpha=0.3), tuple(kind for kind in EVERY if kind != "tagger")),
    "adversarial": (Adversarial(degree=0.3), EVERY),
}


@dataclass(frozen=True)
class Still:
    """Folders of networks without dropout, so that only what a method does can make a difference."""

    roberta: Path
    t5: Path


@pytest.fixture(scope="module")
def still(tiny_roberta: Path, tiny_t5: Path, tmp_path_factory: pytest.TempPathFactory) -> Still:
    folder = tmp_path_factory.mktemp("still") / "roberta"
    shutil.copytree(tiny_roberta, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return Still(folder, tiny_t5)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache of all tests here: each fine-tunes a kind of model only once."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(autouse=True)
def small_wordnet(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"lovely": ("pretty",), "born": ("begotten",)}
    monkeypatch.setattr(eda, "synonyms_of", lambda word: known.get(word, ()))


@pytest.fixture
def small(split: MakeSplit) -> Callable[[str], Split]:
    """Return a few examples of a kind's task, of all classes."""

    def of(kind: str) -> Split:
        task = KINDS[kind][1]
        return split(task, split(task).examples[:: 4 if task == "sentiment" else 3])

    return of


@pytest.fixture
def fit_by(still: Still, small: Callable[[str], Split], cache: Path) -> FitBy:
    """Fit a kind of model by a method and return the weights that are stored."""
    from safetensors.torch import load_file

    def fit(kind: str, method: str | Method, *, train: Split | None = None, lr: float = 1e-3) -> Weights:
        model, task = KINDS[kind]
        options: dict[str, Any] = {"stride": 8, "epochs": 1, "lr": lr, "batch_size": 2, "warmup_ratio": 0.0}
        recipe: HuggingFace | T5 = (
            T5(path=str(still.t5), max_length=128, **options)
            if model == "t5"
            else HuggingFace(path=str(still.roberta), max_length=64, **options)
        )
        found = recipe.fit(get_task(task), train or small(kind), None, method=method, seed=0, cache=cache)
        [stored] = cache.glob(f"models/*/{found.fingerprint}/model.safetensors")
        return load_file(stored)

    return fit


def apart(one: Weights, two: Weights) -> float:
    """Return the distance between two networks of the same weights."""
    assert one.keys() == two.keys()
    return sqrt(sum(float((one[name].double() - two[name].double()).square().sum()) for name in one))


def no_bias(task: Any, train: Split, **_: Any) -> Any:
    """Return the log-probabilities of a weak model that knows nothing."""
    return np.full((len(train.examples), len(task.labels)), -np.log(len(task.labels)))


@pytest.mark.parametrize(("kind", "name"), [(k, n) for n, (_, _, kinds) in NEUTRAL.items() for k in kinds])
def test_a_method_is_fine_tuning_at_its_neutral_setting_and_not_at_another(
    kind: str, name: str, fit_by: FitBy, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    neutral, own, _ = NEUTRAL[name]
    plain, departed = fit_by(kind, "finetune"), fit_by(kind, own)
    monkeypatch.setattr(poe, "out_of_fold", no_bias)
    if neutral == own:  # the weak model is no part of a model's identity, its code's version is
        shutil.rmtree(cache / "models")
    assert apart(plain, fit_by(kind, neutral)) < apart(plain, departed) / 20


@pytest.mark.parametrize(("kind", "name"), [(k, n) for n, (_, kinds) in COPIES.items() for k in kinds])
def test_a_method_of_copies_is_fine_tuning_on_the_examples_and_their_copies(
    kind: str, name: str, fit_by: FitBy, small: Callable[[str], Split]
) -> None:
    method, _ = COPIES[name]
    train, task = small(kind), get_task(KINDS[kind][1])
    more = method.augment(task, train, 0)
    assert more.examples[: len(train.examples)] == train.examples
    assert len(more.examples) > len(train.examples) + 2
    with_copies = fit_by(kind, method)
    assert apart(with_copies, fit_by(kind, "finetune", train=more)) == 0
    assert apart(with_copies, fit_by(kind, "finetune")) > 0


def started(kind: str, still: Still) -> Weights:
    """Return the pretrained weights, by the names they are stored under."""
    from safetensors.torch import load_file

    return load_file((still.t5 if KINDS[kind][0] == "t5" else still.roberta) / "model.safetensors")


def pretrained(weights: Weights) -> Weights:
    """Return weights by the names they had before a head was added."""
    return {name.removeprefix("roberta."): weight for name, weight in weights.items()}


@pytest.mark.parametrize("kind", EVERY)
def test_lora_adds_updates_of_its_rank_and_leaves_all_else_but_the_head(
    kind: str, still: Still, fit_by: FitBy
) -> None:
    import torch

    before, after = started(kind, still), pretrained(fit_by(kind, Lora(rank=2, dropout=0.0)))
    plain = pretrained(fit_by(kind, "finetune"))
    shared = [name for name in before if name in after]
    ranks, full = {}, 0
    for name in shared:
        change = after[name].double() - before[name].double()
        if change.ndim == 2 and change.abs().max() > 1e-7:
            ranks[name] = int(torch.linalg.matrix_rank(change, atol=1e-6))
            full += int(torch.linalg.matrix_rank(plain[name].double() - before[name].double(), atol=1e-6)) > 2
    assert ranks and max(ranks.values()) <= 2
    assert full > 0  # fine-tuning's changes of the same matrices are not of low rank
    assert not any("embed" in name or "shared" in name for name in ranks)


@pytest.mark.parametrize("kind", ("classifier", "tagger", "reader"))
def test_lp_ft_trains_the_head_before_the_body_moves(kind: str, still: Still, fit_by: FitBy) -> None:
    before, slow = started(kind, still), 1e-9
    after = fit_by(kind, ProbeThenTune(probe_epochs=2, probe_lr=1e-2), lr=slow)
    plain = fit_by(kind, "finetune", lr=slow)
    body = {name: weight for name, weight in pretrained(after).items() if name in before}
    assert body and apart(body, {name: before[name] for name in body}) < 1e-4
    heads = [
        {name: w for name, w in one.items() if name.removeprefix("roberta.") not in before}
        for one in (after, plain)
    ]
    assert apart(*heads) > 1e-2


REFUSED = {
    "eda of tags": ("tagger", Eda(), "method eda is for tasks of kind classification, span"),
    "poe of tags": ("tagger", Poe(), "method poe is for tasks of kind classification"),
    "poe of spans": ("reader", Poe(), "method poe is for tasks of kind classification"),
    "poe of written answers": ("writer", Poe(), "method poe is for tasks of kind classification"),
    "learned_mixin of tags": ("tagger", LearnedMixin(), "method learned_mixin is for tasks of kind"),
    "learned_mixin of spans": ("reader", LearnedMixin(), "method learned_mixin is for tasks of kind"),
    "learned_mixin of written answers": ("writer", LearnedMixin(), "learned_mixin is for tasks of kind"),
    "copies of whole texts, of tags": ("tagger", Adversarial(dimension="syntax"), "every token has a label"),
    "a head first, of a cloze": ("cloze", ProbeThenTune(), "asked by prompts has none"),
    "a head first, of a writer": ("writer", ProbeThenTune(), "asked by prompts has none"),
    "a probe of a cloze": ("cloze", "linear_probe", "has no training method 'linear_probe'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_with_the_reason(case: str, fit_by: FitBy) -> None:
    kind, method, reason = REFUSED[case]
    with pytest.raises(ConfigError, match=reason):
        fit_by(kind, method)


def test_the_table_holds_every_method_that_is_a_class() -> None:
    from hydra.utils import get_class
    from omegaconf import OmegaConf

    folder = Path(__file__).parents[3] / "conf" / "method"
    files = [OmegaConf.load(path) for path in sorted(folder.glob("*.yaml"))]
    named = {get_class(options["_target_"]).name for options in files if "_target_" in options}
    tested = {*NEUTRAL, *COPIES, Lora.name, ProbeThenTune.name}
    assert named == tested
