"""A server on this machine that speaks Slack's answers, the bad ones too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

OK = {"ok": True, "channel": "C024BE91L", "ts": "1373846400.000100"}


@dataclass
class Answer:
    """What the server says: a status, a body as JSON or raw bytes, and headers."""

    status: int = 200
    body: dict[str, Any] | bytes = field(default_factory=OK.copy)
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False


class SlackServer(ThreadingHTTPServer):
    """Gives *answers* in order, then ``ok``, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SlackHandler)
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.hang_up = threading.Event()

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"http://127.0.0.1:{self.server_port}/api/"


class SlackHandler(BaseHTTPRequestHandler):
    """Answers one request as the server was told."""

    server: SlackServer

    def do_POST(self) -> None:
        """Keep the request and give the next answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        answer = self.server.answers.pop(0) if self.server.answers else Answer()
        if answer.hang:
            self.server.hang_up.wait()
        if answer.hang or answer.drop:
            return

        content = (
            answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        )
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent: the tests read the requests."""


@pytest.fixture
def answer() -> type[Answer]:
    """Return the type of an answer."""
    return Answer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach this machine directly, whatever proxy the environment has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """Run a Slack for one test."""
    server = SlackServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server

    server.hang_up.set()
    server.shutdown()
    thread.join()
    server.server_close()
