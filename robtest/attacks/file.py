"""Copies out of a file: of `boss.perturb`, edited by hand or not, of people, or of another program."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple, get_args

from rapidfuzz.distance import Levenshtein

from robtest.attacks.ready import ReadyCopies
from robtest.dimensions import DIMENSIONS, FAMILIES
from robtest.errors import AttackError
from robtest.minilm import PACKAGE, embedded
from robtest.plural import counted
from robtest.rows import Row, read_rows
from robtest.similarity import Similarity
from robtest.snapshot import sentence_snapshot, snapshot
from robtest.text import apply, cells, protect
from robtest.types import Edit, Level, Snapshot, Tag, Text, Trajectory, Unit

_KIND = "file"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # of a folder, and not that of a stack
_CURE = "change less of the copy, claim a higher degree, or take the line out"


class _Copy(NamedTuple):
    """A row of the file; ``edits`` are those it says it was made by, which need not be true any more."""

    line: int
    variant: int
    degree: float
    text: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Held:
    """Holds copies to the rules of an attack, measured on the copy itself, whoever made it.

    Attributes:
        name: of the dimension, for errors.
    """

    name: str
    level: Level
    tag: Tag

    def shot(self, text: Text, copy: str, degree: float) -> Snapshot:
        """Return a copy of a text with its distance.

        Raises:
            AttackError: if it is none of this text at this degree: it changes too much, a protected span, or
                the number of words.
        """
        similarity = Similarity(embedded(), text.value) if self.level == "sentence" else None
        return self._shot(text, _edits_of(text, _Copy(0, 0, degree, copy, ())), degree, similarity)

    def _shot(
        self, text: Text, edits: tuple[Edit, ...], degree: float, similarity: Similarity | None
    ) -> Snapshot:
        if similarity is not None:
            return sentence_snapshot(text, edits, degree, similarity, self.name)
        return snapshot(text, edits, degree, self.tag, self.name)


@dataclass(frozen=True)
class FileCopies(ReadyCopies):
    """An attack whose texts stand in a file, one JSON object per line, as `boss.perturb` writes them.

    A row has ``example_id``, ``original``, ``degree``, the copy in the column that ``field`` names (``text``
    where there is none) and, where an example has several at one degree, ``variant`` (0, 1, ...). A copy also
    holds at higher degrees, until the next one of its variant. An example without a copy is left alone.
    Each copy is held to the rules of every other attack, measured on the text itself: its example's text,
    its degree, protected spans, the number of words. What the file says of the distance is not believed.

    How that is measured is the same for all rows, and it is enough that one says it: ``tag`` (else the run's)
    and ``level`` (else words where the tag is general, and characters).

    Attributes:
        path: a .jsonl file; its digest is in every record.
        name: of the dimension that the copies are, and of the attack in a run.
        degrees: those of the rows, rising.
        n_variants: of the example that has most.
    """

    path: Path
    name: str = "file"
    level: Level = field(init=False)
    unit: Unit = field(init=False)
    tags: tuple[Tag, ...] = field(init=False)
    version: str = field(init=False)
    degrees: tuple[float, ...] = field(init=False)
    n_variants: int = field(init=False)
    _originals: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _copies: Mapping[str, Sequence[_Copy]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the file.

        Raises:
            ValueError: naming file, line, value, rule and cure; for the name of another dimension.
        """
        if self.name in (*DIMENSIONS, *FAMILIES):
            raise ValueError(f"{self.name!r} names another attack; give the copies a name of their own")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the name of copies must be letters, digits, _ . and -, got {self.name!r}")
        path = Path(self.path)
        if path.suffix != ".jsonl":
            raise ValueError(f"{path}: copies are read from a .jsonl file, one JSON object per line")
        rows = list(enumerate(read_rows(path), 1))
        originals, copies = _by_example(path, rows)
        level, tags = _measure(path, rows)
        variants = sorted({copy.variant for own in copies.values() for copy in own})
        if variants[-1] != len(variants) - 1:
            raise ValueError(f"{path}: variants must be 0, 1, 2, ... without a gap, got {variants}"[:300])
        for name, value in (
            ("path", path),
            ("level", level),
            ("unit", "text" if level == "sentence" else "word"),
            ("tags", tags),
            ("version", f"1+minilm{PACKAGE.sha256[:8]}" if level == "sentence" else "1"),
            ("degrees", tuple(sorted({copy.degree for own in copies.values() for copy in own}))),
            ("n_variants", len(variants)),
            ("_originals", originals),
            ("_copies", copies),
        ):
            object.__setattr__(self, name, value)

    def __contains__(self, example_id: str) -> bool:
        """Whether an example has a copy."""
        return example_id in self._copies

    @property
    def where(self) -> str:
        """The file."""
        return str(self.path)

    def without(self, dataset: str, n: int) -> str:
        """See the base class."""
        return (
            f"{self.path} has copies of {counted(len(self._copies), 'example')}, and none of the {n:,} of "
            f"{dataset} that are attacked is among them; n_attacked=null attacks all"
        )

    def trajectories(
        self, text: Text, tag: Tag, degrees: Sequence[float], n_variants: int
    ) -> tuple[Trajectory, ...]:
        """Return the copies of a text, each at its degree and at those above up to the next, checked.

        Args:
            text: with the id of its example.

        Raises:
            AttackError: naming file, line, value, rule and cure.
        """
        if not text.id:
            raise AttackError(
                f"copies out of {self.path} are found by the id of an example, and a text has none"
            )
        own = self._copies.get(text.id, ())
        if own and self._originals[text.id] != text.value:
            raise AttackError(
                f"{self.path}, line {own[0].line}: the original {self._originals[text.id]!r:.80} is not the "
                f"text of example {text.id}, {text.value!r:.80}; copies must be of the text, and of the "
                "field, that is measured: restore the original, or copy these data by python -m boss.perturb"
            )
        similarity = Similarity(embedded(), text.value) if self.level == "sentence" and own else None
        if similarity is not None:  # encoded in one batch
            similarity.distances([copy.text for copy in own])

        def shot(variant: int, degree: float) -> Snapshot:
            held = [copy for copy in own if copy.variant == variant and copy.degree <= degree]
            if not held:
                return snapshot(text, (), degree, tag, self.name)
            return self._shot(text, max(held, key=lambda copy: copy.degree), degree, tag, similarity)

        return tuple(
            Trajectory(variant, tuple(shot(variant, degree) for degree in degrees))
            for variant in range(n_variants)
        )

    def _shot(
        self, text: Text, copy: _Copy, degree: float, tag: Tag, similarity: Similarity | None
    ) -> Snapshot:
        held = Held(self.name, self.level, tag)
        try:
            return held._shot(text, _edits_of(text, copy), degree, similarity)
        except AttackError as error:
            raise AttackError(f"{self.path}, line {copy.line}: {error}; {_CURE}") from error


def _by_example(path: Path, rows: Sequence[tuple[int, Row]]) -> tuple[dict[str, str], dict[str, list[_Copy]]]:
    """Return by the example's id the original and the copies."""
    originals: dict[str, str] = {}
    copies: dict[str, list[_Copy]] = {}
    lines: dict[tuple[str, int, float], int] = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        example, original = _text(where, row, "example_id"), _text(where, row, "original")
        copy = _copy(where, line, row)
        if originals.setdefault(example, original) != original:
            raise ValueError(
                f"{where}: example {example} has another original above: {originals[example]!r:.80}, here "
                f"{original!r:.80}; all copies of an example are of one text"
            )
        first = lines.setdefault((example, copy.variant, copy.degree), line)
        if first != line:
            raise ValueError(
                f"{where}: example {example} has variant {copy.variant} at degree {copy.degree:g} in line "
                f"{first} already; take one of the two out, or give it another variant"
            )
        copies.setdefault(example, []).append(copy)
    return originals, copies


def _copy(where: str, line: int, row: Row) -> _Copy:
    column = _text(where, row, "field") if "field" in row else "text"
    degree, variant = row.get("degree"), row.get("variant", 0)
    if isinstance(degree, bool) or not isinstance(degree, int | float) or not isfinite(degree):
        raise ValueError(f"{where}: degree must be a number above 0, at most 1, got {degree!r}")
    if not 0 < degree <= 1:
        raise ValueError(f"{where}: degree must be above 0 and at most 1, got {degree!r}")
    if isinstance(variant, bool) or not isinstance(variant, int) or variant < 0:
        raise ValueError(f"{where}: variant must be a whole number from 0 on, got {variant!r}")
    return _Copy(line, variant, float(degree), _text(where, row, column), _claimed(row.get("edits")))


def _text(where: str, row: Row, column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str) or (not value and column in ("example_id", "field")):
        raise ValueError(
            f"{where}: column {column!r} must hold text, got {value!r:.80}; a row has example_id, original, "
            "degree and the copy in the column that field names (text)"
        )
    return value


def _claimed(value: Any) -> tuple[Edit, ...]:
    """Return the edits a row lists, none where the list is no such list: the copy itself is what counts."""
    try:
        return tuple(Edit(int(e["start"]), int(e["end"]), str(e["new"]), str(e["kind"])) for e in value or ())
    except (TypeError, KeyError, ValueError):
        return ()


def _measure(path: Path, rows: Sequence[tuple[int, Row]]) -> tuple[Level, tuple[Tag, ...]]:
    """Return level and tags of the copies, which are the same in every row."""
    tag = _same(path, rows, "tag", get_args(Tag))
    level = _same(path, rows, "level", get_args(Level))
    if level is None:
        level = "word" if tag == "general" else "char"
    return level, get_args(Tag) if tag is None else (tag,)


def _same(path: Path, rows: Sequence[tuple[int, Row]], column: str, values: Sequence[str]) -> Any:
    """Return what a column holds in all rows that have it, None where no row does.

    Args:
        values: those it may hold.
    """
    said: dict[object, int] = {}
    for line, row in rows:
        value = row.get(column)
        if value is None:
            continue
        if value not in values:
            raise ValueError(f"{path}, line {line}: {column} must be {' or '.join(values)}, got {value!r}")
        said.setdefault(value, line)
        if len(said) > 1:
            first, at = next(iter(said.items()))
            raise ValueError(
                f"{path}, line {line}: {column} is {value!r} here and {first!r} in line {at}; all copies of "
                "a file are measured alike, so give each kind a file of its own"
            )
    return next(iter(said), None)


def _edits_of(text: Text, copy: _Copy) -> tuple[Edit, ...]:
    """Return edits of the original that make a copy, outside its protected spans where that can be."""
    ways = _ways(text.value, copy)
    if not text.protected:
        return next(ways)
    taken = protect(text)
    every = list(ways)
    spared = (edits for edits in every if all(taken.find(1, *cells(edit)) < 0 for edit in edits))
    return next(spared, every[0])


def _ways(original: str, copy: _Copy) -> Iterator[tuple[Edit, ...]]:
    """Yield edits that make a copy: those it lists, if they do, and the fewest, from the front and the back.

    Of a letter that was doubled nobody can say which of the two is new; a span that one reading touches may
    be spared by the other.
    """
    try:
        if copy.edits and apply(original, copy.edits) == copy.text:
            yield copy.edits
    except ValueError:  # they overlap, or lie outside: the copy was edited, and they were not
        pass
    yield tuple(_aligned(original, copy.text))
    n = len(original)
    backwards = reversed(_aligned(original[::-1], copy.text[::-1]))
    yield tuple(Edit(n - e.end, n - e.start, e.new[::-1], e.kind) for e in backwards)


def _aligned(original: str, copy: str) -> list[Edit]:
    """Return the fewest edits of characters that make a copy, those side by side as one."""
    edits: list[Edit] = []
    for op in Levenshtein.opcodes(original, copy):
        if op.tag == "equal":
            continue
        new = copy[op.dest_start : op.dest_end]
        if edits and edits[-1].end == op.src_start:
            before = edits.pop()
            edits.append(Edit(before.start, op.src_end, before.new + new, _KIND))
        else:
            edits.append(Edit(op.src_start, op.src_end, new, _KIND))
    return edits
