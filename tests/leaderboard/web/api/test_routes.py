import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from boss.results.schema import Record
from leaderboard.board import site as state
from leaderboard.store.folder import Folders
from leaderboard.store.records import COLUMNS
from leaderboard.web.api import answers
from leaderboard.web.api.routes import api

WriteRun = Callable[..., Path]
Client = Callable[..., Any]
HOSTILE = '<script>alert(1)</script>"\n\x00é'


def valid(client: Any, answer: dict[str, Any], name: str) -> None:
    """Hold an answer against the schema that the API itself publishes."""
    schema = client.get("/schema").json()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"}).validate(answer)


def test_records_say_what_the_runs_say(client: Client, write_run: WriteRun, clean: Any) -> None:
    write_run("tfidf", numbers=clean)
    answer = client().get("/records", params={"role": "id"})
    assert answer.status_code == 400
    answer = client().get("/records", params={"dataset": "reviews"})
    assert answer.status_code == 200
    (record,) = answer.json()["records"]
    assert (record["value"], record["low"], record["n"]) == (0.8, 0.78, 100)
    assert record["high"] == pytest.approx(0.82)
    assert record["model"] == "tfidf"
    assert record["training"] == ["unknown"]


def test_what_a_record_lacks_is_absent(client: Client, write_run: WriteRun, number: Any) -> None:
    write_run(
        numbers=[
            number("reviews", 0.5, role="id"),
            number("reviews", 0.4, role="id", degree=0.1, aggregate="worst"),
        ]
    )
    first, second = client().get("/records").json()["records"]
    absent = {"attack", "dimension", "access", "tag", "degree", "n_variants", "majority", "n_parameters"}
    assert not absent & first.keys()
    assert (second["attack"], second["degree"], second["n_variants"]) == ("typo", 0.1, 5)
    # What a number is of, which is another thing clean and under attack.
    assert first["measurement"] == "sentiment/reviews/clean"
    assert second["measurement"] == "sentiment/reviews/typo-malicious-rule-default"
    assert len(first["identity"]) == len(second["identity"]) == 64
    assert first["identity"] != second["identity"]


