"""The WhatsApp templates of the clinic: their rows, and one of them filled for a message.

A template can't be changed once WhatsApp has it: a new wording is a new row under a new name, and
the one before it stands in until the new one is approved. `updated_at` is when it was last wanted,
or ceased to be.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from core.database.upsert import insert_new
from core.messaging.troubles import end_troubles, open_troubles, raise_trouble
from core.models import templates
from core.models.messaging import TemplateStatus

VARIABLE = re.compile(r"\{\{(\d+)\}\}")
BUTTON = "button."  # "button.2" is what comes back when the second button is pressed.

# Of a new wording; until then the one before it stands in.
NOT_YET_APPROVED = (TemplateStatus.DRAFT, TemplateStatus.PENDING, TemplateStatus.REJECTED)
# What will change by itself, and how often we ask.
UNDER_REVIEW = (TemplateStatus.PENDING, TemplateStatus.IN_APPEAL, TemplateStatus.PAUSED)
ASK_AGAIN_AFTER = timedelta(hours=1)
LOOK_AGAIN_AFTER = timedelta(days=1)  # Patients may have complained of an approved one.
TROUBLE = "template "  # Begins the keys of their tasks.
# Staff must do something about these.
TURNED_DOWN = (TemplateStatus.REJECTED, TemplateStatus.PAUSED, TemplateStatus.DISABLED)


@dataclass(frozen=True, slots=True)
class Template:
    """`variables`: what fills `{{1}}`, `{{2}}` ..., in their order. `buttons`: their titles."""

    id: int
    key: str
    language: str
    name: str
    category: str
    body: str
    variables: tuple[str, ...]
    buttons: tuple[str, ...]
    content_sid: str | None
    status: TemplateStatus
    reason: str | None
    checked_at: datetime | None

    @property
    def patience(self) -> timedelta:
        return ASK_AGAIN_AFTER if self.status in UNDER_REVIEW else LOOK_AGAIN_AFTER

    @property
    def title(self) -> str:
        return f"{self.key} ({self.language})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template as the clinic wants it. `content_sid`: it is there already, made by the clinic."""

    key: str
    language: str
    name: str
    category: str
    body: str
    variables: tuple[str, ...]
    buttons: tuple[str, ...]
    content_sid: str | None = None


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """What goes out: the template, what fills it, and how both read on the patient's screen."""

    content_sid: str
    variables: Mapping[str, str]
    text: str
    buttons: tuple[str, ...]


def in_use(connection: Connection) -> list[Template]:
    """Return those that are wanted, and the wordings that stand in for one that is new."""
    rows = connection.execute(
        select(templates).order_by(
            templates.c.language, templates.c.key, templates.c.updated_at.desc(), templates.c.id
        )
    ).all()
    wanted = {(row.key, row.language): _read(row) for row in rows if row.is_active}
    found = list(wanted.values())
    for row in rows:
        successor = wanted.get((row.key, row.language))
        if successor is None or row.is_active or row.status != TemplateStatus.APPROVED:
            continue
        if successor.status in NOT_YET_APPROVED:
            found.append(_read(row))
            wanted.pop((row.key, row.language))  # One is enough: the last that was in use.
    return found


def approved(connection: Connection) -> dict[tuple[str, str], Template]:
    """Return what may be sent, by sentence and language."""
    return {
        (each.key, each.language): each
        for each in in_use(connection)
        if each.status is TemplateStatus.APPROVED and each.content_sid
    }


def to_be_asked_about(connection: Connection, now: datetime, limit: int) -> list[Template]:
    """Return those whose state may have changed since we asked, the longest ago first."""
    due = [
        (each.checked_at, each)
        for each in in_use(connection)
        if each.content_sid and (each.checked_at is None or each.checked_at <= now - each.patience)
    ]
    due.sort(key=lambda found: (found[0] is not None, found[0] or now))
    return [each for _, each in due[:limit]]


def ask_soon(connection: Connection, content_sid: str) -> None:
    """WhatsApp has refused it where it was approved when we asked: something has changed."""
    this = update(templates).where(templates.c.content_sid == content_sid)
    connection.execute(this.values(checked_at=None))


