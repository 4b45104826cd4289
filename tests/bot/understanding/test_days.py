"""Days, said on Sunday 22 November 2026."""

from datetime import datetime

import pytest

from bot.directory import Directory
from tests.bot.understanding.clinic import SUNDAY, ZONE, a_directory, offers, said

MONDAY = datetime(2026, 11, 23, 9, tzinfo=ZONE)
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=ZONE)

ONE_DAY = {
    "today please": "2026-11-22",
    "tomorrow": "2026-11-23",
    "tmrw": "2026-11-23",
    "2moro": "2026-11-23",
    "tommorow morning": "2026-11-23",
    "the day after tomorrow": "2026-11-24",
    "in 3 days": "2026-11-25",
    "in two weeks": "2026-12-06",
    "a week from tuesday": "2026-12-01",
    "friday week": "2026-12-04",
    "week on friday": "2026-12-04",
    "tuesday next week": "2026-11-24",
    "friday after next": "2026-12-04",
    "the 5th": "2026-12-05",
    "the 22nd": "2026-11-22",
    "the 31st": "2026-12-31",
    "dec 5": "2026-12-05",
    "5 december": "2026-12-05",
    "december the fifth": "2026-12-05",
    "Saturday, December 5th, 2026": "2026-12-05",
    "monday the 30th": "2026-11-30",
    "2026-12-05": "2026-12-05",
    "dec. 5": "2026-12-05",
    "first tuesday of december": "2026-12-01",
    "the last friday of the month": "2026-11-27",
    "xmas eve": "2026-12-24",
    "29 february": "2028-02-29",
    "1 march": "2027-03-01",
}


@pytest.mark.parametrize(("text", "day"), ONE_DAY.items())
def test_a_day_is_the_next_such_day(text: str, day: str) -> None:
    assert said(text)["date"] == day


@pytest.mark.parametrize(
    ("text", "day", "weekday"),
    [
        ("wensday", "2026-11-25", "2"),
        ("thurs", "2026-11-26", "3"),
        ("on tues", "2026-11-24", "1"),
        ("coming monday", "2026-11-23", "0"),
        ("friady", "2026-11-27", "4"),
        ("sunday", "2026-11-29", "6"),
    ],
)
def test_a_bare_weekday_is_the_coming_one_and_todays_name_a_week_from_today(
    text: str, day: str, weekday: str
) -> None:
    assert said(text) == {"date": day, "weekday": weekday}


def test_this_may_mean_today() -> None:
    assert said("this sunday")["date"] == "2026-11-22"
    assert said("sunday")["date"] == "2026-11-29"


@pytest.mark.parametrize(
    ("now", "text", "day"),
    [
        (SUNDAY, "next tuesday", "2026-11-24"),
        (MONDAY, "next tuesday", "2026-12-01"),
        (WEDNESDAY, "next tuesday", "2026-12-01"),
        (WEDNESDAY, "tuesday", "2026-12-01"),
        (WEDNESDAY, "next friday", "2026-12-04"),
        (WEDNESDAY, "this friday", "2026-11-27"),
    ],
)
def test_next_means_the_calendar_week_after_this_one(now: datetime, text: str, day: str) -> None:
    assert said(text, now=now)["date"] == day


def test_day_and_month_stand_in_the_order_of_the_clinic_or_the_locale() -> None:
    britain = a_directory(country="GB")
    assert said("12/5")["date"] == "2026-12-05"
    assert said("12/5", directory=britain)["date"] == "2027-05-12"
    assert said("12/5", directory=britain, locale="en-US")["date"] == "2026-12-05"
    assert said("12/5", locale="en-GB")["date"] == "2027-05-12"


@pytest.mark.parametrize("directory", [a_directory(), a_directory(country="GB")])
def test_an_order_that_gives_no_day_is_turned_round(directory: Directory) -> None:
    assert said("25/12", directory=directory)["date"] == "2026-12-25"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("next week", "2026-11-23", "2026-11-29"),
        ("end of next week", "2026-11-26", "2026-11-27"),
        ("early next week", "2026-11-23", "2026-11-24"),
        ("between the 3rd and the 10th", "2026-12-03", "2026-12-10"),
        ("from monday to friday", "2026-11-23", "2026-11-27"),
        ("july 13 to 15", "2027-07-13", "2027-07-15"),
        ("in december", "2026-12-01", "2026-12-31"),
        ("early december", "2026-12-01", "2026-12-10"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("in the next 3 days", "2026-11-22", "2026-11-25"),
    ],
)
def test_a_stretch_has_both_its_ends(text: str, first: str, last: str) -> None:
    found = said(text)
    assert (found["date_from"], found["date_to"]) == (first, last)
    assert "date" not in found


def test_the_weekend_of_a_sunday_is_what_is_left_of_it() -> None:
    assert said("this weekend") == {"date_from": "2026-11-22", "date_to": "2026-11-22"}
    assert said("this weekend", now=MONDAY)["date_from"] == "2026-11-28"


def test_an_open_stretch_has_one_end() -> None:
    assert said("after the 5th") == {"date_from": "2026-12-06"}
    assert said("from friday on") == {"date_from": "2026-11-27"}
    assert said("before friday") == {"date_to": "2026-11-26"}
    assert said("by friday") == {"date_to": "2026-11-27"}


