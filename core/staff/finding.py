"""Patients, as staff look them up: by any part of the name, by phone, by birth date. A constant
number of queries, however many patients there are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)

from core.clock import instant
from core.database.types import keyring_of
from core.errors import NothingToFindBy, PatientNotFound, RecordRestricted
from core.models import addresses, appointments, locations, name_words, patient_addresses, patients
from core.models.people import Standing
from core.people.links import holds
from core.people.names import one_slip_apart, words
from core.people.proofs import NUMBERS
from core.people.restricted import is_restricted
from core.phone import to_e164
from core.scheduling.appointments import upcoming
from core.staff.day import SHOWN, within
from core.staff.rights import Sphere

LIMIT = 8  # As many as are read at a glance.
_MOST_WORDS = 6  # Of a name; what is typed beyond is not looked at.
_LAST_SIGN = "\U0010ffff"  # After whatever may follow.
_DIGITS = 4  # Of a phone: enough to tell a household's numbers apart.
_SHORTEST_SLIP = 3  # In a shorter word one letter is half of it.


@dataclass(frozen=True, slots=True)
class NextVisit:
    id: int
    starts_at: datetime
    practitioner_id: int
    location_id: int


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody who was found. `phones`: the last four digits of each number; `next_visit`: the next
    one in the sphere of whoever asks, or one that is going on."""

    id: int
    public_id: str
    first_name: str
    last_name: str
    date_of_birth: date | None
    standing: Standing
    is_active: bool
    is_restricted: bool
    phones: tuple[str, ...]
    next_visit: NextVisit | None


@dataclass(frozen=True, slots=True)
class Restricted:
    """Somebody who was found, and whose record is not open to whoever asks."""

    id: int
    initials: str


@dataclass(frozen=True, slots=True)
class Found:
    """Who fits what was asked for. `more`: not all of them are here."""

    patients: tuple[Patient, ...] = ()
    restricted: tuple[Restricted, ...] = ()
    more: bool = False


def find_patients(
    connection: Connection,
    sphere: Sphere,
    now: datetime,
    *,
    name: str | None = None,
    phone: str | None = None,
    date_of_birth: date | None = None,
    opened: Collection[int] = (),
    limit: int = LIMIT,
) -> Found:
    """Return who fits all that is given, at most `limit` of them, by the words of their names.
    `opened`: the restricted records that whoever asks may see (`core.people.restricted`).

    A name fits by each of its words or how it begins, in any order; if nobody fits, with a slip of
    one letter in a word. A phone fits in any spelling that is read so where the clinic is, at
    whatever channel, as long as its link to the patient holds.

    Practitioners find whoever has or had a visit with them; a place's staff whoever has or had one
    there, and those who never had any anywhere. Whoever died or is not active any more is among
    them, but no record that went into another one. Raises NothingToFindBy when nothing is given, or
    nothing that could be a name or a number.
    """
    now = instant(now)
    typed = words(name)[:_MOST_WORDS] if name is not None else ()
    if (name is not None and not typed) or (not typed and phone is None and date_of_birth is None):
        raise NothingToFindBy("expected a name, a phone number or a date of birth")
    # Asked of the word's row where there is one: the patient's own is read only for those who fit.
    conditions = [_in_reach(sphere, name_words.c.patient_id if typed else patients.c.id)]
    conditions.append(patients.c.merged_into_id.is_(None))
    if phone is not None:
        conditions.append(_has_phone(connection, phone, now))
    if date_of_birth is not None:
        conditions.append(patients.c.date_of_birth == date_of_birth)
    # The longest word first: it leaves the fewest to look at.
    ordered = sorted(typed, key=len, reverse=True)
    rows = _look(connection, conditions, [_Begins(word) for word in ordered], limit + 1)
    if typed and not rows:
        rows = _look(connection, conditions, _slips(connection, ordered), limit + 1)
    return _found(connection, sphere, rows[:limit], opened, now, more=len(rows) > limit)


