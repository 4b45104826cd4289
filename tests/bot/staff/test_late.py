"""Somebody runs late: who waits is told once, of the newest number, and of nothing that is not so
any more."""

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from bot.elsewhere import Elsewhere
from bot.messages import Channel
from bot.saying_again import SayingAgain
from core.database.connect import Database
from core.models import (
    addresses,
    appointments,
    audit_log,
    delays,
    messages,
    occasions,
    patients,
    tasks,
)
from core.models.staff import Role
from core.occasions import due, lateness
from core.scheduling.appointments import by_id
from core.scheduling.moving import cancel, move
from core.staff.rights import Grant
from tests.bot.staff.colleague import a_member
from tests.bot.staff.morning import Desk
from tests.bot.talking import rows, set_rule, text_of
from tests.builders import Clinic, a_location
from tests.core.scheduling.words import MONDAY, RECEPTIONIST, a_slot, at, offered

NUMBER = "+14155550166"


@pytest.fixture
def desk(clinic: Clinic, database: Database) -> Desk:
    desk = Desk(database, clinic)
    set_rule(database, prompt_wait_minutes=0)
    return desk


def test_who_waits_is_shown_then_told_with_one_yes(desk: Desk) -> None:
    visit = desk.books("09:20", phone=NUMBER)
    shown = desk.says("Dr Patel is running 20 minutes late")
    assert "Dr Patel, Downtown, 20 minutes late." in shown
    assert "9:20 AM N.Q. -> 9:40 AM (SMS)" in shown
    assert 'They read: "We are running late' in shown
    assert rows(desk.database, occasions) == []
    assert "Told by a message: 1" in desk.says("yes")
    desk.work()
    [said] = desk.heard
    assert "about 20 minutes later" in said
    assert "Patel" not in said
    with desk.database.reading() as connection:
        assert by_id(connection, visit).starts_at == at("09:20")
    [message] = [row for row in rows(desk.database, messages) if row.kind == "running_late"]
    assert message.valid_until == at("09:40")


def test_a_practitioner_says_it_of_themselves_and_of_nobody_else(
    desk: Desk, clinic: Clinic
) -> None:
    desk.books("09:20", phone=NUMBER)
    doctor = a_member(
        desk.database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id, username="patel"
    )
    doctor.address, doctor.clock = "9002", desk.clock
    doctor.__post_init__()
    doctor.comes_in()
    assert "Dr Patel, Downtown, 20 minutes late." in text_of(doctor.says("/late 20"))
    assert "not among" in text_of(doctor.says("/late dr okafor 20"))


