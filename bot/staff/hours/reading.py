"""Which hours are meant: from words, and from the code of a button."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from bot.dialogue.turn import Option, say
from bot.staff.away.reading import is_all_theirs
from bot.staff.reading import Asked
from bot.staff.work import ASKED_MORE, Answer, Work, line
from bot.understanding.values import Entities
from core.errors import UnknownPractitioner
from core.scheduling.hours_by_staff import Where, weekday_of
from core.scheduling.overlay import Change
from core.scheduling.week import END_OF_DAY, Stretch
from core.staff.changing_hours import Edit

COMMAND = "hours"
_OFF = re.compile(
    r"\b(?:off|no longer|not work|stops?|never|ya no|no trabaja|libra|libre|deja)\b"
    r"|n['\u2019]t work",
    re.IGNORECASE,
)
# "9-13" is hours here, not days of a month; of "3-5" nobody knows which half of the day.
_HOURS = re.compile(
    r"(?<![\d:/.-])(\d{1,2})\s*[-\u2013]\s*(\d{1,2})(?![\d:/.-]|\s*[ap]\.?m)", re.IGNORECASE
)
_EARLIEST = 7
_ASKED = "\n"  # Between what was said before something was asked for, and after.
_BETWEEN = re.compile(r",|;|&|\band\b|\by\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """Nothing is to be changed: somebody's hours are asked for."""

    practitioner_id: int


def edit_in(work: Work, asked: Asked) -> Edit | Shown | Answer:
    """Return what is to become of whose hours, or what is asked where that is not clear."""
    asked = _begun_anew(work, asked)
    text = _as_hours(asked.text)
    read = work.read(text, command=COMMAND)
    said, stretches, is_off = read.said, _stretches(work, text, read), bool(_OFF.search(text))
    if asked.practitioner is None and (asked.candidates or asked.is_nobody):
        return _which(work, asked)
    person = asked.practitioner or work.pairing.member.practitioner_id
    weekdays = _weekdays(said)
    is_of_the_day = read.day is not None and not (weekdays or stretches)
    if is_of_the_day and is_off:
        return Answer((), then=f"/block {asked.text}")  # "Dr Patel does not work tomorrow"
    if is_of_the_day and asked.practitioner is None:
        return Answer((), then=f"/day {asked.text}")  # "Who works tomorrow?"
    if person is None:
        return _asks("whose_hours", asked)
    if not is_all_theirs(work, person):
        return Answer((say("not_yours"),))
    if not (weekdays or stretches or read.day):
        return Shown(person)
    if weekdays:
        return _weekly(work, asked, person, said, () if is_off else stretches, is_off=is_off)
    return _extra(work, asked, person, read.day, stretches)


def _weekly(
    work: Work,
    asked: Asked,
    person: int,
    said: Entities,
    stretches: tuple[Stretch, ...],
    *,
    is_off: bool,
) -> Edit | Answer:
    weekdays = _weekdays(said)
    if not stretches and not is_off:
        return _asks("which_hours_then", asked)
    since = said.date_from or next(iter(said.dates), None)
    if since is None:
        return _asks("from_which_day", asked)
    if since < work.today:
        return Answer((say("hours_day_is_over"),))
    place = _place(work, asked, person, weekdays)
    if isinstance(place, Answer):
        return place
    return Edit(
        person,
        tuple(
            (Where(person, place, weekday), Change(stretches, since, said.date_to))
            for weekday in weekdays
        ),
    )


def _extra(
    work: Work, asked: Asked, person: int, day: date | None, stretches: tuple[Stretch, ...]
) -> Edit | Answer:
    if day is None:
        return _asks("on_which_day", asked)
    if not stretches:
        return _asks("from_when_until_when", asked)
    if day < work.today:
        return Answer((say("hours_day_is_over"),))
    place = _place(work, asked, person, ())
    if isinstance(place, Answer):
        return place
    where = Where(person, place, day.weekday())
    return Edit(person, ((where, Change(stretches, day, day, is_extra=True)),))


def _weekdays(said: Entities) -> tuple[int, ...]:
    """Return the weekdays of a week that is to be another: "Mondays", or "Monday from March"."""
    if said.weekdays:
        return said.weekdays
    return (said.weekday,) if said.weekday is not None and said.date_from is not None else ()


def _as_hours(text: str) -> str:
    def written(found: re.Match[str]) -> str:
        starts, ends = int(found[1]), int(found[2])
        is_plain = _EARLIEST <= starts < ends <= 24
        return f"{starts}:00-{ends}:00" if is_plain else found[0]

    return _HOURS.sub(written, text)


def _stretches(work: Work, text: str, read: Asked) -> tuple[Stretch, ...]:
    """Return the hours that are said: "8 to 12 and 14 to 18" are two stretches of a day."""
    parts = [work.read(part).said for part in _BETWEEN.split(text)]
    found = [stretch for said in parts if (stretch := _stretch(said)) is not None]
    whole = _stretch(read.said)
    return tuple(sorted(found)) if len(found) > 1 else (whole,) if whole else tuple(found)


