"""New values of settings, as people write them."""

import pytest

from bot.staff.settings.reading import (
    FOLDER,
    hours_in,
    lengths_in,
    listed,
    number_in,
    says_none,
    week_in,
)
from bot.staff.wording import staff_languages

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL_WEEK = (*WEEKDAYS, "sat", "sun")


def on(days: tuple[str, ...], *hours: str) -> dict[str, list[str]]:
    return {day: list(hours) for day in days}


def test_there_are_words_in_each_language_of_staff() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.toml"))) == staff_languages()
    for name in ("opening_hours", "none", "closed", *ALL_WEEK, "d", "h", "m", "weeks"):
        assert set(listed("es", name)) > set(listed("en", name))


@pytest.mark.parametrize(
    ("language", "text", "week"),
    [
        ("en", "mon-fri 8-18, sat 9-12", on(WEEKDAYS, "08:00-18:00") | on(("sat",), "09:00-12:00")),
        ("en", "Monday to Friday 8am-6:30pm", on(WEEKDAYS, "08:00-18:30")),
        ("en", "weekdays from 8 to 12 and 13:30 until 18",
         on(WEEKDAYS, "08:00-12:00", "13:30-18:00")),
        ("en", "sat and sun closed", on(("sat", "sun"))),
        ("en", "every day 0-24", on(ALL_WEEK, "00:00-24:00")),
        ("en", "tuesdays: 12 pm - 12 am", on(("tue",), "12:00-00:00")),
        ("en", "mon 8-9; mon 10-11", on(("mon",), "08:00-09:00", "10:00-11:00")),
        ("en", "mon 8\u20139\ntue 8\u20139", on(("mon", "tue"), "08:00-09:00")),
        ("es", "lunes a viernes de 8 a 18", on(WEEKDAYS, "08:00-18:00")),
        ("es", "lun-vie 8-14 y 16-20, dom cerrado",
         on(WEEKDAYS, "08:00-14:00", "16:00-20:00") | on(("sun",))),
        ("es", "s\u00e1bados de las 9 a las 14", on(("sat",), "09:00-14:00")),
        ("es", "mon-fri 8-18", on(WEEKDAYS, "08:00-18:00")),
    ],
)  # fmt: skip
def test_hours_of_days(language: str, text: str, week: dict[str, list[str]]) -> None:
    assert week_in(text, language) == week


@pytest.mark.parametrize(
    "text",
    ["", "8-18", "mon", "mon-fri", "someday 8-18", "mon 8", "mon 8-18 except june", "fri-mon 8-9"],
)
def test_what_is_no_week_is_none(text: str) -> None:
    assert week_in(text, "en") is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("21:00-07:00", (21, 7)),
        ("from 9pm to 7am", (21, 7)),
        ("de 21 a 7", (21, 7)),
        ("21h00 - 7", (21, 7)),
        ("12 am until 12 pm", (0, 12)),
        ("21:30-7", None),
        ("21", None),
        ("late", None),
    ],
)
def test_two_full_hours(text: str, hours: tuple[int, int] | None) -> None:
    assert hours_in(text) == hours


@pytest.mark.parametrize(
    ("language", "text", "lengths"),
    [
        ("en", "3 days and 1 day before", ["3d", "1d"]),
        ("en", "one week, a day and 2 hours before the visit", ["7d", "1d", "2h"]),
        ("en", "90m", ["90m"]),
        ("es", "3 d\u00edas y un d\u00eda antes de la cita", ["3d", "1d"]),
        ("es", "una semana antes", ["7d"]),
        ("en", "3", None),
        ("en", "3 days after", None),
        ("en", "soon", None),
        ("en", "3 moons", None),
    ],
)
def test_how_long_before(language: str, text: str, lengths: list[str] | None) -> None:
    assert lengths_in(text, language) == lengths


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("90", "m", 90),
        ("2 hours", "m", 120),
        ("2 weeks", "d", 14),
        ("to 30 days.", "d", 30),
        ("90 minutes", "h", None),
        ("2 days", "", None),
        ("5", "", 5),
        ("-5", "", None),
        ("5 or 6", "", None),
        ("99999999", "", None),
    ],
)
def test_a_whole_number_in_its_unit(text: str, unit: str, number: int | None) -> None:
    assert number_in(text, "en", unit) == number


@pytest.mark.parametrize("text", ["none", " Never. ", "-", "nothing"])
def test_nothing_at_all(text: str) -> None:
    assert says_none(text, "es")
