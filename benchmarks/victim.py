"""The victim and the texts of the benchmark: a fine-tuned MiniLM, and reviews of one length."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from boss.data.sources import default_cache
from boss.data.suite import load_suite
from boss.data.types import Split
from boss.models.base import Model
from boss.models.encoder import MiniLM
from boss.paths import conf_dir
from boss.tasks import Task

N_TRAIN, N_VALIDATION = 800, 100


@dataclass(frozen=True)
class Victim:
    """One task, the examples that are attacked, and a model of it in float32 and in bfloat16.

    Attributes:
        split: examples of about the same number of pieces, all of them answered rightly.
    """

    task: Task
    split: Split
    model: Model
    bf16: Model

    @property
    def network(self) -> Any:
        """The network in float32, in evaluation mode."""
        return self.model.answer.network  # type: ignore[attr-defined]

    @property
    def folder(self) -> str:
        """Where network and tokenizer lie, as transformers reads them."""
        return str(self.network.config._name_or_path)


def make_victim(n: int, n_pieces: tuple[int, int] = (20, 30)) -> Victim:
    """Fine-tune MiniLM on a part of the ID train set (from the cache the second time), and choose texts.

    Args:
        n: texts to attack; those of ``n_pieces`` pieces that the model answers rightly, ID first.
    """
    suite = load_suite("mini", [conf_dir()], default_cache())
    data = suite.load("sentiment")
    assert data.train is not None and data.validation is not None
    train = replace(data.train, examples=data.train.examples[:N_TRAIN])
    validation = replace(data.validation, examples=data.validation.examples[:N_VALIDATION])

    def fitted(bfloat16: bool) -> Model:
        recipe = MiniLM(epochs=2, bfloat16=bfloat16)
        return recipe.fit(data.task, train, validation, method="finetune", seed=0, cache=default_cache())

    model = fitted(bfloat16=False)
    # The same weights: only how they are run differs.
    bf16 = replace(model, answer=replace(model.answer, bfloat16=True))  # type: ignore[attr-defined,type-var]
    fitting = [
        replace(example, id=example.text("text"))  # as in robtest.attack, whose randomness is the text's
        for split in data.tests
        for example in split.examples
        if n_pieces[0] <= len(model.answer.pieces.single(example.text("text"))[0]) <= n_pieces[1]  # type: ignore[attr-defined]
    ][: 4 * n]
    answers = model.predict(fitting)
    right = [e for e, answer in zip(fitting, answers, strict=True) if answer.answer == e.gold][:n]
    if len(right) < n:
        raise ValueError(f"only {len(right)} texts of {n_pieces} pieces are answered rightly, not {n}")
    return Victim(data.task, replace(data.tests[0], examples=tuple(right)), model, bf16)


@dataclass
class Clock:
    """Time spent inside a network's forward pass."""

    seconds: float = 0.0
    texts: int = 0
    _started: float = field(default=0.0, repr=False)


@contextmanager
def timed(network: Any) -> Iterator[Clock]:
    """Time every forward pass of a network, and count the texts of its batches, inside the block."""
    clock = Clock()

    def before(*_: Any) -> None:
        clock._started = perf_counter()

    def after(_: Any, __: Any, output: Any) -> None:
        clock.seconds += perf_counter() - clock._started
        clock.texts += len(output.logits)

    hooks = [network.register_forward_pre_hook(before), network.register_forward_hook(after)]
    try:
        yield clock
    finally:
        for hook in hooks:
            hook.remove()
