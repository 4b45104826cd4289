"""Content API: templates made, listed, deleted, and put before WhatsApp for approval.

RULES.md, 3: samples are required; a body neither starts nor ends with a variable
nor has two side by side; up to 10 buttons; a list picker cannot be approved; the life cycle is
pending, approved, rejected, paused, disabled, in appeal.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.providers.loopback import Answer
from tests.providers.twilio_content import APPROVED, BODY, ITEMS, VARIABLE, Template
from tests.providers.twilio_message import TwilioError

STATUSES = (
    "unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled", "in appeal",
)  # fmt: skip
CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}
# WhatsApp decides within minutes or days; here the first look is "received", one after this "done".
REVIEW = timedelta(minutes=1)
HOST = "https://content.twilio.com"
# Of those that have no form without a country. Source: Meta, "Supported languages".
NEEDING_A_COUNTRY = {"pt", "zh"}
SIDE_BY_SIDE = re.compile(VARIABLE.pattern + r"\s*" + VARIABLE.pattern)


def new_sid(prefix: str) -> str:
    return f"{prefix}{uuid4().hex}"


class Contents:
    """The account's templates by their Sid."""

    def __init__(self, account_sid: str, now: Callable[[], datetime]) -> None:
        self.templates: dict[str, Template] = {}
        self._account_sid = account_sid
        self._now = now

    # What a test or the console may do.

    def make(self, body: str, samples: dict[str, str] | None = None) -> Template:
        """A text template as made and approved in Twilio's console."""
        types = {"twilio/text": {"body": body}}
        names = VARIABLE.findall(body)
        content = {
            "friendly_name": "made in the console", "language": "en", "types": types,
            "variables": samples or {name: f"sample {name}" for name in names},
        }  # fmt: skip
        template = self._keep(content)
        template.status = "approved"
        return template

    def set_status(self, sid: str, status: str, reason: str = "") -> None:
        """What WhatsApp, or the clinic's quality rating, made of it."""
        template = self.templates[sid]
        if status not in STATUSES:
            raise ValueError(f"expected one of {', '.join(STATUSES)}")
        if template.is_session_only and status != "unsubmitted":
            raise ValueError("a list picker cannot be put before WhatsApp")
        template.status, template.rejection_reason = status, reason
        template.submitted_at = None

    # The API.

    def create(self, content: dict[str, Any]) -> Answer:
        types = content["types"]
        if not types:
            raise TwilioError(400, 20001, "types: at least one is needed")
        for kind, items, most in (
            ("quick-reply", "actions", APPROVED),
            ("list-picker", "items", ITEMS),
        ):
            part = types.get(f"twilio/{kind}")
            if part and (not 1 <= len(part[items]) <= most or len(part["body"]) > BODY):
                raise TwilioError(400, 20001, f"twilio/{kind}: 1 to {most} choices, body <= 1,024")
        if Template("", types, {}).variables - (content.get("variables") or {}).keys():
            raise TwilioError(400, 20001, "variables: each needs a sample")
        return Answer(201, self._keep(content).answer)

    def fetch(self, sid: str) -> Answer:
        return Answer(200, self._found(sid).answer)

    def delete(self, sid: str) -> Answer:
        self._found(sid)
        del self.templates[sid]
        return Answer(204, None)

    def listed(self, query: dict[str, Any], *, with_approvals: bool) -> Answer:
        size, page = query.get("PageSize", 50), query.get("Page", 0)
        path = "ContentAndApprovals" if with_approvals else "Content"
        url = f"{HOST}/v1/{path}?PageSize={size}&Page="
        newest = list(reversed(self.templates.values()))
        shown = newest[page * size : (page + 1) * size]
        more = len(newest) > (page + 1) * size
        meta = {
            "page": page, "page_size": size, "key": "contents", "url": f"{url}{page}",
            "first_page_url": f"{url}0", "next_page_url": f"{url}{page + 1}" if more else None,
            "previous_page_url": f"{url}{page - 1}" if page else None,
        }  # fmt: skip
        answers = [self._with_approval(each) if with_approvals else each.answer for each in shown]
        return Answer(200, {"contents": answers, "meta": meta})

    def submit(self, sid: str, request: dict[str, Any]) -> Answer:
        template = self._found(sid)
        if template.is_session_only:
            raise TwilioError(400, 20001, "twilio/list-picker cannot be submitted to WhatsApp")
        if not re.fullmatch(r"[a-z0-9_]{1,512}", request["name"]):
            raise TwilioError(400, 20001, "name: lower case letters, digits and _ only")
        if request["category"] not in CATEGORIES:
            raise TwilioError(400, 20001, f"category: one of {', '.join(sorted(CATEGORIES))}")
        if template.status not in ("unsubmitted", "rejected"):
            raise TwilioError(400, 20001, "it was submitted before")
        template.submitted = {"name": request["name"], "category": request["category"]}
        template.submitted_at = self._now()
        template.status, template.rejection_reason = "received", ""
        return Answer(201, _approval(template))

    def approval(self, sid: str) -> Answer:
        template = self._found(sid)
        self.review(template)
        whatsapp = {"type": "whatsapp", **_approval(template)}
        url = f"{HOST}/v1/Content/{sid}/ApprovalRequests"
        ids = {"sid": sid, "account_sid": self._account_sid, "url": url}
        return Answer(200, {**ids, "whatsapp": whatsapp})

    def review(self, template: Template) -> None:
        """Time has passed: WhatsApp looked at it."""
        if template.submitted_at is None:
            return
        if self._now() - template.submitted_at < REVIEW:
            template.status = "pending"
            return
        template.rejection_reason = _fault(template)
        template.status = "rejected" if template.rejection_reason else "approved"
        template.submitted_at = None

    def _found(self, sid: str) -> Template:
        if sid not in self.templates:
            raise TwilioError(404, 20404, f"The requested resource /Content/{sid} was not found")
        return self.templates[sid]

    def _keep(self, content: dict[str, Any]) -> Template:
        sid = new_sid("HX")
        stamp = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        url = f"{HOST}/v1/Content/{sid}"
        links = {
            "approval_fetch": f"{url}/ApprovalRequests",
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
        }
        names = ("friendly_name", "language", "variables", "types")
        answer = {
            **{name: content.get(name) for name in names},
            "sid": sid, "account_sid": self._account_sid, "url": url, "links": links,
            "date_created": stamp, "date_updated": stamp,
        }  # fmt: skip
        samples = dict(content.get("variables") or {})
        self.templates[sid] = Template(sid, content["types"], answer, samples)
        return self.templates[sid]

    def _with_approval(self, template: Template) -> dict[str, Any]:
        self.review(template)
        kept = {key: value for key, value in template.answer.items() if key not in ("url", "links")}
        return {**kept, "approval_requests": _approval(template)}


def _approval(template: Template) -> dict[str, Any]:
    return {
        "name": template.submitted.get("name", ""),
        "category": template.submitted.get("category", ""),
        "content_type": next(iter(template.types)), "status": template.status,
        "rejection_reason": template.rejection_reason, "allow_category_change": True,
    }  # fmt: skip


def _fault(template: Template) -> str:
    """Why WhatsApp says no to its form; "" if it does not."""
    [part, *_] = template.types.values()
    body = part.get("body", "")
    if template.answer["language"] in NEEDING_A_COUNTRY:
        return "There is no such language: it needs its country, as in pt_BR."
    if re.match(r"\s*" + VARIABLE.pattern, body) or re.search(VARIABLE.pattern + r"\s*$", body):
        return "The body may not start or end with a variable."
    if SIDE_BY_SIDE.search(body):
        return "The body may not have two variables side by side."
    if any(not template.samples.get(name, "").strip() for name in template.variables):
        return "Each variable needs a sample."
    if len(body) > BODY:
        return "The body is over 1,024 characters."
    return ""
