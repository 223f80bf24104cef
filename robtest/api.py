"""Attack a victim, or make perturbed texts without one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from robtest import score
from robtest.attacks import get_attack, tag_of
from robtest.degree import DEGREES, check_degrees
from robtest.engine import Engine, Result
from robtest.prepared import prepared
from robtest.random import generator
from robtest.search import access_of, search_for, trajectories
from robtest.types import Attack, Search, Tag, Text, Trajectory
from robtest.victim import Label, Victim, judge_by, slopes_by


@dataclass(frozen=True)
class AttackResult:
    """What an attack did to a victim; made by `attack` only.

    Attributes:
        degrees: requested degrees, the first of them 0.
        trajectories: per example, one per variant; their snapshots hold texts, edits, realised degrees.
        correct: shape ``(n_examples, n_variants, n_degrees)``; at degree 0 the clean prediction.
        n_queries: texts the searches asked about.
        n_forward: texts the victim was given: the distinct ones of each example.
    """

    dimension: str
    tag: Tag
    access: str
    degrees: tuple[float, ...]
    trajectories: tuple[tuple[Trajectory, ...], ...]
    correct: NDArray[np.bool_]
    n_queries: int
    n_forward: int

    @property
    def clean(self) -> float:
        """Accuracy before the attack."""
        return float(self.correct[:, 0, 0].mean())

    @property
    def average(self) -> NDArray[np.float64]:
        """Accuracy over examples and variants at each degree, shape ``(n_degrees,)``."""
        return _over_examples(score.average(self.correct))

    @property
    def worst(self) -> NDArray[np.float64]:
        """Share of examples right on every variant at every degree up to each, ``(n_degrees,)``.

        It falls with the number of variants: compare at the same number only.
        """
        return _over_examples(score.worst(self.correct))

    @property
    def attack_success_rate(self) -> score.SuccessRate:
        """Share of the originally correct examples lost at each degree, and their number."""
        return score.attack_success_rate(self.correct)

    @property
    def realised(self) -> NDArray[np.float64]:
        """Measured degree of every text, shape ``(n_examples, n_variants, n_degrees)``."""
        return np.array([[[s.realised for s in t.snapshots] for t in ts] for ts in self.trajectories])

    @property
    def unperturbable(self) -> NDArray[np.float64]:
        """Share of texts to which not one edit fitted, at each degree, shape ``(n_degrees,)``."""
        flags = [[[s.unperturbable for s in t.snapshots] for t in ts] for ts in self.trajectories]
        return _over_examples(score.average(np.array(flags)))


def attack(
    texts: Sequence[str | Text],
    labels: Sequence[Label],
    victim: Victim,
    *,
    dimension: str | Attack = "typo",
    degrees: Sequence[float] = DEGREES,
    n_variants: int = 5,
    tag: Tag | None = None,
    seed: int = 0,
    width: int = 64,
    access: str = "rule",
    options: Mapping[str, object] | None = None,
    logits: bool = False,
    classes: Sequence[str] | None = None,
) -> AttackResult:
    """Attack a classifier.

    Under rule access edits are random, without a look at the victim; under decision access the search
    sees whether an answer is right, under score access by how much, under gradient access first-order
    information too (`robtest.search`), for which the victim must be a `robtest.victim.Differentiable`.

    Randomness depends on the seed, each text itself, the dimension and the variant, so neither the order
    nor the company of a text changes its variants.

    Args:
        labels: class of each text: its number, or its name.
        victim: gives probabilities, or under rule and decision access one label for each text.
        degrees: rising, in [0, 1]; degree 0 is put in front where it is missing.
        tag: which distance is limited: characters (malicious) or words (general); None takes malicious,
            or the dimension's only one.
        width: texts attacked side by side; changes memory and batches, never a result.
        access: rule, decision, score or gradient.
        options: of the search, such as ``{"query_budget": 500}``: the fields of
            `robtest.search.Decision`, `robtest.search.Score` and `robtest.search.Gradient`.
        logits: the victim gives logits and not probabilities, see `robtest.victim.judge_by`.
        classes: names of the victim's classes in the order of its columns, where labels are names and the
            victim gives probabilities.

    Raises:
        ValueError: for arguments out of range; unknown dimensions, accesses and options list the known.
        AttackError, VictimError: if a plugin breaks its contract, or the victim gives less than the access
            needs.
    """
    if len(texts) != len(labels) or not texts:
        raise ValueError(f"one label per text, and one text or more; got {len(texts)} and {len(labels)}")
    if n_variants < 1:
        raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
    chosen, tag = _attack_of(dimension, tag)
    search, access = search_for(chosen, access, options), access_of(chosen, access)
    grid = check_degrees(degrees)
    grid = grid if grid[0] == 0 else (0.0, *grid)

    def searches() -> Iterator[tuple[int, Search]]:
        for i, text in enumerate(prepared(chosen, map(_text_of, texts), width)):
            rng_for = partial(generator, seed, text.value, chosen.name)
            yield i, search(text, chosen, tag, grid, n_variants, rng_for)

    slopes = slopes_by(victim, labels, classes=classes) if access == "gradient" else None
    judge = judge_by(victim, labels, logits=logits, classes=classes, access=access)
    engine = Engine(judge, width, slopes)
    results = list(engine.run(searches()))
    return AttackResult(
        dimension=chosen.name,
        tag=tag,
        access=access,
        degrees=grid,
        trajectories=tuple(result.trajectories for result in results),
        correct=np.array([_correct(result) for result in results], dtype=np.bool_),
        n_queries=engine.n_queries,
        n_forward=engine.n_forward,
    )


def perturb(
    text: str | Text,
    *,
    dimension: str | Attack = "typo",
    degrees: Sequence[float] = DEGREES,
    n_variants: int = 5,
    tag: Tag | None = None,
    seed: int = 0,
) -> tuple[Trajectory, ...]:
    """Make perturbed variants of a text, those `attack` judges under rule access at the same degrees.

    Raises:
        ValueError: for arguments out of range; unknown dimensions list the known ones.
        AttackError: if the attack breaks its contract.
    """
    (chosen, tag), whole = _attack_of(dimension, tag), _text_of(text)
    rng_for = partial(generator, seed, whole.value, chosen.name)
    return trajectories(whole, chosen, tag, degrees, n_variants, rng_for)


def _attack_of(dimension: str | Attack, tag: Tag | None) -> tuple[Attack, Tag]:
    chosen = get_attack(dimension) if isinstance(dimension, str) else dimension
    if tag is None:
        return chosen, tag_of(chosen, "malicious")
    if tag not in chosen.tags:
        raise ValueError(f"tag of {chosen.name} must be {' or '.join(chosen.tags)}, got {tag!r}")
    return chosen, tag


def _text_of(text: str | Text) -> Text:
    return Text(text) if isinstance(text, str) else text


def _correct(result: Result) -> list[list[bool]]:
    return [[result.outcomes[s.text].correct for s in t.snapshots] for t in result.trajectories]


def _over_examples(values: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = values.mean(axis=0)
    return mean
