"""No name becomes a link that leads away, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

NAMES = ("www.evil.example", "http://evil.example/x", "ada@evil.example", "HTTPS://evil.example")
PAGES = ("", "model?model=www.evil.example", "model", "dataset", "attack", "shift", "history", "preferences")


def test_names_like_addresses_are_text_on_every_page(
    browser: Any, site: str, write_run: Callable[..., Path]
) -> None:
    for name in NAMES:
        write_run(name)
    page = browser.new_page()
    page.set_default_timeout(90_000)
    seen = ""
    for address in PAGES:
        page.goto(f"{site}/{address}")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning] h1").first.wait_for()
        page.wait_for_timeout(500)
        links = page.locator("a").evaluate_all("links => links.map(a => a.protocol + a.hostname)")
        assert [link for link in links if "evil" in link or link.startswith("mailto:")] == [], address
        seen += page.locator("[data-testid=stMain]").inner_text()
    # The word joiner that keeps them apart shows nothing.
    assert all(name in seen.replace("\N{WORD JOINER}", "") for name in NAMES)
