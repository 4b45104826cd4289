"""Twilio: incoming SMS and WhatsApp messages, and what became of ours.

Sources: Twilio's "Webhooks security", "Twilio's request to your incoming message URL" and
"Outbound message status in status callbacks". Fields may be added at any time.
"""

import hmac
import logging
import re
from collections.abc import Callable, Mapping

from flask import Blueprint, Request, Response, abort, request
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.messages import Address, Channel, Content, InboundMessage
from bot.refusals import note_delivered, see_to
from bot.senders.keyboard import parse_callback_data
from bot.senders.twilio_statuses import STATUSES
from core.clock import Clock
from core.config import Settings
from core.database.connect import Database
from core.messaging import statuses
from core.messaging.statuses import Cost
from core.models.messaging import MessageStatus

logger = logging.getLogger("frontdesk.twilio")

WHATSAPP = "whatsapp:"
PRICE, UNIT = re.compile(r"-?\d{1,6}(\.\d{1,8})?"), re.compile("[A-Za-z]{3}")
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

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
        replies_to=form.get("OriginalRepliedMessageSid") or None,
    )


def _address(value: str) -> tuple[Channel | None, str]:
    if value.startswith(WHATSAPP):
        return Channel.WHATSAPP, value.removeprefix(WHATSAPP)
    return (None if ":" in value else Channel.SMS), value  # "messenger:", "rcs:" and so on.


def _content(form: Form) -> tuple[str, Content]:
    pressed = form.get("ButtonPayload") or form.get("ListId") or ""
    if parse_callback_data(pressed):
        return pressed, Content.BUTTON
    # The button of a template that the clinic has made itself says what stands on it.
    text = form.get("ButtonText") or form.get("Body", "")
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
        message = statuses.record_status(
            connection,
            public_id=public_id,
            provider_id=provider_id,
            status=status,
            code=code,
            cost=_cost(form),
            now=now,
        )
    if message is None:
        # Answered 200 all the same: it would only come again.
        logger.info("a status of a message that is not ours")
        return
    channel = Channel(message.channel)
    # What it says beyond its message is a transaction of its own: whoever holds the address may be
    # waiting for the message.
    with database.transaction() as connection:
        if code and status in statuses.LOST:
            see_to(connection, channel=channel, address_id=message.address_id, code=code, now=now)
        elif status is MessageStatus.DELIVERED:
            note_delivered(connection, channel, now)


def _cost(form: Form) -> Cost:
    """Twilio tells it only of some messages, and some only late."""
    segments = form.get("NumSegments", "")
    price, unit = form.get("Price", ""), form.get("PriceUnit", "")
    is_price = PRICE.fullmatch(price) and UNIT.fullmatch(unit)
    return Cost(
        int(segments) if segments.isascii() and segments.isdigit() and len(segments) < 4 else None,
        f"{price.lstrip('-')} {unit.upper()}" if is_price else None,
    )
