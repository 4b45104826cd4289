"""What is offered when a wish can't be met, and how an offer is refined."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Draft, State, Task
from bot.dialogue.turn import Answer
from bot.dialogue.values import Refusal, Slot
from bot.messages import Asked
from bot.understanding.values import Flexible, Intent
from tests.bot.dialogue.open_clinic import OpenClinic, days_from, slots_on
from tests.bot.dialogue.pretend import DIRECTORY, SITUATION, Talk, keys, meant
from tests.bot.understanding.clinic import ZONE

MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = days_from(date(2026, 11, 24), 4)
PATEL, OKAFOR = 1, 2
HOURS = ("09:00", "11:00", "14:00", "16:00")


def a_week(practitioner: int = PATEL, *without: date) -> tuple[Slot, ...]:
    days = (day for day in days_from(MONDAY, 5) if day not in without)
    return tuple(slot for day in days for slot in slots_on(day, *HOURS, practitioner=practitioner))


def a_talk(*free: Slot) -> Talk:
    return Talk(OpenClinic(free=free))


def offered(talk: Talk) -> list[str]:
    draft = talk.state.draft
    assert draft is not None
    return [f"{slot.starts_at.astimezone(ZONE):%a %H:%M}" for slot in draft.offer]


def codes(answer: Answer) -> list[str]:
    return [option.code for option in answer.options]


# The wish can't be met.


def test_a_day_without_room_is_answered_with_the_days_on_both_sides() -> None:
    talk = a_talk(*a_week(PATEL, WEDNESDAY))
    answer = talk.says("dr patel on wednesday")
    assert keys(answer) == ["offer_nearest"]
    assert offered(talk) == ["Mon 09:00", "Tue 09:00", "Thu 09:00"]


def test_something_before_is_offered_though_all_that_is_nearer_comes_after() -> None:
    later = slots_on(WEDNESDAY, "11:00", "11:20", "11:40", "12:00")
    talk = a_talk(*slots_on(WEDNESDAY, "08:00"), *later)
    talk.says("dr patel on wednesday at 10:40")
    assert offered(talk) == ["Wed 08:00", "Wed 11:00", "Wed 11:20"]


def test_somebody_with_nothing_near_has_colleagues() -> None:
    theirs = slots_on(date(2026, 12, 14), "09:00")
    talk = a_talk(*theirs, *slots_on(TUESDAY, "10:00", practitioner=OKAFOR))
    answer = talk.says("dr patel on tuesday at 10")
    assert keys(answer) == ["next_of_theirs", "offer_colleagues"]
    assert offered(talk) == ["Tue 10:00", "Mon 09:00"]
    answer = talk.says("1")
    assert talk.state.draft is not None
    assert talk.state.draft.slot is not None
    assert talk.state.draft.slot.practitioner == OKAFOR


def test_what_is_near_with_the_one_who_was_named_comes_before_any_colleague() -> None:
    """The control."""
    talk = a_talk(*a_week(PATEL, TUESDAY), *slots_on(TUESDAY, "10:00", practitioner=OKAFOR))
    assert keys(talk.says("dr patel on tuesday at 10")) == ["offer_nearest"]
    assert {command.practitioner for command in searches(talk)} == {PATEL}


def searches(talk: Talk) -> list[ask.FindSlots]:
    return [command for command in talk.clinic.asked if isinstance(command, ask.FindSlots)]


def test_nothing_near_and_nobody_else_leads_to_the_waitlist() -> None:
    talk = a_talk(*slots_on(date(2026, 12, 14), "09:00", "10:00", practitioner=7))
    answer = talk.says("dr kim on tuesday at 10")
    assert codes(answer)[-1] == "waitlist"
    assert len(answer.options) <= SITUATION.offers


def test_nothing_at_all_leads_to_the_waitlist_too() -> None:
    talk = a_talk()
    answer = talk.says("dr kim on tuesday")
    assert (keys(answer), codes(answer)) == (["nothing_free"], ["waitlist"])
    assert answer.asked is Asked.CHOICE


def test_a_wish_that_is_met_costs_one_search() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday at 9")
    assert len(searches(talk)) == 1


# Sooner and later.


def test_later_stays_on_the_day_that_is_shown() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday morning", "later")
    assert offered(talk) == ["Wed 09:00", "Wed 11:00"]  # Its morning has nothing later.
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday at 9", "later")
    assert offered(talk) == ["Tue 11:00", "Tue 14:00", "Tue 16:00"]


def test_where_the_day_has_none_it_is_the_day_before_at_the_wished_hours() -> None:
    talk = a_talk(*a_week())
    answer = talk.says("dr patel on thursday morning", "anything earlier?")
    assert keys(answer)[0] == "nothing_sooner_then"
    assert offered(talk) == ["Wed 09:00", "Wed 11:00"]


def test_hours_that_can_not_be_kept_are_given_up_and_that_is_said() -> None:
    talk = a_talk(*slots_on(TUESDAY, "09:00"), *slots_on(THURSDAY, "16:00"))
    answer = talk.says("dr patel on thursday afternoon", "something sooner")
    assert keys(answer)[0] == "nothing_sooner_then"
    assert offered(talk) == ["Tue 09:00"]


def test_an_earlier_date_is_another_day() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on thursday", "an earlier date please")
    assert offered(talk) == ["Mon 09:00", "Tue 09:00", "Wed 09:00"]


def test_where_nothing_is_sooner_what_was_shown_is_shown_again() -> None:
    talk = a_talk(*slots_on(TUESDAY, "09:00", "10:00"))
    answer = talk.says("dr patel on tuesday", "earlier")
    assert keys(answer)[0] == "nothing_sooner"
    assert offered(talk) == ["Tue 09:00", "Tue 10:00"]


# Other days, hours, people.


def test_other_days_keep_the_hours() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday afternoon", "other days")
    assert offered(talk) == ["Mon 14:00", "Wed 14:00", "Thu 14:00"]


def test_a_day_that_was_put_aside_can_be_named_again() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday", "another day", "tuesday after all")
    assert {each[:3] for each in offered(talk)} == {"Tue"}


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("mornings only", {"Tue"}, {"09:00", "11:00"}),
        ("not tuesday", {"Mon", "Wed", "Thu", "Fri"}, set(HOURS)),
        ("thursday instead", {"Thu"}, set(HOURS)),
        ("after 3", {"Tue"}, {"16:00"}),
    ],
)
def test_a_refinement_changes_what_it_says_and_nothing_else(
    text: str, days: set[str], hours: set[str]
) -> None:
    talk = a_talk(*a_week(), *a_week(OKAFOR))
    talk.says("dr patel on tuesday", text)
    draft = talk.state.draft
    assert draft is not None
    assert draft.practitioner == PATEL
    assert {each[:3] for each in offered(talk)} <= days
    assert {each[4:] for each in offered(talk)} <= hours


def test_another_doctor_is_one_of_the_same_specialty_at_the_same_wish() -> None:
    talk = a_talk(*a_week(), *a_week(OKAFOR))
    talk.says("dr patel on tuesday at 11", "no, with another doctor")
    draft = talk.state.draft
    assert draft is not None
    assert draft.slot is not None
    assert (draft.slot.practitioner, offered(talk)) == (OKAFOR, ["Tue 11:00"])


def test_where_nobody_else_does_it_that_is_said_and_the_offer_stands() -> None:
    talk = a_talk(*slots_on(TUESDAY, "09:00", "10:00", practitioner=7))
    answer = talk.says("dr kim on tuesday", "someone else")
    assert keys(answer)[0] == "nobody_else"
    assert offered(talk) == ["Tue 09:00", "Tue 10:00"]


def test_anyone_opens_the_wish_to_all_of_the_specialty() -> None:
    talk = a_talk(*slots_on(TUESDAY, "09:00", "11:00"), *slots_on(TUESDAY, "10:00", practitioner=2))
    talk.says("dr patel on tuesday", "with anyone")
    assert offered(talk) == ["Tue 09:00", "Tue 10:00", "Tue 11:00"]


def test_a_woman_is_one_of_the_same_specialty_who_is() -> None:
    people = [
        replace(person, gender="female" if person.key == OKAFOR else "male")
        for person in DIRECTORY.practitioners
    ]
    talk = a_talk(*a_week(), *a_week(OKAFOR))
    talk.situation = replace(SITUATION, directory=replace(DIRECTORY, practitioners=tuple(people)))
    answer = talk.says("dr patel on tuesday", "a female doctor please")
    assert answer.asked is Asked.SLOT
    draft = talk.state.draft
    assert draft is not None
    assert {slot.practitioner for slot in draft.offer} == {OKAFOR}


def test_where_there_is_no_woman_that_is_said() -> None:
    talk = a_talk(*a_week())
    assert keys(talk.says("dr patel on tuesday", "a female doctor please"))[0] == "nobody_such"


def test_a_time_that_was_refused_may_be_named_after_all() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday", "more")
    assert "Tue 09:00" not in offered(talk)
    talk.says("tuesday at 9")
    draft = talk.state.draft
    assert draft is not None
    assert draft.slot is not None
    assert offered(talk) == ["Tue 09:00"]


@pytest.mark.parametrize("text", ["any of them", "the earliest", "ok", "whichever"])
def test_whichever_is_the_first_of_the_list(text: str) -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday", text)
    draft = talk.state.draft
    assert draft is not None
    assert draft.slot == draft.offer[0]


def test_buttons_hold_more_than_an_sms() -> None:
    talk = a_talk(*a_week())
    talk.situation = replace(SITUATION, offers=6)
    talk.says("dr patel on tuesday")
    assert len(offered(talk)) == 4
    assert DIRECTORY.practitioner(PATEL).specialties == DIRECTORY.practitioner(OKAFOR).specialties


# What was met before, and what was not.


@pytest.mark.parametrize("words", ["later", "earlier"])
def test_beside_the_nearest_nothing_is_said_to_be_missing(words: str) -> None:
    """The wished day had nothing: that there is something later than the nearest is no news."""
    talk = a_talk(*a_week(PATEL, FRIDAY))
    talk.says("dr patel on friday")
    assert keys(talk.says(words))[0].startswith("offer")


def test_where_the_wish_was_met_it_is_said() -> None:
    """The control."""
    talk = a_talk(*a_week())
    talk.says("dr patel on tuesday at 4pm")
    assert keys(talk.says("later"))[0] == "nothing_later_then"


def test_an_hour_that_has_passed_is_called_so_and_what_is_next_is_offered() -> None:
    now = replace(SITUATION, now=datetime(2026, 11, 24, 15, tzinfo=ZONE))
    talk = Talk(OpenClinic(free=slots_on(TUESDAY, "16:00", "17:00")), situation=now)
    answer = talk.hears(
        meant(Intent.BOOK, practitioner="Dr Anita Patel", date=TUESDAY, time=time(9))
    )
    assert keys(answer)[0] == "refused_past"
    assert offered(talk) == ["Tue 16:00", "Tue 17:00"]


@pytest.mark.parametrize(("hour", "key"), [(9, "refused_past"), (16, "refused_too_soon")])
def test_a_slot_that_has_passed_meanwhile_is_not_too_soon(hour: int, key: str) -> None:
    now = replace(SITUATION, now=datetime(2026, 11, 24, 15, tzinfo=ZONE))
    slot, *_ = slots_on(TUESDAY, f"{hour:02}:00")
    clinic = OpenClinic(free=(slot,), refusals={ask.HoldSlot: Refusal.TOO_SOON})
    talk = Talk(clinic, State(draft=Draft(Task.BOOK, practitioner=PATEL, slot=slot)), now)
    assert keys(talk.hears(meant(Intent.INFORM, name="John Smith")))[0] == key


def test_the_latest_of_a_day_is_its_last_free_time() -> None:
    talk = a_talk(*a_week())
    talk.says("dr patel on thursday morning")
    talk.hears(meant(Intent.INFORM, date=TUESDAY, flexible=Flexible.LATEST))
    assert offered(talk) == ["Tue 16:00"]


def test_some_day_at_these_hours_is_one_time_a_day() -> None:
    talk = a_talk(*a_week())
    talk.hears(
        meant(
            Intent.BOOK,
            practitioner="Dr Anita Patel",
            time_from=time(13),
            flexible=Flexible.ANY,
        )
    )
    assert offered(talk) == ["Mon 14:00", "Tue 14:00", "Wed 14:00"]
