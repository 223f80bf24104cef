"""An attack applied to a task: what decides its texts, what it leaves alone, its copies under rule access."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boss.data.types import Split
from boss.measurement import AttackSettings, SearchSettings
from boss.seam.judge import attacked_text, is_list
from boss.seam.parts import Row
from boss.tasks import Task, encode_answer
from robtest.attacks import tag_of
from robtest.attacks.ready import ReadyCopies
from robtest.copies import copies
from robtest.search import Searching, access_of, search_for
from robtest.settings import changed_from_default, settings_of
from robtest.types import Access, Attack, Tag


def copies_of(
    task: Task,
    split: Split,
    attack: Attack,
    *,
    field: str,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    seed: int,
) -> Iterator[tuple[Row, ...]]:
    """Yield for each example its perturbed copies as rows for JSON: those rule access judges.

    Args:
        field: the input field to perturb; the others are in the row as they are.

    Raises:
        robtest.errors.AttackError: if the attack breaks its contract.
    """
    texts = ((example.id, attacked_text(task, example, field)) for example in split.examples)
    copies_by_example = copies(texts, attack, tag=tag, degrees=degrees, n_variants=n_variants, seed=seed)
    for example, variants in zip(split.examples, copies_by_example, strict=True):
        fixed = {name: example.text(name) for name in task.fields}
        yield tuple(
            {
                "example_id": copy.id,
                "label": encode_answer(task, example.gold_texts),
                **fixed,
                field: copy.shot.text,
                "field": field,
                **copy.row(),
            }
            for copy in variants
        )


def attack_settings(
    name: str,
    attack: Attack,
    *,
    tag: Tag,
    access: Access,
    field: str,
    search: Mapping[str, Any],
    query_budget: int | None = None,
    n_variants: int,
    seed: int,
    degrees: Sequence[float],
) -> AttackSettings:
    """Return what decides the texts of an attack, read off the attack and its search.

    Args:
        tag, access: as asked for; a dimension's only tag, and the access of a search that an attack brings
            along, take their place. So do degrees and variants of copies out of a file.
        search: options of the search.
        query_budget: of a search that the attack brings along, which has no other option.

    Raises:
        ValueError: for an option out of range.
    """
    own = isinstance(attack, Searching)
    strategy = search_for(attack, access, {"query_budget": query_budget} if own else search)
    if isinstance(attack, ReadyCopies):
        n_variants, degrees = attack.n_variants, (0.0, *attack.degrees)
    return AttackSettings(
        name=name,
        dimension=attack.name,
        level=attack.level,
        tag=tag_of(attack, tag),
        access=access_of(attack, access),
        field=field,
        version=attack.version,
        options=settings_of(attack),
        changed=changed_from_default(attack),
        search=SearchSettings(version=strategy.version, options=settings_of(strategy)),
        n_variants=n_variants,
        seed=seed,
        degrees=tuple(degrees),
    )


def why_not(task: Task, attack: Attack, field: str | None = None) -> str | None:
    """Return why an attack does not apply to a task, or to a field of it; None where it does."""
    if field is not None and is_list(task, field):
        if attack.unit == "text":
            return f"whole texts cannot change where every line is one of the {field}"
        if getattr(attack, "adds_words", False):
            return f"no word can be added to the {field}, where white space stays"
    if task.kind == "tagging" and attack.unit == "text":
        return "whole texts cannot change where every token keeps its label"
    if task.kind == "tagging" and getattr(attack, "adds_words", False):
        return "no word can be added where every token keeps its label"
    return None


def uncovered(attack: Attack | None, split: Split) -> str | None:
    """Return why an attack leaves a whole split alone: a file or a run has copies of other examples only."""
    if not isinstance(attack, ReadyCopies) or any(example.id in attack for example in split.examples):
        return None
    return attack.without(split.dataset, len(split.examples))
