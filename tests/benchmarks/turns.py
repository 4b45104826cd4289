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
from tests.benchmarks.rounds import Contender, ratio, take_turns
from tests.benchmarks.scratch import demo_databases
from tests.benchmarks.table import Line, at_least
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


def measure(
    name: str, database: Database, *, rounds: int = ROUNDS, bookings: int = BOOKINGS
) -> Line:
    """Compare whole bookings, five turns each; raises unless every one ends in its appointment."""
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
    requests = [
        [
            signer.sign(sender, text)
            for step in range(bookings)
            for sender, texts in [booking(*next(times), number * bookings + step)]
            for text in texts
        ]
        for number in range(rounds + 1)
    ]
    sides: dict[str, Contender] = {
        "turn": lambda number: calls_per_second(desk, requests[number]),
        "bare": lambda number: calls_per_second(bare, requests[number]),
    }
    rates = take_turns(sides, rounds)
    _check_booked(database, (rounds + 1) * bookings)
    return Line(
        f"{name}: a turn over the webhook, beside the bare handler",
        " / ".join(f"{statistics.median(rates[side]):.0f}/s" for side in sides),
        ratio(rates["turn"], rates["bare"]),
        at_least(0.45, "%"),
    )


def run() -> list[Line]:
    with demo_databases() as databases:
        return [measure(name, database) for name, database in databases]


def _check_booked(database: Database, expected: int) -> None:
    """The figure counts only if every conversation ended in its appointment."""
    with database.reading() as connection:
        booked = connection.exec_driver_sql(
            "SELECT count(*) FROM appointments WHERE status = 'scheduled'"
        ).scalar_one()
    if booked != expected:
        raise RuntimeError(f"expected {expected} bookings, found {booked}")
