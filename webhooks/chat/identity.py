"""Who is speaking: somebody chosen, on a demo; elsewhere whoever holds a random cookie."""

import hmac
import re
import secrets
from collections.abc import Mapping

from flask import Request, Response

from bot.messages import Address, Channel
from core.keys import Keyring
from core.phone import to_e164
from webhooks.chat.gate import comes_from_this_machine
from webhooks.chat.refusal import Refused

COOKIE = "frontdesk_visitor"
COOKIE_DAYS = 30
TOKEN_BYTES = 24
MAC_HEX = 32

TELEGRAM_CHAT = re.compile(r"[1-9]\d{0,14}", re.ASCII)
# Shorter than a visitor's token, so that nobody can choose to be a visitor.
WEB_NAME = re.compile(r"[a-z0-9-]{1,24}", re.ASCII)

# What a person writes to on each channel when nothing goes over a wire. Always the same, so that
# one address has one conversation.
OUR_ADDRESS = {channel: f"front desk, {channel.value}" for channel in Channel}


def chosen_address(identity: object) -> Address:
    """Return the address that somebody at a demo chose to be; raises Refused."""
    if not isinstance(identity, Mapping):
        raise Refused(400, "Choose a channel and an address first.")
    channel, value = identity.get("channel"), identity.get("address")
    if not isinstance(channel, str) or channel not in list(Channel):
        raise Refused(400, "There is no such channel.")
    if not isinstance(value, str):
        raise Refused(400, "Choose an address first.")
    return Address(Channel(channel), _checked(Channel(channel), value.strip()))


def phone_number(text: str) -> str:
    """Return the number in E.164; raises Refused."""
    if (number := to_e164(text, "US")) is None:
        raise Refused(400, "That is not a phone number. Write it like +1 415 555 0142.")
    return number


def visitor_address(request: Request, keyring: Keyring) -> Address | None:
    """Return the visitor's address; None without a cookie that we gave."""
    token, _, mac = request.cookies.get(COOKIE, "").partition(".")
    if not token or not hmac.compare_digest(mac.encode(), _mac(token, keyring).encode()):
        return None
    return Address(Channel.WEB, token)


def give_cookie(response: Response, request: Request, keyring: Keyring) -> None:
    """Make whoever gets this response a new visitor."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    response.set_cookie(
        COOKIE,
        f"{token}.{_mac(token, keyring)}",
        max_age=COOKIE_DAYS * 24 * 60 * 60,
        path="/chat",
        httponly=True,
        samesite="Strict",
        # Patients' words must not cross a network in the clear; this machine itself may.
        secure=not comes_from_this_machine(request),
    )


def _mac(token: str, keyring: Keyring) -> str:
    """Without it a visitor could choose a token, and so an address."""
    return keyring.hash_address(("web chat cookie", token)).hex()[:MAC_HEX]


def _checked(channel: Channel, value: str) -> str:
    match channel:
        case Channel.SMS | Channel.WHATSAPP:
            return phone_number(value)
        case Channel.TELEGRAM if TELEGRAM_CHAT.fullmatch(value):
            return value
        case Channel.WEB if WEB_NAME.fullmatch(value):
            return value
        case Channel.TELEGRAM:
            raise Refused(400, "A Telegram chat id is a number.")
        case _:
            raise Refused(400, "A web name has small letters, digits and dashes.")
