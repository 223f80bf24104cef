"""The names of RobTest's dimensions and of families beside them; `robtest.attacks` makes each of them."""

DIMENSIONS = (
    "typo",
    "glyph",
    "phonetic",
    "synonym",
    "contextual",
    "inflection",
    "syntax",
    "distraction",
)
"""In the order of Chen et al. 2023 (RobTest, arXiv:2305.18503), Table 1. Levels and overall are means over
these; other attacks, such as the recipes of TextAttack, stand for themselves."""

FAMILIES = (
    "invisible",
    "case",
    "spacing",
    "ocr",
    "speech",
    "slang",
    "emoji",
    "filler",
)
"""Perturbations outside the eight, measured on request."""
