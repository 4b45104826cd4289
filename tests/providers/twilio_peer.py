"""Twilio on loopback: Messages and Content, checked against Twilio's own descriptions.

    with TwilioPeer() as peer:
        sender = TwilioSender(peer.account_sid, peer.auth_token, api_base=peer.url, ...)

Where Twilio answers at once (21610, 21211, ...) so does the peer. Where it accepts and reports
later (63016, 63021), the message is in `accepted` and `status_callbacks` tells how it ended. What
is refused, sent and paid stands in `ledger`.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from tests.providers.budgets import Budget
from tests.providers.ledger import BY_PROVIDER, Entry, Ledger
from tests.providers.loopback import Answer, LoopbackPeer, Request
from tests.providers.twilio_content import Template
from tests.providers.twilio_contents import Contents, new_sid
from tests.providers.twilio_contract import Operation, RefusedError, find, operations
from tests.providers.twilio_exchange import (
    ACCOUNT_SID,
    SERVICE_SID,
    SMS_FROM,
    WHATSAPP_FROM,
    Exchange,
)
from tests.providers.twilio_message import (
    TwilioError,
    TwilioMessage,
    as_json,
    as_page,
    error_answer,
)
from tests.providers.twilio_numbers import (
    OWN_ANSWERS,
    REFUSED_AT_ONCE,
    TOLD_LATER,
    is_toll_free,
    landline_code,
    opt_out_type,
)
from tests.providers.twilio_webhooks import (
    SignedForm,
    inbound_fields,
    press_fields,
    signed_form,
    status_fields,
)

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "SERVICE_SID", "SMS_FROM", "WHATSAPP_FROM", "TwilioPeer"]

AUTH_TOKEN = "a-token-of-the-test-peer"


class TwilioPeer(LoopbackPeer):
    """`requests_a_second`: how many the account may make before 20429; without it, any."""

    account_sid = ACCOUNT_SID
    auth_token = AUTH_TOKEN

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        requests_a_second: float | None = None,
        port: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        super().__init__(port=port, ledger=ledger)
        operations()  # Read before the first request: a sender must not wait for it.
        self.now = now
        self.contents = Contents(ACCOUNT_SID, now)
        self.exchange = Exchange(now, self.contents, self.ledger)
        # 2: `OptOutType` comes with Advanced Opt-Out only; without it, the words act all the same.
        self.has_advanced_opt_out = True
        self._budget = (
            Budget(requests_a_second, burst=requests_a_second) if requests_a_second else None
        )

    # What a test may look at.

    @property
    def accepted(self) -> list[TwilioMessage]:
        return self.exchange.accepted

    @property
    def templates(self) -> dict[str, Template]:
        return self.contents.templates

    @property
    def opted_out(self) -> set[tuple[str, str]]:
        return self.exchange.opted_out

    @property
    def failing(self) -> dict[str, int]:
        return self.exchange.failing

    @property
    def numbers(self) -> set[str]:
        return self.exchange.numbers

    @numbers.setter
    def numbers(self, numbers: set[str]) -> None:
        self.exchange.numbers = numbers

    # What a test may script.

    def fail_next(self, *, status: int, code: int, accept: bool = False) -> None:
        self.answer_next(error_answer(status, code, "scripted by the test"), accept=accept)

    @staticmethod
    def refusal(status: int, code: int) -> Answer:
        """How Twilio words the weather (`tests.providers.mishaps`)."""
        return error_answer(status, 20429 if status == 429 else code, "scripted by the test")

    def has_template(self, body: str) -> str:
        """An approved text template in the account, as made in Twilio's console; its Sid."""
        return self.contents.make(body).sid

    def approve(self, template_sid: str) -> None:
        """WhatsApp approved the template: it may open a conversation."""
        self.contents.set_status(template_sid, "approved")

    def heard_from(self, patient: str, ours: str = WHATSAPP_FROM) -> None:
        """The patient wrote just now: the 24 hours begin anew."""
        self.exchange.last_inbound[patient, ours] = self.now()

    def make_bad(self, number: str, code: int) -> None:
        """From now on this number takes nothing: refused at once, or told later, by its code."""
        self.make_good(number)
        if code in REFUSED_AT_ONCE:
            self.exchange.refusing[number] = code
        elif code in TOLD_LATER:
            self.exchange.failing[number] = code
        else:
            known = ", ".join(map(str, sorted({*REFUSED_AT_ONCE, *TOLD_LATER})))
            raise ValueError(f"expected one of {known}")

    def make_landline(self, number: str) -> None:
        self.make_bad(number, landline_code(number))

    def make_good(self, number: str) -> None:
        self.exchange.refusing.pop(number, None)
        self.exchange.failing.pop(number, None)

    def created(self, message: TwilioMessage) -> None:
        """Whoever wants callbacks to come by themselves has them sent from here."""

    # What Twilio posts to us.

    def inbound(
        self, url: str, from_: str, body: str, *, to: str | None = None, **extra: str
    ) -> SignedForm:
        """A patient's message for our webhook at this public URL; STOP and START are acted on, and
        passed on all the same."""
        whatsapp = from_.startswith("whatsapp:")
        ours = to or (WHATSAPP_FROM if whatsapp else SMS_FROM)
        with self.lock:
            self.heard_from(from_, ours)
            kind = None if whatsapp else opt_out_type(body, ours)
            if kind:
                self._act_on_keyword(kind, from_, ours)
        told = kind if self.has_advanced_opt_out else None
        fields = inbound_fields(ACCOUNT_SID, new_sid("SM"), from_, ours, body, told)
        return signed_form(AUTH_TOKEN, url, fields | extra)

    def press(self, url: str, message: TwilioMessage, number: int) -> SignedForm:
        """The patient presses the button, or picks the row, at this 1-based place."""
        button = message.buttons[number - 1]
        extra = press_fields(message.shown.kind, button.id, button.title)
        extra["OriginalRepliedMessageSid"] = message.sid
        return self.inbound(url, message.to, button.title, to=message.from_, **extra)

    def status_callbacks(
        self, message: TwilioMessage, url: str | None = None, *, read: bool = False
    ) -> list[SignedForm]:
        """How it went on, in order. The first status (queued, accepted) has no callback."""
        return [self.status_callback(message, status, url) for status in ways(message, read=read)]

    def status_callback(
        self, message: TwilioMessage, status: str, url: str | None = None
    ) -> SignedForm:
        with self.lock:
            self.exchange.goes_on(message, status)
        ids = (ACCOUNT_SID, message.sid, message.to, message.from_)
        code = message.error_code if status in ("undelivered", "failed") else None
        fields = status_fields(*ids, status, code)
        return signed_form(AUTH_TOKEN, url or message.status_callback, fields)

    def _act_on_keyword(self, kind: str, patient: str, ours: str) -> None:
        was_out = (patient, ours) in self.opted_out
        if kind == "STOP":
            self.opted_out.add((patient, ours))
        elif kind == "START":
            self.opted_out.discard((patient, ours))
        elif was_out and is_toll_free(ours):
            return  # 2: HELP gets no answer there from whom has opted out.
        said = Entry(self.now(), "sms", patient, OWN_ANSWERS[kind], BY_PROVIDER, from_=ours)
        self.ledger.write(said)

    # The API.

    def answer(self, request: Request) -> Answer:
        if self._budget and self._budget.wait():
            return error_answer(429, 20429, "Too Many Requests")
        found = find(request.method, request.path)
        if found is None:
            return error_answer(404, 20404, f"The requested resource {request.path} was not found")
        operation, places = found
        try:
            self._authenticate(request, places)
            operation.check_path(places)
            with self.lock:
                answer = self._perform(operation, places, request)
        except (RefusedError, UnicodeDecodeError) as error:
            if operation.name == "CreateMessage":
                form = dict(parse_qsl(request.body.decode(errors="replace")))
                self.exchange.note_refusal(form, 20001)
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
        sid = places.get("Sid") or places.get("ContentSid") or ""
        match operation.name:
            case "CreateMessage":
                made = self.exchange.create(operation.form(request.body.decode()))
                self.created(made)
                return Answer(201, as_json(ACCOUNT_SID, made))
            case "ListMessage":
                query = operation.query(request.query)
                return Answer(200, as_page(ACCOUNT_SID, self.accepted, query))
            case "FetchMessage":
                if message := self.exchange.find(sid):
                    return Answer(200, as_json(ACCOUNT_SID, message))
            case _:
                if answer := self._perform_on_content(operation, sid, request):
                    return answer
        raise TwilioError(404, 20404, f"The requested resource {request.path} was not found")

    def _perform_on_content(
        self, operation: Operation, sid: str, request: Request
    ) -> Answer | None:
        match operation.name:
            case "CreateContent":
                return self.contents.create(operation.json(request.body))
            case "FetchContent":
                return self.contents.fetch(sid)
            case "DeleteContent":
                return self.contents.delete(sid)
            case "ListContent" | "ListContentAndApprovals":
                with_approvals = operation.name == "ListContentAndApprovals"
                query = operation.query(request.query)
                return self.contents.listed(query, with_approvals=with_approvals)
            case "CreateApprovalCreate":
                return self.contents.submit(sid, operation.json(request.body))
            case "FetchApprovalFetch":
                return self.contents.approval(sid)
        return None


def ways(message: TwilioMessage, *, read: bool = False) -> list[str]:
    """The statuses that it goes through (4), after the first."""
    if message.error_code is None:
        return ["sent", "delivered", *(["read"] if read else [])]
    last = TOLD_LATER.get(message.error_code, "undelivered")
    return [last] if last == "failed" else ["sent", last]