def patients_of(
    connection: Connection,
    sphere: Sphere,
    practitioner_id: int,
    now: datetime,
    *,
    since: int = 0,
    opened: Collection[int] = (),
    limit: int = LIMIT,
) -> Found:
    """Return who comes to a practitioner, or came, by name and from the `since`-th on; `opened` as
    above. Those who died or whose record is not active any more are left out."""
    theirs = select(appointments.c.patient_id).where(
        appointments.c.practitioner_id == practitioner_id,
        appointments.c.status.in_(SHOWN),
        within(sphere),
    )
    query = _PATIENTS.where(
        patients.c.id.in_(theirs),
        patients.c.is_active,
        patients.c.merged_into_id.is_(None),
        patients.c.standing != Standing.DECEASED,
    )
    page = query.order_by(patients.c.search_name, patients.c.id).offset(since).limit(limit + 1)
    rows = connection.execute(page).all()
    more = len(rows) > limit
    return _found(connection, sphere, rows[:limit], opened, instant(now), more=more)


def patient_of(
    connection: Connection,
    sphere: Sphere,
    patient_id: int,
    now: datetime,
    *,
    opened: Collection[int] = (),
) -> Patient:
    """Return one patient; `opened` as above. Raises PatientNotFound if there is none for them, and
    RecordRestricted for one whose record is not open to them."""
    conditions = [_in_reach(sphere, patients.c.id), patients.c.id == patient_id]
    conditions.append(patients.c.merged_into_id.is_(None))
    rows = _look(connection, conditions, [], 1)
    found = _found(connection, sphere, rows, opened, instant(now), more=False)
    if found.restricted:
        raise RecordRestricted(patient_id)
    if not found.patients:
        raise PatientNotFound("no such patient for this person")
    return found.patients[0]


@dataclass(frozen=True, slots=True)
class _Begins:
    """A word of a name that begins so."""

    beginning: str

    def fits(self, word: ColumnElement[str]) -> ColumnElement[bool]:
        return and_(word >= self.beginning, word < self.beginning + _LAST_SIGN)


@dataclass(frozen=True, slots=True)
class _IsAnyOf:
    """A word of a name that is one of these."""

    words: tuple[str, ...]

    def fits(self, word: ColumnElement[str]) -> ColumnElement[bool]:
        return word.in_(self.words)


_Fitting = _Begins | _IsAnyOf
_PATIENTS: Select[Any] = select(
    patients.c.id,
    patients.c.public_id,
    patients.c.first_name,
    patients.c.last_name,
    patients.c.date_of_birth,
    patients.c.standing,
    patients.c.is_active,
    is_restricted().label("is_restricted"),
)


def _look(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    typed: Sequence[_Fitting],
    limit: int,
) -> Sequence[Row[Any]]:
    """Return so many who fulfil all conditions and have a word for each that was typed, by the word
    for the first: read off an index, which is left where there are enough."""
    query = _PATIENTS.where(*conditions).limit(limit)
    if not typed:
        return connection.execute(query.order_by(patients.c.search_name, patients.c.id)).all()
    found, another = name_words.c, name_words.alias("another").c
    same = another.patient_id == found.patient_id
    # Of several words of one patient that fit, the first by the alphabet stands for them.
    earlier = exists().where(same, typed[0].fits(another.word), another.word < found.word)
    others = [exists().where(same, each.fits(another.word)) for each in typed[1:]]
    by_name = query.join(name_words, found.patient_id == patients.c.id)
    by_name = by_name.where(typed[0].fits(found.word), ~earlier, *others)
    return connection.execute(by_name.order_by(found.word, found.patient_id)).all()


