"""The board and a comparison without a mouse."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const element = document.activeElement;
    const named = element.matches("a, button, summary");
    return element.getAttribute("aria-label") || (named ? element.innerText : "");
}"""
MOST_TABS = 60


def tab_to(page: Any, name: str) -> None:
    """Press Tab until what has the focus is called ``name``."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        # A box's label stands behind what is chosen: "Selected mini. Suite"; an icon's name above a label.
        if name in passed[-1].split(". ")[-1].strip().splitlines():
            return
    pytest.fail(f"{name} cannot be reached by Tab; passed: {passed}")


def choose(page: Any, name: str, option: str) -> None:
    tab_to(page, name)
    page.keyboard.type(option)
    page.get_by_role("option", name=option, exact=True).wait_for()
    page.keyboard.press("Enter")


def models(page: Any, names: list[str]) -> None:
    """Wait until the board lists exactly these models, in this order."""
    script = """names => {
        const links = [...document.querySelectorAll("table.bx tbody th a")];
        return JSON.stringify(links.map(link => link.textContent.trim())) === JSON.stringify(names);
    }"""
    page.wait_for_function(script, arg=[f"{name} (default)" for name in names], timeout=60_000)


def test_filters_order_table_and_comparison_are_reached_by_keys(
    browser: Any, site: str, write_answers: Callable[..., Path]
) -> None:
    write_answers("large-encoder", lambda dataset, i, *_: i < (18 if dataset == "reviews" else 12))
    write_answers("small-encoder", lambda dataset, i, *_: i < (16 if dataset == "reviews" else 14))
    write_answers("tfidf", lambda _, i, *__: i < 10)
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(site)
    models(page, ["small-encoder", "large-encoder", "tfidf"])

    tab_to(page, "Filters, columns, attack, order")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Search").wait_for()
    tab_to(page, "Search")
    page.keyboard.type("encoder")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=encoder**")
    choose(page, "Sort by", "ID")
    page.wait_for_url("**sort=ID**")
    models(page, ["large-encoder", "small-encoder"])

    page.reload()
    models(page, ["large-encoder", "small-encoder"])
    tab_to(page, "small-encoder (default)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/model?model=small-encoder**")
    page.goto(f"{site}/compare")
    page.get_by_role("combobox", name="Outcome").wait_for(timeout=60_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    choose(page, "A", "tfidf")
    page.wait_for_url("**a=tfidf**")
    choose(page, "Outcome", "only B right")
    page.wait_for_url("**outcome=**")
    page.get_by_text("examples: only B right.").wait_for()


def test_notes_open_and_tasks_change_by_keys(
    browser: Any, site: str, write_run: Callable[..., Path], clean: Any
) -> None:
    write_run("whole", numbers=clean)
    write_run("odd", numbers=clean, status="failed")
    write_run("of-nli", numbers=clean, task="nli")
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(site)
    models(page, ["whole", "odd"])
    note = page.get_by_text("run with failures")
    assert not note.is_visible()
    tab_to(page, "odd (default)")
    page.keyboard.press("Tab")
    assert "note" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    note.wait_for()

    page.reload()
    models(page, ["whole", "odd"])
    tab_to(page, "sentiment")
    page.keyboard.press("ArrowRight")
    if page.evaluate("document.activeElement.getAttribute('aria-checked')") != "true":
        page.keyboard.press("Space")
    page.wait_for_url("**task=nli**")
    models(page, ["of-nli"])