def _stretch(said: Entities) -> Stretch | None:
    if said.time_from is None or said.time_to is None:
        return None
    return Stretch(said.time_from, END_OF_DAY if said.time_to == time() else said.time_to)


def _place(work: Work, asked: Asked, person: int, weekdays: Sequence[int]) -> int | Answer:
    """Return the place that is named, the only one where they work, or the only one of those
    weekdays; else ask for it."""
    theirs = work.clinic.directory.practitioner(person).locations
    if asked.location is not None:
        may = work.sphere.covers(person, asked.location)
        is_theirs = asked.location in theirs or not work.sphere.is_own
        return asked.location if may and is_theirs else Answer((say("not_yours"),))
    those = [place for place in theirs if _works_on(work, person, place, weekdays)]
    known = those or theirs or [place.key for place in work.clinic.directory.locations]
    if len(known) == 1:
        return known[0]
    names = ((place, work.clinic.directory.location(place).name) for place in known)
    options = (Option(f"whose:{person}:{place}:{asked.text}", line(name)) for place, name in names)
    return Answer((say("at_which_place"),), tuple(options))


def _works_on(work: Work, person: int, place: int, weekdays: Sequence[int]) -> bool:
    return any(
        weekday_of(work.connection, Where(person, place, weekday)).hours for weekday in weekdays
    )


def _which(work: Work, asked: Asked) -> Answer:
    """Several have that name, or nobody has."""
    if not asked.candidates:
        return Answer((say("no_such_practitioner"),))
    people = (work.clinic.directory.practitioner(key) for key in asked.candidates)
    return Answer(
        (say("which_practitioner"),),
        tuple(
            Option(
                f"whose:{each.key}:{asked.location or 0}:{asked.text}",
                line(each.full_name(work.book.language)),
            )
            for each in people
        ),
    )


def _asks(sentence: str, asked: Asked) -> Answer:
    return Answer((say(sentence),), asks=f"{ASKED_MORE}:{COMMAND}:{asked.text}{_ASKED}")


def _begun_anew(work: Work, asked: Asked) -> Asked:
    """Whoever names somebody anew, instead of what was asked for, means something else."""
    *before, last = asked.text.split(_ASKED)
    if not before or work.read(last, command=COMMAND).practitioner is None:
        return asked
    is_named = any(work.read(part, command=COMMAND).practitioner for part in before)
    return work.read(last, command=COMMAND) if is_named else asked


# As the code of a button

_WHOLE_DAY, _FOR_GOOD, _NONE = "2400", "on", "0"


def code_of(edit: Edit) -> str:
    """Return `edit` as a part of the code of a button: whose, what, and the rest of it."""
    if edit.withdrawn:
        return f"{edit.practitioner_id}:off:{'+'.join(map(str, edit.withdrawn))}"
    changes = (_change_code(where, change) for where, change in edit.changes)
    return f"{edit.practitioner_id}:on:{'+'.join(changes)}"


def decoded(work: Work, code: Sequence[str]) -> Edit:
    """Raises UnknownPractitioner for what is not theirs."""
    who, kind, rest = code
    person, parts = int(who), rest.split("+")
    if kind == "off":
        edit = Edit(person, withdrawn=tuple(map(int, parts)))
    else:
        edit = Edit(person, tuple(_changed(person, part) for part in parts))
    places = (where.location_id for where, _ in edit.changes)
    if not is_all_theirs(work, person) or not all(
        work.sphere.covers(person, place) for place in places
    ):
        raise UnknownPractitioner("not of this person's practitioners")
    return edit


def _change_code(where: Where, change: Change) -> str:
    hours = "_".join(f"{_digits(part.starts)}{_digits(part.ends)}" for part in change.stretches)
    return "/".join(
        (
            str(where.location_id),
            str(where.weekday),
            str(change.since),
            str(change.until or _FOR_GOOD),
            hours or _NONE,
            str(int(change.is_extra)),
        )
    )


def _changed(person: int, code: str) -> tuple[Where, Change]:
    place, weekday, since, until, hours, is_extra = code.split("/")
    stretches = [] if hours == _NONE else hours.split("_")
    return Where(person, int(place), int(weekday)), Change(
        tuple(Stretch(_clock(each[:4]), _clock(each[4:])) for each in stretches),
        date.fromisoformat(since),
        None if until == _FOR_GOOD else date.fromisoformat(until),
        is_extra == "1",
    )


def _digits(at: time) -> str:
    return _WHOLE_DAY if at == END_OF_DAY else f"{at:%H%M}"


def _clock(digits: str) -> time:
    return END_OF_DAY if digits == _WHOLE_DAY else time(int(digits[:2]), int(digits[2:]))
