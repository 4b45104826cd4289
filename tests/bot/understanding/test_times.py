"""Times of day, at a clinic open from eight to six."""

from datetime import time

import pytest

from tests.bot.understanding.clinic import WEEK, a_directory, offers, said

EXACT = {
    "3pm": "15:00",
    "3 p.m.": "15:00",
    "at 3": "15:00",
    "at 9": "09:00",
    "3:30": "15:30",
    "10.30": "10:30",
    "15h30": "15:30",
    "at 1530": "15:30",
    "half past three": "15:30",
    "half 3": "15:30",
    "quarter to four": "15:45",
    "a quarter past 10": "10:15",
    "twenty to two": "13:40",
    "noon": "12:00",
    "12": "12:00",
    "three o'clock": "15:00",
    "ten thirty am": "10:30",
    "5 in the afternoon": "17:00",
    "8 in the evening": "20:00",
    "11 in the morning": "11:00",
}


@pytest.mark.parametrize(("text", "expected"), EXACT.items())
def test_a_time_without_am_or_pm_is_inside_opening_hours(text: str, expected: str) -> None:
    assert said(text, "time") == {"time": expected}


def test_opening_hours_decide() -> None:
    night = a_directory()
    early = {day: ((time(6), time(13)),) for day in WEEK}
    place = night.locations[0]
    opening = type(place)(1, "Downtown", place.zone, "", "", opening_hours=early)
    assert said("at 7", directory=a_directory(locations=(opening,)))["time"] == "07:00"
    assert said("at 7")["time"] == "07:00"
    assert said("at 6")["time"] == "18:00"
    assert said("at 6", directory=a_directory(locations=(opening,)))["time"] == "06:00"


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("after 3", {"time_from": "15:00"}),
        ("before noon", {"time_to": "12:00"}),
        ("between 2 and 4", {"time_from": "14:00", "time_to": "16:00"}),
        ("from 2 to 4", {"time_from": "14:00", "time_to": "16:00"}),
        ("9 to 5", {"time_from": "09:00", "time_to": "17:00"}),
        ("11-1", {"time_from": "11:00", "time_to": "13:00"}),
        ("from 2 to 4pm", {"time_from": "14:00", "time_to": "16:00"}),
        ("from 11 to 1pm", {"time_from": "11:00", "time_to": "13:00"}),
        ("no later than 11", {"time_to": "11:00"}),
        ("after work", {"time_from": "17:00"}),
        ("lunchtime", {"time_from": "12:00", "time_to": "14:00"}),
        ("end of the day", {"time_from": "16:00"}),
        ("not in the morning", {"time_from": "12:00"}),
        ("10 or 11", {"time_from": "10:00", "time_to": "11:00"}),
    ],
)
def test_a_window_has_the_ends_that_were_said(text: str, window: dict[str, str]) -> None:
    assert said(text, "time") == window


@pytest.mark.parametrize("text", ["around 3", "3ish", "about 3pm", "3 or so"])
def test_a_rough_time_leaves_an_hour_on_either_side(text: str) -> None:
    assert said(text, "time") == {"time": "15:00", "time_from": "14:00", "time_to": "16:00"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("in the morning", "morning"),
        ("afternoon", "afternoon"),
        ("friday evening", "evening"),
        ("mornings only", "morning"),
    ],
)
def test_parts_of_the_day(text: str, part: str) -> None:
    assert said(text)["part_of_day"] == part


def test_good_morning_is_no_part_of_the_day() -> None:
    assert "part_of_day" not in said("good morning, I need a dentist")


@pytest.mark.parametrize(
    ("text", "flexible"),
    [
        ("the earliest you have", "earliest"),
        ("asap", "earliest"),
        ("as soon as possible", "earliest"),
        ("first available", "earliest"),
        ("any time", "any"),
        ("whenever", "any"),
        ("i don't mind", "any"),
        ("something sooner", "sooner"),
        ("anything earlier", "sooner"),
        ("a bit later", "later"),
    ],
)
def test_words_that_leave_the_time_open(text: str, flexible: str) -> None:
    assert said(text, "slot")["flexible"] == flexible