def test_every_answer_is_valid_by_the_published_schema(
    client: Client, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("a", numbers=clean + attacked)
    write_run("b")
    opened = client()
    board = {"attack": "typo", "degree": "0.1"}
    for address, name, query in (
        ("/", "Index", {}),
        ("/records", "RecordPage", {"limit": "2"}),
        ("/records", "RecordPage", {}),
        ("/leaderboard", "Leaderboard", board),
        ("/leaderboard", "Leaderboard", {}),
        ("/models", "Models", {}),
        ("/records", "Failure", {"x": "y"}),
        ("/nowhere", "Failure", {}),
    ):
        valid(opened, opened.get(address, params=query).json(), name)


def test_a_wrong_answer_is_not_valid(client: Client, write_run: WriteRun) -> None:
    write_run()
    opened = client()
    page = opened.get("/records").json()
    page["records"][0]["value"] = None
    with pytest.raises(Exception, match="None is not of type 'number'"):
        valid(opened, page, "RecordPage")


def test_the_pages_cover_every_record_once(
    client: Client, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    for model in ("a", "b", "c"):
        write_run(model, numbers=clean + attacked)
    opened = client()
    address, found, n_pages = "/records?limit=7", [], 0
    while address:
        page = opened.get(address).json()
        assert page["n_total"] == 45
        found += [str(record) for record in page["records"]]
        address, n_pages = page.get("next"), n_pages + 1
    assert n_pages == 7
    assert len(found) == len(set(found)) == 45


def test_a_run_added_meanwhile_moves_no_record_to_another_page(client: Client, write_run: WriteRun) -> None:
    write_run("b")
    write_run("c")
    opened = client()
    first = opened.get("/records?limit=3").json()
    write_run("a")
    second = opened.get(first["next"]).json()
    assert {record["model"] for record in second["records"]} == {"c"}
    assert second["snapshot"] == first["snapshot"]
    assert second["n_total"] == 6
    assert opened.get("/records?limit=3").json()["n_total"] == 9


def test_under_another_path_the_addresses_have_it_too(write_run: WriteRun, tmp_path: Path) -> None:
    write_run()
    mounted = Mount("/robust/api/v1", api(Folders(tmp_path / "runs"), {}))
    client = TestClient(Starlette(routes=[mounted]))
    for address in client.get("/robust/api/v1/").json()["addresses"]:
        assert client.get(address).status_code == 200
    page = client.get("/robust/api/v1/records?limit=2").json()
    assert client.get(page["next"]).json()["records"] != page["records"]


def test_a_filter_given_twice_means_either(client: Client, write_run: WriteRun) -> None:
    for model in ("a", "b", "c"):
        write_run(model)
    page = client().get("/records?model=a&model=c&dataset=tweets").json()
    assert [record["model"] for record in page["records"]] == ["a", "c"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?modle=a", "unknown parameter 'modle' (did you mean 'model'?); known here: suite, task, model"),
        ("?model=", "the parameter model is empty"),
        ("?limit=0", "limit is '0'; it is a whole number from 1 to 1000"),
        ("?limit=²", "limit is '²'"),
        ("?limit=1e3", "limit is '1e3'"),
        ("?offset=-1", "offset is '-1'"),
        ("?limit=1&limit=2", "the parameter limit is there 2 times"),
        ("?" + "&".join(["model=a"] * 101), "101 parameters; at most 100"),
        ("?%00=%ff", "unknown parameter"),
        ("?limit=%3Cscript%3E", "limit is '<script>'"),
    ],
)
def test_a_bad_query_is_refused_with_the_rule(
    client: Client, write_run: WriteRun, query: str, said: str
) -> None:
    write_run()
    answer = client().get("/records" + query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 400, "the parameter suite is missing; there is: 'mini', 'other'"),
        ("?suite=minni", 404, "there is no suite 'minni' (did you mean 'mini'?)"),
        ("?suite=mini&attack=typo", 400, "the parameter degree is missing; there is: '0.1', '0.3'"),
        ("?suite=mini&attack=typo&degree=0.2", 404, "there is no degree '0.2'"),
        ("?suite=mini&attack=typo&degree=nan", 404, "there is no degree 'nan'"),
        ("?suite=mini&attack=glyph", 404, "there is no attack 'glyph'; there is: 'typo'"),
        ("?suite=mini&degree=0.1", 400, "degree is of an attack"),
        ("?suite=mini&sort=rank", 404, "there is no sort 'rank'"),
        ("?suite=mini&order=up", 404, "there is no order 'up'; there is: 'best', 'worst'"),
        ("?suite=mini&snapshot=../../etc", 404, "'../../etc' is no snapshot"),
        ("?suite=mini&snapshot=0123456789abcdef", 404, "there is no snapshot 0123456789abcdef here"),
    ],
)
def test_a_board_that_is_not_there_says_what_is(
    client: Client, write_run: WriteRun, clean: Any, attacked: Any, query: str, status: int, said: str
) -> None:
    write_run("a", numbers=clean + attacked)
    write_run("b", suite="other")
    answer = client().get("/leaderboard" + query)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.json()


def test_a_name_comes_back_as_it_was_written(client: Client, write_run: WriteRun) -> None:
    write_run(HOSTILE)
    assert client().get("/records", params={"model": HOSTILE}).json()["n_total"] == 3
    assert client().get("/models").json()["models"][0]["model"] == HOSTILE


def test_a_board_without_runs_is_an_answer_too(client: Client) -> None:
    opened = client()
    assert opened.get("/").json()["n_records"] == 0
    assert opened.get("/records").json()["records"] == []
    assert opened.get("/models").json()["models"] == []
    missing = opened.get("/leaderboard")
    assert (missing.status_code, missing.json()["error"]) == (
        400,
        "the parameter suite is missing; there is none here",
    )


def test_a_corrupt_run_is_named_and_stops_nothing(
    client: Client, write_run: WriteRun, tmp_path: Path
) -> None:
    write_run("whole")
    (write_run("torn") / "records.jsonl").write_text("{half a li")
    (tmp_path / "decisions.jsonl").write_text("no decision\n")
    index = client().get("/").json()
    assert index["n_models"] == 1
    reasons = "\n".join(problem["reason"] for problem in index["problems"])
    assert "run-001/records.jsonl, line 1: not valid JSON" in reasons
    assert "decisions.jsonl, line 1: is no decision" in reasons
    assert str(tmp_path) not in reasons
    assert client().get("/leaderboard").status_code == 200


