"""What the project's configuration says of a dataset: its source, licence, shift and labels."""

import re
from dataclasses import dataclass

import yaml

from boss.paths import conf_dir

_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Card:
    """A dataset in words.

    Attributes:
        source: address of its publisher.
        access: what has to be done for the data, where it is not fetched; else empty.
        label_mapping: how its own labels become those of the task.
        overlap: with other datasets.
    """

    title: str
    source: str
    licence: str
    shift: str
    access: str
    labels: tuple[str, ...]
    label_mapping: str
    overlap: str


def card_of(suite: str, dataset: str) -> Card | None:
    """Return the card of a dataset of one of the project's suites; None for any other.

    Args:
        suite: its name; datasets that were added to one follow after ``+``.
    """
    own = suite.partition("+")[0]
    # Names are a run's word: they must not lead out of the folder.
    if not _NAME.fullmatch(own) or not _NAME.fullmatch(dataset):
        return None
    file = conf_dir() / "dataset" / own / f"{dataset}.yaml"
    if not file.is_file():
        return None
    options = yaml.safe_load(file.read_text(encoding="utf-8"))
    words = {name: " ".join(str(options.get(name, "")).split()) for name in _WORDS}
    return Card(
        title=words["title"],
        source=words["url"],
        licence=words["licence"],
        shift=words["shift"],
        access=words["access"],
        labels=tuple(str(label) for label in options.get("labels", ())),
        label_mapping=words["label_mapping"],
        overlap=words["overlap"],
    )


_WORDS = ("title", "url", "licence", "shift", "access", "label_mapping", "overlap")
