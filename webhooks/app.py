"""The web application: who may call, what they may send, and what they hear when it goes wrong."""

import logging
from typing import Protocol

from flask import Flask, Response, abort, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Forbidden, HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

import core.clock
from bot.desk import Desk
from bot.messages import InboundMessage
from bot.speaking import Handled
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from webhooks import chat, health, metrics, telegram, twilio
from webhooks.chat.gate import access_of

logger = logging.getLogger("frontdesk.web")

# Twilio's largest form and Telegram's largest text are a tenth of this.
MOST_BYTES = 64 * 1024

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Receiver(Protocol):
    """The desk, as far as the web knows it. Raises SQLAlchemyError when nothing was committed."""

    def receive(self, message: InboundMessage, /) -> Handled: ...


def create_app(
    settings: Settings,
    database: Database,
    *,
    clock: Clock = core.clock.now,
    desk: Receiver | None = None,
) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    desk = desk or Desk(database, clock)
    app.register_blueprint(health.make_blueprint(database))
    app.register_blueprint(telegram.make_blueprint(settings, database, desk.receive, clock))
    app.register_blueprint(chat.make_blueprint(settings, database, desk, clock))
    if settings.metrics:
        app.register_blueprint(metrics.make_blueprint(database, clock, core.clock.now))
    if settings.twilio_on:
        app.register_blueprint(twilio.make_blueprint(settings, database, desk.receive, clock))
    app.add_url_rule("/", "home", lambda: _home(settings, database))
    app.register_error_handler(Exception, answer_error)
    app.after_request(add_security_headers)
    return app


def _home(settings: Settings, database: Database) -> AnyResponse:
    """The bare address leads to the web chat, for whom there is one; else there is nothing here."""
    if access_of(request, settings, database) is None:
        abort(404)
    return redirect(url_for("chat.page"))


def answer_error(error: Exception) -> Response:
    """One line of text, and never what went wrong inside."""
    if isinstance(error, HTTPException):
        return _as_line(error)
    if isinstance(error, SQLAlchemyError):
        # Nothing was committed, so that the provider may bring it again.
        logger.exception("%s: the database did not commit", request.endpoint)
        return Response("try again later\n", 503, mimetype="text/plain")
    logger.exception("%s: failed", request.endpoint)
    return Response("something went wrong\n", 500, mimetype="text/plain")


def _as_line(error: HTTPException) -> Response:
    """What went wrong with the request, with the headers that belong to it (405: `Allow`)."""
    match error:
        case Forbidden():
            line = ""  # Whoever is not allowed in learns nothing.
        case RequestEntityTooLarge():
            line = f"too large: at most {MOST_BYTES // 1024} KiB\n"
        case _:
            line = f"{error.description or error.name}\n"
    response = Response(line, error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def add_security_headers(response: Response) -> Response:
    """Unless the room has its own, as the web chat does."""
    if "Content-Security-Policy" not in response.headers:
        response.headers.extend(SECURITY_HEADERS)
    return response
