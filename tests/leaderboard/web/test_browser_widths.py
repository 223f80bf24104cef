"""Every page on a phone, and what can be read on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = (
    *("", "shift", "attack", "compare", "preferences", "model", "dataset"),
    *("samples", "history", "method", "submit"),
)
BEYOND = """() => {
    const main = document.querySelector("[data-testid=stMain]"), edge = window.innerWidth + 1, found = [];
    for (const element of main.querySelectorAll("*")) {
        const box = element.getBoundingClientRect();
        // Of a drawing what is drawn counts; its groups are wider than what is in them.
        if (box.width === 0 || box.right <= edge || element.tagName === "g") continue;
        let frame = element.parentElement;
        while (frame !== main) {
            const scrolls = ["auto", "scroll"].includes(getComputedStyle(frame).overflowX);
            if (scrolls && frame.getBoundingClientRect().right <= edge) break;
            frame = frame.parentElement;
        }
        if (frame === main) found.push(`${element.outerHTML.slice(0, 150)} ends at ${box.right}`);
    }
    return found.slice(0, 5);
}"""
WIDTHS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [document.documentElement.scrollWidth - window.innerWidth, main.scrollWidth - main.clientWidth];
}"""
RATIO = """() => {
    const parts = text => text.match(/[\\d.]+/g).map(Number);
    const light = color => {
        const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = color.map(c => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = parts(getComputedStyle(document.querySelector(".stApp")).backgroundColor).slice(0, 3);
    const ratios = [...document.querySelectorAll("[data-testid=stCaptionContainer] p")].map(element => {
        let [r, g, b, opacity = 1] = parts(getComputedStyle(element).color);
        for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
        const ink = [r, g, b].map((c, i) => opacity * c + (1 - opacity) * behind[i]);
        const [high, low] = [light(ink), light(behind)].sort((x, y) => y - x);
        return (high + 0.05) / (low + 0.05);
    });
    return [ratios.length, Math.min(...ratios)];
}"""
MARKS = "[data-testid=stVegaLiteChart] .marks"
SETTLED = """() =>
    !document.querySelector("[data-stale=true], [data-testid=stSpinner]") &&
    document.querySelector("[data-testid=stMain] h1")"""
DIMENSIONS = ("typo", "glyph", "synonym", "inflection", "syntax", "phonetic")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_and_its_captions_can_be_read(
    browser: Any, site: str, write_answers: Callable[..., Path], scheme: str
) -> None:
    for name, right in (("a-model-with-quite-a-long-name", 16), ("another-one-of-them", 12)):
        write_answers(name, lambda _, i, *__, n=right: i < n, dimensions=DIMENSIONS)
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 900})
    for address in PAGES:
        page.goto(f"{site}/{address}")
        page.wait_for_function(SETTLED, timeout=90_000)
        if address in ("shift", "attack", "compare", "model", "preferences"):
            page.locator(MARKS).last.wait_for(timeout=90_000)
        page.wait_for_timeout(500)  # charts and tables take their place
        assert page.locator("[data-testid=stException]").count() == 0, address
        assert max(page.evaluate(WIDTHS)) <= 0, address
        assert page.evaluate(BEYOND) == [], address
        n, ratio = page.evaluate(RATIO)
        assert n == 0 or ratio >= 4.5, address
        for key in {"attack": ("heat",), "shift": ("scatter",), "compare": ("wins",)}.get(address, ()):
            marks = page.locator(f".st-key-scrolls-{key} .marks")
            drawn = marks.evaluate("e => e.getBoundingClientRect().width")
            # six cells of 76 beside their names; 600 pixels of a plot beside its axis; two cells of 52
            assert drawn > {"heat": 6 * 76, "scatter": 600, "wins": 2 * 52}[key]
