"""The requests of the web chat: prove, parse, hand over; and read the log."""

import json
import logging
import re
import secrets
from io import BytesIO
from typing import Any, Protocol

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    send_file,
)
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge

from bot.charts import draw
from bot.crash import MESSAGES, keeper_of
from bot.messages import Address, Channel, Content, InboundMessage
from bot.rush import PEOPLE
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.keys import Keyring
from core.models import locations, organizations
from webhooks.chat.clock import answer_move, read_clock
from webhooks.chat.crash import answer_crash, read_crash
from webhooks.chat.day import read_day
from webhooks.chat.gate import Access, access_of, is_demo, refuse_other_sites
from webhooks.chat.identity import (
    OUR_ADDRESS,
    chosen_address,
    give_cookie,
    phone_number,
    visitor_address,
)
from webhooks.chat.ledger import read_ledger
from webhooks.chat.people import ready_made_people
from webhooks.chat.refusal import Refused
from webhooks.chat.rush import answer_rush
from webhooks.chat.staff_code import answer_code
from webhooks.chat.thread import read_document, read_picture, read_thread

log = logging.getLogger(__name__)

LONGEST_BODY = 16 * 1024
LONGEST_TEXT = 4_096  # Telegram's own. The desk reads less, but looks for an emergency in all.
MESSAGE_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# How a press, a text and a shared number arrive; exactly one of them makes a message.
CONTENTS = {"text": Content.TEXT, "button": Content.BUTTON, "contact": Content.CONTACT}


class Desk(Protocol):
    """The desk as this room sees it: it takes a message. What it says is read from the log."""

    def receive(self, message: InboundMessage, /) -> object: ...


