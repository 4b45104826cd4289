"""Who may come in, and from where.

A demo holds made-up people only, so whoever sits at this machine may be anybody there. Everybody
else is a visitor, and only where the clinic has opened its web chat. Nobody else learns that the
page exists.
"""

from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request
from sqlalchemy import select

from core.config import Settings
from core.database.connect import Database
from core.models import organizations
from webhooks.chat.refusal import Refused

# Any of these means that somebody else stands behind the loopback address.
FORWARDING_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Real-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
)
OWN_NAMES = {"localhost", "127.0.0.1", "::1"}


class Access(Enum):
    ANYBODY = "anybody"  # May choose who they are, and sees the day and the ledger: demo only.
    VISITOR = "visitor"  # Is a new web address, and sees only what was said there.


def access_of(request: Request, settings: Settings, database: Database) -> Access | None:
    """Return what this request may do; None when there is no web chat for it."""
    if comes_from_this_machine(request) and is_demo(database):
        return Access.ANYBODY
    return Access.VISITOR if settings.web_chat else None


def comes_from_this_machine(request: Request) -> bool:
    return (
        _is_loopback(request.remote_addr)
        and not any(name in request.headers for name in FORWARDING_HEADERS)
        # A foreign name that resolves to 127.0.0.1 makes a browser think that our page is theirs.
        and _host_name(request) in OWN_NAMES
    )


def is_demo(database: Database) -> bool:
    with database.reading() as connection:
        return bool(connection.scalar(select(organizations.c.is_demo)))


def refuse_other_sites(request: Request, public_url: str | None) -> None:
    """Raise Refused unless our own page sent this: JSON, and from the same origin.

    Every browser says one of the two; whoever says neither is no page of ours.
    """
    if request.mimetype != "application/json":
        raise Refused(415, "Messages are sent as JSON.")
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        raise Refused(403, "Only the chat's own page may send messages.")
    if site is not None and site != "same-origin":
        raise Refused(403, "Only the chat's own page may send messages.")
    if origin is not None and not _is_ours(origin, request, public_url):
        raise Refused(403, "Only the chat's own page may send messages.")


def _is_ours(origin: str, request: Request, public_url: str | None) -> bool:
    # Behind a proxy the host we are shown may be the proxy's name for us.
    ours = {f"{request.scheme}://{request.host}"}
    if public_url is not None:
        parts = urlsplit(public_url)
        ours.add(f"{parts.scheme}://{parts.netloc}")
    return origin in ours


def _is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:
        return False


def _host_name(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:
        return None
