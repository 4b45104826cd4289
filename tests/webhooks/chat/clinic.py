"""A small clinic for the chat's tests, and a desk that answers from a script."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select, update

from bot.messages import Choice, ChoiceKind, Content, InboundMessage, Reply
from bot.rendering import render
from bot.senders.keyboard import callback_data, parse_callback_data
from core.clock import Clock
from core.database.connect import Database
from core.models import (
    addresses,
    appointment_events,
    appointments,
    breaks,
    conversations,
    locations,
    messages,
    new_public_id,
    organizations,
    patient_addresses,
    patients,
    practitioner_specialties,
    practitioners,
    schedules,
    specialties,
    visit_types,
)

DOWNTOWN = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 3, 2)
MONDAY_NOON = datetime.combine(MONDAY, time(11, 40), DOWNTOWN).astimezone(UTC)
DOCTORS = (
    ("Anita", "Patel", "general practice", 20),
    ("Samuel", "Okafor", "general practice", 20),
    ("Sarah", "Johnson", "cardiology", 30),
    ("Elena", "García", "dermatology", 15),
    ("Michael", "Chen", "dentistry", 30),
)
OPEN = json.dumps({day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})


def add(connection: Connection, table: Table, **values: Any) -> int:
    now = {name: MONDAY_NOON for name in ("created_at", "updated_at") if name in table.c}
    if "public_id" in table.c:
        now["public_id"] = new_public_id()  # type: ignore[assignment]
    if "is_active" in table.c:
        now["is_active"] = True  # type: ignore[assignment]
    key = connection.execute(insert(table).values(**now | values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def make_clinic(database: Database, *, is_demo: bool) -> None:
    with database.transaction() as connection:
        add(
            connection,
            organizations,
            id=1,
            name="Harbor Health",
            country="US",
            currency="USD",
            default_language="en",
            languages='["en", "es"]',
            setup_version=1,
            is_demo=is_demo,
        )
        places = [_location(connection, 1, "Downtown", DOWNTOWN.key, "+14155550100")]
        places.append(_location(connection, 2, "Phoenix", "America/Phoenix", "+16025550100"))
        visit_type = _visit_type(connection)
        for first, last, specialty, minutes in DOCTORS:
            doctor = _doctor(connection, places[0], first, last, specialty, minutes)
            _visits_of(connection, places[0], doctor, visit_type, minutes)
        doctor = _doctor(connection, places[1], "David", "Kim", "orthopaedics", 30)


def _location(connection: Connection, position: int, name: str, zone: str, phone: str) -> int:
    return add(
        connection,
        locations,
        organization_id=1,
        position=position,
        name=name,
        address="400 Market Street",
        country="US",
        zone=zone,
        phone=phone,
        emergency_number="911",
        crisis_number="988",
        opening_hours=OPEN,
    )


def _visit_type(connection: Connection) -> int:
    return add(
        connection,
        visit_types,
        code="consultation",
        names='{"en": "consultation"}',
        kind="consultation",
        is_default=True,
        booked_by="patient",
        needs_approval=False,
        new_patients=True,
        needs_referral=False,
    )


def _doctor(
    connection: Connection, place: int, first: str, last: str, specialty: str, minutes: int
) -> int:
    doctor = add(
        connection,
        practitioners,
        title="Dr",
        titles='{"en": "Dr"}',
        first_name=first,
        last_name=last,
        languages="[]",
        slot_minutes=minutes,
    )
    known = connection.scalar(select(specialties.c.id).where(specialties.c.code == specialty))
    names = json.dumps({"en": specialty})
    known = known or add(connection, specialties, code=specialty, names=names, words="{}")
    add(connection, practitioner_specialties, practitioner_id=doctor, specialty_id=known)
    for weekday in range(5):
        if last == "Johnson" and weekday % 2:
            continue
        hours = {"practitioner_id": doctor, "location_id": place, "weekday": weekday}
        add(connection, schedules, **hours, starts=time(9), ends=time(17))
        if last in ("Patel", "Okafor"):
            add(connection, breaks, **hours, starts=time(12), ends=time(13))
    return doctor


def _visits_of(
    connection: Connection, place: int, doctor: int, visit_type: int, minutes: int
) -> None:
    """A few visits of made-up patients on the Monday."""
    for number, (hour, status) in enumerate(
        ((9, "completed"), (10, "confirmed"), (14, "scheduled"))
    ):
        patient = a_patient(connection, "Jonah", f"Marsh{doctor}{number}")
        starts = datetime.combine(MONDAY, time(hour, minutes), DOWNTOWN).astimezone(UTC)
        an_appointment(connection, doctor, patient, starts, minutes, status, place, visit_type)


def a_patient(connection: Connection, first: str, last: str) -> int:
    return add(
        connection,
        patients,
        first_name=first,
        last_name=last,
        search_name=f"{first} {last}".lower(),
        standing="active",
    )


def an_appointment(
    connection: Connection,
    doctor: int,
    patient: int,
    starts_at: datetime,
    minutes: int,
    status: str = "scheduled",
    place: int = 1,
    visit_type: int = 1,
) -> int:
    ends_at = starts_at + timedelta(minutes=minutes)
    appointment = add(
        connection,
        appointments,
        patient_id=patient,
        practitioner_id=doctor,
        location_id=place,
        visit_type_id=visit_type,
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_from=starts_at,
        occupied_until=ends_at,
        status=status,
        booked_through="web",
        booked_by="patient",
        version=1,
    )
    add(
        connection,
        appointment_events,
        appointment_id=appointment,
        at=MONDAY_NOON,
        type="booked",
        actor_kind="patient",
    )
    return appointment


def a_patient_with_address(database: Database, first: str, last: str, phone: str) -> None:
    assert database.keyring is not None
    with database.transaction() as connection:
        patient = a_patient(connection, first, last)
        address = add(
            connection,
            addresses,
            channel="sms",
            address=phone,
            address_hash=database.keyring.hash_address(("sms", phone)),
            state="good",
        )
        add(
            connection,
            patient_addresses,
            patient_id=patient,
            address_id=address,
            relation="self",
            trust="proved",
            may_book=True,
            may_see=True,
            is_told=True,
            since=MONDAY_NOON,
        )


Script = Callable[[InboundMessage, str], list[Reply]]


def say(message: InboundMessage, wish: str) -> list[Reply]:
    """What the scripted desk says: enough to see every kind of bubble."""
    text = wish.lower()
    if message.content is Content.CONTACT:
        return [Reply("Thank you, we know you now.")]
    if text == "hi":
        return [
            Reply("This is Harbor Health's automated front desk. Not for emergencies: call 911."),
            Reply("How can I help?"),
        ]
    if "dentist" in text:
        slots = ("Tue 3 Mar 9:00 AM", "Tue 3 Mar 9:30 AM", "Wed 4 Mar 2:00 PM")
        choices = tuple(Choice(slot, f"slot {n}") for n, slot in enumerate(slots))
        return [Reply("Dr Chen, dentistry, has these times. Which one?", choices)]
    if text.startswith("slot "):
        yes_no = (Choice("Yes, book it", "yes"), Choice("Another time", "no"))
        return [
            Reply("Dr Michael Chen, Tuesday 3 March, 9:00 AM, Downtown. Shall I book it?", yes_no)
        ]
    if "who" in text:
        share = Choice("Share my number", "contact", ChoiceKind.CONTACT)
        return [Reply("May I have your number?", (share,))]
    return [Reply("Done. See you soon!")]


@dataclass
class ScriptedDesk:
    """Logs what came and what the script says, as the desk does; books on "yes"."""

    database: Database
    clock: Clock
    script: Script = say
    received: list[InboundMessage] = field(default_factory=list)
    failure: Exception | None = None
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def receive(self, message: InboundMessage, /) -> None:
        if self.failure is not None:
            raise self.failure
        self.received.append(message)
        with self.database.transaction() as connection:
            conversation = self._conversation(connection, message)
            known = select(messages.c.id).where(messages.c.provider_id == message.provider_id)
            if connection.scalar(known) is not None:
                return
            wish = self._wish(message)
            self._log(connection, message, conversation, wish)
            if wish == "yes":
                patient = a_patient(connection, "Nadia", "Quist")
                starts = datetime.combine(MONDAY, time(15), DOWNTOWN).astimezone(UTC)
                an_appointment(connection, 5, patient, starts, 30)

    def _wish(self, message: InboundMessage) -> str:
        """The text, or the value of the choice that was pressed."""
        pressed = parse_callback_data(message.text)
        if message.content is not Content.BUTTON or pressed is None:
            return message.text
        list_id, index = pressed
        return self.lists[list_id][index - 1].value

    def _log(
        self, connection: Connection, message: InboundMessage, conversation: int, wish: str
    ) -> None:
        common = {
            "conversation_id": conversation,
            "channel": message.sender.channel,
            "kind": "reply",
            "is_simulated": message.simulated,
        }
        now = self.clock()
        add(
            connection,
            messages,
            **common,
            direction="in",
            text=message.text,
            provider_id=message.provider_id,
            status="received",
            received_at=now,
        )
        for reply in self.script(message, wish):
            list_id = str(len(self.lists) + 1)
            self.lists[list_id] = reply.choices
            rendered = render(reply.text, reply.choices, message.sender.channel)
            choices = [
                {
                    "label": item.label,
                    "value": callback_data(list_id, index),
                    "kind": item.kind,
                }
                for index, item in enumerate(rendered.choices, start=1)
            ]
            add(
                connection,
                messages,
                **common,
                direction="out",
                text=rendered.text,
                choices=json.dumps(choices),
                list_id=list_id,
                segments=rendered.segments or None,
                status="delivered",
                queued_at=now,
                sent_at=now,
                delivered_at=now,
            )

    def _conversation(self, connection: Connection, message: InboundMessage) -> int:
        assert self.database.keyring is not None
        channel, value = message.sender.channel, message.sender.value
        hashed = self.database.keyring.hash_address((channel.value, value))
        address = connection.scalar(
            select(addresses.c.id).where(
                addresses.c.channel == channel, addresses.c.address_hash == hashed
            )
        )
        address = address or add(
            connection,
            addresses,
            channel=channel,
            address=value,
            address_hash=hashed,
            state="good",
        )
        conversation = connection.scalar(
            select(conversations.c.id).where(conversations.c.address_id == address)
        )
        return conversation or add(
            connection,
            conversations,
            address_id=address,
            our_address=message.recipient,
            version=1,
            is_simulated=message.simulated,
        )


def set_status(database: Database, status: str) -> None:
    """The newest outgoing message moves on."""
    newest = (
        select(messages.c.id).where(messages.c.direction == "out").order_by(messages.c.id.desc())
    )
    with database.transaction() as connection:
        connection.execute(
            update(messages).where(messages.c.id == connection.scalar(newest)).values(status=status)
        )
