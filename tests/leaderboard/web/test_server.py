import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).parents[3])


def fetch(address: str, **headers: str) -> tuple[int, Message, bytes]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=names), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_one_process_serves_the_pages_and_the_api(
    serve: Callable[..., str], write_run: Callable[..., Path], tmp_path: Path
) -> None:
    write_run("a")
    words = ["leaderboard", "--runs", str(tmp_path / "runs"), "--no-shipped"]
    site = serve(words, PYTHONPATH=ROOT)
    status, headers, page = fetch(site + "/")
    assert (status, headers.get_content_type()) == (200, "text/html")
    assert b'<div id="root">' in page
    status, headers, body = fetch(site + "/api/v1/")
    assert (status, headers.get_content_type()) == (200, "application/json")
    assert json.loads(body)["n_models"] == 1
    assert headers["set-cookie"] is None
    for address in json.loads(body)["addresses"]:
        assert address.startswith("/api/v1/")
        assert fetch(site + address)[0] == 200

    _, headers, packed = fetch(site + "/api/v1/schema", Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    found: Any = json.loads(gzip.decompress(packed))
    assert "RecordPage" in found["$defs"]
    tag = headers["etag"]
    status, again, nothing = fetch(site + "/api/v1/schema", Accept_Encoding="gzip", If_None_Match=tag)
    assert (status, nothing, again["etag"]) == (304, b"", tag)
    status, _, body = fetch(site + "/api/v1/nothing")
    assert (status, "there is nothing at this address" in json.loads(body)["error"]) == (404, True)
    (log,) = tmp_path.glob("site-*.log")
    assert "Traceback" not in log.read_text()
