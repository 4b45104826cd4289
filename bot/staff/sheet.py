"""A day sheet as a page to print: a table for each practitioner, with boxes to tick and lines for
who comes without an appointment."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from html import escape

from bot.dialogue.turn import say
from bot.directory import Location, Practitioner
from bot.staff.wording import StaffPhrasebook
from core.models.appointments import AppointmentStatus
from core.staff.daysheet import SheetLine

# So every sheet begins, and nothing else does; then stands what tells one day from another.
BEGINS = b'<!DOCTYPE html>\n<meta name="frontdesk-day-sheet"'
_DIGEST = re.compile(r'<meta name="frontdesk-day-sheet" content="(\w+)">', re.ASCII)
_BLANK_LINES = 5
_ONLY_BLANK_LINES = 15  # Of who has no visits, and sees whoever walks in.
_BOX, _TICKED = "\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}"
_MARKS = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)
_STYLE = """
@page { margin: 12mm; size: A4; }
body { color: #000; font: 11pt/1.35 system-ui, sans-serif; }
h1 { font-size: 15pt; margin: 0 0 2mm; }
h2 { break-after: avoid; font-size: 12pt; margin: 6mm 0 2mm; }
p { margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
tr { break-inside: avoid; }
td, th { border: 0.3mm solid #777; height: 8mm; padding: 1mm 2mm; text-align: left; }
th { background: #eee; font-size: 9pt; }
"""


def render(
    sheet: Mapping[int, Sequence[SheetLine]],
    place: Location,
    day: date,
    now: datetime,
    book: StaffPhrasebook,
) -> str:
    """Return the page, complete in itself: it is read where no network is."""
    title = book.say(say("sheet_title", text=place.name, day=day))
    made = book.say(say("sheet_made", text=book.stamp(now, place)))
    body = "".join(
        _table(book.directory.practitioner(person), lines, place, book)
        for person, lines in sheet.items()
    )
    if not sheet:
        body = f"<p>{_in_html(book, 'nobody_that_day')}</p>"
    digest = hashlib.sha256(f"{title}{_STYLE}{body}".encode()).hexdigest()
    return (
        f'{BEGINS.decode()} content="{digest}">\n'
        f'<html lang="{book.language}">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
        f"<h1>{escape(title)}</h1>\n<p>{escape(made)}</p>\n{body}</html>\n"
    )


def digest_of(page: str) -> str | None:
    """Return what tells the days of two pages apart, whenever they were made; None for what is no
    day sheet."""
    found = _DIGEST.search(page)
    return found[1] if found else None


def _table(
    person: Practitioner, lines: Sequence[SheetLine], place: Location, book: StaffPhrasebook
) -> str:
    heads = ("time", "patient", "phone", "visit", "here", "completed", "missed", "notes")
    head = "".join(f"<th>{_in_html(book, f'sheet_{each}')}</th>" for each in heads)
    rows = "".join(_row(each, place, book) for each in lines)
    blank = "<tr>" + "<td></td>" * len(heads) + "</tr>\n"
    walk_ins = f'<tr><th colspan="{len(heads)}">{_in_html(book, "sheet_walk_ins")}</th></tr>\n'
    return (
        f"<h2>{escape(person.full_name(book.language))}</h2>\n<table>\n<tr>{head}</tr>\n"
        f"{rows}{walk_ins}{blank * (_BLANK_LINES if lines else _ONLY_BLANK_LINES)}</table>\n"
    )


def _row(line: SheetLine, place: Location, book: StaffPhrasebook) -> str:
    visit = line.visit
    cells = (
        escape(book.clock(visit.starts_at, place)),
        escape(_who(line, book)),
        "<br>".join(map(escape, line.phones)),
        escape(", ".join(_what(line, book))),
        *(_TICKED if visit.status is mark else _BOX for mark in _MARKS),
        "",
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _who(line: SheetLine, book: StaffPhrasebook) -> str:
    visit = line.visit
    if visit.is_restricted:
        return book.say(say("restricted"))
    born = f", {visit.date_of_birth.year}" if visit.date_of_birth else ""
    return f"{visit.last_name}, {visit.first_name}{born}"


def _what(line: SheetLine, book: StaffPhrasebook) -> Iterator[str]:
    visit = line.visit
    yield book.directory.visit_type(visit.visit_type_id).name(book.language)
    if not visit.is_restricted:
        yield from (need.replace("_", " ") for need in visit.needs)


def _in_html(book: StaffPhrasebook, key: str) -> str:
    return escape(book.say(say(key)))
