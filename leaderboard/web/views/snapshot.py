"""The state of the site in the address: a link to a table as it is, and what is said of an earlier one."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from leaderboard.board.site import Site
from leaderboard.text import escaped

KEY = "snapshot"
_WHAT = (
    "It shows this table again, with the same choices and the same numbers, also after runs were added, "
    "superseded or decided about."
)


def snapshot_of_address() -> str | None:
    """Return the snapshot that the address asks for; a visit stays with it from page to page.

    Streamlit empties the address when another page is opened, so it is put back: the address always says
    which state is shown.
    """
    in_address = st.query_params.get(KEY)
    if in_address is not None:
        st.session_state[KEY] = in_address
    elif KEY in st.session_state:
        st.query_params[KEY] = st.session_state[KEY]
    return st.session_state.get(KEY)


def banner(site: Site) -> None:
    """Say that an earlier state is shown, and by name what of it can no longer be had."""
    if KEY not in st.session_state:
        return
    text = f"This is the snapshot {site.snapshot.id}: "
    text += "what came later is left out." if site.earlier else "nothing has changed since."
    st.info(escaped(text), icon=":material/history:")
    for sentence in site.missing:
        st.warning(escaped(sentence))
    leave()


def leave() -> None:
    """Offer the state of today."""
    st.button("Show what there is now", on_click=_leave, key="leave")


def link_to_table(site: Site) -> None:
    """Offer a link to what the page shows now, to be copied."""
    with st.popover("Link to this table", icon=":material/link:"):
        # The state is written down when a link is asked for: looking at a table writes nothing.
        if not site.is_kept:
            if not st.button("Make the link", key="make_link"):
                st.caption("It needs a small file beside the runs, which says which runs these are.")
                return
            if why := site.keep():
                st.markdown(escaped(f"There is no link that lasts: {why}."))
                return
        choices = {name: st.query_params.get_all(name) for name in st.query_params}
        # st.code shows its text as it is, and can be copied with one click.
        st.code(link(st.context.url, choices, site.snapshot.id), language=None, wrap_lines=True)
        st.caption(_WHAT)


def link(address: str | None, choices: Mapping[str, Sequence[str]], snapshot: str) -> str:
    """Return the address of a page with its choices and the snapshot; without its host where that is unknown.

    >>> link("http://localhost:8501", {"task": ["nli"], "columns": ["ID", "OOD mean"]}, "00ff00ff00ff00ff")
    'http://localhost:8501/?task=nli&columns=ID&columns=OOD+mean&snapshot=00ff00ff00ff00ff'
    """
    query = {**{name: values for name, values in choices.items() if name != KEY}, KEY: [snapshot]}
    place = urlsplit(address or "")
    return urlunsplit((place.scheme, place.netloc, place.path or "/", urlencode(query, doseq=True), ""))


def page_link(page: str, **choices: str) -> str:
    """Return the relative address of another page; of an earlier state where one is shown.

    Such a link opens the page anew, and a new visit knows nothing of this one.
    """
    kept = {KEY: st.session_state[KEY]} if KEY in st.session_state else {}
    return f"{page}?{urlencode({**choices, **kept})}"


def _leave() -> None:
    st.session_state.pop(KEY, None)
    st.query_params.pop(KEY, None)
