"""The texts of an example on a page: had while the reader waits, or the reason why they are not there."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from boss.measurement import Measurement
from leaderboard.examples.marks import marked
from leaderboard.examples.texts import OFF, Texts, ready, texts_of
from leaderboard.stats.compare import Side
from leaderboard.store.folder import shows_texts
from leaderboard.text import escaped, listed

LONGEST, LONGEST_MARKED = 100_000, 10_000
"""Letters of a text that are shown; beside a copy fewer, as finding the edits takes time by their square."""
KEPT = 600
"""Seconds for which a reason is remembered before it is looked into again."""


def texts(side: Side, rows: pd.DataFrame) -> Texts:
    """Return the texts of a measurement, made while the reader waits where they are not at hand.

    Args:
        rows: the answers of ``side``, as `leaderboard.stats.compare.rows_of` returns them.
    """
    record = side.record
    on = shows_texts(sys.argv[1:], os.environ)
    identity = f"{record.run_id} {record.predictions_sha256} {record.measurement.name}"
    return _texts(record.measurement, rows, identity, ready(record.measurement), on)


@st.cache_resource(show_spinner="Looking up the texts…", max_entries=32, ttl=KEPT)
def _texts(_cell: Measurement, _rows: pd.DataFrame, identity: str, in_cache: str, on: bool) -> Texts:
    """Look the texts of a measurement up once; with another ``in_cache`` there are others in the cache."""
    return texts_of(_cell, _rows, on=on)


@dataclass(frozen=True)
class Answered:
    """Which text of an example a model's answer was given to."""

    label: str
    texts: Texts
    variant: int
    degree: float

    @property
    def which(self) -> str:
        """The text in words."""
        return f"copy {self.variant + 1} at degree {self.degree:g}" if self.degree > 0 else "clean"


def clean_of(example: str, answered: Sequence[Answered]) -> dict[str, str]:
    """Return the fields of an example before any attack, as far as they are known."""
    return max((answer.texts.of(example, 0, 0.0) for answer in answered), key=len)


def show_texts(example: str, answered: Sequence[Answered]) -> None:
    """Show an example: its fields, copies beside the clean text with their edits marked, what is missing.

    Models that were asked the same copy share it. Every text is escaped before it becomes HTML.
    """
    clean, attacked = clean_of(example, answered), answered[0].texts.attacked or ""
    copies: dict[tuple[str, str], list[str]] = {}
    for answer in answered:
        text = answer.texts.of(example, answer.variant, answer.degree).get(attacked)
        if text is not None and answer.degree > 0:
            copies.setdefault((answer.which, text), []).append(answer.label)
    for field, text in clean.items():
        if field != attacked or not copies:
            _whole(field, text)
    for (which, text), labels in copies.items():
        _side_by_side(attacked, clean.get(attacked, text), text, f"{which} for {listed(labels)}")
    for missing in {answer.texts.reason: answer.texts for answer in answered}.values():
        say_missing(missing)


def say_missing(missing: Texts) -> None:
    """Say why texts are missing and what gets them."""
    if not missing.reason:
        return
    off = missing.reason == OFF
    st.info(
        escaped(f"No text is shown: {OFF}:" if off else f"Not every text can be shown: {missing.reason}.")
    )
    if missing.command:
        if not off:
            st.caption("This command looks for them, and may use the network:")
        st.code(missing.command, language=None, wrap_lines=True)


def _whole(field: str, text: str) -> None:
    with st.container(border=True):
        st.caption(escaped(field + _cut(text, LONGEST)))
        st.html(f"<p>{escape(text[:LONGEST])}</p>")


def _side_by_side(field: str, clean: str, copy: str, caption: str) -> None:
    before, after = marked(clean[:LONGEST_MARKED], copy[:LONGEST_MARKED])
    left, right = st.columns(2, border=True)
    left.caption(escaped(f"{field}, clean{_cut(clean, LONGEST_MARKED)}"))
    left.html(f"<p>{before}</p>")
    right.caption(escaped(f"{field}, {caption}{_cut(copy, LONGEST_MARKED)}"))
    right.html(f"<p>{after}</p>")


def _cut(text: str, longest: int) -> str:
    return f" (the first {longest:,} of {len(text):,} letters)" if len(text) > longest else ""
