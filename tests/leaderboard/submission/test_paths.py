"""No page, answer or file says where things lie on the machine that serves it, broken runs or not."""

import json
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from boss.results.store import RECORDS, RUN
from leaderboard.board.files import FORMATS, Shown
from leaderboard.board.site import read
from leaderboard.store.folder import Folders
from leaderboard.submission.board import Board
from leaderboard.text import pathless, said
from leaderboard.web.api.routes import api
from leaderboard.web.static import write_site

PAGES = (Path(__file__).parents[3] / "leaderboard" / "web" / "views").glob("*.py")
VIEWS = sorted(path.stem for path in PAGES if "\ndef show(" in path.read_text(encoding="utf-8"))
ADDRESSES = (
    "/",
    "/records",
    "/leaderboard",
    "/models",
    "/schema",
    "/nothing",
    "/records?snapshot=" + "0" * 16,
)
ADA = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True}
SECRETS = {"auth": {"cookie_secret": "0123456789abcdef" * 2}, "review": {"emails": ["ada@example.org"]}}


@pytest.fixture
def place(write_answers: Callable[..., Path], write_run: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder, with a space in its name, of runs that are whole and runs that are broken in every way."""
    for model, wrong in (("a", 5), ("b", 3)):
        write_answers(model, lambda _, i, *__, wrong=wrong: i % wrong != 0, n=20)
    torn, changed, gone, empty = (write_run(f"broken-{i}") for i in range(4))
    (torn / RUN).write_text("{")
    with (changed / RECORDS).open("a") as records:
        records.write("no json\n")
    (gone / RECORDS).unlink()
    (empty / RUN).write_text("{}")
    home = tmp_path / "a home"
    home.mkdir()
    shutil.move(tmp_path / "runs", home / "runs")
    for run in (file.parent for file in (home / "runs").rglob(RUN)):
        if run.name.startswith("a-"):
            said_ = json.loads((run / RUN).read_text())
            (run / RUN).write_text(
                json.dumps(
                    {**said_, "command": shlex.join(["python", "-m", "boss.eval", f"output={home}/runs"])}
                )
            )
        if run.name.startswith("b-"):  # its records are whole, its answers are not
            for part in (run / "predictions").rglob("*.parquet"):
                part.write_bytes(b"torn")
    (home / "decisions.jsonl").write_text("no decision\n")
    return home


def page(view: str, folder: str, board: str) -> None:
    from importlib import import_module
    from pathlib import Path

    from leaderboard.store.folder import Folders

    own = {"BOSS_BOARD": board} if view in ("submit", "review") else Folders(Path(folder))
    import_module(f"leaderboard.web.views.{view}").show(own)


def protos(node: Any) -> Iterator[str]:
    """Yield all that a page sends to the browser."""
    if hasattr(node, "children"):
        for child in node.children.values():
            yield from protos(child)
    if getattr(node, "proto", None) is not None:
        yield str(node.proto)


def test_what_is_broken_is_named_below_the_folder_of_runs() -> None:
    root = Path("/srv/a board/runs")
    said_ = f"{root}/mini/x/run.json: torn; {root} is there; [Errno 2] No such file: '/opt/a b/c.zip'"
    assert pathless(said_, root) == "mini/x/run.json: torn; runs is there; [Errno 2] No such file: '…/c.zip'"
    kept = "and/or org/name, see https://example.org/a/b and /api"
    assert pathless(kept, root) == kept
    assert said(OSError(2, "No", "/x/y_z")) == r"\[Errno 2\] No\: \'…\/y\_z\'"


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_and_no_file_of_it_names_a_folder(
    view: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    accepted: Callable[[Path], str],
    board: Board,
    make_run: Any,
) -> None:
    files: list[Shown] = []
    monkeypatch.setattr("streamlit.user", ADA)
    for name in ("board", "compare", "model", "dataset", "preferences"):
        monkeypatch.setattr(f"leaderboard.web.views.{name}.downloads", lambda shown, *_: files.append(shown))
    accepted(make_run())
    torn = place / "board"
    shutil.copytree(board.root, torn)
    for query in ({}, {"a": "a", "b": "b", "models": "b", "model": "a"}, {"snapshot": "0" * 16}):
        app = AppTest.from_function(page, args=(view, str(place / "runs"), str(torn)), default_timeout=90)
        app.secrets.update(SECRETS)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if view == "review" and app.selectbox:
            app.selectbox(key="state").set_value("accepted").run()
        assert not app.exception
        sent = "".join(protos(app.main)).replace("\\", "")
        assert len(sent) > 100
        assert str(place) not in sent and "a home" not in sent, view
    for shown in files:
        for make in (make for _, _, make in FORMATS.values()):
            assert "a home" not in make(shown).replace("\\", "")


def test_a_board_that_cannot_be_read_is_said_without_its_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.user", ADA)
    for view in ("submit", "review"):
        app = AppTest.from_function(page, args=(view, "", str(place)), default_timeout=90)
        app.secrets.update(SECRETS)
        app.run()
        sent = "".join(protos(app.main)).replace("\\", "")
        assert app.error and "decisions.jsonl" in sent
        assert str(place) not in sent and "a home" not in sent


def test_no_answer_of_the_api_names_a_folder(place: Path) -> None:
    client = TestClient(api(Folders(place / "runs"), {}), raise_server_exceptions=False)
    answers = {address: client.get(address) for address in ADDRESSES}
    assert [answers[address].status_code for address in ("/", "/records", "/models")] == [200] * 3
    problems = answers["/"].json()["problems"]
    assert len(problems) >= 4 and all(problem["reason"] for problem in problems)
    for address, answer in answers.items():
        text = json.dumps(json.loads(answer.text), ensure_ascii=False)
        assert str(place) not in text and "a home" not in text, address


def test_no_file_of_the_static_export_names_a_folder(place: Path, tmp_path: Path) -> None:
    files = write_site(read(Folders(place / "runs")), tmp_path / "out")
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert len(texts) > 3 and not any("a home" in text or str(tmp_path) in text for text in texts)


def test_a_fault_nobody_foresaw_is_not_told_to_readers() -> None:
    import tomllib

    config = Path(__file__).parents[3] / "leaderboard" / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["client"]["showErrorDetails"] == "none"
