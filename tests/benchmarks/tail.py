"""The tail under load: 16 connections against two processes of eight threads on one SQLite file.

Real sockets and real gunicorn, the load from this very machine. What counts is the ratio of the
99th percentile to the median, and that nobody gets an error.
"""

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from core import clock
from core.database.connect import Database
from core.setup import set_up_demo
from tests.benchmarks.rounds import ratio
from tests.benchmarks.scratch import new_sqlite, scratch_folder
from tests.benchmarks.table import Line, at_most
from tests.benchmarks.talk import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    OUR_NUMBER,
    PUBLIC_URL,
    Signed,
    Signer,
    booking,
    free_times,
)

CONNECTIONS = 16
BOOKINGS_EACH = 30


def run(bookings_each: int = BOOKINGS_EACH) -> list[Line]:
    """Raises when anybody was not answered."""
    with scratch_folder() as folder:
        database = new_sqlite(folder, "desk")
        set_up_demo(database, clock.now())
        talks = _talks(database, bookings_each)
        port = _free_port()
        server = _serve(f"sqlite:///{database.url.database}", port)
        try:
            _wait(port)
            with ThreadPoolExecutor(CONNECTIONS) as clients:
                _talk(port, talks[0][:5])  # Warms both sides up a little.
                outcomes = list(clients.map(lambda talk: _talk(port, talk), talks))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
            database.dispose()
    waits = [wait for times, _ in outcomes for wait in times]
    errors = sum(count for _, count in outcomes)
    if errors:
        raise RuntimeError(f"{errors} of {len(waits)} turns were not answered")
    median, last = statistics.median(waits), statistics.quantiles(waits, n=100)[98]
    return [
        Line(
            f"SQLite: turns of {CONNECTIONS} clients, 99th percentile beside the median",
            f"{last * 1000:.0f} ms / {median * 1000:.0f} ms",
            ratio([last], [median]),
            at_most(7),
        )
    ]


def _talks(database: Database, bookings_each: int) -> list[list[Signed]]:
    signer, times = Signer(), free_times(database)
    talks = []
    for client in range(CONNECTIONS):
        talk = []
        for step in range(bookings_each):
            sender, texts = booking(*next(times), client * bookings_each + step)
            talk += [signer.sign(sender, text) for text in texts]
        talks.append(talk)
    return talks


def _talk(port: int, requests: list[Signed]) -> tuple[list[float], int]:
    """Send them one after the other on one connection; return how long each took, and how many
    were not answered 200."""
    waits, errors = [], 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for signed in requests:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signed.signature,
        }
        began = time.perf_counter()
        connection.request("POST", "/twilio/messages", signed.body, headers)
        response = connection.getresponse()
        response.read()
        waits.append(time.perf_counter() - began)
        errors += response.status != 200
    connection.close()
    return waits, errors


def _serve(url: str, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": url,
        "PORT": str(port),
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_SMS_FROM": OUR_NUMBER,
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "bot", "serve", "--workers", "2", "--threads", "8"]
    return subprocess.Popen(command, env=environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start within 20 seconds")
