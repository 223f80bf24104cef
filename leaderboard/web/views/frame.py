"""The look of all pages, and the frame of what may be wider than a phone: it scrolls, the page does not."""

import altair as alt
import pandas as pd
import streamlit as st

from leaderboard.board.display import for_markdown

_INK = {"light": "#4d4d4d", "dark": "#c8c8c8"}
SCROLLS = "scrolls"
"""How the key of a container begins that scrolls sideways."""
WIDE = "wide"
"""How the key of a container begins whose table has columns of a least width."""
FACTS = "facts"
"""How the key of a container begins whose table breaks its lines, so that it is as wide as the page."""

STYLE = f"""<style>
/* Captions and heads of tables at 4.5 : 1 and more on both backgrounds; Streamlit's grey has 3.7. */
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] *, [data-testid="stTable"] th * {{
  color: inherit; opacity: 1;
}}
[data-testid="stCaptionContainer"] {{ opacity: 0.82; }}
[class*="st-key-{SCROLLS}"] {{ overflow-x: auto; max-width: 100%; }}
[class*="st-key-{SCROLLS}"] > * {{ flex-shrink: 0; }}
/* A test id in each makes the rule outrank Streamlit's own, which cuts a cell at 25rem. */
[class*="st-key-{FACTS}"] [data-testid="stTable"] td {{ white-space: normal; }}
[class*="st-key-{FACTS}"] [data-testid="stTable"] td > div {{ max-width: none; display: block; width: auto; }}
[class*="st-key-{FACTS}"] [data-testid="stTable"] td > div {{ min-width: 4.2rem; }}
[class*="st-key-{FACTS}"] [data-testid="stTable"] td:not(:first-child) * {{ overflow-wrap: anywhere; }}
@media (max-width: 640px) {{
  [class*="st-key-{WIDE}"] [data-testid="stTable"] td > div {{ min-width: 6.5rem; }}
  [class*="st-key-{WIDE}"] [data-testid="stTable"] td:first-child > div {{ min-width: 2.5rem; }}
  [class*="st-key-{WIDE}"] [data-testid="stTable"] td:last-child > div {{ min-width: 12rem; }}
}}
del {{ background: rgba(213, 94, 0, 0.22); text-decoration: line-through; }}
ins {{ background: rgba(0, 114, 178, 0.22); text-decoration: underline; }}
</style>"""


def styled() -> None:
    """Give the page its look; once, before everything else."""
    st.html(STYLE)


def show_wide(table: pd.DataFrame, key: str) -> None:
    """Show a table of text of many columns: on a phone it keeps their width, and scrolls.

    Args:
        table: not escaped.
        key: one of its own on each page.
    """
    with st.container(key=f"{WIDE}-{key}"):
        st.table(for_markdown(table), hide_index=True)


def draw(picture: alt.LayerChart, alt_text: str, key: str) -> None:
    """Show a chart of a fixed size (`leaderboard.web.charts.plots.fixed`) in a frame that scrolls.

    Args:
        alt_text: for readers who do not see it.
        key: of the frame, one of its own on each page.
    """
    with st.container(key=f"{SCROLLS}-{key}"):
        st.altair_chart(inked(picture), width="content", alt=alt_text)


def draw_narrow(picture: alt.LayerChart, alt_text: str) -> None:
    """Show a chart that is as wide as a phone, and on a wider screen as half of it."""
    column, _ = st.columns(2)
    column.altair_chart(inked(picture), width="stretch", alt=alt_text)


def show_facts(table: pd.DataFrame, key: str) -> None:
    """Show a table of text of few columns, in full on every screen.

    Args:
        table: not escaped.
        key: one of its own on each page.
    """
    with st.container(key=f"{FACTS}-{key}"):
        st.table(for_markdown(table), hide_index=True)


def inked(picture: alt.LayerChart) -> alt.LayerChart:
    """Return a chart whose axes and legend are written at 4.5 : 1 or more; Streamlit's grey is fainter."""
    ink = _INK.get(st.context.theme.type or "")
    if ink is None:  # before the browser has said which theme it shows
        return picture
    chart: alt.LayerChart = picture.configure_axis(labelColor=ink, titleColor=ink).configure_legend(
        labelColor=ink
    )
    return chart
