"""The copies of one dataset under one attack out of a finished run, each compared with what was answered.

Where the run holds their texts these are taken; else they are made once more as `boss.texts` does. Either way
the digest of each input must be the one of the input that the run's model answered.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from boss.commands import as_argument, typed
from boss.data.types import Example, Split
from boss.errors import BossError, DataError, ResultError
from boss.measurement import AttackSettings, Measurement
from boss.results.parts import digest_of_parts
from boss.results.reduce import same_input
from boss.results.schema import Record
from boss.results.store import StoredRun
from boss.results.texts import Slot, why_no_copies
from boss.seam import with_text
from boss.tasks import Task
from boss.texts import write_texts
from robtest.attacks.ready import ReadyCopies
from robtest.plural import counted
from robtest.types import Level, Snapshot, Tag, Text, Trajectory, Unit


class RunCopies(ReadyCopies):
    """The copies of one dataset under one attack, as a run has them; they are read when they are needed."""

    def __init__(
        self,
        stored: StoredRun,
        source: Record | None,
        settings: AttackSettings,
        task: Task,
        split: Split,
        folders: Sequence[Path],
        cache: Path,
    ) -> None:
        """Take the run and what it measured.

        Args:
            source: one of the run's on these copies; None where it did not attack this dataset so.
            settings: of the measurement to make.
            split: the examples to ask about: those of ``source``.
            folders, cache: see `boss.texts.write_texts`.
        """
        self.name, self.version, self.level = settings.dimension, settings.version, settings.level
        self.unit: Unit = "text" if settings.level == "sentence" else "word"
        self.tags: tuple[Tag, ...] = (settings.tag,)
        self.degrees = tuple(degree for degree in settings.degrees if degree > 0)
        self.n_variants = settings.n_variants
        self._stored, self._source, self._settings = stored, source, settings
        self._task, self._split = task, split
        self._remake = partial(write_texts, folders=folders, cache=cache)

    name: str
    level: Level
    version: str

    @property
    def where(self) -> str:
        """The run."""
        return as_argument(self._stored.path)

    def __contains__(self, example_id: str) -> bool:
        """Whether an example has a copy: all of the dataset's have, or none."""
        return self._source is not None

    def without(self, dataset: str, n: int) -> str:
        """See the base class."""
        return f"{self.where} has no copies of {dataset} by {self._settings.name}; it did not attack it so"

    def prepare(self, texts: Sequence[str]) -> None:
        """Read the copies.

        Raises:
            DataError: if the data here are not those that were attacked.
            ResultError: if the run's predictions are not what its records say, or have no texts.
        """
        self._snapshots.keys()

    def trajectories(
        self, text: Text, tag: Tag, degrees: Sequence[float], n_variants: int
    ) -> tuple[Trajectory, ...]:
        """See the base class; distances are those that the run measured."""
        clean = Snapshot(0.0, text.value, 0.0, False, ())
        return tuple(
            Trajectory(
                variant,
                tuple(clean if d == 0 else self._snapshots[text.id, variant, d] for d in degrees),
            )
            for variant in range(n_variants)
        )

    @cached_property
    def _snapshots(self) -> Mapping[Slot, Snapshot]:
        record, stored = self._source, self._stored
        assert record is not None
        source = record.measurement
        self._check_data(source)
        if digest_of_parts(stored.path, source.name) != record.predictions_sha256:
            raise ResultError(
                f"{self.where}: the predictions of {source.name} are not those its records were made of; "
                f"python -m boss.rescore {typed(stored.path)} says more. Restore the run, or measure again"
            )
        rows = {
            (row["example_id"], row["variant"], row["degree"]): row
            for row in stored.predictions(source.name).to_pylist()
        }
        if any(row["text"] is None for row in rows.values()):
            texts = self._made_again(source)
        else:
            texts = {slot: row["text"] for slot, row in rows.items()}
        examples = {example.id: example for example in self._split.examples}
        slots = [(e, v, d) for e in examples for v in range(self.n_variants) for d in self.degrees]
        return {slot: self._snapshot(examples[slot[0]], slot, rows, texts) for slot in slots}

    def _snapshot(
        self, example: Example, slot: Slot, rows: Mapping[Slot, Mapping[str, Any]], texts: Mapping[Slot, str]
    ) -> Snapshot:
        row, text = rows.get(slot), texts.get(slot)
        if row is None or text is None:
            raise ResultError(
                f"{self.where}: {self._settings.name} has no copy {slot[1]} at degree {slot[2]:g} of example "
                f"{slot[0]}; the run is damaged: restore it, or measure again"
            )
        made = with_text(self._task, example, self._settings.field, text).input_sha256
        if not same_input(row["input_sha256"], made):
            raise ResultError(
                f"{self.where}: copy {slot[1]} at degree {slot[2]:g} of example {slot[0]} is another text "
                f"(sha256 {made[:12]}…) than the one that was answered ({row['input_sha256'][:12]}…); take "
                "the code and the data that made the run, or a run that holds its texts"
            )
        return Snapshot(slot[2], text, row["distance"], row["unperturbable"], ())

    def _check_data(self, source: Measurement) -> None:
        if source.definition != self._task:
            raise DataError(
                f"task {self._task.name} is not what it was in {self.where}: fields, labels or metric "
                "differ; take the file of the task that the run had"
            )
        if self._split.sha256 != source.dataset_sha256:
            raise DataError(
                f"{source.dataset} here is not the data that {self.where} attacked: "
                f"{counted(len(self._split.examples), 'example')} of sha256 {self._split.sha256[:12]}… here, "
                f"{source.n_evaluated:,} of {source.dataset_sha256[:12]}… there (revision "
                f"{source.dataset_revision}); copies are asked about on their own data only: get that "
                "version, or attack these data anew"
            )

    def _made_again(self, source: Measurement) -> dict[Slot, str]:
        """Return the texts that the run does not hold, as `boss.texts` makes them."""
        attack = source.attack
        assert attack is not None
        reason: str | BossError | ValueError | None = why_no_copies(attack)
        if reason is None:
            try:
                table = pq.read_table(self._remake(source))
                columns = (table[n].to_pylist() for n in ("example_id", "variant", "degree", attack.field))
                return {(e, v, d): text for e, v, d, text in zip(*columns, strict=True)}
            except (BossError, ValueError) as error:
                reason = error
        raise ResultError(f"{self.where} holds no texts of {source.dataset}, and {reason}; {self._cure()}")

    def _cure(self) -> str:
        if not self._split.card.store_text:
            return (
                f"the licence of {self._split.dataset} keeps texts out of runs, so take copies that need no "
                "model (access=rule), or leave the dataset out"
            )
        if self._stored.run.trimmed:
            return f"name the run it was trimmed from, or make it again: {self._stored.run.command}"
        return f"make the run again: {self._stored.run.command}"
