"""The API over HTTP: GET and HEAD, ETag and 304, errors as JSON. It sets no cookie and reads none."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import boss
from boss.errors import ResultError
from leaderboard.board.site import Site, read
from leaderboard.settings import settings_of
from leaderboard.store.code import CODE
from leaderboard.store.folder import Folders
from leaderboard.store.once import Once
from leaderboard.text import pathless
from leaderboard.web.api import answers
from leaderboard.web.api.page import page
from leaderboard.web.api.places import PLACES, Place
from leaderboard.web.api.query import Query, RequestError
from leaderboard.web.api.schema import Failure, Leaderboard, schema

PREFIX = "/api/v1"
OPENAPI, DOCS = "/openapi.json", "/docs"
_JSON = "application/json"
_KEPT = 8
"""Answers of each address that are kept: of a thousand models one has several megabytes."""
_READ = ("GET", "HEAD")
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_ABOUT = (
    "The numbers of the leaderboard, read-only: the same rows as the pages, worked out by the same functions."
)

Answering = Callable[[Site, Query, str], BaseModel | dict[str, Any]]
_ANSWERS: dict[str, Answering] = {
    "/records": lambda site, query, root: answers.records(site, query, f"{root}/records"),
    "/leaderboard": lambda site, query, _: answers.leaderboard(site, query),
    "/models": lambda site, query, _: answers.models(site),
    "/schema": lambda site, query, _: schema(),
    "/": lambda site, query, root: answers.index(site, _under(root, ADDRESSES)),
}
ADDRESSES: tuple[str, ...] = (*(address for address in PLACES if address != "/"), OPENAPI, DOCS)
"""What the index names."""


def api(folders: Folders, environment: Mapping[str, str]) -> FastAPI:
    """Return the API over the runs of ``folders``, to be mounted at `PREFIX`.

    Its description, an OpenAPI document and a page of it, loads nothing from elsewhere.
    """
    # Unset, none may: a site on a laptop shows unpublished runs, and any page in the same browser could fetch
    # them.
    origin = settings_of(environment).api_origin
    extra = {"Access-Control-Allow-Origin": origin} if origin else {}
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", **extra}

    def failed(request: Request, error: Exception) -> Response:
        return _failed(error, headers, _under(_root(request), ADDRESSES))

    app = FastAPI(
        title="BOSS x RobTest leaderboard",
        version=boss.__version__,
        description=_ABOUT,
        # FastAPI's own pages load scripts from another machine.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    for kind in (HTTPException, RequestError, ResultError, Exception):
        app.add_exception_handler(kind, failed)
    for address, place in PLACES.items():
        _add(app, address, place, _endpoint(folders, place.parameters, _ANSWERS[address], headers))

    def described(request: Request) -> Response:
        Query(request.query_params.multi_items(), ())
        document = {**app.openapi(), "servers": [{"url": _root(request) or "/"}]}
        return _unless_known(request, json.dumps(document), _JSON, headers)

    def docs(request: Request) -> Response:
        Query(request.query_params.multi_items(), ())
        text = page(app.openapi(), _root(request), OPENAPI)
        return _unless_known(
            request, text, HTMLResponse.media_type, {**headers, "Content-Security-Policy": _PAGE_POLICY}
        )

    for address, endpoint in ((OPENAPI, described), (DOCS, docs)):
        app.add_api_route(address, endpoint, methods=list(_READ), include_in_schema=False)
    return app


def _add(app: FastAPI, address: str, place: Place, endpoint: Callable[[Request], Response]) -> None:
    """Add an address; it is described once, though it is read with two methods."""
    failures: dict[int | str, dict[str, Any]] = {
        code: {"model": Failure, "description": text}
        for code, text in ((400, "The question cannot be answered."), (404, "There is no such thing here."))
    }
    app.add_api_route(
        address,
        endpoint,
        methods=["GET"],
        summary=place.summary,
        operation_id=place.name,
        response_class=Response,
        responses={200: {"model": place.answer, "description": place.summary}, **failures}
        if place.answer
        else failures,
        openapi_extra={"parameters": place.described()},
    )
    app.add_api_route(address, endpoint, methods=["HEAD"], include_in_schema=False)


def _endpoint(
    folders: Folders, parameters: tuple[str, ...], answer: Answering, headers: Mapping[str, str]
) -> Callable[[Request], Response]:
    """Return the function behind an address; it is run in a thread, as reading runs takes a while."""
    texts = Once[str, str](_KEPT)

    def respond(request: Request) -> Response:
        query = Query(request.query_params.multi_items(), parameters)
        snapshot = query.value(answers.SNAPSHOT) if answers.SNAPSHOT in parameters else None
        site = read(folders, snapshot)
        tag = _etag(site, request)
        tagged = {**headers, "ETag": tag}
        if _matches(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=tagged)
        text = texts.get(tag, lambda: _text(answer(site, query, _root(request))))
        return Response(text, headers=tagged, media_type=_JSON)

    return respond


def _unless_known(
    request: Request, text: str, media_type: str | None, headers: Mapping[str, str]
) -> Response:
    """Return a text that depends on the code alone, or 304 where the reader has it."""
    tag = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    tagged = {**headers, "ETag": tag}
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=tagged)
    return Response(text, headers=tagged, media_type=media_type)


def _root(request: Request) -> str:
    """Return where the API is mounted, the path that a proxy adds included."""
    return str(request.scope.get("root_path", ""))


def _under(root: str, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(root + place for place in places)


def _etag(site: Site, request: Request) -> str:
    """Return what changes with the answer: the runs, the code, the address.

    It is weak, as the same answer may be sent packed.
    """
    identity = repr(
        (
            CODE,
            site.stamp,
            site.snapshot.id,
            site.is_kept,
            request.url.path,
            sorted(request.query_params.multi_items()),
        )
    )
    return f'W/"{hashlib.sha256(identity.encode()).hexdigest()[:32]}"'


def _matches(header: str | None, tag: str) -> bool:
    """Return whether ``If-None-Match`` names the answer (RFC 9110, section 13.1.2: compared weakly)."""
    if header is None:
        return False
    names = [name.strip() for name in header.split(",")]
    return "*" in names or tag.removeprefix("W/") in (name.removeprefix("W/") for name in names)


def _text(answer: BaseModel | dict[str, Any]) -> str:
    """Return JSON; a record leaves out what it lacks, a row of the board says null."""
    if isinstance(answer, dict):
        return json.dumps(answer, ensure_ascii=False, allow_nan=False)
    return answer.model_dump_json(exclude_none=not isinstance(answer, Leaderboard))


def _failed(error: Exception, headers: Mapping[str, str], addresses: tuple[str, ...]) -> Response:
    """Return the error with its cure; of one nobody foresaw only that it was logged."""
    status, text, more = 500, "the answer could not be worked out; the site's log says why", {}
    if isinstance(error, RequestError):
        status, text = error.status, str(error)
    elif isinstance(error, ResultError):
        status, text = 404, pathless(str(error))
    elif isinstance(error, HTTPException):
        status, more = error.status_code, dict(error.headers or {})
        more |= {"Allow": ", ".join(_READ)} if status == 405 else {}
        text = {
            404: f"there is nothing at this address; there is: {', '.join(addresses)}",
            405: "the API is read with GET or HEAD; to submit a run, see docs/submitting.md",
        }.get(status, error.detail)
    return Response(Failure(error=text).model_dump_json(), status, {**headers, **more}, media_type=_JSON)
