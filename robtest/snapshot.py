"""The gate every perturbed text passes: edits in place, the limit kept, measured on the real text."""

from collections.abc import Iterable

from robtest.degree import budget, distance, relative, size
from robtest.errors import AttackError
from robtest.text import apply, cells, in_order, protect
from robtest.types import Edit, Snapshot, Tag, Text


def snapshot(text: Text, edits: Iterable[Edit], degree: float, tag: Tag, attack: str) -> Snapshot:
    """Make a perturbed text out of its edits, and trust nobody about it.

    Raises:
        AttackError: naming the attack, if edits overlap, touch a protected span, change the number of
            words where that must stay, or exceed the degree.
    """
    made = tuple(in_order(edits))
    try:
        perturbed = apply(text.value, made)
    except ValueError as error:
        raise AttackError(f"attack {attack!r}: {error}") from error
    n, limit = size(text.value, tag), budget(degree, size(text.value, tag))
    changed = distance(text.value, perturbed, tag, hint=limit)
    if changed > limit:
        raise AttackError(
            f"attack {attack!r} made a text at {tag} distance {changed}/{n} = {relative(changed, n):.4g}; "
            f"the limit is {degree}"
        )
    _check_kept(text, made, perturbed, attack)
    unperturbable = degree > 0 and not made
    return Snapshot(degree, perturbed, relative(changed, n), unperturbable, made)


def _check_kept(text: Text, made: tuple[Edit, ...], perturbed: str, attack: str) -> None:
    """Check that what must stay has stayed: protected spans, the number of words."""
    if text.protected:
        taken = protect(text)
        for edit in made:
            if taken.find(1, *cells(edit)) >= 0:
                raise AttackError(f"attack {attack!r}: {edit} touches a protected span")
    if text.keep_words:
        before, after = len(text.value.split()), len(perturbed.split())
        if before != after:
            raise AttackError(f"attack {attack!r} made {after} words of {before}; the number must stay")