def test_a_new_number_takes_the_place_of_one_that_has_not_gone_out(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    desk.says("dr patel is now 40 minutes late")
    desk.says("yes")
    desk.work()
    assert len(desk.heard) == 1
    assert "about 40 minutes later" in desk.heard[0]


def test_control_without_taking_back_two_numbers_are_queued(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    with patch.object(lateness, "_end", _only_replace):
        desk.says("dr patel is now 40 minutes late")
        desk.says("yes")
    desk.speak()
    queued = [row for row in rows(desk.database, messages) if row.kind == "running_late"]
    assert [row.status for row in queued] == ["queued", "queued"]


def _only_replace(connection, delay, now) -> None:  # type: ignore[no-untyped-def]
    over = update(delays).where(delays.c.id == delay.id).values(replaced_at=now)
    connection.execute(over)


def test_who_was_told_is_told_the_new_number_once(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    for _ in range(2):
        desk.says("/late dr patel 40")
        desk.says("yes")
        desk.work()
    assert [text.split(" minutes later")[0][-2:] for text in desk.heard] == ["20", "40"]
    assert "Told so already: 1" in desk.says("/late dr patel 40")


def test_taken_back_before_it_went_out_nobody_hears_anything(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    assert "on time again" in text_of(desk.anna.presses(1))
    desk.work()
    assert desk.heard == []
    assert "That can't be taken back" in desk.says("/undo")


def test_taken_back_after_it_went_out_they_hear_that_too(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    desk.says("/undo")
    desk.work()
    assert "begins at 9:20 AM after all" in desk.heard[-1]
    assert len(desk.heard) == 2


def test_on_time_again_is_shown_before_and_told_to_who_was_told(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.books("09:40", "Omar")
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    shown = desk.says("dr patel is on time again")
    assert "Told by a message: 1" in shown
    assert len(desk.heard) == 1
    desk.says("yes")
    desk.work()
    assert len(desk.heard) == 2
    assert "is not said to be late" in desk.says("/ontime dr patel")


@pytest.mark.parametrize("what", ["cancelled", "moved"])
def test_a_visit_that_is_not_then_any_more_is_not_told_of(desk: Desk, what: str) -> None:
    visit = desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    with desk.database.transaction() as connection:
        seen = by_id(connection, visit)
        options: dict[str, Any] = {
            "version": seen.version,
            "actor": RECEPTIONIST,
            "now": desk.clock.at,
            "catalogue": offered(connection, desk.clock.at),
        }
        if what == "cancelled":
            cancel(connection, visit, **options)
        else:
            move(connection, visit, a_slot(desk.clinic, "14:00", MONDAY), **options)
    desk.send()
    assert [text for text in desk.heard if "late" in text] == []


@pytest.mark.parametrize("changed", ["opted out", "never", "deceased"])
def test_who_may_not_be_told_any_more_is_read_again_as_it_is_sent(desk: Desk, changed: str) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    with desk.database.transaction() as connection:
        match changed:
            case "opted out":
                connection.execute(update(addresses).values(opted_in=False))
            case "never":
                rules = '{"never": true}'
                connection.execute(update(patients).values(contact_rules=rules))
            case "deceased":
                connection.execute(update(patients).values(standing="deceased"))
    desk.send()
    desk.work()
    assert desk.heard == []


def test_once_the_visit_has_begun_late_as_it_is_nothing_is_sent(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.speak()
    desk.clock.at = at("09:41")
    desk.send()
    assert desk.heard == []


def test_the_limit_of_unprompted_messages_does_not_hold_it_back(desk: Desk) -> None:
    set_rule(desk.database, unprompted_a_day=1, unprompted_a_week=1)
    desk.books("09:20", phone=NUMBER)
    with desk.database.transaction() as connection:
        connection.execute(update(messages).values(kind="reminder", queued_at=desk.clock.at))
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    assert len(desk.heard) == 1


def test_no_message_reaches_them_who_is_on_the_way_is_called_who_is_here_is_told(
    desk: Desk,
) -> None:
    desk.books("09:20")
    here = desk.books("09:40", "Omar")
    with desk.database.transaction() as connection:
        arrived = update(appointments).where(appointments.c.id == here)
        connection.execute(arrived.values(status="arrived"))
    shown = desk.says("/late dr patel 20")
    assert "9:20 AM N.Q. -> 9:40 AM (to call)" in shown
    assert "9:40 AM O.Q. -> 10:00 AM (at the desk)" in shown
    desk.says("yes")
    [task] = rows(desk.database, tasks)
    assert (task.kind, task.closed_at, task.note) == (
        "call",
        None,
        "running late: about 20 minutes",
    )
    desk.says("/undo")
    [task] = rows(desk.database, tasks)
    assert task.closed_at is not None


def test_a_call_for_another_reason_stays(desk: Desk) -> None:
    visit = desk.books("09:20")
    desk.clock.passes(minutes=-1)
    with desk.database.transaction() as connection:
        seen = by_id(connection, visit)
        due.have_called(connection, seen.patient_id or 0, visit, seen.starts_at, desk.clock.at)
    desk.clock.passes(minutes=1)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.says("/undo")
    [task] = rows(desk.database, tasks)
    assert task.closed_at is None


def test_what_is_booked_meanwhile_is_shown_before_it_is_told(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.books("09:40", "Omar")
    assert "Something has changed" in desk.says("yes")
    assert rows(desk.database, delays) == []
    assert "Noted" in desk.says("yes")


def test_the_day_and_who_is_next_show_it_until_it_is_over(desk: Desk) -> None:
    desk.books("09:20")
    desk.says("/late dr patel 20")
    desk.says("yes")
    said = "Dr Patel is 20 minutes late (said at 9:05 AM)."
    assert said in desk.says("/today dr patel")
    assert said in desk.says("/next")
    assert "20 min late" in desk.says("/today")
    assert "late" not in desk.says("/tomorrow dr patel")
    desk.clock.at = at("10:01")
    assert said not in desk.says("/today dr patel")


def test_the_patient_asks_for_another_time_by_answering(desk: Desk) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    answered = text_of(desk.phone(NUMBER).says("2"))
    assert "AM" in answered or "PM" in answered
    assert "late" not in answered


@pytest.mark.parametrize("words", ["I can't wait", "i can't wait that long"])
def test_who_cannot_wait_says_so(desk: Desk, words: str) -> None:
    desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    assert "9:20" in text_of(desk.phone(NUMBER).says(words))


def test_nobody_whose_record_is_restricted_is_named(desk: Desk) -> None:
    desk.books("09:20")
    with desk.database.transaction() as connection:
        connection.execute(update(patients).values(standing="restricted"))
    assert "9:20 AM (restricted) -> 9:40 AM" in desk.says("/late dr patel 20")


def test_that_it_was_said_stands_in_the_audit_log(desk: Desk) -> None:
    desk.books("09:20")
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.says("/undo")
    actions = [row.action for row in rows(desk.database, audit_log) if row.resource == "delay"]
    assert actions == ["ran_late", "on_time"]


def test_a_no_drops_it(desk: Desk) -> None:
    assert "How many" in desk.says("/late dr patel")
    assert "Left as it was" in desk.says("no")
    assert "At most 240" in desk.says("/late dr patel 300")


def test_a_receptionist_of_another_place_says_nothing_of_them(desk: Desk) -> None:
    desk.books("09:20")
    with desk.database.transaction() as connection:
        other = a_location(connection, "Uptown")
    ben = a_member(desk.database, Grant(Role.RECEPTIONIST, other), username="ben")
    ben.address, ben.clock = "9003", desk.clock
    ben.__post_init__()
    ben.comes_in()
    assert "not among" in text_of(ben.says("/late dr patel 20"))


def test_what_no_provider_delivers_becomes_a_call(desk: Desk) -> None:
    visit = desk.books("09:20", phone=NUMBER)
    desk.says("/late dr patel 20")
    desk.says("yes")
    desk.work()
    with desk.database.transaction() as connection:
        late = messages.c.kind == "running_late"
        lost = {"status": "failed", "error_code": "30006", "failed_at": desk.clock.at}
        connection.execute(update(messages).where(late).values(**lost, due_at=desk.clock.at))
    senders = {Channel.SMS: desk.sender}
    again = SayingAgain(desk.clock, {}, frozenset(senders))
    Elsewhere(desk.database, senders, again, desk.clock).look()
    assert [(row.kind, row.appointment_id) for row in rows(desk.database, tasks)] == [
        ("call", visit)
    ]


def test_in_quiet_hours_nobody_is_written_to(desk: Desk) -> None:
    set_rule(desk.database, quiet_from_hour=9, quiet_until_hour=10)
    desk.books("09:20", phone=NUMBER)
    assert "9:20 AM N.Q. -> 9:40 AM (to call)" in desk.says("/late dr patel 20")
