"""What happens outside a conversation while it goes on: the lines of a transcript that begin with
"!"; in braces stands what may change.

    ! {20} minutes pass
    ! someone books {Dr Patel} on {2026-12-01} at {10:00}
    ! someone calls off {Dr Patel} on {2026-12-01} at {10:00}
    ! staff move {Dr Patel} on {2026-12-01} at {10:00} to {2026-12-02} at {11:00}
    ! the rule {cancellation_notice_hours} is {24}
    ! {Dr Patel} sees {1} patient a day
    ! {Dr Patel} is away from {2026-11-30} to {2026-12-18}
    ! {check_up} is for ages {40} to {99}
    ! {consultation} is for known patients
    ! a second Dr {Patel} works here          Dr Rohan Patel, as the first one does
    ! {John Smith} missed {Dr Patel} on {2026-11-02} at {10:00}
    ! {John Smith} saw {Dr Okafor} on {2026-11-02} at {10:00}
    ! staff mark the visit as {missed}           or completed: the last one that was booked
    ! {Ann Lee} waits for {Dr Patel}, too
    ! {Ann Lee} takes what is offered
    ! staff link {John Smith} to this address
    ! staff link {Ann Smith} to this address as {daughter}
    ! staff link {John Smith} to {+14155550177}     which we have talked with before
    ! {Ann Smith} is born on {2009-06-01}
    ! {John Smith} is blocked
    ! the record of {John Smith} is restricted
    ! {tom} of staff opens the record of {John Smith}: {he is on the phone}
    ! visits of {Ann Smith} are confidential
    ! the code was {123456}
    ! the clinic asks how the visit was
    ! {John Smith} is booked with {Dr Patel} on {2026-12-01} at {10:00}
    ! {rosa} of staff is given the code {BCDF-482913}
    ! {rosa} of staff is revoked
    ! {rosa} of staff speaks {es}
    ! somebody writes by sms: {I want to talk to a person}     who has a phone of their own
    ! staff hand the conversation back
    ! the worker looks
    ! the worker tells staff            what they wished to hear at once, and the digest

`John Smith` is born on 4 May 1980, whoever he is.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot.agenda import Agenda
from bot.broadcasts import Broadcasts
from bot.clinic import read_clinic
from bot.desk import Desk
from bot.directory import Practitioner
from bot.handovers import Watch, hand_back
from bot.messages import Address, Channel, InboundMessage
from bot.occasions import VisitOver
from bot.reminders import Reminders
from bot.staff.telling.ticks import Telling
from core.database.connect import Database
from core.database.types import keyring_of
from core.messaging.tasks import open_tasks
from core.models import (
    appointments,
    conversations,
    occasions,
    practitioners,
    settings,
    specialties,
    staff,
    staff_invitations,
    visit_types,
    waitlist,
    waitlist_offers,
)
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.messaging import TaskKind
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.availability import Slot
from core.scheduling.booking import book
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.statuses import OPEN
from core.staff.colleagues import staff_named
from core.staff.pairing import invite, revoke
from core.waitlist.answers import accept
from core.waitlist.entries import join
from core.waitlist.waves import next_waves
from core.waitlist.wishes import Wish
from tests.builders import (
    a_conversation,
    a_link,
    a_patient,
    a_practitioner,
    a_schedule,
    a_setting,
    an_absence,
    an_address,
    an_appointment,
    an_occasion,
)
from tests.dialogues.people import CHANGES as OF_PEOPLE
from tests.dialogues.people import Change, a_person

STAFF = Actor(ActorKind.ADMIN, None, "phone")
ENDS = {"missed": AppointmentStatus.NO_SHOW, "saw": AppointmentStatus.COMPLETED}
SURVEY = "the clinic asks how the visit was"
_PASSES = re.compile(r"(\d+) (minute|hour|day)s? pass(?:es)?")


_WRITES = re.compile(r"somebody writes by sms: (.+)")
_numbers = count(1)


def happen(text: str, database: Database, at: datetime) -> datetime:
    """Let it happen at that moment and return the moment after; ValueError for what cannot."""
    if passing := _PASSES.fullmatch(text):
        return at + timedelta(**{f"{passing[2]}s": int(passing[1])})
    if text == "the worker looks":
        Watch(database, lambda: at).look()
        Reminders(database, lambda: at, {}).remind()
        with database.transaction() as connection:
            next_waves(connection, now=at, limit=10)
        Agenda(database, lambda: at, {}).speak()
        Broadcasts(database, lambda: at, {}).send()
        return at
    if text == "the worker tells staff":
        telling = Telling(database, lambda: at, {})
        telling.tell_at_once()
        telling.send_digests()
        return at
    if written := _WRITES.fullmatch(text):
        _somebody_writes(database, at, written[1])
        return at
    if text == SURVEY:
        _ask_how_it_was(database, at)
        return at
    for pattern, change in CHANGES.items():
        if match := re.fullmatch(pattern, text):
            with database.transaction() as connection:
                change(connection, at, *match.groups())
            return at
    raise ValueError(f"not something that can happen here: {text}")


def _somebody_writes(database: Database, at: datetime, text: str) -> None:
    message = InboundMessage(
        provider_id=f"somebody {next(_numbers)}",
        sender=Address(Channel.SMS, "+14155550199"),
        recipient="transcript",
        text=text,
    )
    Desk(database, clock=lambda: at).receive(message)


def _someone_books(connection: Connection, at: datetime, who: str, day: str, hour: str) -> None:
    slot = _slot(connection, at, who, day, hour)
    book(
        connection,
        slot,
        patient_id=a_patient(connection),
        actor=STAFF,
        now=at,
        catalogue=read_clinic(connection, at).catalogue,
        open_visits_limit=None,
    )


def _slot(connection: Connection, at: datetime, who: str, day: str, hour: str) -> Slot:
    clinic = read_clinic(connection, at)
    directory, person = clinic.directory, _practitioner(connection, at, who)
    place = directory.location(person.locations[0])
    starts_at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=place.zone)
    length = timedelta(minutes=clinic.catalogue.persons[person.key].slot_minutes)
    kind = clinic.catalogue.visit_type(None)
    return Slot(person.key, place.key, kind.id, starts_at, starts_at + length)


def _practitioner(connection: Connection, at: datetime, who: str) -> Practitioner:
    people = read_clinic(connection, at).directory.practitioners
    return next(person for person in people if person.last_name in who.split())


def _rule_is(connection: Connection, _: datetime, key: str, value: str) -> None:
    ours = (settings.c.key == key) & settings.c.location_id.is_(None)
    said = int(value) if value.isdecimal() else value
    given = update(settings).where(ours).values(value=json.dumps(said))
    if not connection.execute(given).rowcount:
        a_setting(connection, key, said)


def _sees_a_day(connection: Connection, at: datetime, who: str, number: str) -> None:
    person = practitioners.c.id == _practitioner(connection, at, who).key
    connection.execute(update(practitioners).where(person).values(visits_a_day=int(number)))


def _booked_at(connection: Connection, slot: Slot) -> Appointment:
    [key] = connection.scalars(
        select(appointments.c.id).where(
            appointments.c.practitioner_id == slot.practitioner_id,
            appointments.c.starts_at == slot.starts_at,
            appointments.c.status == AppointmentStatus.SCHEDULED,
        )
    )
    return by_id(connection, key)


def _calls_off(connection: Connection, at: datetime, who: str, day: str, hour: str) -> None:
    visit = _booked_at(connection, _slot(connection, at, who, day, hour))
    catalogue = read_clinic(connection, at).catalogue
    cancel(connection, visit.id, version=visit.version, actor=STAFF, now=at, catalogue=catalogue)


def _staff_move(connection: Connection, at: datetime, *where: str) -> None:
    who, day, hour, new_day, new_hour = where
    visit = _booked_at(connection, _slot(connection, at, who, day, hour))
    slot = _slot(connection, at, who, new_day, new_hour)
    catalogue = read_clinic(connection, at).catalogue
    known: dict[str, Any] = {"actor": STAFF, "now": at, "catalogue": catalogue}
    move(connection, visit.id, slot, version=visit.version, **known)


def _is_away(connection: Connection, at: datetime, who: str, first: str, last: str) -> None:
    person = _practitioner(connection, at, who).key
    an_absence(connection, person, date.fromisoformat(first), date.fromisoformat(last))


def _is_for_ages(connection: Connection, _: datetime, code: str, first: str, last: str) -> None:
    ages = {"age_from": int(first), "age_until": int(last)}
    connection.execute(update(visit_types).where(visit_types.c.code == code).values(ages))


def _is_for_known_patients(connection: Connection, _: datetime, code: str) -> None:
    kind = visit_types.c.code == code
    connection.execute(update(visit_types).where(kind).values(new_patients=False))


def _works_here_too(connection: Connection, at: datetime, last_name: str) -> None:
    """Somebody of that name: the same specialty and place, from nine to five."""
    namesake = _practitioner(connection, at, last_name)
    field = connection.scalar(
        select(specialties.c.id).where(specialties.c.code.in_(namesake.specialties))
    )
    person = a_practitioner(connection, last_name, first_name="Rohan", specialty_id=field)
    a_schedule(connection, person, namesake.locations[0])


def _had_a_visit(
    connection: Connection, at: datetime, name: str, how: str, who: str, day: str, hour: str
) -> None:
    slot = _slot(connection, at, who, day, hour)
    an_appointment(
        connection,
        patient_id=a_person(connection, name),
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        status=ENDS[how],
    )


def _staff_mark(connection: Connection, at: datetime, how: str) -> None:
    visit = connection.execute(
        select(appointments.c.id, appointments.c.version)
        .where(appointments.c.status.in_(OPEN))
        .order_by(appointments.c.id.desc())
        .limit(1)
    ).one()
    status = AppointmentStatus.COMPLETED if how == "completed" else AppointmentStatus.NO_SHOW
    change_status(connection, visit.id, status, version=visit.version, actor=STAFF, now=at)


def _waits_too(connection: Connection, at: datetime, name: str, who: str) -> None:
    address = an_address(connection)
    patient = a_person(connection, name)
    a_link(connection, patient, address)
    join(
        connection,
        Wish(
            patient_id=patient,
            practitioner_id=_practitioner(connection, at, who).key,
            specialty=None,
            until=at + timedelta(days=30),
        ),
        conversation_id=a_conversation(connection, address),
        limit=5,
        only_there=False,
        actor=STAFF,
        now=at,
    )


def _takes_it(connection: Connection, at: datetime, name: str) -> None:
    offer, conversation = connection.execute(
        select(waitlist_offers.c.id, waitlist.c.conversation_id)
        .join(waitlist, waitlist.c.id == waitlist_offers.c.entry_id)
        .where(waitlist.c.patient_id == a_person(connection, name))
    ).one()
    accept(
        connection,
        offer,
        actor=STAFF,
        now=at,
        catalogue=read_clinic(connection, at).catalogue,
        conversation_id=conversation,
        address_id=None,
        open_visits_limit=None,
    )


def _handed_back(connection: Connection, at: datetime) -> None:
    for task in open_tasks(connection):
        if task.kind is TaskKind.HANDOVER:
            hand_back(connection, read_clinic(connection, at), task, "answered", at)


def _ask_how_it_was(database: Database, at: datetime) -> None:
    """Of the last visit there was, which took place, in the only conversation there is; not now, if
    it must wait."""
    with database.reading() as connection:
        visit = connection.execute(
            select(appointments.c.id).order_by(appointments.c.id.desc()).limit(1)
        ).scalar_one()
        conversation = connection.execute(select(conversations.c.id)).scalar_one()
    with database.transaction() as connection:
        took_place = update(appointments).where(appointments.c.id == visit)
        connection.execute(took_place.values(status=AppointmentStatus.COMPLETED))
        version = connection.scalar(select(func.count()).select_from(occasions))
        occasion = an_occasion(connection, "visit_over", visit, appointment_version=version)
    Desk(database, clock=lambda: at).prompt(conversation, VisitOver(occasion, visit))


def _is_booked(
    connection: Connection, at: datetime, name: str, who: str, day: str, hour: str
) -> None:
    book(
        connection,
        _slot(connection, at, who, day, hour),
        patient_id=a_person(connection, name),
        actor=STAFF,
        now=at,
        catalogue=read_clinic(connection, at).catalogue,
        open_visits_limit=None,
    )


def _is_given_a_code(connection: Connection, at: datetime, username: str, code: str) -> None:
    invite(connection, staff_named(connection, username).id, at)
    selector, secret = code.split("-")
    secret_hash = keyring_of(connection.dialect).hash_code(("invitation", selector, secret))
    known = update(staff_invitations).where(staff_invitations.c.ended_at.is_(None))
    connection.execute(known.values(selector=selector, secret_hash=secret_hash))


def _speaks(connection: Connection, _: datetime, username: str, language: str) -> None:
    them = update(staff).where(staff.c.username == username)
    connection.execute(them.values(language=language))


def _is_revoked(connection: Connection, at: datetime, username: str) -> None:
    revoke(connection, staff_named(connection, username).id, at)


CHANGES: Mapping[str, Change] = {
    r"(.+) is booked with (.+) on (\S+) at (\d+:\d+)": _is_booked,
    r"(\w+) of staff is given the code (\S+)": _is_given_a_code,
    r"(\w+) of staff is revoked": _is_revoked,
    r"(\w+) of staff speaks (\w+)": _speaks,
    r"someone books (.+) on (\S+) at (\d+:\d+)": _someone_books,
    r"someone calls off (.+) on (\S+) at (\d+:\d+)": _calls_off,
    r"staff move (.+) on (\S+) at (\d+:\d+) to (\S+) at (\d+:\d+)": _staff_move,
    r"(.+) is away from (\S+) to (\S+)": _is_away,
    r"the rule (\w+) is (\w+)": _rule_is,
    r"(.+) sees (\d+) patients? a day": _sees_a_day,
    r"(\w+) is for ages (\d+) to (\d+)": _is_for_ages,
    r"(\w+) is for known patients": _is_for_known_patients,
    r"a second Dr (\w+) works here": _works_here_too,
    r"(.+) (missed|saw) (.+) on (\S+) at (\d+:\d+)": _had_a_visit,
    r"staff mark the visit as (missed|completed)": _staff_mark,
    r"(.+) waits for (.+), too": _waits_too,
    r"(.+) takes what is offered": _takes_it,
    r"staff hand the conversation back": _handed_back,
    **OF_PEOPLE,
}
