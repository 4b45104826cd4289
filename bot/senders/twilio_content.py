"""Twilio's Content API: WhatsApp templates made, put before WhatsApp's reviewers and followed up.

Import this file only where WhatsApp is on: the SDK is slow to load. Nothing of a patient is in a
template, so that Twilio's own words may be shown to whoever set them up.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]
from twilio.rest.content.v1.content.approval_create import (  # type: ignore[import-untyped]
    ApprovalCreateList,
)

from bot.senders.content import Approval, Content, ContentRefused
from bot.senders.twilio import NO_SUCH_CONTENT, TIMEOUT, VARIABLE, HttpClient, delivery_error
from core.models.messaging import TemplateStatus

Result = TypeVar("Result")

PAGE = 500
# WhatsApp knows Portuguese by its country only (Meta, "Supported languages"); ours is Brazil's.
LOCALES = {"pt": "pt_BR"}
# What Twilio calls otherwise than we do ("WhatsApp template approvals and statuses").
STATUSES = {
    "unsubmitted": TemplateStatus.DRAFT,
    "received": TemplateStatus.PENDING,
    **{status.value: status for status in TemplateStatus},
}


class TwilioContent:
    """`api_base` as for the sender."""

    def __init__(
        self, account_sid: str, auth_token: str, *, api_base: str = "", timeout: float = TIMEOUT
    ) -> None:
        self._http = HttpClient(api_base, timeout)
        self._contents = Client(account_sid, auth_token, http_client=self._http).content.v1.contents

    def made(self) -> Mapping[str, str]:
        found = _asked("the list of templates", lambda: self._contents.list(page_size=PAGE))
        return {str(each.friendly_name): str(each.sid) for each in found}

    def find(self, sid: str) -> Content:
        found = _asked(f"template {sid}", lambda: self._contents(sid).fetch())
        parts: list[Mapping[str, Any]] = list((found.types or {}).values())
        with_buttons = [each for each in parts if "actions" in each]
        part = next(iter((*with_buttons, *parts)), {})
        return Content(
            body=str(part.get("body", "")),
            buttons=tuple(
                (str(each.get("title", "")), str(each.get("id", "")))
                for each in part.get("actions", ())
            ),
            variables=frozenset(VARIABLE.findall(json.dumps(found.types))),
        )

    def make(
        self,
        name: str,
        *,
        language: str,
        body: str,
        buttons: Sequence[tuple[str, str]],
        samples: Mapping[str, str],
    ) -> str:
        types: dict[str, Any] = {"twilio/text": {"body": body}}
        if buttons:
            actions = [
                {"type": "QUICK_REPLY", "title": title, "id": pressed} for title, pressed in buttons
            ]
            types = {"twilio/quick-reply": {"body": body, "actions": actions}}
        request = ContentList.ContentCreateRequest(
            {
                "friendly_name": name,
                "language": LOCALES.get(language, language),
                "variables": dict(samples),
                "types": types,
            }
        )
        return str(_asked(f"template {name}", lambda: self._contents.create(request)).sid)

    def submit(self, sid: str, name: str, category: str) -> None:
        request = ApprovalCreateList.ContentApprovalRequest(
            {"name": name, "category": category.upper()}
        )
        _asked(f"template {name}", lambda: self._contents(sid).approval_create.create(request))

    def approval(self, sid: str) -> Approval:
        found = _asked(f"template {sid}", lambda: self._contents(sid).approval_fetch().fetch())
        told: Mapping[str, Any] = found.whatsapp or {}
        word = re.sub(r"\W+", "_", str(told.get("status") or "unsubmitted").lower())
        return Approval(STATUSES.get(word), str(told.get("rejection_reason") or "").strip() or None)

    def close(self) -> None:
        self._http.session.close()


def _asked(what: str, ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except (TwilioException, requests.RequestException, ValueError) as error:
        told = _of_page(error)
        meant = delivery_error(told)
        is_gone = meant.code == NO_SUCH_CONTENT
        words = "Twilio does not answer; try again later"
        if isinstance(told, TwilioRestException):
            words = f"Twilio says {meant.code}, {told.msg}"
        is_final = meant.permanent or is_gone
        raise ContentRefused(f"{what}: {words}", is_final=is_final, is_gone=is_gone) from None


def _of_page(error: Exception) -> Exception:
    """Where a page of a list is refused, the SDK hides why in the answer beside its words."""
    match error.args:
        case (str(words), Response(status_code=int(status), text=text)):
            try:
                told = json.loads(text)
            except ValueError:
                told = {}
            return _refusal(status, told.get("message") or words, told.get("code"))
    return error


def _refusal(status: int, words: str, code: int | None) -> Exception:
    refusal: Exception = TwilioRestException(status, "", words, code)
    return refusal
