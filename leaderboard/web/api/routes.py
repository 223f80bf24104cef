"""The API over HTTP: GET and HEAD, ETag and 304, errors as JSON. It sets no cookie and reads none."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boss.errors import ResultError
from leaderboard.board.site import Site, read
from leaderboard.store.folder import Folders
from leaderboard.store.snapshots import CODE
from leaderboard.web.api import answers
from leaderboard.web.api.query import Query, RequestError
from leaderboard.web.api.schema import Failure, Leaderboard, schema

PREFIX = "/api/v1"
ORIGIN = "BOSS_API_ORIGIN"
"""Names the web origin whose pages may read the API in a browser, or ``*`` for all.

Unset, none may: a site on a laptop shows unpublished runs, and any page in the same browser could fetch them.
Programs other than browsers do not ask.
"""
_JSON = "application/json"

Answering = Callable[[Site, Query, str], BaseModel | dict[str, Any]]


def api(folders: Folders, environment: Mapping[str, str]) -> Starlette:
    """Return the API over the runs of ``folders``, to be mounted at `PREFIX`."""
    places: dict[str, tuple[tuple[str, ...], Answering]] = {
        "/records": (
            answers.RECORDS,
            lambda site, query, root: answers.records(site, query, f"{root}/records"),
        ),
        "/leaderboard": (answers.LEADERBOARD, lambda site, query, _: answers.leaderboard(site, query)),
        "/models": ((answers.SNAPSHOT,), lambda site, query, _: answers.models(site)),
        "/schema": ((), lambda site, query, _: schema()),
    }
    names = tuple(places)
    places["/"] = ((answers.SNAPSHOT,), lambda site, query, root: answers.index(site, _under(root, names)))
    extra = {"Access-Control-Allow-Origin": environment[ORIGIN]} if environment.get(ORIGIN) else {}
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", **extra}

    def failed(request: Request, error: Exception) -> Response:
        return _failed(error, headers, _under(_root(request), names))

    return Starlette(
        routes=[
            Route(place, _endpoint(folders, parameters, answer, headers))
            for place, (parameters, answer) in places.items()
        ],
        exception_handlers={
            HTTPException: failed,
            RequestError: failed,
            ResultError: failed,
            Exception: failed,
        },
    )


def _endpoint(
    folders: Folders, parameters: tuple[str, ...], answer: Answering, headers: Mapping[str, str]
) -> Callable[[Request], Response]:
    """Return the function behind an address; Starlette runs it in a thread, as reading runs takes a while."""

    def respond(request: Request) -> Response:
        query = Query(request.query_params.multi_items(), parameters)
        snapshot = query.value(answers.SNAPSHOT) if answers.SNAPSHOT in parameters else None
        site = read(folders, snapshot)
        tag = _etag(site, request)
        tagged = {**headers, "ETag": tag}
        if _matches(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=tagged)
        return Response(_text(answer(site, query, _root(request))), headers=tagged, media_type=_JSON)

    return respond


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
        (CODE, site.stamp, site.snapshot.id, request.url.path, sorted(request.query_params.multi_items()))
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
        status, text = 404, str(error)
    elif isinstance(error, HTTPException):
        status, more = error.status_code, dict(error.headers or {})
        text = {
            404: f"there is nothing at this address; there is: {', '.join(addresses)}",
            405: "the API is read with GET or HEAD; to submit a run, see docs/submitting.md",
        }.get(status, error.detail)
    return Response(Failure(error=text).model_dump_json(), status, {**headers, **more}, media_type=_JSON)
