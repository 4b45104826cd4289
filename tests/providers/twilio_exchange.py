"""Who may be written to, and what becomes of it: the state and the rules of sending.

What Twilio finds out at once it refuses here, with the code in the answer; what it finds out later
(63016, 63021, 30003, ...) it accepts, and a status callback tells. RULES.md, 1
(length, queue, schedule), 2 (opted out), 3 (WhatsApp) and 5 (codes).
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers.ledger import Entry, Fate, Ledger
from tests.providers.segments import A_SEGMENT, A_WHATSAPP, num_segments
from tests.providers.twilio_content import (
    BadContentError,
    BadVariablesError,
    Shown,
    parse_variables,
    show,
)
from tests.providers.twilio_contents import Contents, new_sid
from tests.providers.twilio_message import TwilioError, TwilioMessage
from tests.providers.twilio_numbers import REFUSED_AT_ONCE, TOLD_LATER, is_toll_free

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
SMS_FROM = "+14155550100"
WHATSAPP_FROM = "whatsapp:+14155550199"
SERVICE_SID = "MG" + "00112233445566778899aabbccddeeff"

WINDOW = timedelta(hours=24)  # 3: since the patient's last message.
LONGEST_BODY = 1_600
LONGEST_QUEUE = 36_000  # 1: seconds, and the longest validity.
A_SEGMENT_TAKES = timedelta(seconds=1)  # 1: a US long code sends about one a second.
# Never left Twilio, or never came to WhatsApp. What a carrier loses is paid. nv
UNPAID = frozenset(code for code, end in TOLD_LATER.items() if end == "failed" or code > 63_000)
SOONEST, LATEST = timedelta(seconds=300), timedelta(days=35)  # 1: of what is scheduled.


class Exchange:
    """Twilio's books on our account. One caller at a time: the peer holds its lock."""

    def __init__(self, now: Callable[[], datetime], contents: Contents, ledger: Ledger) -> None:
        self.numbers = {SMS_FROM, WHATSAPP_FROM}  # Ours, and no others, may send.
        self.accepted: list[TwilioMessage] = []
        self.opted_out: set[tuple[str, str]] = set()  # (patient, number of ours)
        self.refusing: dict[str, int] = {}  # Recipient -> the code of the refusal.
        self.failing: dict[str, int] = {}  # Recipient -> the error its messages end in.
        self.last_inbound: dict[tuple[str, str], datetime] = {}
        self._now = now
        self._contents = contents
        self._ledger = ledger
        self._free_at: dict[str, datetime] = {}  # Number of ours -> when its queue is empty.

    def create(self, form: dict[str, Any]) -> TwilioMessage:
        """Raises TwilioError, and writes the refusal into the ledger."""
        try:
            message = self._create(form)
        except TwilioError as error:
            self.note_refusal(form, error.code)
            raise
        self.accepted.append(message)
        return message

    def note_refusal(self, form: dict[str, Any], code: int) -> None:
        entry = _entry(form, self._now(), form.get("Body", ""))
        entry.outcome, entry.code = "refused", str(code)
        self._ledger.write(entry)

    def goes_on(self, message: TwilioMessage, status: str) -> None:
        code = message.error_code if status in ("undelivered", "failed") else None
        message.status = status
        message.entry.fates.append(Fate(status, self._now(), code))

    def find(self, sid: str) -> TwilioMessage | None:
        return next((message for message in self.accepted if message.sid == sid), None)

    def _create(self, form: dict[str, Any]) -> TwilioMessage:
        to, ours = form["To"], self._from(form)
        _require_form(form, to, ours)
        if (to, ours) in self.opted_out:
            raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
        if code := self.refusing.get(to):
            raise TwilioError(400, code, REFUSED_AT_ONCE[code])
        scheduled_at = self._scheduled_at(form)
        shown, error_code = self._shown(form, to, ours)
        entry = _entry(form, self._now(), shown.body)
        _note_shown(entry, shown, ours)
        leaves_at, late = self._queue(form, entry, ours, scheduled_at)
        entry.fails = late or error_code or self.failing.get(to) or 0
        if entry.fails in UNPAID:
            entry.price = Decimal(0)
        first = "accepted" if "MessagingServiceSid" in form else "queued"
        message = TwilioMessage(
            sid=new_sid("SM"),
            to=to,
            from_=ours,
            shown=shown,
            status="scheduled" if scheduled_at else first,
            status_callback=form.get("StatusCallback", ""),
            created_at=self._now(),
            leaves_at=leaves_at,
            entry=entry,
            service=form.get("MessagingServiceSid"),
            error_code=entry.fails or None,
            form=form,
        )
        entry.provider_id = message.sid
        entry.fates.append(Fate(message.status, message.created_at))
        self._ledger.write(entry)
        return message

    def _from(self, form: dict[str, Any]) -> str:
        ours = form.get("From")
        if not ours and form.get("MessagingServiceSid") == SERVICE_SID:
            return WHATSAPP_FROM if form["To"].startswith("whatsapp:") else SMS_FROM
        if not ours:
            raise TwilioError(400, 21603, "A 'From' phone number is required.")
        if ours not in self.numbers:
            code = 63007 if ours.startswith("whatsapp:") else 21606
            raise TwilioError(400, code, f"The 'From' number {ours} is not yours.")
        return str(ours)

    def _shown(self, form: dict[str, Any], to: str, ours: str) -> tuple[Shown, int | None]:
        """What appears on the phone, or the error that WhatsApp reports later."""
        is_whatsapp = to.startswith("whatsapp:")
        heard_at = self.last_inbound.get((to, ours))
        in_window = heard_at is not None and self._now() - heard_at <= WINDOW
        late = 63016 if is_whatsapp and not in_window else None
        if "ContentSid" not in form:
            return Shown(form.get("Body", "")), late  # 3: also a template's text, sent as a body.
        template = self._contents.templates.get(form["ContentSid"])
        if template is None:
            raise TwilioError(400, 21655, "The ContentSid is invalid.")
        self._contents.review(template)
        try:
            shown = show(template, parse_variables(template, form.get("ContentVariables")))
        except BadVariablesError as error:
            raise TwilioError(400, 21656, f"The ContentVariables are invalid: {error}") from error
        except BadContentError as error:
            return Shown(str(error)), 63021
        if shown.buttons and not is_whatsapp:
            return Shown("an SMS has no buttons"), 63021
        return shown, None if template.is_approved else late

    def _scheduled_at(self, form: dict[str, Any]) -> datetime | None:
        if "ScheduleType" not in form and "SendAt" not in form:
            return None
        if "MessagingServiceSid" not in form:
            raise TwilioError(400, 35118, "MessagingServiceSid is required to schedule a message")
        if "SendAt" not in form:
            raise TwilioError(400, 35111, "SendAt timestamp is missing")
        at = datetime.fromisoformat(form["SendAt"])
        if not SOONEST < at - self._now() <= LATEST:
            raise TwilioError(400, 35115, "SendAt: more than 300 seconds and at most 35 days ahead")
        return at

    def _queue(
        self, form: dict[str, Any], entry: Entry, ours: str, scheduled_at: datetime | None
    ) -> tuple[datetime, int | None]:
        """When it leaves, and the error if that is too late for it."""
        now = self._now()
        if scheduled_at or entry.channel == "whatsapp":
            return scheduled_at or now, None
        leaves_at = max(now, self._free_at.get(ours, now))
        waits = (leaves_at - now).total_seconds()
        if waits >= LONGEST_QUEUE:
            return now, 30001
        if waits > form.get("ValidityPeriod", LONGEST_QUEUE):
            return now, 30036
        self._free_at[ours] = leaves_at + entry.segments * A_SEGMENT_TAKES
        return leaves_at, None


