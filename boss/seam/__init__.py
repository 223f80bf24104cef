"""The seam: a model and a split become clean answers, or answers under attack, as tables of rows.

The only package that knows both sides.
"""

from boss.seam.applied import attack_settings, copies_of, uncovered, why_not
from boss.seam.judge import Seam, attacked_text, with_text
from boss.seam.parts import Advance, Part, Row, attacked_part, clean_part, n_parts

__all__ = [
    "Advance",
    "Part",
    "Row",
    "Seam",
    "attack_settings",
    "attacked_part",
    "attacked_text",
    "clean_part",
    "copies_of",
    "n_parts",
    "uncovered",
    "why_not",
    "with_text",
]
