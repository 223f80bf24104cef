"""Adversarial copies of texts: for training, for models that cannot be queried here, for people to read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import tee

from robtest.prepared import prepared
from robtest.random import generator
from robtest.rows import Row
from robtest.search import trajectories
from robtest.text import mark
from robtest.types import Attack, Level, Snapshot, Tag, Text

_AT_ONCE = 64  # texts an attack prepares for together


@dataclass(frozen=True)
class Copy:
    """One perturbed copy of one text.

    Attributes:
        id: of the text, as it was given.
        shot: the text, its edits and its degrees, asked for and realised.
    """

    id: str
    original: str
    dimension: str
    level: Level
    tag: Tag
    variant: int
    shot: Snapshot

    def row(self) -> dict[str, object]:
        """Return the copy as a row for JSON; ``marked`` shows the edits to people."""
        return {
            "original": self.original,
            "dimension": self.dimension,
            "level": self.level,
            "tag": self.tag,
            "variant": self.variant,
            "degree": self.shot.degree,
            "realised": self.shot.realised,
            "unperturbable": self.shot.unperturbable,
            "marked": mark(self.original, self.shot.edits),
            "edits": edit_rows(self.original, self.shot),
        }


def edit_rows(original: str, shot: Snapshot) -> list[dict[str, object]]:
    """Return the edits of a snapshot as rows for JSON: where, what was there, what is there now."""
    return [
        {"start": e.start, "end": e.end, "old": original[e.start : e.end], "new": e.new, "kind": e.kind}
        for e in shot.edits
    ]


def copies(
    texts: Iterable[tuple[str, Text]],
    attack: Attack,
    *,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int = 1,
    seed: int = 0,
) -> Iterator[tuple[Copy, ...]]:
    """Yield for each text its copies, variant by variant, made without a look at any model.

    They are those that rule access judges at the same degrees, seed and ids. Texts are taken as they are
    needed. Degree 0 gives no copy.

    Args:
        texts: the id of each, which its randomness comes from, and the text.
        degrees: rising, in [0, 1]; higher ones have the edits of lower ones.

    Raises:
        ValueError: for arguments out of range.
        AttackError: if the attack breaks its contract.
    """
    first, second = tee(texts)
    ready = prepared(attack, (text for _, text in second), _AT_ONCE)
    for (name, _), text in zip(first, ready, strict=True):
        rng_for = partial(generator, seed, name, attack.name)
        yield tuple(
            Copy(name, text.value, attack.name, attack.level, tag, trajectory.variant, shot)
            for trajectory in trajectories(text, attack, tag, degrees, n_variants, rng_for)
            for shot in trajectory.snapshots
            if shot.degree > 0
        )


def copied_rows(
    rows: Iterable[Row],
    attack: Attack,
    *,
    field: str = "text",
    id_field: str | None = None,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int = 1,
    seed: int = 0,
) -> Iterator[tuple[Row, ...]]:
    """Yield for each row its copies: the row with one field perturbed, and `Copy.row` beside it.

    Args:
        id_field: the field that randomness comes from; None takes the text itself.

    Raises:
        ValueError: as `copies`, for a row without a text, or with a field that would be written over.
    """
    first, second = tee(rows)
    texts = (
        (_cell(number, row, id_field or field), Text(_cell(number, row, field)))
        for number, row in enumerate(second, 1)
    )
    copies_by_row = copies(texts, attack, tag=tag, degrees=degrees, n_variants=n_variants, seed=seed)
    for row, row_copies in zip(first, copies_by_row, strict=True):
        for copy in row_copies[:1]:
            taken = sorted(copy.row().keys() & row.keys())
            if taken:
                raise ValueError(f"column {taken[0]!r} would be written over; give it another name")
        yield tuple({**row, field: copy.shot.text, **copy.row()} for copy in row_copies)


def _cell(number: int, row: Row, column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str):
        raise ValueError(f"row {number}: column {column!r} must hold text; its columns: {', '.join(row)}")
    return value
