"""A thread that may not reach the network, whatever library asks for it."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from robtest.errors import AssetMissing

_EVENTS = frozenset({"socket.getaddrinfo", "socket.connect"})
_thread = threading.local()


@contextmanager
def offline(who: str) -> Iterator[None]:
    """Let no code of this thread look up or connect to a host; other threads are not touched.

    The interpreter itself is asked, by an audit hook, so that no way of downloading is forgotten: NLTK,
    requests, the hubs. Sockets of this machine's file system stay open.

    Args:
        who: is named by the error.

    Raises:
        AssetMissing: in the code that tries, naming the host; cured by providing the file beforehand.
    """
    _watch()
    before = getattr(_thread, "who", None)
    _thread.who = who
    try:
        yield
    finally:
        _thread.who = before


@cache
def _watch() -> None:
    """Install the hook; Python cannot take one back, so it is there once and looks at `offline` only."""
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event not in _EVENTS:
        return
    who = getattr(_thread, "who", None)
    if who is None:
        return
    local = isinstance(args[0], socket.socket) and args[0].family == getattr(socket, "AF_UNIX", None)
    if not local:
        host = args[0] if event == "socket.getaddrinfo" else args[1]
        raise AssetMissing(
            f"{who} tried to reach {host!r} while it was running, where nothing may be downloaded. Let "
            "TextAttack itself fetch the file once beforehand, or choose a recipe that needs none."
        )
