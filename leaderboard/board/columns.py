"""The columns of the board: what each is called, what it means, and which end of it is better."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leaderboard.text import distinct


@dataclass(frozen=True)
class Measure:
    """A column of the board.

    Attributes:
        percent: printed in per cent; else as it is, with three decimals.
    """

    key: str
    label: str
    help: str
    higher_is_better: bool = True
    percent: bool = True


_MEAN = (
    "The sets count equally, whatever their size. Its interval treats them as independent: each side is "
    "the root of the summed squares of the sets' half-widths on that side, divided by their number."
)
_AREA = "the area under the degree curve, from degree 0 on, divided by the range of the degrees."
_BRIER = (
    "Brier score: the squared distance between the model's probabilities and the right answer. It counts "
    "errors and misplaced confidence together; 0 is best, 2 is worst. Lower is better."
)
_ECE = (
    "Expected calibration error: by how much the model's confidence differs from its accuracy, over 15 "
    "groups of examples of like confidence. 0 is best; chance alone keeps it above 0. Lower is better."
)

OOD_WORST = "ood_worst"
OVERALL = "overall"
STANDARD = "standard"
DROP = "standard_drop"
WORST = "standard_worst"

MEASURES = (
    Measure("id", "ID", "Clean, in-distribution test split."),
    Measure("ood_mean", "OOD mean", f"Clean, mean over the shifted (OOD) sets. {_MEAN}"),
    Measure(
        OOD_WORST,
        "OOD worst set",
        "Clean, the lowest of the shifted sets. Its interval allows for another set being the lowest.",
    ),
    Measure(
        STANDARD,
        "Under attack",
        "Perturbed copies of the shifted sets, mean over copies, attacks and sets; the attacks are named "
        "under the table.",
    ),
    Measure(
        DROP,
        "Drop",
        "What the model loses to these attacks: its score on the same texts as they were, less that under "
        "attack. Lower is better.",
        higher_is_better=False,
    ),
    Measure(
        WORST,
        "Under attack, worst copy",
        "As under attack, an example counting by the worst of its copies; more copies make it lower.",
    ),
    Measure("attacked_id_average", "ID, average copy", "ID under attack: mean over the perturbed copies."),
    Measure(
        "attacked_id_worst", "ID, worst copy", "ID under attack: the worst perturbed copy of each example."
    ),
    Measure(
        "attacked_ood_average",
        "OOD, average copy",
        f"OOD under attack: mean over the perturbed copies. {_MEAN}",
    ),
    Measure(
        "attacked_ood_worst", "OOD, worst copy", f"OOD under attack: worst copy of each example. {_MEAN}"
    ),
    Measure("attacked_id_area_average", "ID, area (average)", f"ID, average copy: {_AREA}"),
    Measure("attacked_id_area_worst", "ID, area (worst)", f"ID, worst copy: {_AREA}"),
    Measure("attacked_ood_area_average", "OOD, area (average)", f"OOD, average copy: {_AREA}"),
    Measure("attacked_ood_area_worst", "OOD, area (worst)", f"OOD, worst copy: {_AREA}"),
    Measure(
        OVERALL,
        "Overall",
        "OOD, worst copy, over all attacks of the run: the area under the mean curve of all dimensions and "
        "sets, which count equally. Its interval resamples examples, the same for all dimensions.",
    ),
    Measure("id_brier", "ID Brier", f"Clean ID. {_BRIER}", higher_is_better=False, percent=False),
    Measure(
        "ood_brier",
        "OOD Brier",
        f"Clean, mean over the OOD sets. {_BRIER} {_MEAN}",
        higher_is_better=False,
        percent=False,
    ),
    Measure(
        "id_ece", "ID calibration error (ECE)", f"Clean ID. {_ECE}", higher_is_better=False, percent=False
    ),
    Measure(
        "ood_ece",
        "Calibration error (ECE)",
        f"Clean, mean over the OOD sets. {_ECE} {_MEAN}",
        higher_is_better=False,
        percent=False,
    ),
)

CALIBRATION = ("brier", "ece")
"""Metrics of clean measurements whose columns are named by role and metric."""
RECALL_PREFIX = "recall_only:"


def recall_measure(dataset: str) -> Measure:
    """Return the column of a set whose examples all have one class."""
    text = "All examples of this set have one class, so this is the recall of that class and is in no mean."
    return Measure(RECALL_PREFIX + dataset, f"{dataset} (recall only)", text)


def named_apart(measures: Sequence[Measure]) -> list[Measure]:
    """Return columns of which no two have one label: a data set may be called as a column is.

    >>> [each.label for each in named_apart([MEASURES[0], Measure("dataset:ID", "ID", "A set.")])]
    ['ID', 'ID #2']
    """
    labels = distinct([measure.label for measure in measures])
    return [replace(measure, label=label) for measure, label in zip(measures, labels, strict=True)]
