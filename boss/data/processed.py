"""The processed files BOSS's authors published: a folder or zip of the user's, or its mirror on the hub."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boss.data.hub import Hub
from boss.data.readers.base import Reader
from boss.data.readers.conll import Conll
from boss.data.readers.table import Delimited, JsonLines
from boss.data.sources import Fetched, files_sha256
from boss.errors import DataError, DatasetMissing
from boss.tasks import Task
from robtest.assets.archive import MAX_BYTES
from robtest.files import write_whole

TASK_FOLDERS = {
    "sentiment": "SentimentAnalysis",
    "toxicity": "ToxicDetection",
    "nli": "NaturalLanguageInference",
    "ner": "NameEntityRecognition",
    "qa": "QuestionAnswering",
}
SUFFIX = {"qa": "json"}
"""Files are tsv, but for this task."""


def processed_reader(task: Task) -> Reader:
    """Return the reader of BOSS's own format of a task (reference: BOSS, section 1).

    Values are text ("null" is a word, not a missing value), label ids are places in the task's labels.
    Sentences were shuffled, so they have no document. Of questions, ``answer_start`` holds texts in two
    datasets, so answers are placed where they first stand; and ``id`` is the passage's, so rows are
    numbered.
    """
    if task.kind == "tagging":
        return Conll(types={name: name for name in task.types}, documents=False, delimiter="\t")
    fields = {name: name if task.kind == "span" else name.capitalize() for name in task.fields}
    if task.kind == "span":
        return JsonLines(fields, "answers", shared="context", offsets=False)
    labels = {str(i): label for i, label in enumerate(task.labels)}
    shared = "Premise" if "premise" in task.fields else None
    return Delimited(fields, "Label", labels, delimiter="\t", shared=shared)


def processed_file(task: Task, split: str) -> str:
    """Return the name of a split's file in its dataset's folder."""
    return f"{split}.{SUFFIX.get(task.name, 'tsv')}"


@dataclass(frozen=True)
class Processed:
    """One dataset of the processed folder or zip.

    Attributes:
        path: BOSS's ``process`` folder, a folder above it, or the zip of it; None where the user has
            none.
        folder: of the dataset, as in ``SentimentAnalysis/amazon``.
    """

    path: Path | None
    folder: str

    def __str__(self) -> str:
        """Return what it is, without the user's folders: a card may travel."""
        return "the processed files of BOSS (suite.processed)"

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return the dataset's folder; files of a zip are copied into ``cache``."""
        root = self._root(names, cache)
        files = [root / name for name in names]
        for file in files:
            if not file.is_file():
                raise DatasetMissing(f"{self.path} has no file {self.folder}/{file.name}")
        return Fetched(root, f"{self.folder} sha256:{files_sha256(root, files)[:16]} (as found)")

    def _root(self, names: Sequence[str], cache: Path) -> Path:
        if self.path is None:
            raise DatasetMissing("no processed files given: suite.processed=FOLDER-OR-ZIP, or BOSS_PROCESSED")
        if self.path.is_file():
            return _unpacked(self.path, self.folder, names, cache)
        for above in (self.path, self.path / "process", self.path / "datasets" / "process"):
            if (above / self.folder).is_dir():
                return above / self.folder
        state = "has no folder " + self.folder if self.path.is_dir() else "does not exist"
        raise DatasetMissing(f"suite.processed={self.path} {state}; give BOSS's folder or zip")


@dataclass(frozen=True)
class Mirror:
    """One dataset of the processed zip that stands on the hub.

    Attributes:
        folder: of the dataset, as in ``SentimentAnalysis/amazon``.
        id, hub_revision: of the repository (`boss.data.hub.Hub`).
        file: name of the zip in it.
    """

    folder: str
    id: str
    hub_revision: str
    file: str

    def __str__(self) -> str:
        """Return the zip and the repository."""
        return f"{self.file} of {self.id} on the Hugging Face hub"

    def get(self, cache: Path, names: Sequence[str] = ()) -> Fetched:
        """Return a folder in ``cache`` with the dataset's files, copied out of the zip."""
        zipped = Hub(self.id, self.hub_revision).get(cache, [self.file])
        return Fetched(_unpacked(zipped.root / self.file, self.folder, names, cache), zipped.revision)


def _unpacked(archive: Path, folder: str, names: Sequence[str], cache: Path) -> Path:
    """Copy files of one folder of a zip into the cache, whatever stands above it; return the folder."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = {name: _entry(zipped, f"{folder}/{name}", archive) for name in names}
            # The zip's own checksums tell one zip from another without reading all of it.
            sums = "-".join(f"{entry.CRC:08x}{entry.file_size:x}" for entry in entries.values())
            root = cache / "processed" / sums / folder
            for name, entry in entries.items():
                if not (root / name).is_file():
                    write_whole(root / name, zipped.read(entry))
    except zipfile.BadZipFile as error:
        raise DataError(f"{archive} is no zip file, or is damaged: {error}. Get it once more.") from error
    return root


def _entry(zipped: zipfile.ZipFile, path: str, archive: Path) -> zipfile.ZipInfo:
    entries = [i for i in zipped.infolist() if i.filename == path or i.filename.endswith(f"/{path}")]
    if not entries:
        raise DatasetMissing(f"{archive.name} has no file {path}")
    if entries[0].file_size > MAX_BYTES:
        raise DataError(
            f"{path} in {archive.name} claims {entries[0].file_size:,} bytes; at most {MAX_BYTES:,} are read."
        )
    return entries[0]
