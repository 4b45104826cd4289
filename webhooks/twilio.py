"""Twilio: incoming SMS and WhatsApp messages, and what became of ours.

Sources: Twilio's "Webhooks security", "Twilio's request to your incoming message URL" and
"Outbound message status in status callbacks". Fields may be added at any time.
"""

import hmac
import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Request, Response, abort, request
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.delivery import note_fault
from bot.messages import Address, Channel, Content, InboundMessage
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.messaging import statuses
from core.models.messaging import MessageStatus

logger = logging.getLogger("frontdesk.twilio")

WHATSAPP = "whatsapp:"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

# Twilio's words in ours: "sent" is ours as soon as Twilio has taken the message. What is not here
# (`partially_delivered` is for groups, `receiving` for what comes in) tells us nothing.
STATUSES = {
    "queued": MessageStatus.SENT,
    "accepted": MessageStatus.SENT,
    "scheduled": MessageStatus.SENT,
    "sending": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}

Form = Mapping[str, str]


def make_blueprint(
    settings: Settings,
    database: Database,
    receive: Callable[[InboundMessage], object],
    clock: Clock,
) -> Blueprint:
    """The two addresses that Twilio calls; `settings` must have Twilio switched on."""
    blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")
    validator = RequestValidator(settings.twilio_auth_token)
    public_url = settings.public_url or ""

    def require_signature() -> None:
        if not is_from_twilio(validator, public_url, request):
            abort(403)

    blueprint.before_request(require_signature)

    @blueprint.post("/messages")
    def receive_message() -> Response:
        form = request.form.to_dict()
        for field in ("MessageSid", "From", "To"):
            if not form.get(field):
                abort(400, f"{field} is missing")
        message = parse_message(form)
        if message is None:
            logger.info("ignored a message of a channel that is not ours")
        else:
            receive(message)
        return Response(EMPTY_TWIML, mimetype="text/xml")

    @blueprint.post("/status")
    def receive_status() -> Response:
        form = request.form.to_dict()
        _record_status(database, clock, request.args.get("message"), form)
        return Response(EMPTY_TWIML, mimetype="text/xml")

    return blueprint


def is_from_twilio(validator: RequestValidator, public_url: str, request: Request) -> bool:
    """Tell whether Twilio signed this request.

    What is signed is the public address, which a proxy does not show us: nothing of it is taken
    from the request but path and query.
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature:
        return False
    url = public_url + request.path
    if request.query_string:
        url += "?" + request.query_string.decode("latin-1")
    if request.mimetype == "application/json":
        # Without the hash in the signed address, nothing would vouch for the body.
        body = request.get_data(as_text=True)
        return "bodySHA256" in request.args and bool(validator.validate(url, body, signature))
    # Nearly always the address is signed as it stands, and half the work is saved.
    expected = validator.compute_signature(url, request.form)
    if hmac.compare_digest(expected.encode(), signature.encode()):
        return True
    return bool(validator.validate(url, request.form, signature))


def parse_message(form: Form) -> InboundMessage | None:
    """Return the message in our words; None if it came over a channel that we do not speak."""
    channel, sender = _address(form["From"])
    if channel is None:
        return None
    text, content = _content(form)
    return InboundMessage(
        provider_id=form["MessageSid"],
        sender=Address(channel, sender),
        recipient=_address(form["To"])[1],
        text=text,
        content=content,
        opt_out_type=form.get("OptOutType") or None,
    )


def _address(value: str) -> tuple[Channel | None, str]:
    if value.startswith(WHATSAPP):
        return Channel.WHATSAPP, value.removeprefix(WHATSAPP)
    return (None if ":" in value else Channel.SMS), value  # "messenger:", "rcs:" and so on.


def _content(form: Form) -> tuple[str, Content]:
    pressed = form.get("ButtonPayload") or form.get("ListId")
    if pressed:
        return pressed, Content.BUTTON
    text = form.get("Body", "")
    # A place has its name as the body; a photo has what was written below it.
    if form.get("Latitude") or not text:
        return "", Content.UNREADABLE
    return text, Content.TEXT


def _record_status(database: Database, clock: Clock, public_id: str | None, form: Form) -> None:
    provider_id = form.get("MessageSid")
    code = form.get("ErrorCode") or None
    status = STATUSES.get(form.get("MessageStatus", ""))
    if status is None:
        logger.info("a status that tells us nothing")
        return
    now = clock()
    with database.transaction() as connection:
        is_known = statuses.record_status(
            connection,
            public_id=public_id,
            provider_id=provider_id,
            status=status,
            code=code,
            now=now,
        )
    if not is_known:
        # Answered 200 all the same: it would only come again.
        logger.info("a status of a message that is not ours")
    elif code and status in statuses.LOST:
        _blame_address(database, clock, public_id, provider_id, code)


def _blame_address(
    database: Database, clock: Clock, public_id: str | None, provider_id: str | None, code: str
) -> None:
    with database.transaction() as connection:
        message = statuses.find_sent(connection, public_id=public_id, provider_id=provider_id)
        if message is not None:
            note_fault(
                connection,
                channel=Channel(message.channel),
                address_id=message.address_id,
                code=code,
                now=clock(),
            )
