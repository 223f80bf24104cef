import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from leaderboard.board.files import Shown, as_json, bibtex
from leaderboard.board.site import read
from leaderboard.store.folder import Folders
from leaderboard.store.snapshots import FOLDER
from leaderboard.web.api.routes import api
from leaderboard.web.views.snapshot import link

WriteRun = Callable[..., Path]
Page = Callable[..., AppTest]
APP = str(Path(__file__).parents[3] / "leaderboard" / "app.py")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "runs")


@pytest.fixture
def page(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Open the board as an address asks for it."""

    def open_page(**query: str) -> AppTest:
        monkeypatch.setenv("BOSS_RUNS", str(folders.own))
        monkeypatch.setenv("BOSS_SHIPPED", "off")
        monkeypatch.setattr("sys.argv", ["app.py"])
        app = AppTest.from_file(APP, default_timeout=90)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """Collect what the board offers as files."""
    found: list[Shown] = []
    monkeypatch.setattr(
        "leaderboard.web.views.board.downloads", lambda shown, name, site: found.append(shown)
    )
    return found


def link_to(folders: Folders) -> str:
    """Return the name of what there is now, written down as for a link."""
    site = read(folders)
    assert site.keep() == ""
    return site.snapshot.id


def models(app: AppTest) -> list[str]:
    html = "".join(element.value for element in app.get("html"))
    return sorted(re.findall(r"<th scope=row><a [^>]*>(.*?) \(default\)</a>", html))


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.info, *app.warning, *app.error])


def test_the_api_has_the_rows_of_the_pages_export(
    page: Page, folders: Folders, write_run: WriteRun, exported: list[Shown], clean: Any, attacked: Any
) -> None:
    write_run("b", numbers=clean + attacked)
    write_run("a", numbers=clean[:2])
    write_run("c", numbers=clean + attacked, day=2)
    app = page(attack="typo", degree="0.3", sort="ID")
    assert not app.exception
    shown = json.loads(as_json(exported[-1]))
    query = {"attack": "typo", "degree": "0.3", "sort": "id"}
    rows = TestClient(api(folders, {})).get("/leaderboard", params=query).json()["rows"]
    assert [{name: row[name] for name in shown[0]} for row in rows] == shown
    assert {row["model"]: row["ood_worst"] for row in rows} == {"a": 0.7, "b": 0.6, "c": 0.6}
    assert None in rows[-1].values()


def test_a_link_shows_the_table_of_then(page: Page, folders: Folders, write_run: WriteRun) -> None:
    write_run("a")
    id = link_to(folders)
    write_run("b")
    assert models(page()) == ["a", "b"]
    app = page(snapshot=id)
    assert not app.exception
    assert models(app) == ["a"]
    assert f"This is the snapshot {id}: what came later is left out" in words(app).replace("\\", "")
    app.button(key="leave").click().run()
    assert models(app) == ["a", "b"]
    assert "snapshot" not in words(app)


def test_a_link_to_what_there_is_now_says_so(page: Page, folders: Folders, write_run: WriteRun) -> None:
    write_run("a")
    app = page(snapshot=link_to(folders))
    assert "nothing has changed since" in words(app)


def test_what_is_gone_is_a_warning_and_not_another_table_in_silence(
    page: Page, folders: Folders, write_run: WriteRun, exported: list[Shown]
) -> None:
    write_run("a")
    gone = write_run("b")
    id = link_to(folders)
    shutil.rmtree(gone)
    app = page(snapshot=id)
    assert models(app) == ["a"]
    assert f"Run {gone.name} is not shown: it was removed." in words(app).replace("\\", "")
    assert f"snapshot {id} (not in full)" in bibtex(exported[-1])


@pytest.mark.parametrize("id", ["0" * 16, "../../x", "<b>x</b>"])
def test_an_unknown_snapshot_is_an_error_with_a_way_out(page: Page, write_run: WriteRun, id: str) -> None:
    write_run("a")
    app = page(snapshot=id)
    assert not app.exception
    assert "snapshot" in words(app)
    assert models(app) == []
    app.button(key="leave").click().run()
    assert models(app) == ["a"]


def test_every_export_names_the_snapshot(
    page: Page, folders: Folders, write_run: WriteRun, exported: list[Shown]
) -> None:
    write_run("a")
    page()
    id = link_to(folders)
    assert f"snapshot {id};" in bibtex(exported[-1])
    assert [row["snapshot"] for row in json.loads(as_json(exported[-1]))] == [id]


def test_a_link_has_all_choices_and_one_snapshot() -> None:
    choices = {"task": ["nli"], "columns": ["ID", "a&b=c"], "snapshot": ["old"]}
    found = urlsplit(link("https://example.org/board?task=qa#x", choices, "00ff00ff00ff00ff"))
    assert found[:3] == ("https", "example.org", "/board")
    assert parse_qs(found.query) == {
        "task": ["nli"],
        "columns": ["ID", "a&b=c"],
        "snapshot": ["00ff00ff00ff00ff"],
    }


def test_a_state_is_written_down_when_its_link_is_asked_for(
    page: Page, folders: Folders, write_run: WriteRun
) -> None:
    write_run("a")
    app = page()
    assert not (folders.own / FOLDER).exists()
    app.button(key="make_link").click().run()
    assert not app.exception
    id = read(folders).snapshot.id
    assert [file.name for file in (folders.own / FOLDER).iterdir()] == [f"{id}.json"]
    assert any(id in str(code.value) for code in app.code)
    assert "make_link" not in [button.key for button in page().button]
