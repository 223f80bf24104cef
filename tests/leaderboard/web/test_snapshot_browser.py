from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.browser


def test_a_reader_copies_a_link_that_shows_the_table_of_then(
    browser: Any, site: str, write_run: Callable[..., Path], clean: Any, attacked: Any
) -> None:
    write_run("early", numbers=clean + attacked)
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(f"{site}/?attack=typo&degree=0.3")
    page.locator("table tbody tr", has_text="early").wait_for()
    page.get_by_text("Filters, columns, attack, order", exact=True).click()
    page.get_by_role("textbox", name="Search").fill("l")
    page.get_by_role("textbox", name="Search").press("Enter")
    page.wait_for_url("**search=l**")
    page.get_by_role("button", name="Link to this table").click()
    page.get_by_role("button", name="Make the link").click()
    code = page.locator("[data-testid=stPopoverBody] code")
    code.wait_for()
    link = code.inner_text().replace("\n", "")
    asked = parse_qs(urlsplit(link).query)
    assert (asked["attack"], asked["degree"], asked["search"]) == (["typo"], ["0.3"], ["l"])

    write_run("late", numbers=clean + attacked)
    page.goto(f"{site}")
    page.locator("table tbody tr", has_text="late").wait_for()
    then = browser.new_page()
    then.goto(link)
    then.get_by_text("what came later is left out").wait_for()
    then.locator("table tbody tr", has_text="early").wait_for()
    assert then.locator("table tbody tr", has_text="late").count() == 0

    then.get_by_role("link", name="Compare").first.click()
    then.wait_for_url("**/compare?snapshot=*")
    then.get_by_text("what came later is left out").wait_for()
    then.get_by_role("button", name="Show what there is now").click()
    then.get_by_text("what came later is left out").wait_for(state="detached")
