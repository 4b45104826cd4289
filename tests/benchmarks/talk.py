"""Bookings as Twilio would bring them: signed forms, one conversation after another."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.clinic import read_clinic
from core import clock
from core.database.connect import Database
from core.scheduling.availability import Search, find_slots

PUBLIC_URL = "https://desk.example"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "benchmark-token"
OUR_NUMBER = "+14155550100"
FIRST_BORN = date(1950, 1, 1)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Signed:
    body: bytes
    signature: str


class Signer:
    """Makes the requests beforehand, so that signing is not measured."""

    def __init__(self) -> None:
        self._validator = RequestValidator(AUTH_TOKEN)

    def sign(self, sender: str, text: str) -> Signed:
        sid = f"SM{next(_numbers):032x}"
        form = {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "FromZip": "",
            "SmsSid": sid,
            "FromState": "CA",
            "SmsStatus": "received",
            "FromCity": "SAN FRANCISCO",
            "Body": text,
            "FromCountry": "US",
            "To": OUR_NUMBER,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        signature = self._validator.compute_signature(f"{PUBLIC_URL}/twilio/messages", form)
        return Signed(urlencode(form).encode(), signature)


def free_times(database: Database) -> Iterator[tuple[str, str]]:
    """Yield surname and time of slots that an adult may have, each once, of all practitioners."""
    now = clock.now()
    with database.reading() as connection:
        clinic = read_clinic(connection, now)
        found = find_slots(connection, Search(born=FIRST_BORN), catalogue=clinic.catalogue, now=now)
    for slot in found:
        directory = clinic.directory
        start = slot.starts_at.astimezone(directory.location(slot.location_id).zone)
        surname = directory.practitioner(slot.practitioner_id).last_name
        yield surname, f"{start:%Y-%m-%d at %H:%M}"


def booking(surname: str, time: str, number: int) -> tuple[str, tuple[str, ...]]:
    """Return the phone number and the five messages of a new patient's booking."""
    born = FIRST_BORN + timedelta(days=number)
    return (
        f"+1628555{number:04d}" if number < 10_000 else f"+1{2_000_000_000 + number}",
        (
            "Hi",
            f"I'd like to see Dr {surname} on {time}",
            "John Smith",
            f"{born:%-d %B %Y}",
            "yes",
        ),
    )