def test_several_days_are_all_kept() -> None:
    found = said("monday or tuesday")
    assert found["weekdays"] == "0 1"
    assert found["dates"] == "2026-11-23 2026-11-24"
    assert "date" not in found


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("any day but friday", "4"),
        ("not monday", "0"),
        ("any day except monday or tuesday", "0 1"),
        ("no mondays please", "0"),
        ("friday doesn't work", "4"),
    ],
)
def test_a_day_may_be_ruled_out(text: str, weekdays: str) -> None:
    found = said(text)
    assert found["not_weekdays"] == weekdays
    assert "date" not in found


def test_a_correction_replaces_the_day() -> None:
    assert said("tuesday, no wednesday")["date"] == "2026-11-25"
    assert said("not tuesday, wednesday")["date"] == "2026-11-25"
    assert said("tuesday, actually make it friday")["date"] == "2026-11-27"


def test_a_weekday_that_is_not_that_date_is_asked_back() -> None:
    assert said("monday december 5 2026")["ambiguous"] == "date"
    assert "ambiguous" not in said("saturday december 5 2026")


def test_the_day_after_counts_from_the_offer() -> None:
    offer = offers("2026-11-24 10:00", "2026-11-24 10:30")
    assert said("the day after", "slot", offer=offer)["date"] == "2026-11-25"
    assert said("the day before", "slot", offer=offer)["date"] == "2026-11-23"
    assert said("a week later", "slot", offer=offer)["date"] == "2026-12-01"
    assert said("the day after")["ambiguous"] == "date"


@pytest.mark.parametrize(
    "text", ["may i ask something", "the sun is out", "i sat down", "on second thought"]
)
def test_words_that_are_also_days_are_not_taken_for_them(text: str) -> None:
    assert not {"date", "date_from", "dates"} & said(text).keys()


def test_the_thirtieth_of_february_is_no_day() -> None:
    assert "date" not in said("february 30")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("tomorrow or the day after", "2026-11-23 2026-11-24"),
        ("friday or the day after", "2026-11-27 2026-11-28"),
        ("5 december or a week later", "2026-12-05 2026-12-12"),
    ],
)
def test_a_day_counted_from_the_one_just_said(text: str, days: str) -> None:
    assert said(text)["dates"] == days
    assert said(text, offer=offers("2026-11-30 10:00"))["dates"] == days


def test_the_day_after_what_was_offered() -> None:
    found = said("the day after", "date", offer=offers("2026-11-30 10:00"))
    assert found == {"date": "2026-12-01"}


def test_never_mind_a_day_is_not_that_day() -> None:
    found = said("never mind about tuesday, wednesday is fine")
    assert (found["date"], found["not_weekdays"]) == ("2026-11-25", "1")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("thanksgiving", "2026-11-26"),
        ("the day after thanksgiving", "2026-11-27"),
        ("memorial day", "2027-05-31"),
        ("good friday", "2027-03-26"),
        ("easter monday", "2027-03-29"),
        ("the monday after thanksgiving", "2026-11-30"),
        ("the friday before christmas", "2026-12-18"),
        ("a week before christmas", "2026-12-18"),
        ("tomorrow week", "2026-11-30"),
        ("Sat 5th", "2026-12-05"),
        ("tuesday the 2nd", "2027-02-02"),
        ("11-27", "2026-11-27"),
    ],
)
def test_a_day_counted_from_another_or_by_its_name(text: str, day: str) -> None:
    assert said(text)["date"] == day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("the first week of december", "2026-11-30", "2026-12-06"),
        ("the last week of january", "2027-01-25", "2027-01-31"),
        ("the second half of december", "2026-12-16", "2026-12-31"),
        ("the month after next", "2027-01-01", "2027-01-31"),
        ("12/2026", "2026-12-01", "2026-12-31"),
        ("from april 27th to the 3rd", "2027-04-27", "2027-05-03"),
        ("4 till 23 of next month", "2026-12-04", "2026-12-23"),
        ("10 August 2027 - 12 September", "2027-08-10", "2027-09-12"),
        ("labor day weekend", "2027-09-04", "2027-09-06"),
        ("between monday and wednesday next week", "2026-11-23", "2026-11-25"),
        ("before the end of the month", "2026-11-22", "2026-11-30"),
    ],
)
def test_a_stretch_of_days_by_its_name(text: str, first: str, last: str) -> None:
    found = said(text)
    assert (found["date_from"], found["date_to"]) == (first, last)


def test_nine_to_twelve_are_hours_not_a_day() -> None:
    assert said("9-12") == {"time_from": "09:00", "time_to": "12:00"}


def test_after_a_day_that_is_out_another_one_is_wanted() -> None:
    found = said("friday is out, monday is fine")
    assert (found["date"], found["not_weekdays"]) == ("2026-11-23", "4")


def test_a_visit_put_off_until_a_day_is_on_that_day() -> None:
    assert said("postpone my visit until the 14th")["date"] == "2026-12-14"
    assert said("book me until the 14th") == {"date_to": "2026-12-14"}


@pytest.mark.parametrize(
    "text", ["Tuesday, otherwise Friday", "Tuesday; if that doesn't work, any time on Friday"]
)
def test_of_two_days_the_first_is_wished_for(text: str) -> None:
    assert said(text, "date") == {"date": "2026-11-24", "weekday": "1"}
