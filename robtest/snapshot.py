"""The gate every perturbed text passes: edits in place, the limit kept, measured on the real text."""

from collections.abc import Iterable

from robtest.degree import MILLION, budget, distance, relative, size
from robtest.errors import AttackError
from robtest.plural import counted
from robtest.similarity import Similarity
from robtest.text import apply, cells, in_order, protect
from robtest.types import Edit, Snapshot, Tag, Text


def snapshot(
    text: Text, edits: Iterable[Edit], degree: float, tag: Tag, attack: str, *, compatible: bool = False
) -> Snapshot:
    """Make a perturbed text out of its edits, and check every rule on the text itself.

    Args:
        compatible: measure as RobTest does, see `robtest.degree.budget` and `robtest.degree.distance`.

    Raises:
        AttackError: naming the attack, if edits overlap, touch a protected span, change the number of
            words where that must stay, or exceed the degree.
    """
    ordered, perturbed = _make(text, edits, attack)
    n = size(text.value, tag)
    limit = budget(degree, n, compatible=compatible)
    changed = distance(text.value, perturbed, tag, hint=limit, compatible=compatible)
    _check_limit(changed, limit, n, degree, tag, attack)
    _check_kept(text, ordered, perturbed, attack)
    return Snapshot(degree, perturbed, relative(changed, n), degree > 0 and not ordered, ordered)


def sentence_snapshot(
    text: Text, edits: Iterable[Edit], degree: float, similarity: Similarity, attack: str
) -> Snapshot:
    """Make a perturbed text at sentence level, where the degree limits 1 - cosine similarity.

    Raises:
        AttackError: as `snapshot`.
    """
    ordered, perturbed = _make(text, edits, attack)
    changed = similarity.distance(perturbed)
    _check_limit(changed, budget(degree, MILLION), MILLION, degree, "cosine", attack)
    _check_kept(text, ordered, perturbed, attack)
    return Snapshot(degree, perturbed, relative(changed, MILLION), degree > 0 and not ordered, ordered)


def _make(text: Text, edits: Iterable[Edit], attack: str) -> tuple[tuple[Edit, ...], str]:
    """Return the edits in order and the text they make."""
    ordered = tuple(in_order(edits))
    try:
        return ordered, apply(text.value, ordered)
    except ValueError as error:
        raise AttackError(f"attack {attack!r}: {error}") from error


def _check_limit(changed: int, limit: int, n: int, degree: float, measured: str, attack: str) -> None:
    if changed > limit:
        raise AttackError(
            f"attack {attack!r} made a text at {measured} distance {changed}/{n} = "
            f"{relative(changed, n):.4g}; the limit is {degree}"
        )


def _check_kept(text: Text, edits: tuple[Edit, ...], perturbed: str, attack: str) -> None:
    """Check that what must stay has stayed: protected spans, the number of words."""
    if text.protected:
        taken = protect(text)
        for edit in edits:
            if taken.find(1, *cells(edit)) >= 0:
                raise AttackError(f"attack {attack!r}: {edit} touches a protected span")
    if text.keep_words:
        before, after = len(text.value.split()), len(perturbed.split())
        if before != after:
            raise AttackError(
                f"attack {attack!r} made {counted(after, 'word')} of {before}; the number must stay"
            )