def _slips(connection: Connection, typed: Sequence[str]) -> list[_Fitting]:
    """Return for each word those of patients' names that begin so or are one slip away. A first
    letter is seldom wrong, so that only a few words need be looked at."""
    word = name_words.c.word
    long = [each for each in typed if len(each) >= _SHORTEST_SLIP]
    if not long:
        return [_Begins(each) for each in typed]
    alike = (
        select(word)
        .where(
            _Begins(each[0]).fits(word),
            or_(func.length(word).between(len(each) - 1, len(each) + 1), _Begins(each).fits(word)),
        )
        .distinct()
        for each in long
    )
    known = set(connection.scalars(union_all(*alike)))
    return [
        _IsAnyOf(tuple(sorted(other for other in known if _is_near(each, other))))
        if each in long
        else _Begins(each)
        for each in typed
    ]


def _is_near(typed: str, word: str) -> bool:
    return word.startswith(typed) or one_slip_apart(typed, word)


def _in_reach(sphere: Sphere, patient_id: ColumnElement[int]) -> ColumnElement[bool]:
    if sphere.everywhere:
        return true()
    visits = (appointments.c.patient_id == patient_id, appointments.c.status.in_(SHOWN))
    seen = exists().where(*visits, within(sphere))
    if not (sphere.locations or sphere.departments):
        return seen
    return or_(seen, ~exists().where(*visits))


def _has_phone(connection: Connection, phone: str, now: datetime) -> ColumnElement[bool]:
    """The number is read as somebody would dial it at each of the clinic's locations."""
    countries = connection.scalars(select(locations.c.country).distinct())
    numbers = {number for country in countries if (number := to_e164(phone, country))}
    if not numbers:
        raise NothingToFindBy("expected a phone number such as +1 415 555 0100, got none")
    keys = keyring_of(connection.dialect)
    hashes = [keys.hash_address((name, number)) for name in NUMBERS for number in numbers]
    link = patient_addresses.c
    linked = (
        select(link.patient_id)
        .join(addresses, addresses.c.id == link.address_id)
        .where(addresses.c.channel.in_(NUMBERS), addresses.c.address_hash.in_(hashes), holds(now))
    )
    return patients.c.id.in_(linked)


def _found(
    connection: Connection,
    sphere: Sphere,
    rows: Sequence[Row[Any]],
    opened: Collection[int],
    now: datetime,
    *,
    more: bool,
) -> Found:
    shown = [row for row in rows if not row.is_restricted or row.id in opened]
    ids = [row.id for row in shown]
    phones = _phones(connection, ids, now) if ids else {}
    visits = _next_visits(connection, sphere, ids, now) if ids else {}
    return Found(
        tuple(
            Patient(
                **dict(row._mapping) | {"standing": Standing(row.standing)},
                phones=tuple(phones.get(row.id, ())),
                next_visit=visits.get(row.id),
            )
            for row in shown
        ),
        tuple(
            Restricted(row.id, row.first_name[:1] + row.last_name[:1])
            for row in rows
            if row.is_restricted and row.id not in opened
        ),
        more,
    )


def _phones(
    connection: Connection, patient_ids: Collection[int], now: datetime
) -> dict[int, dict[str, None]]:
    """Return the last digits of each one's numbers, each once and in the order of the links."""
    link = patient_addresses.c
    rows = connection.execute(
        select(link.patient_id, addresses.c.address)
        .join(addresses, addresses.c.id == link.address_id)
        .where(link.patient_id.in_(patient_ids), addresses.c.channel.in_(NUMBERS), holds(now))
        .order_by(link.id)
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        found[row.patient_id][row.address[-_DIGITS:]] = None
    return found


def _next_visits(
    connection: Connection, sphere: Sphere, patient_ids: Collection[int], now: datetime
) -> dict[int, NextVisit]:
    found: dict[int, NextVisit] = {}
    for visit in upcoming(connection, patient_ids=patient_ids, now=now):
        if visit.patient_id is not None and sphere.covers(visit.practitioner_id, visit.location_id):
            found.setdefault(
                visit.patient_id,
                NextVisit(visit.id, visit.starts_at, visit.practitioner_id, visit.location_id),
            )
    return found
