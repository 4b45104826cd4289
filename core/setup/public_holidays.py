"""Public holidays as a starting list, from a package that knows most countries' laws; the clinic
decides which of them it keeps."""

import json
from collections.abc import Iterable
from datetime import date

import holidays

from core.errors import ClinicError

Days = list[tuple[date, str]]


class UnknownRegion(ClinicError):  # noqa: N818 - named for what happened, as in core.errors
    """There is no list for that country or subdivision; the message names those that there are."""


def public_holidays(
    country: str, subdivision: str | None, years: Iterable[int], language: str | None
) -> Days:
    """Return the days with their names, observed days included, in the language if the list has it,
    else in the country's own. `country` is ISO 3166-1 alpha-2, `subdivision` its code or name
    ("CA", "California"). Raises UnknownRegion.
    """
    known = _of(country)
    named = holidays.country_holidays(
        country,
        subdiv=None if subdivision is None else subdivision_code(country, subdivision),
        years=list(years),
        # Unless it is told, the package takes the language of the machine.
        language=_nearest(language, country, known.supported_languages) or known.default_language,
    )
    return sorted(named.items())


def subdivision_code(country: str, subdivision: str) -> str:
    """Return the list's code for a part of the country, given its code or name; raises
    UnknownRegion."""
    known = _of(country)
    names = known.get_subdivision_aliases()
    wanted = subdivision.strip().casefold()
    for code in known.subdivisions:
        if wanted in (each.casefold() for each in (code, *names.get(code, ()))):
            return str(code)
    listed = ", ".join(
        f"{code} ({names[code][0]})" if names.get(code) else code for code in known.subdivisions
    )
    raise UnknownRegion(
        f"expected a subdivision of {country}, got {subdivision!r} (there are: {listed or 'none'})"
    )


def _of(country: str) -> holidays.HolidayBase:
    codes = sorted(holidays.list_supported_countries(include_aliases=False))
    if country not in codes:
        raise UnknownRegion(
            f"expected a country of two letters, got {country!r} (there are: {', '.join(codes)})"
        )
    return holidays.country_holidays(country)


def _nearest(language: str | None, country: str, there: Iterable[str]) -> str | None:
    """Return the list's name of a language: "en" is "en_GB" in Britain, else "en_US"."""
    fitting = [name for name in there if name.split("_")[0] == language]
    rather = (language, f"{language}_{country}", "en_US", *fitting)
    return next((name for name in rather if name in fitting), None)


def as_toml(days: Days, section: str) -> str:
    """Return the days as entries of a clinic file: `section` is "holidays" or
    "locations.holidays"."""
    return "\n".join(
        f"[[{section}]]\ndate = {day}\nname = {json.dumps(name, ensure_ascii=False)}\n"
        for day, name in days
    )