def _require_form(form: dict[str, Any], to: str, ours: str) -> None:
    if not (form.get("Body") or form.get("ContentSid") or form.get("MediaUrl")):
        raise TwilioError(400, 21602, "Message body is required.")
    if len(form.get("Body", "")) > LONGEST_BODY:
        raise TwilioError(400, 21617, "The concatenated message body exceeds 1600 characters.")
    if not re.fullmatch(r"(whatsapp:)?\+[1-9]\d{7,14}", to):
        raise TwilioError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if to.startswith("whatsapp:") != ours.startswith("whatsapp:"):
        raise TwilioError(400, 21910, "'From' and 'To' must be of the same channel.")
    if not 1 <= form.get("ValidityPeriod", 1) <= LONGEST_QUEUE:
        raise TwilioError(400, 90007, "ValidityPeriod: 1 to 36,000 seconds")


def _entry(form: dict[str, Any], at: datetime, text: str) -> Entry:
    """`our_id` is what our own status callback says the message is (`?message=`)."""
    to = str(form.get("To", ""))
    query = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
    return Entry(
        at=at,
        channel="whatsapp" if to.startswith("whatsapp:") else "sms",
        to=to,
        text=text,
        from_=str(form.get("From") or form.get("MessagingServiceSid") or ""),
        our_id=query.get("message", [""])[0],
        template=str(form.get("ContentSid", "")),
    )


def _note_shown(entry: Entry, shown: Shown, ours: str) -> None:
    entry.from_, entry.samples = ours, shown.samples
    entry.buttons = tuple(button.title for button in shown.buttons)
    if entry.channel == "whatsapp":
        entry.price = A_WHATSAPP
    else:
        entry.segments = num_segments(entry.text, toll_free=is_toll_free(ours))
        entry.price = entry.segments * A_SEGMENT
