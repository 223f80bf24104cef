"""The board and a comparison without a mouse."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") || (element.matches("a, button") ? element.innerText : "");
}"""
MOST_TABS = 60


def tab_to(page: Any, name: str) -> None:
    """Press Tab until what has the focus is called ``name``."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        # A box's label stands behind what is chosen: "Selected mini. Suite".
        if passed[-1].split(". ")[-1].strip() == name:
            return
    pytest.fail(f"{name} cannot be reached by Tab; passed: {passed}")


def choose(page: Any, name: str, option: str) -> None:
    tab_to(page, name)
    page.keyboard.type(option)
    page.get_by_role("option", name=option, exact=True).wait_for()
    page.keyboard.press("Enter")


def models(page: Any, names: list[str]) -> None:
    """Wait until the plain table lists exactly these models, in this order."""
    script = """names => {
        const links = [...document.querySelectorAll("table tbody a")].map(link => link.innerText.trim());
        return JSON.stringify(links) === JSON.stringify(names);
    }"""
    page.wait_for_function(script, arg=names, timeout=20_000)


def test_filters_order_plain_table_and_comparison_are_reached_by_keys(
    browser: Any, site: str, write_answers: Callable[..., Path]
) -> None:
    write_answers("large-encoder", lambda dataset, i, *_: i < (18 if dataset == "reviews" else 12))
    write_answers("small-encoder", lambda dataset, i, *_: i < (16 if dataset == "reviews" else 14))
    write_answers("tfidf", lambda _, i, *__: i < 10)
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(site)
    page.get_by_role("button", name="CSV", exact=True).wait_for()

    tab_to(page, "Search")
    page.keyboard.type("encoder")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=encoder**")
    choose(page, "Sort by", "ID")
    page.wait_for_url("**sort=ID**")
    tab_to(page, "Plain table (for screen readers and copying)")
    page.keyboard.press("Space")
    models(page, ["large-encoder", "small-encoder"])

    page.keyboard.press("Home")
    tab_to(page, "small-encoder")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_url("**/model?model=small-encoder**")
    page.goto(f"{site}/compare")
    page.get_by_role("combobox", name="Outcome").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    choose(page, "A", "tfidf")
    page.wait_for_url("**a=tfidf**")
    choose(page, "Outcome", "only B right")
    page.wait_for_url("**outcome=**")
    page.locator("table td", has_text="only B right").first.wait_for()
