"""The visits of a day, a week or a month as a file for spreadsheets, where the clinic allows it."""

import csv
import io
from collections.abc import Sequence

from bot.dialogue.turn import Say, say
from bot.documents import Document
from bot.staff.days import whose
from bot.staff.reading import Asked
from bot.staff.reports import PERIODS, in_words, is_theirs, kind_of
from bot.staff.work import Answer, Work
from core.reports.listing import ListedVisit, list_visits
from core.reports.period import Period
from core.reports.selection import select_days

MOST = 5_000  # Lines of one file.
COLUMNS = (
    "appointment",
    "day",
    "starts",
    "ends",
    "practitioner",
    "location",
    "visit_type",
    "status",
    "booked_through",
    "booked_on",
    "cancelled_by",
    "patient",
)
# A spreadsheet takes what begins so for a formula, and would run what a patient gave as a name
# (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(work: Work, asked: Asked) -> Answer:
    """ "/export month Dr Patel": the week, unless a day or a month is named."""
    if work.clinic.rules.staff_export == "off":
        return Answer((say("export_off"),))
    if asked.candidates or asked.is_nobody:
        return Answer((say("no_such_practitioner"),))
    if not is_theirs(work, asked):
        return Answer((say("not_yours"),))
    period = PERIODS[kind_of(work, asked.text)](asked.day or work.today)
    chosen = select_days(
        work.connection,
        work.sphere,
        period,
        practitioner_id=asked.practitioner,
        location_id=asked.location,
    )
    visits = list_visits(work.connection, chosen, MOST + 1)
    about = {"text": in_words(work, period), "whose": whose(work, asked)}
    if not visits:
        return Answer((say("export_none", **about),))
    if len(visits) > MOST:
        return Answer((say("export_too_many", count=MOST, **about),))
    work.note(
        "exported",
        "appointment",
        [visit.id for visit in visits],
        [visit.patient_id for visit in visits],
        is_sensitive=True,
    )
    says = (say("export_of", count=len(visits), **about), *_how_long(work))
    return Answer(says, document=_document(work, period, visits))


def _how_long(work: Work) -> tuple[Say, ...]:
    hours = work.clinic.rules.staff_chat_clear_hours
    return (say("export_goes", hours=hours),) if hours else ()


def _document(work: Work, period: Period, visits: Sequence[ListedVisit]) -> Document:
    file = io.StringIO()
    lines = csv.writer(file)
    lines.writerow(COLUMNS)
    lines.writerows(_cells(work, visit) for visit in visits)
    days = f"{period.first}" if period.first == period.last else f"{period.first}-{period.last}"
    return Document(f"visits-{days}.csv", file.getvalue())


def _cells(work: Work, visit: ListedVisit) -> list[str]:
    """Times by the clock of the place; of names as much as the chat shows."""
    directory, language = work.clinic.directory, work.book.language
    place = directory.location(visit.location_id)
    starts, ends, booked = (
        at.astimezone(place.zone) for at in (visit.starts_at, visit.ends_at, visit.booked_at)
    )
    cells = (
        visit.public_id,
        f"{starts:%Y-%m-%d}",
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
        directory.practitioner(visit.practitioner_id).full_name(language),
        place.name,
        directory.visit_type(visit.visit_type_id).name(language),
        visit.status,
        visit.booked_through,
        f"{booked:%Y-%m-%d}",
        visit.cancelled_by or "",
        _patient(work, visit),
    )
    return [_harmless(cell) for cell in cells]


def _patient(work: Work, visit: ListedVisit) -> str:
    if visit.is_restricted and visit.patient_id not in work.opened:
        return work.book.say(say("restricted"))
    return work.called(visit)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
