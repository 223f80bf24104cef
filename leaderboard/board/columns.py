"""The columns of the board: what each is called, what it means, and which end of it is better."""

from dataclasses import dataclass


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

MEASURES = (
    Measure("id", "ID", "Clean, in-distribution test split."),
    Measure("ood_mean", "OOD mean", f"Clean, mean over the shifted (OOD) sets. {_MEAN}"),
    Measure(
        OOD_WORST,
        "OOD worst set",
        "Clean, the lowest of the shifted sets. Its interval allows for another set being the lowest.",
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
    Measure("id_ece", "ID ECE", f"Clean ID. {_ECE}", higher_is_better=False, percent=False),
    Measure(
        "ood_ece",
        "OOD ECE",
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
