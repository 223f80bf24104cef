import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CHART = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
HOSTILE = "<img src=x onerror=alert(1)> **bold**"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_opens_switches_and_downloads_the_board(
    browser: Any,
    site: str,
    tmp_path: Path,
    scheme: str,
    write_run: Callable[..., Path],
    clean: Any,
    attacked: Any,
) -> None:
    write_run(HOSTILE, numbers=clean + attacked)
    write_run("plain", numbers=clean + attacked)
    asked: list[str] = []
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1400, "height": 2200})
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a name was executed: {dialog.message}"))
    page.goto(f"{site}/?plain=true")

    row = page.locator("table tbody tr", has_text=HOSTILE)
    row.wait_for()
    assert "60.0 [58.0–62.0] (n 100)" in row.inner_text()
    page.get_by_role("combobox", name="Degree").click()
    page.get_by_role("option", name="0.3").click()
    page.wait_for_url("**degree=0.3**")
    page.locator("table tbody tr", has_text="20.0 [18.0–22.0] (n 100)").first.wait_for()

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert download.value.suggested_filename == "mini-sentiment-typo-malicious-0_3.csv"
    assert HOSTILE in Path(download.value.path()).read_text(encoding="utf-8")

    page.screenshot(path=tmp_path / f"board-{scheme}.png")
    background = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    brightness = sum(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 3 * 128) == (scheme == "light")
    page.goto(f"{site}/attack")
    page.locator(CHART).nth(2).wait_for()
    elsewhere = [url for url in asked if not url.startswith((site, "data:", "blob:"))]
    assert elsewhere == []


def rows_of(page: Any) -> list[list[str]]:
    """Return the measurements of the first HTML table, heads first."""
    table = page.locator("table").first
    lines = table.locator("tr").all()
    return [
        [measurement.inner_text().strip() for measurement in line.locator("th, td").all()] for line in lines
    ]


def wait_for_models(page: Any, names: list[str]) -> None:
    """Wait until the plain board lists exactly these models, in this order."""
    script = """names => {
        const links = [...document.querySelectorAll("table tbody a")];
        const found = links.map(link => link.innerText.trim());
        return JSON.stringify(found) === JSON.stringify(names);
    }"""
    page.wait_for_function(script, arg=names, timeout=20_000)


def test_a_reader_filters_sorts_opens_a_model_and_compares_two(
    browser: Any, site: str, write_answers: Callable[..., Path]
) -> None:
    write_answers("large-encoder", lambda dataset, i, *_: i < (18 if dataset == "reviews" else 12))
    write_answers("small-encoder", lambda dataset, i, *_: i < (16 if dataset == "reviews" else 14))
    write_answers("tfidf", lambda _, i, *__: i < 10)
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(f"{site}/?plain=true")
    wait_for_models(page, ["small-encoder", "large-encoder", "tfidf"])

    page.get_by_role("textbox", name="Search").fill("encoder")
    page.get_by_role("textbox", name="Search").press("Enter")
    wait_for_models(page, ["small-encoder", "large-encoder"])
    page.get_by_role("combobox", name="Sort by").click()
    page.get_by_role("option", name="ID", exact=True).click()
    wait_for_models(page, ["large-encoder", "small-encoder"])
    page.wait_for_url("**sort=ID**")

    again = browser.new_page(viewport={"width": 1400, "height": 1600})
    again.goto(page.url)
    wait_for_models(again, ["large-encoder", "small-encoder"])
    assert rows_of(again) == rows_of(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    heads, *shown = rows_of(page)
    printed = [row[heads.index("ID")].split(" ")[0] for row in shown]
    assert [row["model"] for row in saved] == ["large-encoder", "small-encoder"]
    assert [f"{100 * float(row['id']):.1f}" for row in saved] == printed == ["90.0", "80.0"]

    href = page.get_by_role("link", name="small-encoder").get_attribute("href")
    page.goto(f"{site}/{href}")
    page.locator("table td", has_text="small-encoder").first.wait_for()
    page.get_by_text("python -m boss.eval model=small-encoder").wait_for()

    page.goto(f"{site}/compare?a=large-encoder&b=small-encoder")
    line = page.locator("table tbody tr", has_text="letters (OOD, accuracy)")
    line.wait_for()
    assert "-10.0 [" in line.inner_text()
    page.goto(f"{site}/compare?a=gone&b=tfidf")
    page.get_by_text("The link asks for a gone, which is not here.").wait_for()


@pytest.mark.parametrize("width", [1400, 390])
def test_a_number_on_few_changed_texts_stands_last_and_its_reason_can_be_read(
    browser: Any, site: str, write_run: Callable[..., Path], clean: Any, attacked: Any, width: int
) -> None:
    thin = [replace(n, value=n.value + 0.2, coverage=0.4 if n.dataset == "tweets" else 1.0) for n in attacked]
    write_run("high", numbers=[*clean, *thin])
    write_run("low", numbers=[*clean, *(replace(n, coverage=1.0) for n in attacked)])
    page = browser.new_page(viewport={"width": width, "height": 2200})
    page.goto(f"{site}/?plain=true&sort=OOD%2C+worst+copy")
    wait_for_models(page, ["low", "high"])
    heads, low, high = rows_of(page)
    at = heads.index("OOD, worst copy")
    assert (low[0], high[0]) == ("1 [1–1]", "–")
    assert low[at] == "45.0 [43.6–46.4] (n 200)"
    assert high[at] == "65.0 [63.6–66.4] (n 200; 70.0 % changed) † few texts changed: 40.0 % of tweets"
    assert high[heads.index("OOD mean")] == "65.0 [62.5–67.5] (n 200)"
    cell = page.locator("table tbody tr").nth(1).locator("td").nth(at)
    cell.scroll_into_view_if_needed()
    assert cell.evaluate("element => element.scrollWidth <= element.clientWidth")
    page.get_by_text("Degree 0.1 is rounded down: never exceeded.").wait_for()
