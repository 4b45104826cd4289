"""A clinic to talk to, and a Sunday to talk on."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.directory import Directory, Location, Practitioner, Specialty, VisitType
from bot.understanding import understand
from bot.understanding.values import Context, OfferedSlot, Understanding

ZONE = ZoneInfo("America/Los_Angeles")
SUNDAY = datetime(2026, 11, 22, 10, tzinfo=ZONE)
WEEK = {day: ((time(8), time(18)),) for day in range(5)}
_STAFF = (
    ("Anita", "Patel", "general_practice"),
    ("Samuel", "Okafor", "general_practice"),
    ("Sarah", "Johnson", "cardiology"),
    ("Elena", "García", "dermatology"),
    ("Michael", "Chen", "dentistry"),
    ("Lucía", "Fernández", "paediatrics"),
    ("David", "Kim", "orthopaedics"),
)
_SPECIALTIES = {
    "general_practice": "general practice",
    "cardiology": "cardiology",
    "dermatology": "dermatology",
    "dentistry": "dentistry",
    "paediatrics": "paediatrics",
    "orthopaedics": "orthopaedics",
}


def practitioner(key: int, first: str, last: str, specialty: str = "cardiology") -> Practitioner:
    return Practitioner(
        key, f"Dr {first} {last}".replace("  ", " "), first, last, (specialty,), (1,)
    )


def a_directory(**changes: Any) -> Directory:
    values: dict[str, Any] = {
        "clinic": "Harbor Health",
        "country": "US",
        "languages": ("en", "es"),
        "locations": (
            Location(
                1, "Downtown", ZONE, "400 Market Street", "+1 415 555 0100", opening_hours=WEEK
            ),
            Location(2, "Phoenix", ZoneInfo("America/Phoenix"), "1200 Central", "+1 602 555 0100"),
        ),
        "practitioners": tuple(practitioner(key, *names) for key, names in enumerate(_STAFF, 1)),
        "specialties": tuple(Specialty(code, {"en": name}) for code, name in _SPECIALTIES.items()),
        "visit_types": (
            VisitType(1, "consultation", {"en": "consultation"}, is_default=True),
            VisitType(2, "follow-up", {"en": "follow-up"}),
            VisitType(3, "check-up", {"en": "check-up"}),
            VisitType(4, "emergency", {"en": "emergency"}, for_patients=False),
        ),
    }
    return Directory(**(values | changes))


HARBOR = a_directory()


def offers(*moments: str) -> tuple[OfferedSlot, ...]:
    """Offers of Dr Patel, each as "2026-11-24 10:30"."""
    return tuple(
        OfferedSlot(datetime.fromisoformat(moment).replace(tzinfo=ZONE), "Dr Anita Patel")
        for moment in moments
    )


def read(
    text: str,
    asked: str | None = None,
    *,
    now: datetime = SUNDAY,
    directory: Directory = HARBOR,
    offer: Sequence[OfferedSlot] = (),
    labels: Sequence[str] = (),
    locale: str | None = None,
    language: str | None = None,
) -> Understanding:
    context = Context(
        now=now,
        directory=directory,
        asked=asked,
        offer=tuple(offer),
        labels=tuple(labels),
        locale=locale,
        language=language,
    )
    return understand(text, context)


def said(text: str, asked: str | None = None, **context: Any) -> dict[str, str]:
    """What a message gives, as plain words: easy to write down in a table."""
    entities = read(text, asked, **context).entities
    return {name: _plain(getattr(entities, name)) for name in sorted(entities.said())}


def _plain(value: object) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, tuple):
        return " ".join(_plain(item) for item in value)
    return str(value)
