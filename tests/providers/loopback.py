"""An HTTP server on loopback that a test can break in scripted ways. Both peers stand on it."""

import json
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

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


@dataclass(frozen=True)
class Mishap:
    """What befalls the next request. `accept`: the peer does its work all the same."""

    answer: Answer | None = None
    hang: bool = False
    accept: bool = False


class LoopbackPeer:
    """Use as a context manager. `url` is what a sender takes as its `api_base`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._mishaps: deque[Mishap] = deque()
        self._closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self._server = _Server(self)
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

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def handle(self, request: Request) -> Answer | None:
        """The answer, or None for a connection that is to be dropped."""
        with self.lock:
            self.requests.append(request)
            mishap = self._mishaps.popleft() if self._mishaps else None
        if mishap is None:
            return self.answer(request)
        if mishap.accept:
            self.answer(request)
        if mishap.hang:
            self._closing.wait(HANG_AT_MOST)
        return mishap.answer


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # Joined at the end, so that no thread outlives its test.
    request_queue_size = 128

    def __init__(self, peer: LoopbackPeer) -> None:
        self.peer = peer
        super().__init__(("127.0.0.1", 0), _Handler)


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
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """A test that fails shows `peer.requests`; standard error stays quiet."""
