"""Twilio on loopback: Messages and Content, checked against Twilio's own descriptions.

    with TwilioPeer() as peer:
        sender = TwilioSender(peer.account_sid, peer.auth_token, api_base=peer.url, ...)

Where Twilio answers at once (21610, 21211, ...) so does the peer. Where it accepts and reports
later (63016, 63021), the message is in `accepted` and `status_callbacks` tells how it ended.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.segments import num_segments
from tests.providers.twilio_content import (
    BadContentError,
    BadVariablesError,
    Shown,
    Template,
    parse_variables,
    show,
)
from tests.providers.twilio_contract import Operation, RefusedError, find, operations
from tests.providers.twilio_message import TwilioError, TwilioMessage, as_json, error_answer
from tests.providers.twilio_webhooks import (
    SignedForm,
    inbound_fields,
    opt_out_type,
    press_fields,
    signed_form,
    status_fields,
)

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a-token-of-the-test-peer"
SMS_FROM = "+14155550100"
WHATSAPP_FROM = "whatsapp:+14155550199"
SERVICE_SID = "MG" + "00112233445566778899aabbccddeeff"
WINDOW = timedelta(hours=24)


class TwilioPeer(LoopbackPeer):
    account_sid = ACCOUNT_SID
    auth_token = AUTH_TOKEN

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        operations()  # Read before the first request: a sender must not wait for it.
        self.now = now
        self.numbers = {SMS_FROM, WHATSAPP_FROM}  # Ours, and no others, may send.
        self.accepted: list[TwilioMessage] = []
        self.templates: dict[str, Template] = {}
        self.opted_out: set[tuple[str, str]] = set()  # (patient, number of ours)
        self.failing: dict[str, int] = {}  # Recipient -> the error its messages end in.
        self._last_inbound: dict[tuple[str, str], datetime] = {}

    # What a test may script.

    def fail_next(self, *, status: int, code: int, accept: bool = False) -> None:
        self.answer_next(error_answer(status, code, "scripted by the test"), accept=accept)

    def has_template(self, body: str) -> str:
        """An approved text template in the account, as made in Twilio's console; its Sid."""
        sid = _sid("HX")
        types = {"twilio/text": {"body": body}}
        self.templates[sid] = Template(sid, types, {"sid": sid, "types": types}, approved=True)
        return sid

    def approve(self, template_sid: str) -> None:
        """WhatsApp approved the template: it may open a conversation."""
        self.templates[template_sid].approved = True

    def heard_from(self, patient: str, ours: str = WHATSAPP_FROM) -> None:
        """The patient wrote just now: the 24 hours begin anew."""
        self._last_inbound[patient, ours] = self.now()

    # What Twilio posts to us.

    def inbound(
        self, url: str, from_: str, body: str, *, to: str | None = None, **extra: str
    ) -> SignedForm:
        """A patient's message for our webhook at this public URL; STOP and START are acted on."""
        whatsapp = from_.startswith("whatsapp:")
        ours = to or (WHATSAPP_FROM if whatsapp else SMS_FROM)
        self.heard_from(from_, ours)
        kind = None if whatsapp else opt_out_type(body)
        if kind == "STOP":
            self.opted_out.add((from_, ours))
        elif kind == "START":
            self.opted_out.discard((from_, ours))
        fields = inbound_fields(ACCOUNT_SID, _sid("SM"), from_, ours, body, kind)
        return signed_form(AUTH_TOKEN, url, fields | extra)

    def press(self, url: str, message: TwilioMessage, number: int) -> SignedForm:
        """The patient presses the button, or picks the row, at this 1-based place."""
        button = message.buttons[number - 1]
        extra = press_fields(message.shown.kind, button.id, button.title)
        extra["OriginalRepliedMessageSid"] = message.sid
        return self.inbound(url, message.to, button.title, to=message.from_, **extra)

    def status_callbacks(self, message: TwilioMessage, url: str | None = None) -> list[SignedForm]:
        """How it went on, in order. The first status (queued, accepted) has no callback."""
        forms = []
        for status in ("sent", "undelivered" if message.error_code else "delivered"):
            message.status = status
            error = message.error_code if status == "undelivered" else None
            ids = (ACCOUNT_SID, message.sid, message.to, message.from_)
            fields = status_fields(*ids, status, error)
            forms.append(signed_form(AUTH_TOKEN, url or message.status_callback, fields))
        return forms

    # The API.

    def answer(self, request: Request) -> Answer:
        found = find(request.method, request.path)
        if found is None:
            return error_answer(404, 20404, f"The requested resource {request.path} was not found")
        operation, places = found
        try:
            self._authenticate(request, places)
            operation.check_path(places)
            with self.lock:
                answer = self._perform(operation, places, request)
        except RefusedError as error:
            return error_answer(400, 20001, str(error))
        except TwilioError as error:
            return error.answer
        operation.check_answer(answer.status, answer.body)
        return answer

    def _authenticate(self, request: Request, places: dict[str, str]) -> None:
        credentials = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        given = request.headers.get("authorization", "")
        if given != f"Basic {credentials}" or places.get("AccountSid", ACCOUNT_SID) != ACCOUNT_SID:
            raise TwilioError(401, 20003, "Authenticate")

    def _perform(self, operation: Operation, places: dict[str, str], request: Request) -> Answer:
        match operation.name:
            case "CreateMessage":
                return self._create_message(operation.form(request.body.decode()))
            case "ListMessage":
                return self._list_messages(operation.query(request.query))
            case "FetchMessage":
                found = [item for item in self.accepted if item.sid == places["Sid"]]
                if found:
                    return Answer(200, as_json(ACCOUNT_SID, found[0]))
            case "CreateContent":
                return self._create_content(operation.json(request.body))
            case "FetchContent":
                if template := self.templates.get(places["Sid"]):
                    return Answer(200, template.answer)
        raise TwilioError(404, 20404, f"The requested resource {request.path} was not found")

    def _create_message(self, form: dict[str, Any]) -> Answer:
        if not (form.get("Body") or form.get("ContentSid") or form.get("MediaUrl")):
            raise TwilioError(400, 21602, "Message body is required.")
        if len(form.get("Body", "")) > 1_600:
            raise TwilioError(400, 21617, "The concatenated message body exceeds 1600 characters.")
        to, ours = form["To"], self._from(form)
        if not re.fullmatch(r"(whatsapp:)?\+[1-9]\d{7,14}", to):
            raise TwilioError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if to.startswith("whatsapp:") != ours.startswith("whatsapp:"):
            raise TwilioError(400, 21910, "'From' and 'To' must be of the same channel.")
        if (to, ours) in self.opted_out:
            raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
        shown, error_code = self._shown(form, to, ours)
        message = TwilioMessage(
            sid=_sid("SM"),
            to=to,
            from_=ours,
            shown=shown,
            num_segments=1 if to.startswith("whatsapp:") else num_segments(shown.body),
            status="accepted" if "MessagingServiceSid" in form else "queued",
            status_callback=form.get("StatusCallback", ""),
            created_at=self.now(),
            service=form.get("MessagingServiceSid"),
            error_code=error_code or self.failing.get(to),
            form=form,
        )
        self.accepted.append(message)
        return Answer(201, as_json(ACCOUNT_SID, message))

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
        heard_at = self._last_inbound.get((to, ours))
        in_window = heard_at is not None and self.now() - heard_at <= WINDOW
        late = 63016 if to.startswith("whatsapp:") and not in_window else None
        if "ContentSid" not in form:
            return Shown(form.get("Body", "")), late
        template = self.templates.get(form["ContentSid"])
        if template is None:
            raise TwilioError(400, 21655, "The ContentSid is invalid.")
        try:
            shown = show(template, parse_variables(template, form.get("ContentVariables")))
        except BadVariablesError as error:
            raise TwilioError(400, 21656, f"The ContentVariables are invalid: {error}") from error
        except BadContentError as error:
            return Shown(str(error)), 63021
        return shown, None if template.approved else late

    def _list_messages(self, query: dict[str, Any]) -> Answer:
        size = query.get("PageSize", 50)
        path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        uri = f"https://api.twilio.com{path}?{urlencode({'PageSize': size, 'Page': 0})}"
        found = [
            as_json(ACCOUNT_SID, message)
            for message in reversed(self.accepted)
            if query.get("To", message.to) == message.to
            and query.get("From", message.from_) == message.from_
            and _in_span(message.created_at, query)
        ][:size]
        page = {"page": 0, "page_size": size, "start": 0, "end": max(len(found) - 1, 0)}
        links = {
            "uri": uri,
            "first_page_uri": uri,
            "next_page_uri": None,
            "previous_page_uri": None,
        }
        return Answer(200, {**page, **links, "messages": found})

    def _create_content(self, content: dict[str, Any]) -> Answer:
        sid = _sid("HX")
        stamp = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        url = f"https://content.twilio.com/v1/Content/{sid}"
        links = {"approval_fetch": f"{url}/ApprovalRequests"}
        kept = {
            key: content.get(key) for key in ("friendly_name", "language", "variables", "types")
        }
        own = {"sid": sid, "account_sid": ACCOUNT_SID, "url": url, "links": links}
        answer = {**kept, **own, "date_created": stamp, "date_updated": stamp}
        template = Template(sid, content["types"], answer)
        if not content["types"]:
            raise TwilioError(400, 20001, "types: at least one is needed")
        if template.variables - (content.get("variables") or {}).keys():
            raise TwilioError(400, 20001, "variables: each needs a sample")
        for kind, items, most in (("quick-reply", "actions", 10), ("list-picker", "items", 10)):
            part = content["types"].get(f"twilio/{kind}")
            if part and (not 1 <= len(part[items]) <= most or len(part["body"]) > 1_024):
                raise TwilioError(400, 20001, f"twilio/{kind}: 1 to {most} choices, body <= 1,024")
        self.templates[sid] = template
        return Answer(201, answer)


def _sid(prefix: str) -> str:
    return f"{prefix}{uuid4().hex}"


def _in_span(moment: datetime, query: dict[str, Any]) -> bool:
    earliest, latest = query.get("DateSent>"), query.get("DateSent<")
    return (not earliest or moment >= _instant(earliest)) and (
        not latest or moment <= _instant(latest)
    )


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
