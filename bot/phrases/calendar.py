"""Days, times and languages in the reader's own way (Babel, CLDR)."""

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_day_names
from babel.lists import format_list
from babel.units import format_unit

# The first of a month is said as an ordinal.
FIRST_OF_MONTH = {"fr": "1er", "pt": "1º"}
NARROW_SPACE = "\u202f"  # CLDR's between time and "PM"; it would make an SMS cost twice.


@cache
def locale_of(language: str, country: str) -> Locale:
    try:
        return Locale.parse(f"{language}_{country}")
    except UnknownLocaleError:
        return Locale.parse(language)


@cache
def one_of(codes: tuple[str, ...], language: str) -> str:
    """Return "English, French or Spanish", in the reader's language."""
    locale = Locale.parse(language)
    return format_list([locale.languages[code] for code in codes], "or", locale)


@cache
def days_by_unit(language: str) -> Mapping[str, int]:
    """Return how many days "day", "weeks", "month" are, by all their names in a language."""
    locale, units = Locale.parse(language), {"day": 1, "week": 7, "month": 30, "year": 365}
    return {
        str(format_unit(count, f"duration-{unit}", locale=locale)).split()[-1]: days
        for unit, days in units.items()
        for count in (1, 2)
    }


@cache
def own_name(code: str) -> str:
    """Return the language's name for itself: "Français"."""
    name = str(Locale.parse(code).languages[code])
    return name[:1].upper() + name[1:]


@cache
def by_name(language: str) -> Mapping[str, str]:
    """Return the codes of languages by their names in a language, all in small letters."""
    names = Locale.parse(language).languages.items()
    return {name.casefold(): code for code, name in names if len(code) == 2}


@cache
def names_of(language: str, what: str) -> tuple[str, ...]:
    """Return the names of the "days" of a week, or of the "months", whole and short."""
    names = getattr(Locale.parse(language), what)["format"]
    return tuple(name for width in ("wide", "abbreviated") for name in names[width].values())


@cache
def week(locale: Locale) -> tuple[tuple[int, str], ...]:
    """Return the weekdays in the country's order, with their shortest names (0 = Monday)."""
    names = get_day_names("short", "stand-alone", locale)
    order = ((locale.first_week_day + each) % 7 for each in range(7))
    return tuple((weekday, names[weekday]) for weekday in order)


def weekdays(language: str) -> tuple[str, ...]:
    """Return the weekdays' whole names, from Monday on."""
    names = get_day_names("wide", locale=Locale.parse(language))
    return tuple(str(names[weekday]) for weekday in range(7))


def months(first: date, last: date, locale: Locale) -> str:
    """Return "November - January", or one name where both days are in one month."""
    names = [format_date(on, "LLLL", locale) for on in (first, last)]
    text = " - ".join(dict.fromkeys(names))
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=2048)
def day(on: date, locale: Locale) -> str:
    """Return "Tuesday, December 1": the locale's full date less its year, which CLDR has no
    pattern of its own for in every language."""
    pattern = re.sub(r"[, ]*('[^']*' *)?y+.*$", "", locale.date_formats["full"].pattern)
    return _as_said(format_date(on, pattern, locale=locale), on, locale)


@lru_cache(maxsize=2048)
def short_day(on: date, locale: Locale) -> str:
    return _as_said(format_skeleton("MMMEd", on, locale=locale), on, locale)


@lru_cache(maxsize=512)
def short_month(on: date, locale: Locale) -> str:
    """Return "Nov 2026"."""
    return format_skeleton("yMMM", on, locale=locale)


@lru_cache(maxsize=2048)
def date_of(on: date, locale: Locale) -> str:
    return _as_said(format_date(on, "long", locale=locale), on, locale)


def _as_said(text: str, on: date, locale: Locale) -> str:
    """Mend what CLDR writes and nobody says: "1 décembre", and "el martes, 1 de diciembre"."""
    if on.day == 1 and locale.language in FIRST_OF_MONTH:
        text = re.sub(r"(?<!\d)1(?= )", FIRST_OF_MONTH[locale.language], text, count=1)
    return text.replace(", ", " ") if locale.language == "es" else text


@lru_cache(maxsize=2048)
def clock(at: time, locale: Locale) -> str:
    return format_time(at, "short", locale=locale).replace(NARROW_SPACE, " ")
