"""Under which names the site answers: a page of another name in the same browser must not read it.

A browser lets a page read what comes from the page's own host name, and whoever owns a name may point it at
this machine (DNS rebinding). So the name in the address is checked, and a web socket's ``Origin`` with it.
"""

import logging
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::", "*"})
"""What a server listens on that listens on all; no name for a reader to type."""
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::\d{1,5})?")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_TOLD = 20
_LOG = logging.getLogger(__name__)


class Hosts:
    """The names the site answers to."""

    def __init__(self, settings: Settings, address: str | None) -> None:
        """Take what is set, and the address the site listens on; None is all of them."""
        own = _plain(address or "")
        self._names = LOOPBACK | frozenset(map(_plain, settings.hosts)) | (frozenset({own}) - _EVERY_ADDRESS)
        self.only_here = own in _EVERY_ADDRESS and not settings.hosts

    def refusal(self, hosts: Iterable[str], origins: Iterable[str] = ()) -> str:
        """Return why a request is refused, empty where it is let in.

        Args:
            hosts: the values of its header ``Host``, of which there must be one.
            origins: those of ``Origin``, where it must be the site's own: the host of the request, port
                included. Streamlit lets in every port of this machine.
        """
        given = list(hosts)
        match = _HOST.fullmatch(given[0].lower()) if len(given) == 1 else None
        if match is None:
            return f"its host is {', '.join(given)!a:.100}, which is no name"
        if match.group(1) not in self._names:
            return f"its host is {given[0]!a:.100}"
        for origin in origins:
            if origin.lower() not in (f"http://{given[0].lower()}", f"https://{given[0].lower()}"):
                return f"its origin is {origin!a:.100}, its host {given[0]!a:.100}"
        return ""


class OwnHosts:
    """Middleware that answers nothing but 421 where `Hosts` refuses a request (RFC 9110, section 15.5.20)."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        """Wrap an application."""
        self._app, self._hosts = app, hosts
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it; a web socket is refused before it is opened."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        why = self._hosts.refusal(headers.getlist("host"), headers.getlist("origin") if changes else ())
        if not why:
            await self._app(scope, receive, send)
            return
        self._tell(why)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await Response(status_code=421)(scope, receive, send)

    def _tell(self, why: str) -> None:
        """Write to the site's log, once for each reason and not without end."""
        if why not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(why)
            _LOG.warning("refused a request: %s. If readers come by that name, add it to BOSS_HOSTS", why)


def _plain(name: str) -> str:
    """Return a name or address as `Host` spells it: small letters, brackets around an address with colons."""
    low = name.strip().lower()
    return f"[{low}]" if ":" in low and not low.startswith("[") and low not in _EVERY_ADDRESS else low
