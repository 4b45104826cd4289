"""The simulator's own address: a page for people, and the same for programs, as JSON.

GET  /           the page
GET  /ledger     what was said: `?after=NUMBER`, and any of channel, to, outcome, our_id
GET  /state      clock, weather, who has opted out, whose number is bad, templates, alerts
POST /...        what `Control.orders` lists; a JSON object in, the new state out
"""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.mishaps import KINDS, Weather
from tests.providers.posting import Habits
from tests.providers.simulator import Simulator, address_on
from tests.providers.twilio_contents import STATUSES
from tests.providers.twilio_numbers import REFUSED_AT_ONCE, TOLD_LATER

PAGE = Path(__file__).parent / "page"
PAGES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
ASKED_FOR = {"channel", "to", "outcome", "our_id", "text"}
MOST_TEXT = 10_000


class Control(LoopbackPeer):
    """Listens on this machine only, to pages of its own and to programs."""

    def __init__(self, simulator: Simulator, *, port: int = 0) -> None:
        super().__init__(port=port)
        self._simulator = simulator
        self.orders: dict[str, Callable[[dict[str, Any]], None]] = {
            "/write": self._write,
            "/press": self._press,
            "/opt-out": lambda order: simulator.opt_out(*_who(order)),
            "/block": lambda order: simulator.block(*_who(order)),
            "/unblock": lambda order: simulator.unblock(*_who(order)),
            "/bad-number": self._bad_number,
            "/good-number": self._good_number,
            "/template": self._template,
            "/weather": self._weather,
            "/habits": self._habits,
            "/clock": self._clock,
        }

    def handle(self, request: Request) -> Answer | None:
        """Nothing is kept of requests: the page asks every second."""
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        # A page from elsewhere, whose name was made to point here, must not read or steer.
        if request.headers.get("host", "") not in self._own_hosts():
            return _refused(403, "open it by its address, 127.0.0.1")
        if request.method == "GET":
            return self._show(request)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _refused(415, "expected a JSON object")
        order = self.orders.get(request.path)
        if order is None:
            return _refused(404, f"expected one of {', '.join(self.orders)}")
        try:
            given = json.loads(request.body or b"{}")
            if not isinstance(given, dict):
                raise ValueError("expected a JSON object")
            order(given)
        except KeyError as error:
            return _refused(400, f"{error.args[0]} is missing, or not known")
        except (TypeError, ValueError, OverflowError) as error:
            return _refused(400, str(error))
        return Answer(200, self.state(), HEADERS)

    def state(self) -> dict[str, Any]:
        simulator = self._simulator
        twilio, telegram = simulator.twilio, simulator.telegram
        with twilio.lock, telegram.lock:
            bad = {**twilio.exchange.refusing, **twilio.failing}
            return {
                "now": simulator.clock().isoformat(timespec="seconds"),
                "desk": simulator.desk,
                "weather": {name: each.as_json() for name, each in simulator.weather.items()},
                "habits": vars(simulator.postman.habits),
                "opted_out": sorted(patient for patient, _ in twilio.opted_out),
                "blocked": sorted(map(str, telegram.blocked)),
                "bad_numbers": bad,
                "templates": [
                    {"sid": each.sid, "name": each.answer["friendly_name"], "status": each.status}
                    for each in twilio.templates.values()
                ],
                "turning": len(telegram.chats.turning),
                "alerts": [vars(alert) for alert in simulator.postman.alerts[-20:]],
                "said": len(simulator.ledger.entries()),
                "doubled": simulator.ledger.doubled(),
                "price": str(simulator.ledger.price()),
                "choices": {
                    "weather": KINDS,
                    "codes": sorted({*REFUSED_AT_ONCE, *TOLD_LATER}),
                    "templates": STATUSES,
                },
            }

    def _own_hosts(self) -> set[str]:
        port = self.url.rpartition(":")[2]
        return {f"127.0.0.1:{port}", f"localhost:{port}"}

    def _show(self, request: Request) -> Answer:
        if request.path in PAGES:
            name, kind = PAGES[request.path]
            return Answer(200, (PAGE / name).read_bytes(), {**HEADERS, "Content-Type": kind})
        if request.path == "/state":
            return Answer(200, self.state(), HEADERS)
        if request.path != "/ledger":
            return _refused(404, "expected /, /ledger or /state")
        wanted = dict(parse_qsl(request.query))
        after = wanted.pop("after", "0")
        if wanted.keys() - ASKED_FOR or not after.isdecimal():
            return _refused(400, f"expected after=NUMBER, {', '.join(sorted(ASKED_FOR))}")
        found = self._simulator.ledger.entries(after=int(after), **wanted)
        return Answer(200, [entry.as_json() for entry in found], HEADERS)

    # Orders.

    def _write(self, order: dict[str, Any]) -> None:
        text = str(order["text"])
        if not 1 <= len(text) <= MOST_TEXT:
            raise ValueError(f"text: expected 1 to {MOST_TEXT} characters")
        self._simulator.write(*_who(order), text)

    def _press(self, order: dict[str, Any]) -> None:
        self._simulator.press(*_who(order), str(order["label"]))

    def _bad_number(self, order: dict[str, Any]) -> None:
        twilio, address = self._simulator.twilio, address_on(*_who(order))
        if order.get("code") == "landline":
            twilio.make_landline(address)
        else:
            twilio.make_bad(address, int(order["code"]))

    def _good_number(self, order: dict[str, Any]) -> None:
        self._simulator.twilio.make_good(address_on(*_who(order)))

    def _template(self, order: dict[str, Any]) -> None:
        contents = self._simulator.twilio.contents
        contents.set_status(order["sid"], str(order["status"]), str(order.get("reason", "")))

    def _weather(self, order: dict[str, Any]) -> None:
        provider = str(order.pop("provider"))
        unknown = order.keys() - {field.name for field in fields(Weather)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        self._simulator.set_weather(provider, Weather(**order))

    def _habits(self, order: dict[str, Any]) -> None:
        self._simulator.postman.habits = Habits(**order)

    def _clock(self, order: dict[str, Any]) -> None:
        """`{"hours": 25}`, or `{"at": "2026-11-24T08:00-08:00"}`."""
        if "at" in order:
            self._simulator.clock.set(datetime.fromisoformat(str(order["at"])))
        else:
            self._simulator.clock.move(timedelta(hours=float(order["hours"])))


def _who(order: dict[str, Any]) -> tuple[str, str]:
    return str(order["channel"]), str(order["from"]).strip()


def _refused(status: int, why: str) -> Answer:
    return Answer(status, {"error": why}, HEADERS)
