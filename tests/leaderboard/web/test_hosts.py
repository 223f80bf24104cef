"""Under which names the site answers, by rule and in a real server."""

import base64
import contextlib
import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.settings import Settings
from leaderboard.web.hosts import Hosts

ROOT = str(Path(__file__).parents[3])
EVIL = "evil.example"
PAGES = ("/", "/board", "/_stcore/health", "/_stcore/host-config", "/api/v1/", "/api/v1/records", "/nothing")


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("localhost", True),
        ("LOCALHOST:8501", True),
        ("localhost.:8501", True),
        ("127.0.0.1:8501", True),
        ("[::1]:8501", True),
        ("board.example.org", True),
        ("192.0.2.7:8501", True),
        (EVIL, False),
        (f"{EVIL}:8501", False),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.2", False),
        ("localhost@evil.example", False),
        ("localhost/evil", False),
        ("localhost:x", False),
        ("localhost,evil.example", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_a_host_is_one_of_the_sites_names(host: str, good: bool) -> None:
    hosts = Hosts(Settings(hosts=("board.example.org",)), "192.0.2.7")
    assert (hosts.refusal([host]) == "") is good


def test_a_request_has_one_host() -> None:
    hosts = Hosts(Settings(), "localhost")
    assert hosts.refusal(["localhost", EVIL]) and hosts.refusal([]) and not hosts.refusal(["localhost"])


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::"])
def test_who_listens_everywhere_has_no_name_until_one_is_set(address: str | None) -> None:
    hosts = Hosts(Settings(), address)
    assert hosts.only_here and hosts.refusal(["192.0.2.7:8501"]) and not hosts.refusal(["localhost:8501"])
    assert not Hosts(Settings(hosts=("192.0.2.7",)), address).only_here
    assert not Hosts(Settings(hosts=("192.0.2.7",)), address).refusal(["192.0.2.7:8501"])


def test_an_address_with_colons_is_a_host_in_brackets() -> None:
    hosts = Hosts(Settings(), "2001:db8::1")
    assert not hosts.only_here and not hosts.refusal(["[2001:db8::1]:8501"])


@pytest.mark.parametrize(
    ("host", "origin", "good"),
    [
        ("localhost:8501", "http://localhost:8501", True),
        ("localhost:8501", "http://localhost:9999", False),  # another program of this machine
        ("localhost:8501", "http://127.0.0.1:8501", False),
        ("localhost:8501", f"http://{EVIL}:8501", False),
        ("localhost:8501", "null", False),
        ("localhost:8501", "http://localhost:8501@evil.example", False),
        ("localhost:8501", "file://localhost:8501", False),
        ("localhost:8501", "https://board.example.org", False),
        ("board.example.org", "https://board.example.org", True),
        ("board.example.org", "https://other.example.org", False),
    ],
)
def test_a_socket_is_opened_by_a_page_of_the_site(host: str, origin: str, good: bool) -> None:
    hosts = Hosts(Settings(hosts=("board.example.org",)), "localhost")
    assert (hosts.refusal([host], [origin]) == "") is good


def ask(site: str, path: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    place = urlsplit(site)
    link = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    with contextlib.closing(link):
        link.request(method, path, headers=headers)
        answer = link.getresponse()
        return answer.status, answer.read()


def handshake(site: str, host: str, origin: str) -> str:
    """Ask for a web socket as a browser does; return the status line."""
    place = urlsplit(site)
    key = base64.b64encode(bytes(16)).decode()
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    with socket.create_connection((place.hostname, place.port), timeout=60) as link:
        link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return link.recv(4096).decode("latin-1").partition("\r\n")[0]


def test_a_page_of_another_name_in_the_same_browser_reads_nothing(
    serve: Callable[..., str], write_run: Callable[..., Path], tmp_path: Path
) -> None:
    """DNS rebinding: a stranger's name is made to point here, so the browser asks us under that name."""
    write_run("a")
    words = ["leaderboard", "--runs", str(tmp_path / "runs"), "--no-shipped"]
    site = serve(words, PYTHONPATH=ROOT, BOSS_HOSTS="board.example.org")
    port = urlsplit(site).port
    for path in PAGES:
        for host in (EVIL, f"{EVIL}:{port}", "", "localhost@evil.example"):
            status, body = ask(site, path, Host=host)
            assert status in (400, 421) and (body == b"" or status == 400), (path, host, status, body)
            assert b"model" not in body and b"root" not in body
    assert ask(site, "/api/v1/", method="HEAD", Host=EVIL)[0] == 421
    assert ask(site, "/_stcore/upload_file/x/y", method="PUT", Host=EVIL)[0] == 421
    here = f"127.0.0.1:{port}"
    assert ask(site, "/_stcore/upload_file/x/y", method="PUT", Host=here, Origin=f"http://{EVIL}")[0] == 421

    for host in (here, f"localhost:{port}", "board.example.org"):
        assert ask(site, "/", Host=host)[0] == 200
        status, body = ask(site, "/api/v1/", Host=host)
        assert (status, json.loads(body)["n_models"]) == (200, 1)

    assert " 101 " in handshake(site, here, f"http://{here}")
    assert " 101 " in handshake(site, "board.example.org", "https://board.example.org")
    for host, origin in (
        (f"{EVIL}:{port}", f"http://{EVIL}:{port}"),  # rebinding
        (here, f"http://{EVIL}"),  # a page of elsewhere
        (here, f"http://127.0.0.1:{port}0"),
        (here, "null"),
    ):
        assert " 403 " in handshake(site, host, origin), (host, origin)
    (log,) = tmp_path.glob("site-*.log")
    assert "BOSS_HOSTS" in log.read_text() and "Traceback" not in log.read_text()


@pytest.mark.parametrize(("host", "titles"), [(f"{EVIL}:8501", 0), ("localhost:8501", 1)])
def test_without_the_server_file_the_pages_are_empty_under_another_name(
    host: str, titles: int, write_run: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``streamlit run leaderboard/app.py``: Streamlit opens a socket for whatever host a request has."""
    write_run("a")
    monkeypatch.setenv("BOSS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("sys.argv", ["app.py"])
    headers = SimpleNamespace(get_all={"Host": [host]}.__getitem__)
    monkeypatch.setattr("streamlit.context", SimpleNamespace(headers=headers))
    app = AppTest.from_file(str(Path(ROOT) / "leaderboard" / "app.py"), default_timeout=90).run()
    assert not app.exception
    assert len(app.title) == titles and bool(len(app.main)) == bool(titles)
