"""The clinic of the year: three practitioners on three clocks, and those who come to them."""

from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.database.types import keyring_of
from tests.builders import (
    a_conversation,
    a_link,
    a_location,
    a_patient,
    a_practitioner,
    a_schedule,
    a_setting,
    a_specialty,
    a_visit_type,
    an_address,
    an_organization,
)
from tests.providers.telegram_peer import TOKEN
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM

OURS = {
    "sms": SMS_FROM,
    "whatsapp": WHATSAPP_FROM.removeprefix("whatsapp:"),
    "telegram": TOKEN.partition(":")[0],
}
# Both clock changes of the north and of the south, and a clock that never changes.
PLACES = ("America/Los_Angeles", "Australia/Sydney", "America/Phoenix")
ELSEWHERE = ("America/New_York", "Europe/Lisbon", "Asia/Kolkata")
LANGUAGES = ("en", "en", "es", "fr", "pt")
CHANNELS = ("sms", "sms", "whatsapp", "telegram")
HOUSEHOLDS = (3, 3, 2, 2)  # So many share their phones; all others have theirs for themselves.
WITHOUT_PHONE = 2


@dataclass(frozen=True)
class Phone:
    """An address, and the clock of whoever holds it; None: that of the place of the visit."""

    id: int
    channel: str
    address: str
    conversation_id: int
    zone: ZoneInfo | None

    @property
    def at_provider(self) -> str:
        """How its provider calls it."""
        return f"whatsapp:{self.address}" if self.channel == "whatsapp" else self.address


@dataclass(frozen=True)
class Doctor:
    id: int
    location_id: int
    zone: ZoneInfo


@dataclass
class People:
    specialty: str = "general_practice"
    visit_type_id: int = 0
    doctors: list[Doctor] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)
    phones_of: dict[int, list[Phone]] = field(default_factory=dict)  # By patient

    def phone(self, channel: str, at_provider: str) -> Phone:
        wanted = (channel, at_provider)
        return next(each for each in self.phones if (each.channel, each.at_provider) == wanted)


def settle_in(connection: Connection, dice: Random, patients: int, since: datetime) -> People:
    """Make the clinic, and so many patients of whom it has known for long."""
    people, numbers = People(), count(1)
    an_organization(connection, is_demo=False)
    specialty = a_specialty(connection, people.specialty)
    people.visit_type_id = a_visit_type(connection)
    # A year's backlogs are another test's matter.
    a_setting(connection, "sms_segments_a_second", 0)
    a_setting(connection, "telegram_chat_messages_a_second", 0)
    for clock in PLACES:
        place = a_location(connection, clock.partition("/")[2], zone=clock)
        for name in (f"Patel of {clock}", f"Okafor of {clock}"):
            doctor = a_practitioner(connection, name, specialty_id=specialty)
            a_schedule(connection, doctor, place, time(8), time(18), weekdays=range(7))
            people.doctors.append(Doctor(doctor, place, ZoneInfo(clock)))
    sizes = [*HOUSEHOLDS, *[1] * (patients - sum(HOUSEHOLDS) - WITHOUT_PHONE)]
    for size in sizes:
        zone = dice.choice((None, None, *ELSEWHERE))
        phones = [
            _a_phone(connection, next(numbers), dice, each, zone, since)
            for each in _some_channels(dice)
        ]
        people.phones += phones
        for number in range(size):
            patient = a_patient(connection, f"Maria{number}", zone=zone)
            people.phones_of[patient] = phones
            for phone in phones:
                relation = "self" if number == 0 else "daughter"
                a_link(connection, patient, phone.id, relation=relation, since=since)
    for _ in range(WITHOUT_PHONE):
        people.phones_of[a_patient(connection, "Nobody")] = []
    return people


def _some_channels(dice: Random) -> list[str]:
    first = dice.choice(CHANNELS)
    second = "telegram" if first == "sms" else "sms"
    return [first, second] if dice.random() < 0.25 else [first]


def _a_phone(
    connection: Connection,
    number: int,
    dice: Random,
    channel: str,
    zone: str | None,
    since: datetime,
) -> Phone:
    address = str(700_000 + number) if channel == "telegram" else f"+1415{5_000_000 + number}"
    address_id = an_address(
        connection,
        channel,
        address=address,
        address_hash=keyring_of(connection.dialect).hash_address((channel, address)),
        last_heard_at=since,
    )
    talk = a_conversation(
        connection, address_id, our_address=OURS[channel], language=dice.choice(LANGUAGES)
    )
    return Phone(address_id, channel, address, talk, ZoneInfo(zone) if zone else None)
