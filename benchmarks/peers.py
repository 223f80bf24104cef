"""The same search, candidates and victim inside TextAttack."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import torch

from benchmarks.victim import Victim, timed
from boss.data.types import Example
from boss.measurement import AttackSettings
from robtest.textattack import DimensionTransformation, RobTestSearch
from robtest.textattack.library import library
from robtest.types import Attack


def textattack_run(
    victim: Victim, examples: Sequence[Example], attack: Attack, settings: AttackSettings, *, stock: bool
) -> tuple[int, float, float, tuple[str, ...]]:
    """Attack examples in TextAttack; return queries, seconds, seconds in the network and the ids lost.

    Args:
        stock: TextAttack's own `HuggingFaceModelWrapper`, which pads every text to the tokenizer's
            maximum; otherwise one that pads to the longest text of a batch. Both get 32 texts at most
            at a time, TextAttack's default, out of one example: it attacks one after another.
    """
    library()
    from textattack import Attack as PeerAttack

    options = settings.search.options
    assert isinstance(options, dict)  # only of an old run it is unknown

    goal = _goal_class()(_wrapper(victim, stock=stock), use_cache=True)
    search = RobTestSearch(
        settings.degrees[-1],
        tag=settings.tag,
        access=settings.access,
        options=options,
        seed=settings.seed,
    )
    peer = PeerAttack(goal, [], DimensionTransformation(attack), search)
    lost = []
    started = perf_counter()
    with timed(victim.network) as clock:
        for example in examples:
            result = peer.attack(example.text("text"), victim.task.labels.index(str(example.gold)))
            if "Successful" in type(result).__name__:
                lost.append(example.id)
    return clock.texts, perf_counter() - started, clock.seconds, tuple(sorted(lost))


def _goal_class() -> type[Any]:
    from textattack.goal_functions import UntargetedClassification

    class Margin(UntargetedClassification):  # type: ignore[misc]
        """Untargeted, with the score this suite lowers, so that both searches see the same."""

        def _get_score(self, model_output: torch.Tensor, _: Any) -> float:
            logs = torch.log(model_output.double().clamp_min(1e-300))
            others = torch.cat([logs[: self.ground_truth_output], logs[self.ground_truth_output + 1 :]])
            return float(others.max() - logs[self.ground_truth_output])

    return Margin


def _wrapper(victim: Victim, *, stock: bool) -> Any:
    from textattack.models.wrappers import HuggingFaceModelWrapper
    from transformers import AutoTokenizer

    class Dynamic(HuggingFaceModelWrapper):  # type: ignore[misc]
        """Pads to the longest text of a batch."""

        def __call__(self, texts: list[str]) -> torch.Tensor:
            inputs = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
            with torch.inference_mode():
                return self.model(**inputs).logits  # type: ignore[no-any-return]

    kind = HuggingFaceModelWrapper if stock else Dynamic
    # A tokenizer of its own: padding and truncation set in it would stay set for the engine too.
    return kind(victim.network, AutoTokenizer.from_pretrained(victim.folder, local_files_only=True))
