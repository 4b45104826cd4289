"""What a turn over `POST /twilio/messages` costs, beside the bare handler, in one run.

Called in process, without sockets: the steadiest figures, for ratios. The two handlers take turns
in rounds on the same kind of database, and the median of the rounds' ratios is what counts.
"""

import statistics
import sys
import time
from io import BytesIO
from typing import Any

from flask import Flask

from core.config import Settings
from core.database.connect import Database
from tests.benchmarks.bare import create_bare_app
from tests.benchmarks.scratch import demo_databases
from tests.benchmarks.talk import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PUBLIC_URL,
    Signed,
    Signer,
    booking,
    free_times,
)
from webhooks.app import create_app

ROUNDS, BOOKINGS = 9, 40
PATH = "/twilio/messages"


def post(app: Flask, signed: Signed) -> None:
    """Call the application as a server would, and insist on success."""
    status: list[str] = []

    def start_response(line: str, _headers: Any, _error: Any = None) -> Any:
        status[:] = [line]

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "desk.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(signed.body)),
        "HTTP_HOST": "desk.example",
        "HTTP_X_TWILIO_SIGNATURE": signed.signature,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(signed.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    body = app(environ, start_response)
    for _ in body:
        pass
    if not status[0].startswith("200"):
        raise RuntimeError(f"expected 200, got {status[0]}")


def calls_per_second(app: Flask, requests: list[Signed]) -> float:
    began = time.perf_counter()
    for signed in requests:
        post(app, signed)
    return len(requests) / (time.perf_counter() - began)


def measure(name: str, database: Database) -> None:
    settings = Settings(
        public_url=PUBLIC_URL,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_sms_from="+14155550100",
    )
    desk = create_app(settings, database)
    bare = create_bare_app(database, AUTH_TOKEN, f"{PUBLIC_URL}{PATH}")
    signer = Signer()
    times = free_times(database)
    rounds = []
    for number in range(ROUNDS + 1):
        requests = []
        for step in range(BOOKINGS):
            sender, texts = booking(*next(times), number * BOOKINGS + step)
            requests += [signer.sign(sender, text) for text in texts]
        plain = calls_per_second(bare, requests)
        rounds.append((calls_per_second(desk, requests), plain))
    rounds = rounds[1:]  # The first one warms up.
    turns = statistics.median(turn for turn, _ in rounds)
    limit = statistics.median(plain for _, plain in rounds)
    ratio = statistics.median(turn / plain for turn, plain in rounds)
    print(
        f"{name:<22} turn {turns:7.0f}/s   bare handler {limit:7.0f}/s   ratio {ratio:5.1%}"
        f"   (rounds {min(t / p for t, p in rounds):.0%} to {max(t / p for t, p in rounds):.0%})"
    )


def main() -> None:
    with demo_databases() as databases:
        for name, database in databases:
            measure(name, database)
            _check_booked(database)


def _check_booked(database: Database) -> None:
    """The figure counts only if every conversation ended in its appointment."""
    with database.reading() as connection:
        booked = connection.exec_driver_sql(
            "SELECT count(*) FROM appointments WHERE status = 'scheduled'"
        ).scalar_one()
    if booked != (ROUNDS + 1) * BOOKINGS:
        raise RuntimeError(f"expected {(ROUNDS + 1) * BOOKINGS} bookings, found {booked}")


if __name__ == "__main__":
    main()
