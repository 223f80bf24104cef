"""A server on loopback that speaks the chat completions, well or as badly as it is told to.

What it was asked stands in its own log; nothing of the project is imported.
"""

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Top = list[tuple[str, float]]


@dataclass
class Say:
    """What the server does with one request."""

    text: str | None = "positive"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # in the place of an answer
    error: dict[str, Any] | None = None
    cut: bool = False  # half an answer, then the connection is reset
    seconds: float = 0
    refusal: str | None = None
    finish: str = "stop"
    top: Top | None = None
    chosen: str | None = None
    usage: tuple[int, int] | None = (50, 2)
    fingerprint: str | None = "fp-1"


def known(request: dict[str, Any]) -> Say | None:
    """Answer a question whose answer is known as a good server does; None for every other."""
    if "messages" not in request:  # an embedding is asked for
        return None
    asked = request["messages"][-1]["content"]
    for word, right in (("colour", "blue"), ("number", "seven")):
        if asked.startswith(f"Which of these words is a {word}:"):
            other = "seven" if right == "blue" else "blue"
            top = [(right, -0.1), (other, -2.5), ("table", -6.0)] if request.get("logprobs") else None
            return Say(in_form(request, right), top=top, chosen=right)
    return None


def in_form(request: dict[str, Any], word: str) -> str:
    """Return a word as the schema of a request asks for it."""
    form = request.get("response_format")
    if form is None:
        return word
    [(key, value)] = form["json_schema"]["schema"]["properties"].items()
    if value["type"] == "array":
        return json.dumps({key: [{"type": word, "text": word}]})
    return json.dumps({key: word})


class Stub:
    """The server; ``log`` holds every request in order: its key header, body, and what became of it."""

    def __init__(self, behave: Callable[[dict[str, Any], int], Say]) -> None:
        self.behave = behave
        self.log: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

            def do_POST(self) -> None:
                stub.serve(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, address: Any) -> None:
                """A client that was killed is no fault."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = json.loads(body)
        key = handler.headers["Idempotency-Key"]
        with self.lock:
            times = sum(entry["key"] == key for entry in self.log)
            entry = {
                "key": key,
                "request": request,
                "authorization": handler.headers.get("Authorization", ""),
                "known": known(request) is not None,
                "status": None,
            }
            self.log.append(entry)
        say = self.behave(request, times)
        if say.seconds:
            time.sleep(say.seconds)
        data = say.raw if say.raw is not None else json.dumps(body_of(say)).encode()
        handler.send_response(say.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        for name, value in say.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if say.cut:
            handler.wfile.write(data[: len(data) // 2])
            handler.wfile.flush()
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            entry["status"] = "cut"
            return
        handler.wfile.write(data)
        entry["status"] = say.status

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The requests but those whose answer is known."""
        return [entry for entry in self.log if not entry["known"]]

    @property
    def times(self) -> Counter[str]:
        """How often each question was asked."""
        return Counter(entry["key"] for entry in self.questions)


def body_of(say: Say) -> dict[str, Any]:
    if say.error is not None:
        return {"error": say.error}
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.refusal is not None:
        message["refusal"] = say.refusal
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": say.finish}
    if say.top is not None:
        entries = [{"token": token, "logprob": value, "bytes": None} for token, value in say.top]
        first = {"token": say.chosen or say.top[0][0], "logprob": say.top[0][1], "top_logprobs": entries}
        choice["logprobs"] = {"content": [first]}
    out: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "stub"}
    out["choices"] = [choice]
    if say.usage is not None:
        n_input, n_output = say.usage
        out["usage"] = {
            "prompt_tokens": n_input,
            "completion_tokens": n_output,
            "total_tokens": n_input + n_output,
        }
    if say.fingerprint is not None:
        out["system_fingerprint"] = say.fingerprint
    return out


@contextmanager
def serving(behave: Callable[[dict[str, Any], int], Say], *, probe: bool = True) -> Iterator[Stub]:
    """Run a server.

    Args:
        behave: says what to do with a request that was made so many times before.
        probe: answer what is known well, and leave the rest to ``behave``.
    """

    def both(request: dict[str, Any], times: int) -> Say:
        answer = known(request) if probe else None
        return behave(request, times) if answer is None else answer

    stub = Stub(both)
    thread = threading.Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.server.shutdown()
        stub.server.server_close()
        thread.join()