class Room:
    """One web chat; holds nothing between requests."""

    def __init__(self, settings: Settings, database: Database, desk: Desk, clock: Clock) -> None:
        self.settings = settings
        self.database = database
        self.desk = desk
        self.clock = clock

    # Before and after each request.

    def admit(self) -> None:
        """Answer 404 to whoever has no web chat here: they shall not learn that there is one."""
        access = access_of(request, self.settings, self.database)
        if access is None:
            abort(404)
        g.chat_access = access
        request.max_content_length = LONGEST_BODY
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            refuse_other_sites(request, self.settings.public_url)

    @staticmethod
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint != "chat.static":  # Those files tell nothing of anybody.
            response.headers["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def register_errors(blueprint: Blueprint) -> None:
        blueprint.register_error_handler(Refused, _refused)
        blueprint.register_error_handler(RequestEntityTooLarge, _too_large)
        blueprint.register_error_handler(DBAPIError, _out_of_order)

    # The requests.

    def page(self) -> Response:
        plays = self._access is Access.ANYBODY
        with self.database.reading() as connection:
            clinic = connection.scalar(select(organizations.c.name)) or "The clinic"
            phone = connection.scalar(select(locations.c.phone).order_by(locations.c.position))
            people = ready_made_people(connection) if plays else []
            clock = read_clock(connection, self.clock()) if plays else None
        page = render_template(
            "chat.html",
            clinic=clinic,
            phone=phone,
            is_demo=plays,
            # There must be a file to copy.
            rush_people=PEOPLE if plays and self.database.is_sqlite else 0,
            has_worker=plays
            and (keeper := keeper_of(self.database)) is not None
            and keeper.is_kept,
            crash_messages=MESSAGES,
            people=people,
            clock=clock,
        )
        response = make_response(page)
        if not plays and visitor_address(request, self._keyring) is None:
            give_cookie(response, request, self._keyring)
        return response

    def receive(self) -> Response:
        body = _body()
        sender = self._sender(body.get("identity"))
        content, text = _content(body)
        if content is Content.CONTACT:
            if sender.channel is not Channel.TELEGRAM or self._access is not Access.ANYBODY:
                abort(404)  # Only Telegram vouches for a number, and only a demo plays Telegram.
            text = phone_number(text)
        self.desk.receive(
            InboundMessage(
                provider_id=self._provider_id(sender, body.get("id")),
                sender=sender,
                recipient=OUR_ADDRESS[sender.channel],
                text=text,
                content=content,
                origin=request.remote_addr,
                sent_at=self.clock(),
                # A real visitor's messages are no play: what is later sent about them is sent.
                simulated=is_demo(self.database),
            )
        )
        return jsonify(accepted=True)

    def messages(self) -> Response:
        sender = self._asker()
        with self.database.reading() as connection:
            return jsonify(read_thread(connection, self._keyring, sender, _after()))

    def picture(self, public_id: str) -> Response:
        sender = self._asker()
        with self.database.reading() as connection:
            chart = read_picture(connection, self._keyring, sender, public_id)
        if chart is None:
            abort(404)
        return Response(draw(chart), mimetype="image/png")

    def document(self, public_id: str) -> Response:
        sender = self._asker()
        with self.database.reading() as connection:
            found = read_document(connection, self._keyring, sender, public_id)
        if found is None:
            abort(404)
        return send_file(
            BytesIO(found.content),
            mimetype="text/csv",
            as_attachment=True,
            download_name=found.name,
            max_age=0,
        )

    def day(self) -> Response:
        self._demo_only()
        day, location = request.args.get("date", ""), request.args.get("location", "")
        with self.database.reading() as connection:
            return jsonify(read_day(connection, self.clock(), day, location))

    def ledger(self) -> Response:
        self._demo_only()
        keeper = keeper_of(self.database)
        book = None if keeper is None else keeper.book
        with self.database.reading() as connection:
            return jsonify(read_ledger(connection, _after(), book))

    def show_clock(self) -> Response:
        self._demo_only()
        with self.database.reading() as connection:
            return jsonify(read_clock(connection, self.clock()))

    def move_clock(self) -> Response:
        self._demo_only()
        answer_move(self.database, self.clock(), _body())
        return self.show_clock()

    def crash(self) -> Response:
        self._demo_only()
        return jsonify(answer_crash(self.database, self.clock()))

    def crashed(self, run: str) -> Response:
        self._demo_only()
        return jsonify(read_crash(self.database, run))

    def staff_code(self) -> Response:
        self._demo_only()
        return jsonify(answer_code(self.database, self.clock(), _body()))

    def rush(self) -> Response:
        self._demo_only()
        if not self.database.is_sqlite:
            abort(404)
        return jsonify(answer_rush(self.database, self.clock(), _body()))

    # What they share.

    @property
    def _access(self) -> Access:
        access: Access = g.chat_access
        return access

    @property
    def _keyring(self) -> Keyring:
        assert self.database.keyring is not None, "serving needs keys"  # noqa: S101
        return self.database.keyring

    def _demo_only(self) -> None:
        if self._access is not Access.ANYBODY:
            abort(404)

    def _asker(self) -> Address:
        """Whose chat is looked at."""
        asked = {key: request.args[key] for key in ("channel", "address") if key in request.args}
        return self._sender(asked or None)

    def _sender(self, identity: object) -> Address:
        """Whoever was chosen, on a demo; elsewhere the visitor, who can't choose."""
        if self._access is Access.ANYBODY:
            return chosen_address(identity)
        if identity is not None:
            abort(404)
        visitor = visitor_address(request, self._keyring)
        if visitor is None:
            raise Refused(403, "This chat has expired, or cookies are off. Please load it again.")
        return visitor

    def _provider_id(self, sender: Address, given: object) -> str:
        """The page's own name for the message, so that a repeat is known; never another's."""
        if not isinstance(given, str) or not MESSAGE_ID.fullmatch(given):
            given = secrets.token_urlsafe(16)
        whose = self._keyring.hash_address(("web chat message", sender.channel, sender.value))
        return f"chat:{whose.hex()[:16]}:{given}"


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "That could not be read.")
    return body


def _content(body: dict[str, Any]) -> tuple[Content, str]:
    given = [name for name in CONTENTS if name in body]
    if len(given) != 1 or not isinstance(body[given[0]], str):
        raise Refused(400, "Send one text or one button.")
    # JSON can spell half a character, which no database takes.
    text = body[given[0]].encode(errors="replace").decode().strip()
    if not text:
        raise Refused(400, "The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise Refused(413, f"That is too long. Please send at most {LONGEST_TEXT} characters.")
    return CONTENTS[given[0]], text


def _after() -> str | None:
    return request.args.get("after") or None


def _refused(error: Refused) -> tuple[Response, int]:
    return jsonify(error=error.words), error.status


def _too_large(_error: RequestEntityTooLarge) -> tuple[Response, int]:
    words = f"That is too long. Please send at most {LONGEST_TEXT} characters."
    return jsonify(error=words), 413


def _out_of_order(error: DBAPIError) -> tuple[Response, int]:
    log.error("web chat: the database did not answer: %s", type(error.orig).__name__)
    return jsonify(error="The front desk is out of order for a moment. Please try again."), 503
