"""State: what is written down after a turn is what the next turn reads."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.codec import decode, encode
from bot.dialogue.state import VERSION, Deed, DeedKind, Draft, Hold, Question, State, Task
from bot.dialogue.values import Slot, Visit
from bot.dialogue.when import When
from bot.memory import Memory
from bot.messages import Asked
from bot.pace import Pace
from bot.understanding.values import Person

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SLOT = Slot(1, 1, 1, NOON, NOON + timedelta(minutes=20))
VISIT = Visit(7, "public", 2, 3, "José García", 1, 1, 1, NOON, NOON + timedelta(minutes=20))
WHENS = (
    When(),
    When(days=(date(2026, 12, 1), date(2026, 12, 3)), minute=600),
    When(day_from=date(2026, 12, 1), day_to=date(2026, 12, 5), minute_from=0, minute_until=720),
    When(weekdays=(0, 4), not_weekdays=(1,), not_days=(date(2026, 12, 7),), any_day=True),
    When(earliest=True, after=NOON),
    When(before=NOON),
)
DRAFTS = (
    *(Draft(task) for task in Task),
    *(Draft(Task.BOOK, when=when) for when in WHENS),
    Draft(Task.BOOK, practitioner=1, location=2, visit_type=3),
    Draft(Task.BOOK, specialty="dermatology", person=Person.DAUGHTER, name="Ann O'Neil"),
    Draft(Task.BOOK, patient=3, patient_name="José García", date_of_birth=date(1900, 1, 1)),
    Draft(Task.BOOK, offer=(SLOT, SLOT), offer_is_exact=False, refused=(NOON,), slot=SLOT),
    Draft(Task.RESCHEDULE, visit=VISIT, when=WHENS[1]),
    Draft(Task.CANCEL),
)
QUESTIONS = (
    None,
    *(Question(asked) for asked in Asked),
    Question(Asked.SLOT, ("slot:0", "slot:1"), ("9:00 AM", "10:00 AM"), "12"),
)


@pytest.mark.parametrize("draft", DRAFTS, ids=str)
def test_every_draft_is_read_as_it_was_written(draft: Draft) -> None:
    state = State(draft=draft, question=QUESTIONS[-1], visits=(VISIT,), lists=12, misses=1)
    assert State.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    "held",
    [
        Hold(SLOT, None, NOON),
        Hold(SLOT, 3, NOON),
        Hold(SLOT, 3, NOON, beside=replace(VISIT, changeable_until=NOON)),
    ],
    ids=["nobody yet", "somebody", "beside another visit"],
)
def test_every_hold_is_read_as_it_was_written(held: Hold) -> None:
    assert State.from_json(State(held=held).to_json()) == State(held=held)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_every_question_is_read_as_it_was_written(question: Question | None) -> None:
    assert State.from_json(State(question=question).to_json()) == State(question=question)


days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
numbers = st.integers(0, 2**63)
slots = st.builds(Slot, numbers, numbers, numbers, instants, instants)
visits = st.builds(
    Visit,
    numbers,
    st.text(),
    numbers,
    numbers,
    st.text(),
    numbers,
    numbers,
    numbers,
    instants,
    instants,
    st.none() | instants,
)
a_few = dict[str, Any](max_size=3)
whens = st.builds(
    When,
    days=st.lists(days, **a_few).map(tuple),
    day_from=st.none() | days,
    day_to=st.none() | days,
    weekdays=st.lists(st.integers(0, 6), **a_few).map(tuple),
    minute=st.none() | st.integers(0, 1440),
    earliest=st.booleans(),
    after=st.none() | instants,
)
drafts = st.builds(
    Draft,
    st.sampled_from(Task),
    practitioner=st.none() | numbers,
    specialty=st.none() | st.text(),
    when=whens,
    person=st.none() | st.sampled_from(Person),
    name=st.none() | st.text(),
    date_of_birth=st.none() | days,
    visit=st.none() | visits,
    offer=st.lists(slots, **a_few).map(tuple),
    offer_is_exact=st.booleans(),
    refused=st.lists(instants, **a_few).map(tuple),
    slot=st.none() | slots,
)
questions = st.builds(
    Question,
    st.sampled_from(Asked),
    st.lists(st.text(), **a_few).map(tuple),
    st.lists(st.text(), **a_few).map(tuple),
    st.text(),
)


@given(
    st.builds(
        State,
        draft=st.none() | drafts,
        question=st.none() | questions,
        visits=st.lists(visits, **a_few).map(tuple),
        lists=numbers,
        misses=numbers,
    )
)
def test_any_state_is_read_as_it_was_written(state: State) -> None:
    written = Memory(state, Pace()).to_json()
    assert Memory.from_json(written).state == state


@pytest.mark.parametrize("zone", [ZoneInfo("America/Phoenix"), timezone(timedelta(hours=5.5))])
def test_an_instant_stays_the_same_instant_whatever_its_zone(zone: Any) -> None:
    state = State(visits=(replace(VISIT, starts_at=NOON.astimezone(zone)),))
    assert State.from_json(state.to_json()) == state


def test_what_is_as_usual_takes_no_room() -> None:
    assert json.loads(State().to_json()) == {"version": VERSION}
    draft = json.loads(State(draft=Draft(Task.BOOK)).to_json())["draft"]
    assert draft == {"task": "book"}


def test_without_a_state_or_with_one_of_another_form_it_starts_fresh() -> None:
    assert State.from_json(None) == State()
    written = json.loads(State(draft=DRAFTS[3]).to_json())
    for version in (VERSION - 1, VERSION + 1, None, "1"):
        assert State.from_json(json.dumps(written | {"version": version})) == State()
    assert State.from_json(json.dumps(written)).draft == DRAFTS[3]  # The control.


def test_a_state_of_before_visits_had_a_last_moment_to_change_them_is_still_read() -> None:
    visit = {"key": 7, "public_id": "public", "version": 2, "patient": 3, "patient_name": "Ann Lee"}
    visit |= {"practitioner": 1, "location": 1, "visit_type": 1}
    slot = {"practitioner": 1, "location": 1, "visit_type": 1}
    times = {"starts_at": "2026-12-01T12:00:00+00:00", "ends_at": "2026-12-01T12:20:00+00:00"}
    written = {
        "version": 1,
        "draft": {"task": "reschedule", "visit": visit | times, "slot": slot | times},
        "question": {"asked": "yes_no", "options": ["yes", "other_time"], "list_id": "3"},
        "held": {"slot": slot | times, "patient": None, "until": "2026-11-22T10:05:00+00:00"},
        "visits": [visit | times],
        "lists": 3,
    }
    state = State.from_json(json.dumps(written))
    assert state.held is not None
    assert (state.held.slot, state.held.beside) == (SLOT, None)
    [read] = state.visits
    assert (read.key, read.starts_at, read.changeable_until) == (7, NOON, None)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Draft, {"task": "fly"}),
        (Draft, {}),
        (Draft, {"task": "book", "wings": 2}),
        (When, {"days": ["2026-02-30"]}),
        (Slot, {"practitioner": 1}),
        (Draft, []),
    ],
)
def test_what_is_no_such_value_is_refused(kind: type[Any], data: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        decode(kind, data)


def test_times_of_day_have_their_form_too() -> None:
    assert encode(time(9, 30)) == "09:30:00"
    assert decode(time, "09:30:00") == time(9, 30)


def test_a_visit_that_stands_in_several_places_is_written_once() -> None:
    visits = tuple(replace(VISIT, key=key, public_id=f"public-{key}") for key in range(6))
    draft = Draft(Task.RESCHEDULE, visit=visits[0], visits=visits[1:], offer=(SLOT,) * 6)
    state = State(draft=draft, visits=visits, done=Deed(DeedKind.BOOKED, visits[5]))
    text = state.to_json()
    assert State.from_json(text) == state
    assert [text.count(visit.public_id) for visit in visits] == [1] * 6
    assert len(text) < 2_048


def test_a_state_that_was_written_before_things_were_shared_is_read() -> None:
    visit = VISIT.starts_at.isoformat(), VISIT.ends_at.isoformat()
    whole = f"""{{"key":7,"public_id":"public","version":2,"patient":3,"patient_name":"José García",
        "practitioner":1,"location":1,"visit_type":1,"starts_at":"{visit[0]}","ends_at":"{visit[1]}"}}"""
    text = f'{{"version":1,"draft":{{"task":"cancel","visit":{whole}}},"visits":[{whole}]}}'
    assert State.from_json(text) == State(draft=Draft(Task.CANCEL, visit=VISIT), visits=(VISIT,))