def test_first_thing_is_the_earliest_of_the_morning() -> None:
    found = said("first thing tomorrow")
    assert (found["flexible"], found["part_of_day"]) == ("earliest", "morning")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("an hour later", "60"), ("30 minutes earlier", "-30"), ("half an hour later", "30")],
)
def test_a_shift_is_relative_to_the_offer(text: str, minutes: str) -> None:
    assert said(text, "slot", offer=offers("2026-11-24 10:00")) == {"shift_minutes": minutes}


def test_a_weekday_and_a_small_number_are_a_day_and_a_time() -> None:
    assert said("tuesday 3") == {"date": "2026-11-24", "weekday": "1", "time": "15:00"}
    assert said("tomorrow 10") == {"date": "2026-11-23", "time": "10:00"}


def test_in_two_hours_is_a_day_and_a_time() -> None:
    assert said("in 2 hours") == {"date": "2026-11-22", "time": "12:00"}


def test_the_same_time_on_another_day() -> None:
    assert said("same time thursday", "slot") == {
        "date": "2026-11-26",
        "same": "time",
        "weekday": "3",
    }


def test_a_number_that_counts_something_is_no_time() -> None:
    assert "time" not in said("i have 3 kids")
    assert "time" not in said("it has hurt for 2 weeks")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how about 12 pm?", "12:00"),
        ("what about 3", "15:00"),
        ("is the 12 pm slot free?", "12:00"),
        ("ten to three", "14:50"),
        ("15 to 3", "14:45"),
        ("9 40 in the morning", "09:40"),
    ],
)
def test_a_time_that_is_meant_as_said(text: str, expected: str) -> None:
    found = said(text)
    assert found["time"] == expected
    assert "time_from" not in found
    assert "date" not in found


@pytest.mark.parametrize(
    "text", ["before 10 or after 3", "after 3 or before 10", "mornings or after 3"]
)
def test_two_stretches_of_a_day_are_asked_back(text: str) -> None:
    assert said(text, "time") == {"ambiguous": "time"}


def test_two_ends_of_one_stretch_are_not_asked_back() -> None:
    assert said("after 3 and before 5") == {"time_from": "15:00", "time_to": "17:00"}
    assert said("after 9 or before 5") == {"time_from": "09:00", "time_to": "17:00"}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("push my appointment back an hour", "60"),
        ("move it back by half an hour", "30"),
        ("bring my appointment forward by 30 minutes", "-30"),
    ],
)
def test_an_appointment_is_moved_by_so_much(text: str, minutes: str) -> None:
    found = said(text)
    assert found["shift_minutes"] == minutes
    assert "specialty" not in found


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("three thirty", "15:30"),
        ("nine oh five", "09:05"),
        ("make it eight pm", "20:00"),
        ("make it two thirty", "14:30"),
        ("12 would be good", "12:00"),
        ("in the afternoon 12", "12:00"),
        ("@ 3", "15:00"),
        ("3 in the afternoon", "15:00"),
    ],
)
def test_a_time_in_the_words_of_the_day(text: str, time: str) -> None:
    assert said(text)["time"] == time


@pytest.mark.parametrize(
    "text",
    [
        "please move that one",
        "this one would be fine",
        "the tuesday one",
        "2306 Almaden Road on friday",
        "change it to 3 persons",
    ],
)
def test_a_number_or_a_one_that_is_no_hour(text: str) -> None:
    assert "time" not in said(text)


def test_each_end_of_a_window_may_have_its_part_of_the_day() -> None:
    found = said("between 9 in the morning and 2 in the afternoon")
    assert found == {"time_from": "09:00", "time_to": "14:00"}


def test_a_comma_parts_a_day_from_a_time() -> None:
    assert said("on the 15th, 8 pm") == {"date": "2026-12-15", "time": "20:00"}


def test_from_one_time_to_another_moves_a_visit_and_between_them_does_not() -> None:
    assert said("change my time from 10 to 12") == {"visit_time": "10:00", "time": "12:00"}
    window = {"time_from": "14:00", "time_to": "16:00"}
    assert said("move my appointment to between 2 and 4") == window


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in an hour and a half", {"date": "2026-11-22", "time": "11:30"}),
        ("an hour and a half later", {"shift_minutes": "90"}),
        ("push it back by half an hour", {"shift_minutes": "30"}),
    ],
)
def test_an_hour_and_a_half(text: str, expected: dict[str, str]) -> None:
    assert said(text) == expected
