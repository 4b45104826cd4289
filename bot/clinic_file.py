"""A clinic file as a directory: for understanding messages where there is no database."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.directory import Directory, Location, Practitioner, Specialty, VisitType
from core.phone import for_reading
from core.setup import ClinicFile


def directory_of(clinic_file: ClinicFile) -> Directory:
    """Return what conversations need to know of the clinic in this file. Keys count from 1."""
    places = {place.name: key for key, place in enumerate(clinic_file.locations, start=1)}
    return Directory(
        clinic=clinic_file.organization.name,
        country=clinic_file.organization.country,
        languages=tuple(clinic_file.organization.languages),
        locations=_locations(clinic_file),
        practitioners=_practitioners(clinic_file, places),
        specialties=tuple(
            Specialty(
                item.code,
                item.names,
                {language: tuple(words) for language, words in item.words.items()},
            )
            for item in clinic_file.specialties
        ),
        visit_types=tuple(
            VisitType(key, kind.code, kind.names, kind.booked_by == "patient", kind.default)
            for key, kind in enumerate(clinic_file.visit_types, start=1)
        ),
    )


def _locations(clinic_file: ClinicFile) -> tuple[Location, ...]:
    return tuple(
        Location(
            key=key,
            name=place.name,
            zone=ZoneInfo(place.zone),
            address=", ".join(filter(None, (place.address, place.city))),
            phone=for_reading(place.phone),
            emergency_number=place.emergency_number,
            crisis_number=place.crisis_number,
            opening_hours={
                day: tuple((part.starts, part.ends) for part in parts)
                for day, parts in place.opening_hours.items()
            },
            city=place.city or "",
        )
        for key, place in enumerate(clinic_file.locations, start=1)
    )


def _practitioners(clinic_file: ClinicFile, places: Mapping[str, int]) -> tuple[Practitioner, ...]:
    first_place = clinic_file.locations[0].name
    language = clinic_file.organization.languages[0]
    return tuple(
        Practitioner(
            key=key,
            name=person.name,
            first_name=person.first_name,
            last_name=person.last_name,
            specialties=tuple(person.specialties),
            locations=tuple(
                dict.fromkeys(places[part.location or first_place] for part in person.schedules)
            ),
            languages=tuple(person.languages),
            titles=person.titles_by_language(language),
        )
        for key, person in enumerate(clinic_file.practitioners, start=1)
    )
