"""axe-core on every page, and the width of every page on a phone."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = (
    *("", "shift", "attack", "compare", "preferences", "model", "dataset", "samples", "method", "submit"),
    "?task=toxicity",
)
DARK = ("", "attack", "preferences")
"""Pages with tabs, chosen models, charts and sliders: what differs between the schemes is on them."""
SERIOUS = ("serious", "critical")


@pytest.fixture
def axe() -> str:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def filled(write_answers: Callable[..., Path]) -> None:
    for i, name in enumerate(("large-encoder", "small-encoder", "tfidf")):
        write_answers(name, lambda _, k, degree, *__, i=i: k % 10 > i + 2 * (degree or 0) * 10, n=40)


def settled(page: Any, address: str) -> None:
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=90_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=90_000)
    page.wait_for_function("!document.querySelector('[data-stale=true]')", timeout=90_000)
    page.wait_for_timeout(1_500)  # what was stale fades in, and charts are drawn


def faults(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{fault['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.usefixtures("filled")
@pytest.mark.timeout(900)
def test_no_page_has_a_serious_fault_of_accessibility(browser: Any, site: str, axe: str) -> None:
    checked: dict[str, list[str]] = {}
    for scheme, pages in (("light", PAGES), ("dark", DARK)):
        for name in pages:
            page = browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
            settled(page, f"{site}/{name}")
            checked[f"{scheme} {name or 'board'}"] = faults(page, axe)
            page.close()
    assert {name: found for name, found in checked.items() if found} == {}


def test_the_check_finds_a_fault_that_is_there(browser: Any, axe: str) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=''><p style='color:#ccc'>pale")
    assert {fault.partition(":")[0] for fault in faults(page, axe)} >= {"image-alt", "color-contrast"}