def keep(connection: Connection, wanted: Sequence[Wanted], now: datetime) -> list[Template]:
    """Make the wanted ones those that are active, and return them in the same order."""
    names = [each.name for each in wanted]
    for each in wanted:
        insert_new(connection, templates, _row(each, now))
    for is_wanted in (True, False):
        chosen = templates.c.name.in_(names) if is_wanted else templates.c.name.not_in(names)
        changed = update(templates).where(chosen, templates.c.is_active.is_not(is_wanted))
        connection.execute(changed.values(is_active=is_wanted, updated_at=now))
    rows = connection.execute(select(templates).where(templates.c.name.in_(names)))
    known = {row.name: _read(row) for row in rows}
    kept = [known[name] for name in names]
    titles = {trouble_of(each) for each in kept if each.status in TURNED_DOWN}
    over = [key for key in open_troubles(connection) if key.startswith(TROUBLE)]
    end_troubles(connection, set(over) - titles, now)
    return kept


def _row(wanted: Wanted, now: datetime) -> dict[str, object]:
    return {
        "key": wanted.key,
        "language": wanted.language,
        "name": wanted.name,
        "category": wanted.category,
        "body": wanted.body,
        "variables": json.dumps(wanted.variables),
        "buttons": json.dumps(wanted.buttons),
        "content_sid": wanted.content_sid,
        "status": TemplateStatus.DRAFT,
        "is_active": True,
        "created_at": now,
        "updated_at": now,
    }


def note_content(connection: Connection, template: Template, content_sid: str) -> Template:
    """It is at Twilio under this id, and what WhatsApp thinks of it is not known yet."""
    made = replace(template, content_sid=content_sid, status=TemplateStatus.DRAFT)
    _set(connection, template, content_sid=content_sid, status=made.status, status_reason=None)
    return made


def note_status(
    connection: Connection,
    template: Template,
    status: TemplateStatus,
    reason: str | None,
    now: datetime,
) -> None:
    """Write what WhatsApp thinks of it. Staff hear once of each that is turned down."""
    _set(connection, template, status=status, status_reason=reason, checked_at=now)
    if status not in TURNED_DOWN:
        end_troubles(connection, {trouble_of(template)}, now)
    elif status is not template.status:
        note = f"{status.value}{f' ({reason})' if reason else ''}. {WHAT_TO_DO[status]}"
        raise_trouble(connection, trouble_of(template), note, now)


WHAT_TO_DO = {
    TemplateStatus.REJECTED: "Give it another wording in the clinic file, then run"
    " `frontdesk setup` and `frontdesk templates sync`.",
    TemplateStatus.PAUSED: "Patients complained of it: WhatsApp lets it rest for some hours."
    " Until then what it says goes another way.",
    TemplateStatus.DISABLED: "WhatsApp takes it no more: give it another wording in the clinic"
    " file, then run `frontdesk setup` and `frontdesk templates sync`.",
}


def trouble_of(template: Template) -> str:
    """The key of the task that staff have about it."""
    return f"{TROUBLE}{template.title}"


def fill(
    template: Template, values: Mapping[str, str], choices: Sequence[Mapping[str, str]]
) -> FilledTemplate | None:
    """Return the template with everything it names; None if anything is not set, or empty: Twilio
    would put the sample in its place, and tell nobody. `choices`: what its buttons stand for."""
    known = dict(values)
    for number, choice in enumerate(choices, start=1):
        known[f"{BUTTON}{number}"] = choice["value"]
    # WhatsApp refuses line breaks, tabs and rows of blanks in a value.
    filled = [" ".join(known.get(name, "").split()) for name in template.variables]
    if not (template.content_sid and all(filled)):
        return None
    numbered = {str(number): value for number, value in enumerate(filled, start=1)}
    return FilledTemplate(
        content_sid=template.content_sid,
        variables=numbered,
        text=VARIABLE.sub(lambda found: numbered[found[1]], template.body),
        buttons=template.buttons,
    )


def _set(connection: Connection, template: Template, **values: object) -> None:
    connection.execute(update(templates).where(templates.c.id == template.id).values(**values))


def _read(row: Row[tuple[object, ...]]) -> Template:
    found = row._mapping
    return Template(
        id=found["id"],
        key=found["key"],
        language=found["language"],
        name=found["name"],
        category=found["category"],
        body=found["body"],
        variables=tuple(json.loads(found["variables"])),
        buttons=tuple(json.loads(found["buttons"])),
        content_sid=found["content_sid"],
        status=TemplateStatus(found["status"]),
        reason=found["status_reason"],
        checked_at=found["checked_at"],
    )
