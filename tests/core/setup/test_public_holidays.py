"""Public holidays come from a list, in the clinic's language, ready for its file."""

from datetime import date

import pytest

from core.setup import read_clinic_file
from core.setup.public_holidays import UnknownRegion, as_toml, public_holidays, subdivision_code
from tests.core.setup.small_clinic import SMALL

CHRISTMAS = date(2026, 12, 25)


def name_of(day: date, country: str, language: str | None, part: str | None = None) -> str | None:
    return dict(public_holidays(country, part, [day.year], language)).get(day)


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("GB", "en", "Christmas Day"),
        ("ES", "es", "Natividad del Señor"),
        ("ES", "en", "Christmas Day"),
        ("ES", "cy", "Natividad del Señor"),  # The list does not know Welsh: the country's own.
        ("ES", None, "Natividad del Señor"),
        ("US", "es", "Christmas Day"),
    ],
)
def test_days_are_named_in_the_clinic_s_language(
    country: str, language: str | None, name: str
) -> None:
    assert name_of(CHRISTMAS, country, language) == name


def test_a_part_of_the_country_has_days_of_its_own() -> None:
    andrew = date(2026, 11, 30)
    assert name_of(andrew, "GB", "en", "SCT") == "Saint Andrew's Day"
    assert name_of(andrew, "GB", "en", "Scotland") == "Saint Andrew's Day"
    assert name_of(andrew, "GB", "en", "ENG") is None
    assert name_of(andrew, "GB", "en") is None
    assert subdivision_code("US", " california ") == "CA"


def test_several_years_stand_in_their_order() -> None:
    days = [day for day, _ in public_holidays("FR", None, [2027, 2026], "fr")]
    assert days == sorted(days)
    assert {day.year for day in days} == {2026, 2027}


def test_an_unknown_country_or_part_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        UnknownRegion, match=r"expected a country of two letters, got 'UK' \(there are: AD, AE, "
    ):
        public_holidays("UK", None, [2026], None)
    with pytest.raises(UnknownRegion) as caught:
        public_holidays("GB", "Yorkshire", [2026], None)
    assert str(caught.value) == (
        "expected a subdivision of GB, got 'Yorkshire' "
        "(there are: ENG (England), NIR (Northern Ireland), SCT (Scotland), WLS (Wales))"
    )
    with pytest.raises(UnknownRegion, match="there are: none"):
        public_holidays("MC", "Monte Carlo", [2026], None)


def test_the_entries_may_be_pasted_into_a_clinic_file() -> None:
    days = [*public_holidays("GB", "SCT", [2026, 2027], "en"), (date(2028, 1, 1), 'A "day"\\')]
    clinic = read_clinic_file(SMALL + "\n" + as_toml(days, "holidays"))
    assert [(day.date, day.name) for day in clinic.holidays] == days
    start = SMALL.index("holidays = [")
    end = SMALL.index("[[locations.departments]]")
    text = SMALL[:start] + as_toml(days, "locations.holidays") + SMALL[end:]
    (place,) = read_clinic_file(text).locations
    assert [(day.date, day.name) for day in place.holidays] == days
