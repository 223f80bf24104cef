"""Gets a dataset from the first of its sources that works here, and reports why the others failed."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from boss.data.config import Dataset, Origin
from boss.data.sources import Fetched, data_errors
from boss.errors import DataError, DatasetMissing
from robtest.plural import counted

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """A dataset whose files are on this disk."""

    dataset: Dataset
    origin: Origin
    fetched: Fetched


@dataclass
class Fetcher:
    """Gets datasets; a source that was unavailable once is not tried again.

    Attributes:
        cache: folder for fetched files.
    """

    cache: Path
    _missing: dict[str, DatasetMissing] = field(default_factory=dict)

    def get_all(self, datasets: Iterable[Dataset]) -> tuple[list[Ready], list[tuple[str, DataError]]]:
        """Return the datasets that are here now, and (dataset, error) of the others."""
        ready: list[Ready] = []
        failures: list[tuple[str, DataError]] = []
        for dataset in datasets:
            try:
                ready.append(self.get(dataset))
            except DataError as error:
                failures.append((dataset.card.name, error))
        return ready, failures

    def get(self, dataset: Dataset) -> Ready:
        """Return the dataset from the first of its sources that has it.

        Raises:
            DatasetMissing: why each source has it not, and what access asks for.
            DataError: if a source has it, but not as it was pinned; no other one is tried then, for a
                damaged file must be seen.
        """
        tried: list[tuple[Origin, DatasetMissing]] = []
        for origin in dataset.origins:
            try:
                return Ready(dataset, origin, self._from(origin))
            except DatasetMissing as error:
                tried.append((origin, error))
                logger.info("%s is not to be had from %s: %s", dataset.card.name, origin.source, error)
        access = "" if dataset.card.access == "open" else f"\n  access: {dataset.card.access}"
        if len(tried) == 1:
            raise DatasetMissing(f"{tried[0][1]}{access}")
        reasons = (f"\n  {i}. {origin.source}: {error}" for i, (origin, error) in enumerate(tried, start=1))
        raise DatasetMissing(f"none of {counted(len(tried), 'source')} has it:{''.join(reasons)}{access}")

    def _from(self, origin: Origin) -> Fetched:
        key = f"{origin.source!r} {origin.names}"
        if key in self._missing:
            raise self._missing[key]
        try:
            with data_errors():
                return origin.source.get(self.cache, origin.names)
        except DatasetMissing as error:
            self._missing[key] = error
            raise
        except OSError as error:
            raise DataError(
                f"cannot use {self.cache}: {error}. Free some space, or set BOSS_CACHE to another folder."
            ) from error
