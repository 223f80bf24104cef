"""Every view in light and in dark, opened in a real browser: it is drawn whole, and a picture is made of it.

The pictures in docs/images are made by this test too, of measured runs in place of the made-up ones:

    BOSS_PICTURES=docs/images BOSS_RUNS=runs pytest tests/leaderboard/submission/test_browser_pictures.py
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.submission.board import Board

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
WIDTH, LOWEST, HIGHEST = 1400, 700, 2600
"""Pixels of a page, drawn at `SCALE`."""
SCALE = 0.75
# Read when the module is: the fixtures below give the tests a cache of their own.
GIVEN = {
    name: os.environ[name] for name in ("BOSS_PICTURES", "BOSS_RUNS", "BOSS_CACHE") if name in os.environ
}
VIEWS = {
    "board": "BOSS × RobTest leaderboard",
    "shift": "ID against OOD",
    "attack": "Under attack",
    "compare": "Compare two models",
    "preferences": "Preferences",
    "model": "One model",
    "dataset": "One dataset",
    "samples": "Samples",
    "history": "History",
    "method": "What the numbers mean",
    "submit": "Submit a run",
    "review": "Review",
}
MODELS = {"large": 19, "medium": 18, "small": 17, "tiny": 16, "linear": 14, "words": 12}
"""Made-up models and how many of 20 reviews they get right; of tweets and letters 3 and 5 fewer."""


@pytest.fixture
def address(
    serve_reviewed: Callable[..., str],
    board: Board,
    make_run: Callable[..., Path],
    packed: Any,
    accepted: Callable[[Path], str],
    made_up: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Start the site on the runs asked for, else on made-up ones, with a queue and a reviewer."""
    accepted(make_run("lab/steady"))
    board.receive(packed(make_run("lab/quick", run_id="run-2", start=9), "b.zip"), "A. Sender")
    variables = {
        "PYTHONPATH": str(ROOT),
        "BOSS_BOARD": str(board.root),
    }
    if "BOSS_PICTURES" not in GIVEN:
        return serve_reviewed(["leaderboard", "--runs", str(made_up), "--no-shipped"], **variables)
    monkeypatch.delenv("BOSS_CACHE")
    runs = (ROOT / GIVEN.get("BOSS_RUNS", "runs")).resolve()
    # No text of a dataset belongs into a picture that is kept.
    shown = {"BOSS_SHIPPED": "on", "BOSS_TEXTS": "off"}
    return serve_reviewed(["leaderboard", "--runs", str(runs)], **{**GIVEN, **variables, **shown})


@pytest.fixture
def made_up(write_answers: Callable[..., Path], tmp_path: Path) -> Path:
    fewer = {"reviews": 0, "tweets": 3, "letters": 5}
    for model, n_right in MODELS.items():
        write_answers(
            model,
            lambda dataset, i, degree, dimension, n=n_right: (
                (7 * i) % 20 < n - fewer[dataset] - degree * (20 if dimension == "typo" else 12)
            ),
            method="finetune" if n_right > 15 else "default",
            dimensions=("typo", "glyph"),
        )
    return tmp_path / "runs"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return ROOT / GIVEN["BOSS_PICTURES"] if "BOSS_PICTURES" in GIVEN else tmp_path


@pytest.fixture
def page(browser: Any, address: str, provider: Any) -> Iterator[Any]:
    """Give a page; a script's error, a dialog or a call to another machine fails the test."""
    wrong: list[str] = []
    size = {"width": WIDTH, "height": LOWEST}
    page = browser.new_page(color_scheme="light", viewport=size, device_scale_factor=SCALE)
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda request: wrong.append(request.url))
    yield page
    here = (address, address.replace("http", "ws", 1), provider.address, "data:", "blob:")
    assert [what for what in wrong if not what.startswith(here)] == []


def settle(page: Any) -> None:
    """Wait until the script has run and everything is drawn."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')"
    )
    page.wait_for_timeout(600)  # charts grow into place


def fit(page: Any) -> None:
    """Make the page as high as what is on it; Streamlit scrolls inside of it."""
    page.set_viewport_size({"width": WIDTH, "height": LOWEST})
    height = page.locator("[data-testid=stMain]").evaluate("element => element.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(max(height + 20, LOWEST), HIGHEST)})
    page.mouse.move(0, 0)  # or the toolbar of what lies under it is shown


def sign_in(page: Any) -> None:
    here = page.url
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(here.removesuffix("review"))  # by way of the provider
    page.get_by_role("link", name="Review").click()
    page.get_by_role("heading", name="Decide").wait_for()
    settle(page)


def brightness(page: Any) -> int:
    """Return the sum of red, green and blue of the background, each from 0 to 255."""
    colour = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_every_view_is_drawn_whole_in_light_and_in_dark(page: Any, address: str, pictures: Path) -> None:
    page.goto(address)
    settle(page)
    links = page.locator("[data-testid=stTopNavLink]").evaluate_all("links => links.map(a => a.href)")
    assert [link.rsplit("/", 1)[-1] or "board" for link in links] == list(VIEWS)
    for link, (view, title) in zip(links, VIEWS.items(), strict=True):
        page.emulate_media(color_scheme="light")
        page.goto(link)
        page.get_by_role("heading", name=title, level=1).wait_for()
        settle(page)
        if view == "review":
            sign_in(page)
        assert page.locator("[data-testid=stException], [data-testid=stDialog]").count() == 0, view
        fit(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            settle(page)
            assert (brightness(page) > 3 * 128) == (scheme == "light"), view
            page.screenshot(path=pictures / f"{view}-{scheme}.png", animations="disabled")
