"""An HTTP server on loopback that a test can break in scripted ways. Both peers stand on it."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from tests.providers.ledger import Ledger

HANG_AT_MOST = 30.0


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # Decoded, without the query.
    query: str
    headers: dict[str, str]  # Names in lower case.
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any  # Sent as JSON; bytes as they are, None as nothing.
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False  # Half of it leaves, then the connection dies.


@dataclass(frozen=True)
class Mishap:
    """What befalls a request. Without `answer` and `honest` the connection is closed instead."""

    answer: Answer | None = None
    hang: bool = False
    delay: float = 0.0  # Seconds that the answer takes; the work itself is done before.
    accept: bool = False  # The peer does its work, whatever the client hears.
    honest: bool = False  # And its own answer goes back,
    cut: bool = False  # or the first half of it.


class LoopbackPeer:
    """Use as a context manager. `url` is what a sender takes as its `api_base`."""

    def __init__(self, *, port: int = 0, ledger: Ledger | None = None) -> None:
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self.ledger = ledger or Ledger()
        # What befalls every request that no scripted mishap waits for (`tests.providers.mishaps`).
        self.weather: Callable[[Request], Mishap | None] | None = None
        self._mishaps: deque[Mishap] = deque()
        self._closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def closing(self) -> bool:
        """Whoever waits in `answer` gives up when this is true."""
        return self._closing.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        with self.lock:
            for connection in self.connections:  # Kept alive by a client that sends no more.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()  # Waits for the threads that answer.
        self._thread.join()

    def hang_next(self, *, accept: bool = False) -> None:
        """The next request gets no answer before the client loses patience."""
        self._mishaps.append(Mishap(hang=True, accept=accept))

    def drop_next(self, *, accept: bool = False) -> None:
        """The next request's connection is closed instead of answered."""
        self._mishaps.append(Mishap(accept=accept))

    def answer_next(self, answer: Answer, *, accept: bool = False) -> None:
        self._mishaps.append(Mishap(answer=answer, accept=accept))

    def cut_next(self) -> None:
        """The next request is done, and its connection dies in the middle of the answer."""
        self._mishaps.append(Mishap(accept=True, honest=True, cut=True))

    def delay_next(self, seconds: float) -> None:
        self._mishaps.append(Mishap(accept=True, honest=True, delay=seconds))

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def handle(self, request: Request) -> Answer | None:
        """The answer, or None for a connection that is to be dropped."""
        with self.lock:
            self.requests.append(request)
            mishap = self._mishaps.popleft() if self._mishaps else None
        if mishap is None and self.weather is not None:
            mishap = self.weather(request)
        if mishap is None:
            return self.answer(request)
        return self._befall(request, mishap)

    def _befall(self, request: Request, mishap: Mishap) -> Answer | None:
        with self.ledger.watching() as written:
            own = self.answer(request) if mishap.accept else None
        for entry in written:
            entry.is_answered = mishap.honest and not mishap.cut
        if mishap.delay or mishap.hang:
            self._closing.wait(mishap.delay or HANG_AT_MOST)
        if mishap.honest and own is not None:
            return replace(own, is_cut=mishap.cut)
        return mishap.answer


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # Joined at the end, so that no thread outlives its test.
    request_queue_size = 128

    def __init__(self, peer: LoopbackPeer, port: int) -> None:
        self.peer = peer
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # One write an answer: without it each costs 40 ms of delayed ACK.
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.peer.lock:
            self.server.peer.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.peer.lock:
            self.server.peer.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            unquote(parts.path),
            parts.query,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        answer = self.server.peer.handle(request)
        if answer is None:
            self.close_connection = True
            return
        body = answer.body or b""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer.is_cut else body)
        self.close_connection = self.close_connection or answer.is_cut

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """A test that fails shows `peer.requests`; standard error stays quiet."""
