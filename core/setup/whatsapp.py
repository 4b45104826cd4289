"""`[whatsapp]` in clinic.toml: templates in the clinic's own wording, or those that it has already.

Which sentences there are, and what may stand in each, only the bot knows (`bot.templates.checks`).
"""

# pydantic copies defaults; ruff does not see from here that a Section is one of its models.
# ruff: noqa: RUF012

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from sqlalchemy import Connection, select

from core.models import organizations
from core.setup.section import Section
from core.setup.values import Language, Line, Text, refuse, shape

ContentSid = Annotated[
    str, shape(r"HX[0-9a-fA-F]{32}", 'the id of a template at Twilio, "HX" and 32 hex digits')
]


class WhatsAppTemplate(Section):
    """What is left out is ours. `content_sid`: it is made and approved already, and Twilio has its
    wording; then `variables` say what fills {{1}}, {{2}} ... of it."""

    category: Literal["utility", "marketing"] | None = None
    body: Text | None = None
    buttons: list[Line] | None = None
    variables: list[Line] | None = None
    content_sid: Annotated[ContentSid | None, Field(validate_default=True)] = None

    @field_validator("content_sid")
    @classmethod
    def _has_its_own_words(cls, sid: str | None, info: ValidationInfo) -> str | None:
        told = [name for name in ("body", "buttons", "category") if info.data.get(name) is not None]
        if sid is not None and told:
            refuse(f"no {told[0]} beside content_sid: that template has its own", sid)
        if sid is not None and "variables" in info.data and info.data["variables"] is None:
            refuse("variables beside content_sid, the words that fill it, in their order", sid)
        if sid is None and info.data.get("variables") is not None:
            refuse("content_sid beside variables, the template that they fill", "nothing")
        return sid


class WhatsApp(Section):
    # Language -> sentence -> its template.
    templates: dict[Language, dict[str, WhatsAppTemplate]] = {}


def stored_templates(wanted: WhatsApp) -> str | None:
    """Return the column `organizations.whatsapp_templates`."""
    described = {
        language: {key: each.model_dump(exclude_none=True) for key, each in texts.items()}
        for language, texts in wanted.templates.items()
    }
    return json.dumps(described, ensure_ascii=False) if described else None


def described_templates(connection: Connection) -> Mapping[str, Mapping[str, WhatsAppTemplate]]:
    """Return the clinic's own templates as they are stored: language -> sentence."""
    stored = connection.scalar(select(organizations.c.whatsapp_templates))
    return WhatsApp.model_validate({"templates": json.loads(stored or "{}")}).templates
