"""What the YAML files of suites and datasets may say: their keys, types and ranges."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from boss.data.types import Role

FileRole = Literal["train", "validation", "test", "all"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
Paths = str | tuple[str, ...]


class Spec(BaseModel):
    """A part of a YAML file; keys it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fractions(Spec):
    """Shares of a dataset without upstream splits; they sum to 1."""

    train: Fraction
    validation: Fraction
    test: Fraction


class MirrorSpec(Spec):
    """Where the zip of processed files stands on the hub (`boss.data.processed.Mirror`)."""

    id: str
    hub_revision: str
    file: str


class Size(Spec):
    """How many examples a split has in the paper or upstream.

    Attributes:
        n: the number, or the smallest and the largest it may be.
        sure: measured or stated by who made it; else a figure that others give, and another one is
            worth a warning only.
    """

    n: Positive | tuple[Positive, Positive]
    sure: bool = True

    def fits(self, n: int) -> bool:
        """Return whether a split of ``n`` examples is of this size."""
        low, high = self._range
        return low <= n <= high

    def __str__(self) -> str:
        """Return the number for people: ``4,320``, ``823-824``, ``~6,000`` where it is not sure."""
        low, high = self._range
        return ("" if self.sure else "~") + (f"{low:,}" if low == high else f"{low:,}-{high:,}")

    @property
    def _range(self) -> tuple[int, int]:
        return (self.n, self.n) if isinstance(self.n, int) else self.n


class SuiteSpec(Spec):
    """``conf/suite/NAME.yaml``.

    Attributes:
        stand_in: the suite stands in for BOSS and must be shown as such.
        datasets: task -> names of its datasets: what the suite is. One that is found beside them makes an
            extended suite with a name of its own. Where nothing is listed, those in the folder beside the
            suite's file are its own.
        train_cap: task -> most training examples that are kept.
        validation_cap: most validation examples that are kept, of any task.
        distinct_tests: in each test set of the suite's own a text stands once; that case and white space make
            no other text. The sets that users add lose nothing.
        sizes: what a split of another size than `DatasetSpec.sizes` is: an error, or worth a warning.
        processed: the user's folder or zip of BOSS's processed files.
        mirror: the zip of them on the hub.
    """

    name: str
    version: str
    description: str
    stand_in: bool
    datasets: dict[str, tuple[str, ...]] = {}
    fractions: Fractions
    train_cap: dict[str, Positive] = {}
    validation_cap: Positive | None = None
    distinct_tests: bool = False
    sizes: Literal["error", "warn"] = "error"
    processed: Path | None = None
    mirror: MirrorSpec | None = None

    @field_validator("processed")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value if value is None else value.expanduser().absolute()


class OriginSpec(Spec):
    """One way a dataset can be had.

    Attributes:
        source: ``_target_`` of a `boss.data.sources.Source` and its options; a relative ``path`` is
            relative to the YAML file.
        reader: ``_target_`` of a `boss.data.readers.base.Reader` and its options.
        files: upstream split -> path, or list of paths, inside the source (`robtest.assets.Member`),
            with ``*`` for any characters in a folder; ``all`` is carved into splits. Left out where
            the source is one file: ``all`` for ID, ``test`` for OOD.
    """

    source: dict[str, Any]
    reader: dict[str, Any]
    files: dict[FileRole, Paths] = {}


class DatasetSpec(Spec):
    """``conf/dataset/SUITE/NAME.yaml``; the fields without a line here are those of `Card`.

    A dataset has one way to be had, ``source``, ``reader`` and ``files`` as in `OriginSpec`, or several.

    Attributes:
        sources: the ways to have it; the first that works is taken.
        processed: it is one of BOSS's processed files, which are taken before all ``sources`` where the
            user has them.
        mirror: whether these are taken from the hub's copy before or after ``sources``, or never.
        sizes: split -> examples it must have; ``train`` is what training and validation are made of.
        train_per_class: most training and validation examples of a class, as BOSS balances two sets.
        order: place among the OOD datasets of the task; equal ones go by name.
    """

    task: str
    role: Role
    title: str
    shift: str
    url: str
    licence: str
    access: str = "open"
    labels: tuple[str, ...] = ()
    label_mapping: str
    overlap: str = "none known"
    recall_only: bool = False
    store_text: bool = False
    source: dict[str, Any] | None = None
    reader: dict[str, Any] | None = None
    files: dict[FileRole, Paths] = {}
    sources: tuple[OriginSpec, ...] = ()
    processed: bool = False
    mirror: Literal["first", "last", "never"] = "first"
    sizes: dict[Literal["train", "test"], Size] = {}
    train_per_class: Positive | None = None
    order: int = 0

    @model_validator(mode="after")
    def _one_form(self) -> "DatasetSpec":
        single = self.source is not None and self.reader is not None
        if (self.source is None) != (self.reader is None):
            raise ValueError("source and reader go together; give both, or a list of sources")
        if single == bool(self.sources or self.processed):
            raise ValueError("give source and reader, or sources (or processed), not both and not none")
        return self

    @property
    def origins(self) -> tuple[OriginSpec, ...]:
        """The ways to have it besides the processed files."""
        if self.source is not None and self.reader is not None:
            return (OriginSpec(source=self.source, reader=self.reader, files=self.files),)
        return self.sources