def test_a_board_of_attacked_numbers_alone_has_those_of_the_standard_set(
    client: Client, write_run: WriteRun, attacked: Any
) -> None:
    write_run("a", numbers=attacked)
    answer = client().get("/leaderboard")
    assert answer.status_code == 200, answer.text
    assert answer.json()["sort"] == "standard"
    assert client().get("/leaderboard?attack=typo&degree=0.1").status_code == 200


def test_a_board_without_a_number_is_refused_where_clean_ones_are_asked_for(
    client: Client, write_run: WriteRun, attacked: Any
) -> None:
    write_run("a", numbers=[number for number in attacked if number.degree == 0.3])
    answer = client().get("/leaderboard")
    assert (answer.status_code, answer.json()["error"][:28]) == (404, "this board has no number; wi")
    assert client().get("/leaderboard?attack=typo&degree=0.3").status_code == 200


def test_an_unchanged_answer_is_not_sent_again(client: Client, write_run: WriteRun) -> None:
    write_run("a")
    opened = client()
    first = opened.get("/records")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for header in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = opened.get("/records", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert opened.get("/records", headers={"If-None-Match": '"other"'}).status_code == 200
    assert opened.get("/records?limit=5", headers={"If-None-Match": tag}).status_code == 200
    write_run("b")
    assert opened.get("/records", headers={"If-None-Match": tag}).status_code == 200


def test_the_api_is_read_only(client: Client, write_run: WriteRun) -> None:
    write_run()
    opened = client()
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = opened.request(method, "/records")
        assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
        assert "GET or HEAD" in answer.json()["error"]
    head = opened.head("/records")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == opened.get("/records").headers["etag"]


def test_other_origins_read_only_where_they_are_let_in(client: Client, write_run: WriteRun) -> None:
    write_run()
    asked = {"Origin": "https://example.org"}
    closed = client().get("/records", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
    let_in = client(BOSS_API_ORIGIN="*").get("/records", headers=asked)
    assert let_in.headers["access-control-allow-origin"] == "*"
    for answer in (closed, let_in):
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


def test_an_error_nobody_foresaw_is_no_traceback(
    client: Client, write_run: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run()

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(answers, "models", fail)
    answer = client().get("/models")
    assert answer.status_code == 500
    assert answer.json() == {"error": "the answer could not be worked out; the site's log says why"}


def test_every_column_of_the_index_is_in_the_published_record(client: Client) -> None:
    assert set(client().get("/schema").json()["$defs"]["Record"]["properties"]) == set(COLUMNS)


def test_the_site_is_read_once_for_many_requests(
    client: Client, write_run: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run()
    opened, loads = client(), []
    load = state.load
    monkeypatch.setattr(state, "load", lambda *given: (loads.append(given), load(*given))[1])
    for _ in range(3):
        opened.get("/records")
    assert len(loads) == 1


def test_what_was_changed_stands_in_a_record_and_on_the_board(
    client: Client, write_run: WriteRun, number: Any
) -> None:
    worst = number("reviews", 0.7, role="id", degree=0.1, aggregate="worst", coverage=0.4, touched=0.25)
    whole = number("letters", 0.6, degree=0.1, aggregate="worst", coverage=1.0)
    write_run(numbers=[number("reviews", 0.8, role="id"), worst, whole])
    here = client()
    answer = here.get("/records").json()
    valid(here, answer, "RecordPage")
    by_name = {(record["dataset"], record["aggregate"]): record for record in answer["records"]}
    changed = by_name["reviews", "worst"]
    assert (changed["coverage"], changed["touched"], changed["touched_n"]) == (0.4, 0.25, 40)
    assert (changed["touched_low"], changed["rounding"]) == (pytest.approx(0.23), "down")
    assert by_name["letters", "worst"]["coverage"] == 1
    absent = {"coverage", "touched", "touched_low", "touched_high", "touched_n"}
    assert not absent & by_name["reviews", "clean"].keys()
    assert absent & by_name["letters", "worst"].keys() == {"coverage"}
    board = here.get("/leaderboard", params={"attack": "typo", "degree": "0.1"}).json()
    valid(here, board, "Leaderboard")
    (row,) = board["rows"]
    assert (row["attacked_id_worst_coverage"], row["id_coverage"]) == (0.4, None)
    assert row["attacked_id_worst_mark"] == "few texts changed: 40.0 % of reviews"


def test_the_board_of_a_task_of_ones_own_is_answered(client: Client, write_run: WriteRun) -> None:
    run = write_run("a", task="poetry")
    own = {
        "name": "poetry",
        "kind": "classification",
        "fields": ["text"],
        "labels": ["negative", "positive", "neutral"],
        "metric": "accuracy",
        "attacked_metric": "accuracy",
        "attacked": ["text"],
    }
    lines = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    for line in lines:
        line["measurement"]["own_task"] = own
        del line["record_id"]
    records = [Record.model_validate(line).model_dump_json() + "\n" for line in lines]
    (run / "records.jsonl").write_text("".join(records))
    opened = client()
    assert opened.get("/").json()["problems"] == []
    answer = opened.get("/leaderboard")
    assert answer.status_code == 200, answer.json()
    assert [(row["id"], row["ood_mean"]) for row in answer.json()["rows"]] == [(0.8, pytest.approx(0.65))]


def test_the_description_names_every_address_and_every_parameter_that_is_read(
    client: Client, write_run: WriteRun
) -> None:
    write_run()
    opened = client()
    document = opened.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/", "/records", "/leaderboard", "/models", "/schema"}
    for address, methods in document["paths"].items():
        said = [each["name"] for each in methods["get"].get("parameters", [])]
        known = opened.get(address, params={"nonsense": "1"}).json()["error"].partition("known here: ")[2]
        assert ", ".join(said) == known.replace("none", "")
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema({**schema, "components": document["components"]})
        assert name in {"Record", "Role"} or "properties" in schema or "enum" in schema
    page = opened.get("/records").json()
    root = {"$ref": "#/components/schemas/RecordPage", "components": document["components"]}
    Draft202012Validator(root).validate(page)


def test_the_description_as_a_page_loads_nothing(client: Client) -> None:
    answer = client().get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r"(?:src|href)=['\"](?!#)([^'\"]*)", answer.text) == ["/openapi.json"]
    assert "<script" not in answer.text
    for word in ("GET /leaderboard", "Key of the column to sort and rank by.", "integer from 1 to 1000"):
        assert word in answer.text


def test_the_description_is_under_the_sites_path(write_run: WriteRun, tmp_path: Path) -> None:
    mounted = Mount("/robust/api/v1", api(Folders(tmp_path / "runs"), {}))
    client = TestClient(Starlette(routes=[mounted]))
    assert client.get("/robust/api/v1/openapi.json").json()["servers"] == [{"url": "/robust/api/v1"}]
    assert "GET /robust/api/v1/records" in client.get("/robust/api/v1/docs").text


@pytest.mark.parametrize("address", ["/openapi.json", "/docs"])
def test_the_description_has_the_headers_and_rules_of_every_answer(client: Client, address: str) -> None:
    opened = client()
    first = opened.get(address)
    assert first.headers["x-content-type-options"] == "nosniff"
    again = opened.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert opened.head(address).status_code == 200
    assert opened.get(address, params={"x": "1"}).status_code == 400
    refused = opened.post(address)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_reading_writes_nothing_but_the_state_that_a_next_page_is_of(
    client: Client, write_run: WriteRun, tmp_path: Path
) -> None:
    write_run()
    opened = client()
    for address in ("/", "/models", "/leaderboard", "/records"):
        assert opened.get(address).status_code == 200
    assert not (tmp_path / "runs" / "snapshots").exists()
    assert opened.get("/").json()["snapshot_kept"] is False
    assert "snapshot=" in opened.get("/records?limit=2").json()["next"]
    assert opened.get("/").json()["snapshot_kept"] is True


def test_no_answer_reads_all_rows(
    client: Client, write_run: WriteRun, monkeypatch: pytest.MonkeyPatch, clean: Any, attacked: Any
) -> None:
    write_run(numbers=clean + attacked)

    def refuse(_: Any) -> Any:
        raise AssertionError("all rows were read")

    monkeypatch.setattr(state.Site, "rows", property(refuse))
    monkeypatch.setattr(state.Site, "every", property(refuse))
    for address in ("/", "/models", "/leaderboard?attack=typo&degree=0.1", "/records"):
        assert client().get(address).status_code == 200
