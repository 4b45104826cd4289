"""The web chat: its page, and the few addresses the page asks each second.

It speaks through the same desk as every channel: a message goes in as an `InboundMessage`, and
what is shown is what stands in the log.
"""

from flask import Blueprint

from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from webhooks.chat.room import Desk, Room


def make_blueprint(settings: Settings, database: Database, desk: Desk, clock: Clock) -> Blueprint:
    """Return the web chat for this installation; each request decides whether it is there."""
    room = Room(settings, database, desk, clock)
    blueprint = Blueprint(
        "chat",
        __name__,
        url_prefix="/chat",
        template_folder="templates",
        static_folder="static",
    )
    blueprint.before_request(room.admit)
    blueprint.after_request(room.protect)
    room.register_errors(blueprint)
    blueprint.add_url_rule("", view_func=room.page)
    blueprint.add_url_rule("/messages", view_func=room.receive, methods=["POST"])
    blueprint.add_url_rule("/messages", view_func=room.messages)
    blueprint.add_url_rule("/pictures/<public_id>.png", view_func=room.picture)
    blueprint.add_url_rule("/documents/<public_id>", view_func=room.document)
    blueprint.add_url_rule("/day", view_func=room.day)
    blueprint.add_url_rule("/ledger", view_func=room.ledger)
    blueprint.add_url_rule("/clock", view_func=room.show_clock)
    blueprint.add_url_rule("/clock", view_func=room.move_clock, methods=["POST"])
    blueprint.add_url_rule("/crash", view_func=room.crash, methods=["POST"])
    blueprint.add_url_rule("/crash/<run>", view_func=room.crashed)
    blueprint.add_url_rule("/staff-code", view_func=room.staff_code, methods=["POST"])
    blueprint.add_url_rule("/rush", view_func=room.rush, methods=["POST"])
    return blueprint
