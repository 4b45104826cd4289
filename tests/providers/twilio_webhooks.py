"""What Twilio posts to us, signed as Twilio signs it (docs/usage/security)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.providers.segments import num_segments


@dataclass(frozen=True)
class SignedForm:
    """Ready for a test client: `client.post(url, data=form.fields, headers=form.headers)`."""

    url: str
    fields: dict[str, str]
    headers: dict[str, str]

    @property
    def body(self) -> bytes:
        return urlencode(self.fields).encode()


def sign(auth_token: str, url: str, fields: list[tuple[str, str]]) -> str:
    """base64(HMAC-SHA1(token, URL + each distinct field's name and value, sorted))."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signed_form(auth_token: str, url: str, fields: dict[str, str]) -> SignedForm:
    headers = {
        "X-Twilio-Signature": sign(auth_token, url, list(fields.items())),
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
    }
    return SignedForm(url, fields, headers)


def inbound_fields(
    account: str, sid: str, from_: str, to: str, body: str, opt_out: str | None
) -> dict[str, str]:
    """A message as it is posted to a webhook ("Twilio's request to your incoming message URL")."""
    whatsapp = from_.startswith("whatsapp:")
    fields = {
        "ToCountry": "US", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid,
        "SmsStatus": "received", "Body": body, "To": to, "MessageSid": sid,
        "NumSegments": "1" if whatsapp else str(num_segments(body)),
        "AccountSid": account, "From": from_, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    if whatsapp:
        number = from_.removeprefix("whatsapp:+")
        fields |= {"ProfileName": "Ana", "WaId": number, "MessageType": "text"}
    if opt_out:
        fields["OptOutType"] = opt_out
    return fields


def press_fields(kind: str, button_id: str, title: str) -> dict[str, str]:
    """What is posted beside the body when a button or a list row was chosen. nv"""
    if kind == "quick-reply":
        return {"ButtonPayload": button_id, "ButtonText": title, "MessageType": "button"}
    return {"ListId": button_id, "ListTitle": title, "MessageType": "interactive"}


def status_fields(
    account: str, sid: str, to: str, from_: str, status: str, error_code: int | None
) -> dict[str, str]:
    fields = {
        "SmsSid": sid, "SmsStatus": status, "MessageStatus": status, "To": to, "From": from_,
        "MessageSid": sid, "AccountSid": account, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return fields | ({"ErrorCode": str(error_code)} if error_code else {})
