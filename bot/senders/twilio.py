"""Twilio: SMS and WhatsApp, which differ in a prefix and in how choices are shown.

Import this file only where one of the two channels is on: the SDK is slow to load. Nothing here
tries again by itself; creating a message is not idempotent at Twilio.
"""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.base.values import unset  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.messages import Channel
from bot.rendering import TWILIO_BODY, is_numbered, with_numbers
from bot.senders.base import Accepted, DeliveryError, OutgoingMessage
from bot.senders.twilio_errors import fault
from bot.senders.whatsapp import SAMPLE, Interactive, interactive

TIMEOUT = 10.0  # Seconds. The SDK's own default is to wait for ever.
KEPT_TEMPLATES = 200
TEMPLATE_GONE = "21655"  # The ContentSid is invalid.
NO_SUCH_CONTENT = "20404"
VARIABLE = re.compile(r"\{\{(\w+)\}\}")
LOOKED_THROUGH = 50  # One page of the patient's latest messages.
POOLED_CONNECTIONS = 32

# The SDK logs each request; its query holds patients' numbers.
_SILENT = logging.getLogger("bot.senders.twilio.wire")
_SILENT.setLevel(logging.WARNING)


class TwilioSender:
    """`api_base` (scheme and host) stands in place of every Twilio host; paths stay.

    `list_buttons`: language -> what opens a WhatsApp list, at most 20 characters.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        api_base: str = "",
        public_url: str = "",
        sms_from: str = "",
        messaging_service_sid: str = "",
        whatsapp_from: str = "",
        list_buttons: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._http = HttpClient(api_base, timeout)
        self._twilio = Client(account_sid, auth_token, http_client=self._http)
        self._public_url = public_url.rstrip("/")
        self._sms_from = sms_from
        self._messaging_service_sid = messaging_service_sid
        self._whatsapp_from = whatsapp_from
        self._list_buttons = dict(list_buttons or {})
        self._templates: OrderedDict[str, str] = OrderedDict()  # Shape -> Content Sid.
        self._wanted: dict[str, frozenset[str]] = {}  # Content Sid -> its variables.

    def send(self, message: OutgoingMessage) -> Accepted:
        if message.channel is Channel.WHATSAPP and message.template:
            return self._send_approved(message)
        if message.channel is Channel.WHATSAPP and message.choices:
            return self._send_interactive(message)
        return self._create(message, body=message.text)

    def look_up(
        self, message: OutgoingMessage, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        """The API knows no id of ours, so it is told by recipient, time and text."""
        to = _address(message.channel, message.recipient)
        try:
            recent = self._twilio.messages.list(to=to, limit=LOOKED_THROUGH)
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise delivery_error(error) from None
        since = since.replace(microsecond=0)
        # Where buttons can't be made, the choices stand in the text.
        said = [message.text.split()]
        if message.choices:
            said.append(with_numbers(message.text, message.choices, TWILIO_BODY).split())
        for found in recent:
            is_new = found.date_created >= since and str(found.sid) not in known
            if is_new and str(found.body).split() in said:
                code = str(found.error_code or "")
                return Accepted(provider_id=_sid(found), status=str(found.status), code=code)
        if len(recent) == LOOKED_THROUGH and recent[-1].date_created >= since:
            raise DeliveryError("too many", unknown=True)  # It may stand on the next page.
        return None

    def close(self) -> None:
        self._http.session.close()

    def _send_approved(self, message: OutgoingMessage) -> Accepted:
        # Twilio fills a variable that is missing with its sample, which is somebody's name, and
        # tells nobody.
        names = self._variables_of(message.template)
        if not all(message.variables.get(name, "").strip() for name in names):
            raise DeliveryError("empty_variable", permanent=True)
        return self._create(message, content_sid=message.template, variables=message.variables)

    def _variables_of(self, template: str) -> frozenset[str]:
        """What the account's template wants filled; asked for once in this process."""
        if template in self._wanted:
            return self._wanted[template]
        try:
            found = self._twilio.content.v1.contents(template).fetch()
        except (TwilioException, requests.RequestException, ValueError) as error:
            code = delivery_error(error).code
            if code == NO_SUCH_CONTENT:
                raise DeliveryError(TEMPLATE_GONE, permanent=True) from None
            raise DeliveryError(code) from None  # The message itself was not sent.
        names = frozenset(VARIABLE.findall(json.dumps(found.types)))
        self._wanted[template] = names
        return names

    def _send_interactive(self, message: OutgoingMessage) -> Accepted:
        button = self._list_buttons.get(message.language, "Choose")
        try:
            content = interactive(message, button)
        except ValueError:
            return self._send_numbered(message)  # No list id: a button could not say its choice.
        try:
            template = self._template(content)
        except DeliveryError as error:
            if error.permanent:
                return self._send_numbered(message)
            # Whether the template was made or not, the message itself was not sent.
            raise DeliveryError(error.code, retry_after=error.retry_after) from None
        try:
            return self._create(message, content_sid=template, variables=content.variables)
        except DeliveryError as error:
            if error.code != TEMPLATE_GONE:
                raise
        self._templates.pop(content.name, None)  # Deleted in the console; made anew the next time.
        return self._send_numbered(message)

    def _send_numbered(self, message: OutgoingMessage) -> Accepted:
        body = message.text
        if not is_numbered(body, message.choices):
            body = with_numbers(body, message.choices, TWILIO_BODY)
        return self._create(message, body=body)

    def _template(self, content: Interactive) -> str:
        """The Sid of the template of this shape, made at its first use in this process."""
        if sid := self._templates.get(content.name):
            return sid
        request = ContentList.ContentCreateRequest(
            {
                "friendly_name": content.name,
                "language": "en",  # A formality: a template holds none of the words.
                "variables": dict.fromkeys(content.variables, SAMPLE),
                "types": content.types,
            }
        )
        try:
            created = self._twilio.content.v1.contents.create(request)
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise delivery_error(error) from None
        sid = self._templates[content.name] = _sid(created)
        if len(self._templates) > KEPT_TEMPLATES:
            self._templates.popitem(last=False)
        return sid

    def _create(
        self,
        message: OutgoingMessage,
        *,
        body: str | None = None,
        content_sid: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Accepted:
        try:
            created = self._twilio.messages.create(
                to=_address(message.channel, message.recipient),
                body=body or unset,
                content_sid=content_sid or unset,
                content_variables=json.dumps(dict(variables)) if variables else unset,
                status_callback=self._status_callback(message) or unset,
                **self._origin(message),
            )
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise delivery_error(error) from None
        return Accepted(provider_id=_sid(created), status=str(created.status))

    def _origin(self, message: OutgoingMessage) -> dict[str, str]:
        """From the number that was written to, if the message says one, else the configured one."""
        if message.channel is Channel.WHATSAPP:
            return {"from_": _address(Channel.WHATSAPP, message.sender or self._whatsapp_from)}
        if message.sender:
            return {"from_": message.sender}
        if self._messaging_service_sid:
            return {"messaging_service_sid": self._messaging_service_sid}
        return {"from_": self._sms_from}

    def _status_callback(self, message: OutgoingMessage) -> str:
        if not self._public_url:
            return ""
        return f"{self._public_url}/twilio/status?message={quote(message.public_id, safe='')}"


class HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client, pointed at `api_base`: region and edge cannot leave twilio.com."""

    def __init__(self, api_base: str, timeout: float) -> None:
        super().__init__(timeout=timeout, logger=_SILENT)
        self._base = urlsplit(api_base) if api_base else None
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=POOLED_CONNECTIONS))

    def request(self, method: str, url: str, **rest: Any) -> Any:
        if self._base:
            url = urlunsplit(
                urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
            )
        return super().request(method, url, **rest)


def _address(channel: Channel, number: str) -> str:
    return f"whatsapp:{number.removeprefix('whatsapp:')}" if channel is Channel.WHATSAPP else number


def _sid(created: Any) -> str:
    """The SDK takes an empty 200, of a proxy in between, for an answer; we do not."""
    if not created.sid:
        raise DeliveryError("no answer", unknown=True)
    return str(created.sid)


def delivery_error(error: Exception) -> DeliveryError:
    """What an error of the SDK, or of the connection below it, means for what was asked."""
    match error:
        case TwilioRestException() | TwilioServiceException() if error.status < 500:
            code = str(error.code or error.status)
            return DeliveryError(code, permanent=fault(code, error.status).is_final)
        case TwilioRestException() | TwilioServiceException() if error.status == 503:
            return DeliveryError(str(error.code or 503))
        case TwilioRestException() | TwilioServiceException():
            return DeliveryError(str(error.code or error.status), unknown=True)
        case requests.ConnectTimeout() | requests.exceptions.SSLError():
            return DeliveryError("unreachable")
        case requests.ReadTimeout():
            return DeliveryError("timeout", unknown=True)
        case requests.ConnectionError() if _never_connected(error):
            return DeliveryError("unreachable")
        case _:
            return DeliveryError("no answer", unknown=True)


def _never_connected(error: requests.ConnectionError) -> bool:
    """Refused, or no such host: nothing was sent. A connection lost later looks different."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
