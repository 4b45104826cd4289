"""An absence or a holiday of today or later, taken back and put back from the page of hours."""

from datetime import date, time
from urllib.parse import quote, unquote

from bot.dialogue.turn import Option, Say, say
from bot.staff.away.reading import is_all_theirs, is_place_theirs
from bot.staff.hours.wording import surname
from bot.staff.work import Answer, Work
from core.errors import UnknownPractitioner
from core.scheduling.hours import (
    NothingToRemove,
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
)
from core.scheduling.week import Stretch
from core.staff.days_off import Absence, absence_of, holiday_of

_NONE = "-"


def present(work: Work, absence_id: str) -> Answer:
    """They are there after all."""
    absence = absence_of(work.connection, int(absence_id))
    _require_theirs(work, absence.practitioner_id)
    remove_absence(work.connection, absence.id, actor=_by(work), now=work.now)
    work.note("there_after_all", "absence", [absence.id])
    says = [say("is_there_again", who=surname(work, absence.practitioner_id))]
    undo = Option(f"absent:{_absence_code(absence)}", say("staff_undo"))
    return Answer((*says, *_file_has_it(is_in_file=absence.is_in_file)), (undo,))


def absent(work: Work, *code: str) -> Answer:
    """And yet they are away."""
    who, first, last, hours, reason = code
    person = int(who)
    _require_theirs(work, person)
    stretch = None
    if hours != _NONE:
        stretch = Stretch(*(time.fromisoformat(unquote(each)) for each in hours.split("_")))
    add_absence(
        work.connection,
        person,
        date.fromisoformat(first),
        date.fromisoformat(last),
        stretch,
        reason=unquote(reason) or None,
        actor=_by(work),
        now=work.now,
    )
    work.note("away", "practitioner", [person])
    return Answer((say("is_away_again", who=surname(work, person)),))


def open_after_all(work: Work, location: str, day: str) -> Answer:
    """The place is open on that day after all."""
    holiday = holiday_of(work.connection, int(location), date.fromisoformat(day))
    if not is_place_theirs(work, holiday.location_id):
        raise NothingToRemove("not of this person's places")
    remove_holiday(work.connection, holiday.location_id, holiday.day, actor=_by(work), now=work.now)
    work.note("opened_again", "location", [holiday.location_id])
    place = work.clinic.directory.location(holiday.location_id).name
    told = say("is_open_again", place=place, text=work.book.short_day(holiday.day))
    undo = Option(f"shut:{location}:{day}:{quote(holiday.name, safe='')}", say("staff_undo"))
    return Answer((told, *_file_has_it(is_in_file=holiday.is_in_file)), (undo,))


def shut(work: Work, location: str, day: str, name: str) -> Answer:
    """And yet it is closed."""
    location_id, on = int(location), date.fromisoformat(day)
    if not is_place_theirs(work, location_id):
        raise NothingToRemove("not of this person's places")
    add_holiday(work.connection, location_id, on, unquote(name), actor=_by(work), now=work.now)
    work.note("closed", "location", [location_id])
    place = work.clinic.directory.location(location_id).name
    return Answer((say("is_closed_again", place=place, text=work.book.short_day(on)),))


def _file_has_it(*, is_in_file: bool) -> list[Say]:
    return [say("file_brings_it_back")] if is_in_file else []


def _absence_code(absence: Absence) -> str:
    hours = _NONE
    if absence.hours is not None:
        hours = "_".join(quote(each.isoformat(), safe="") for each in absence.hours)
    reason = quote(absence.reason or "", safe="")
    return f"{absence.practitioner_id}:{absence.first}:{absence.last}:{hours}:{reason}"


def _require_theirs(work: Work, practitioner_id: int) -> None:
    if not is_all_theirs(work, practitioner_id):
        raise UnknownPractitioner("not of this person's practitioners")


def _by(work: Work) -> str:
    return f"staff {work.pairing.member.id}"
