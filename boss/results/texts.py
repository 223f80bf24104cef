"""Which texts a cell was measured on, as a question that can be asked again, and where the answer is kept.

A run may hold no text. ``python -m boss.texts`` takes the texts of a cell from the data cache, makes its
copies once more from their seed, and keeps both in a file named by what was asked; the site reads the file.
What is asked comes from a stored run, perhaps a stranger's: it is plain values, each in its range, and names
that are looked up among known ones.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from boss.errors import ConfigError, suggestion
from boss.results.schema import AttackCell, Cell, Count, Fraction, Sha256, Strict, Tag, canonical_json

KEY = ["example_id", "variant", "degree"]
"""Columns that name a text of a cell; a clean text has variant 0 and degree 0."""
COLUMNS = [*KEY, "input_sha256", "label"]
"""Columns of the file; after them one per input field of the task, tokens joined by spaces."""

Name = Annotated[str, Field(pattern=r"^[\w.+: -]{1,200}$")]
"""Of a dataset, a dimension, a version: nothing that could name a place on a disk."""

_AS_TEXT = ("suite", "dataset", "split", "subset", "dataset_sha256", "dimension", "tag", "field", "version")


class Copies(Strict):
    """The copies of an attack that looks at no model: the same for every model (see `AttackCell`)."""

    dimension: Name
    tag: Tag
    field: Name
    version: Name
    n_variants: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    degrees: Annotated[tuple[Fraction, ...], Field(min_length=1, max_length=100)]


class Asked(Strict):
    """Texts of a cell: of its examples, and of their copies where there are any (see `Cell`)."""

    suite: Name
    dataset: Name
    split: Name
    subset: Annotated[str, Field(pattern=r"^(all|cap|seeded:\d{1,10})$")]
    n_evaluated: Count
    dataset_sha256: Sha256
    copies: Copies | None = None

    def words(self) -> list[str]:
        """Return what is asked as the words of ``python -m boss.texts``: ``key=value``, no two spellings."""
        given = self.model_dump(mode="json")
        given |= given.pop("copies") or {}
        return [f"{key}={_word(key, value)}" for key, value in given.items()]


def asked_of(cell: Cell, *, copies: bool) -> Asked:
    """Return the question for a cell's texts.

    Args:
        copies: with those of its attack, which `why_no_copies` must allow.

    Raises:
        ConfigError: if a stored name or number is out of range.
    """
    given = cell.model_dump(mode="json", include=set(Asked.model_fields) - {"copies"})
    if copies and cell.attack is not None:
        given["copies"] = cell.attack.model_dump(mode="json", include=set(Copies.model_fields))
    return _checked(given)


def why_no_copies(attack: AttackCell) -> str | None:
    """Return why the copies of an attack cannot be made again without its model; None where they can."""
    if attack.access != "rule":
        return (
            f"the copies were chosen by asking the model ({attack.access} access), so they are its own and "
            "cannot be made again without it"
        )
    if attack.options:
        said = canonical_json(attack.options)
        return f"the copies were made with options {said:.200}; only those of the defaults are made again"
    return None


def asked_from(words: Sequence[str]) -> Asked:
    """Return what the words of a command line ask for; the inverse of `Asked.words`.

    Raises:
        ConfigError: naming the word and the rule.
    """
    outer = [name for name in Asked.model_fields if name != "copies"]
    known = [*outer, *Copies.model_fields]
    given: dict[str, object] = {}
    for word in words:
        key, _, text = word.partition("=")
        if key not in known:
            raise ConfigError(f"unknown option {key!r}{suggestion(key, known)}; options: {', '.join(known)}")
        given[key] = _value(key, text)
    copies = {key: given.pop(key) for key in list(given) if key not in outer}
    return _checked({**given, "copies": copies or None})


def texts_file(cache: Path, asked: Asked) -> Path:
    """Return where the texts are kept; the same question has the same file."""
    digest = hashlib.sha256(canonical_json(asked.model_dump(mode="json")).encode()).hexdigest()
    return cache / "texts" / f"{digest[:32]}.parquet"


def _checked(given: dict[str, object]) -> Asked:
    try:
        # Strict only in JSON mode takes lists for tuples.
        return Asked.model_validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        lines = [f"{_place(e['loc'])}: {e['msg']}, got {e['input']!r:.80}" for e in error.errors()]
        raise ConfigError("; ".join(lines)) from None


def _place(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location if part != "copies") or "copies"


def _word(key: str, value: object) -> str:
    return str(value) if key in _AS_TEXT else json.dumps(value, separators=(",", ":"))


def _value(key: str, text: str) -> object:
    if key in _AS_TEXT:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(
            f"{key}: must be a number, or a list of numbers in brackets, got {text!r:.80}"
        ) from None
