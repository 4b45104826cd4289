"""A clinic file as the bot sees it: its sentences checked, its clinic as a directory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.directory import Directory, Location, Practitioner, Specialty, VisitType
from bot.phrases import languages, own
from bot.templates import checks
from core.phone import for_reading
from core.setup import ClinicFile, read_clinic_file
from core.setup.values import Problem, nearest


def read_checked(source: Path | str, name: str = "clinic.toml") -> ClinicFile:
    """Read a clinic file, or its text under the given name; raises ClinicFileError naming every
    problem, those of the clinic's own sentences and templates among them."""
    return read_clinic_file(source, name, check=_in_words)


def _in_words(values: Mapping[str, Any], clinic_file: ClinicFile | None) -> Iterator[Problem]:
    # How long a sentence gets depends on the names in the rest of the file.
    directory = directory_of(clinic_file) if clinic_file else None
    yield from _in_phrases(values, directory)
    yield from _in_templates(values, directory)


def _in_templates(values: Mapping[str, Any], directory: Directory | None) -> Iterator[Problem]:
    whatsapp = values.get("whatsapp")
    of_languages = whatsapp.get("templates") if isinstance(whatsapp, dict) else None
    for language, told in of_languages.items() if isinstance(of_languages, dict) else ():
        for key, template in told.items() if isinstance(told, dict) else ():
            if isinstance(template, dict):
                for path, what in checks.problems(directory, language, key, template):
                    yield ("whatsapp", "templates", language, key, *path), what


def _in_phrases(values: Mapping[str, Any], directory: Directory | None) -> Iterator[Problem]:
    for language, key, text in _written(values):
        if language in languages():
            for what in own.problems(directory, language, key, text):
                yield ("phrases", language, key), what
        else:
            there = nearest(language, languages())
            yield ("phrases", language), f"expected a language that is talked here{there}"


def _written(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield language, name and words of each sentence; what is none is refused elsewhere."""
    of_languages = values.get("phrases")
    for language, texts in of_languages.items() if isinstance(of_languages, dict) else ():
        for key, text in texts.items() if isinstance(texts, dict) else ():
            if isinstance(text, str):
                yield language, key, text.strip()


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
                code=item.code,
                names=item.names,
                words={language: tuple(words) for language, words in item.words.items()},
                is_sensitive=item.sensitive,
                age_from=item.age_from,
                age_until=item.age_until,
            )
            for item in clinic_file.specialties
        ),
        visit_types=_visit_types(clinic_file),
        currency=clinic_file.organization.currency,
        phrases=clinic_file.phrases,
    )


def _visit_types(clinic_file: ClinicFile) -> tuple[VisitType, ...]:
    return tuple(
        VisitType(
            key=key,
            code=kind.code,
            names=kind.names,
            for_patients=kind.booked_by == "patient",
            is_default=kind.default,
            price_cents=kind.price,
            preparation=kind.preparation or {},
            needs_referral=kind.needs_referral,
            new_patients=kind.new_patients,
        )
        for key, kind in enumerate(clinic_file.visit_types, start=1)
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
            holidays={day.date: day.name for day in (*clinic_file.holidays, *place.holidays)},
            directions=place.directions or {},
            parking=place.parking or {},
            insurance=place.insurance or {},
            what_to_bring=place.what_to_bring or {},
            discreet_name=place.discreet_name or "",
        )
        for key, place in enumerate(clinic_file.locations, start=1)
    )


def _practitioners(clinic_file: ClinicFile, places: Mapping[str, int]) -> tuple[Practitioner, ...]:
    first_place = clinic_file.locations[0].name
    language = clinic_file.organization.languages[0]
    keys = {kind.code: key for key, kind in enumerate(clinic_file.visit_types, start=1)}
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
            gender=person.gender,
            fee_cents=person.fee or 0,
            own_fees={
                keys[item.code]: item.fee
                for item in person.visit_types or ()
                if item.fee is not None
            },
        )
        for key, person in enumerate(clinic_file.practitioners, start=1)
    )
