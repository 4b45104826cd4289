"""What was lost is said on another way, once, or becomes a call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Row, func, insert, select

from bot.elsewhere import Elsewhere
from bot.messages import Channel
from core.database.connect import Database
from core.messaging.elsewhere import LostMessage, Way
from core.models import messages, new_public_id, occasions, tasks
from tests.builders import Clinic, a_conversation, a_link, a_patient, an_address, an_appointment
from tests.core.messaging.waiting import a_waiting_message, seen, waiting

ALL = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM})
HOUR = timedelta(hours=1)


@dataclass
class Speaker:
    """The speaking side: says it there, in words of its own."""

    now: datetime
    said: list[tuple[LostMessage, Way]] = field(default_factory=list)
    answers: list[datetime | None] = field(default_factory=list)

    def __call__(
        self, connection: Connection, lost: LostMessage, way: Way
    ) -> int | datetime | None:
        self.said.append((lost, way))
        if self.answers:
            return self.answers.pop(0)
        talk = a_conversation(connection, way.address_id, our_address=new_public_id())
        about = {"appointment_id": lost.appointment_ids[0]} if lost.appointment_ids else {}
        return a_waiting_message(
            connection, talk, channel=way.channel, kind=lost.kind, due_at=self.now, **about
        )

    @property
    def ways(self) -> list[str]:
        return [f"{way.channel}{' template' * way.as_template}" for _, way in self.said]


@dataclass
class Family:
    patient: int
    visit: int
    addresses: dict[str, int]


@pytest.fixture
def family(database: Database, clinic: Clinic, now: datetime) -> Family:
    """Somebody with a visit in two days, who can be reached on three ways."""
    with database.transaction() as connection:
        patient = a_patient(connection)
        addresses = {}
        for channel in ("telegram", "sms", "whatsapp"):
            addresses[channel] = an_address(connection, channel)
            a_link(connection, patient, addresses[channel], is_told=True)
        visit = a_visit(connection, clinic, patient, now + 48 * HOUR)
        return Family(patient, visit, addresses)


def a_visit(
    connection: Connection, clinic: Clinic, patient: int, starts_at: datetime, **changes: Any
) -> int:
    return an_appointment(
        connection,
        patient_id=patient,
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=starts_at,
        **changes,
    )


def lost(database: Database, family: Family, channel: str, code: str, **changes: Any) -> int:
    with database.transaction() as connection:
        values: dict[str, Any] = {
            "channel": channel,
            "kind": "reminder",
            "status": "failed",
            "error_code": code,
            "appointment_id": family.visit,
        }
        talk = a_conversation(connection, family.addresses[channel], our_address=new_public_id())
        return a_waiting_message(connection, talk, **values | changes)


def fails(database: Database, message_id: int, now: datetime, **changes: Any) -> None:
    values = {"status": "failed", "error_code": "21211", "due_at": now} | changes
    with database.transaction() as connection:
        connection.execute(messages.update().where(messages.c.id == message_id).values(**values))


def calls(database: Database) -> list[Row[Any]]:
    with database.reading() as connection:
        return list(connection.execute(select(tasks).where(tasks.c.kind == "call")).all())


def look(database: Database, speaker: Speaker | None, now: datetime) -> int:
    return Elsewhere(database, ALL, speaker, lambda: now).look()


def newest(database: Database) -> int:
    with database.reading() as connection:
        found: int = connection.execute(select(func.max(messages.c.id))).scalar_one()
        return found


def test_whatsapp_fails_then_sms_then_telegram_then_a_call(
    database: Database, family: Family, now: datetime
) -> None:
    speaker = Speaker(now)
    lost(database, family, "whatsapp", "63024")
    for _ in range(3):
        assert look(database, speaker, now) == 1
        if not calls(database):
            fails(database, newest(database), now)
    assert look(database, speaker, now) == 0
    assert speaker.ways == ["sms", "telegram"]
    [call] = calls(database)
    assert (call.appointment_id, call.patient_id) == (family.visit, family.patient)
    assert call.due_at == now + 24 * HOUR  # A day before the visit.


def test_what_is_said_elsewhere_names_what_it_stands_for(
    database: Database, family: Family, now: datetime
) -> None:
    first = lost(database, family, "whatsapp", "63024")
    assert look(database, Speaker(now), now) == 1
    assert look(database, Speaker(now), now) == 0
    assert (seen(database, first).due_at, seen(database, first + 1).instead_of_id) == (None, first)


def test_a_visit_within_a_day_is_called_about_at_once(
    database: Database, clinic: Clinic, now: datetime
) -> None:
    with database.transaction() as connection:
        patient = a_patient(connection)
        address = an_address(connection, "sms")
        a_link(connection, patient, address, is_told=True)
        visit = a_visit(connection, clinic, patient, now + 23 * HOUR)
    lost(database, Family(patient, visit, {"sms": address}), "sms", "21211", kind="notice")
    look(database, Speaker(now), now)
    [call] = calls(database)
    assert call.due_at == now
    assert "21211" in call.note


def test_a_call_that_is_on_the_list_already_comes_sooner_and_not_twice(
    database: Database, family: Family, now: datetime
) -> None:
    for code in ("21211", "30005"):
        lost(database, family, "sms", code, kind="notice")
    Elsewhere(database, {Channel.SMS}, Speaker(now), lambda: now).look()
    later = now + 30 * HOUR
    lost(database, family, "sms", "30006", kind="notice", queued_at=later)
    Elsewhere(database, {Channel.SMS}, Speaker(later), lambda: later).look()
    [call] = calls(database)
    assert call.due_at == now + 24 * HOUR


@pytest.mark.parametrize("kind", ["offer", "survey", "recall", "broadcast"])
def test_nobody_is_called_for_a_courtesy(
    database: Database, family: Family, now: datetime, kind: str
) -> None:
    message_id = lost(database, family, "sms", "21211", kind=kind)
    Elsewhere(database, {Channel.SMS}, Speaker(now), lambda: now).look()
    assert (calls(database), seen(database, message_id).due_at) == ([], None)


@pytest.mark.parametrize("status", ["cancelled", "confirmed", "completed"])
def test_of_a_visit_that_needs_no_answer_nobody_is_called_to_be_reminded(
    database: Database, clinic: Clinic, now: datetime, status: str
) -> None:
    with database.transaction() as connection:
        patient, address = a_patient(connection), an_address(connection)
        a_link(connection, patient, address, is_told=True)
        visit = a_visit(connection, clinic, patient, now + 5 * HOUR, status=status)
    lost(database, Family(patient, visit, {"sms": address}), "sms", "21211")
    look(database, Speaker(now), now)
    assert calls(database) == []


def test_outside_the_window_the_same_is_said_as_a_template_and_only_once(
    database: Database, family: Family, now: datetime
) -> None:
    speaker = Speaker(now)
    first = lost(database, family, "whatsapp", "63016", status="undelivered", provider_id="SM1")
    look(database, speaker, now)
    fails(database, first + 1, now, error_code="63016", status="undelivered")
    look(database, speaker, now)
    assert speaker.ways == ["whatsapp template", "sms"]


def test_a_phone_that_was_off_is_tried_once_more_after_a_while_then_the_next_way(
    database: Database, family: Family, now: datetime
) -> None:
    speaker, off = Speaker(now), {"status": "undelivered", "undelivered_at": now}
    first = lost(database, family, "sms", "30003", provider_id="SM1", **off)
    look(database, speaker, now)
    assert speaker.said == []
    look(database, speaker, now + timedelta(minutes=14))
    assert speaker.said == []
    look(database, speaker, now + timedelta(minutes=15))
    fails(database, first + 1, now, error_code="30003", provider_id="SM2", **off)
    look(database, speaker, now + timedelta(minutes=30))
    assert speaker.ways == ["sms", "whatsapp"]


def test_who_is_in_the_middle_of_something_is_not_interrupted(
    database: Database, family: Family, now: datetime
) -> None:
    speaker = Speaker(now, answers=[now + HOUR])
    lost(database, family, "whatsapp", "63024")
    assert look(database, speaker, now) == 1
    assert look(database, speaker, now + HOUR / 2) == 0
    assert look(database, speaker, now + HOUR) == 1
    assert look(database, speaker, now + 2 * HOUR) == 0
    assert len(speaker.said) == 2


def test_what_is_no_longer_so_is_not_said(
    database: Database, family: Family, now: datetime
) -> None:
    speaker = Speaker(now, answers=[None])
    lost(database, family, "whatsapp", "63024")
    assert (look(database, speaker, now), look(database, speaker, now)) == (1, 0)
    assert calls(database) == []


@pytest.mark.parametrize(
    "barred",
    [{"opted_in": False}, {"state": "bad"}],
)
def test_only_who_may_hear_of_it_is_told(
    database: Database, clinic: Clinic, now: datetime, barred: dict[str, Any]
) -> None:
    with database.transaction() as connection:
        patient = a_patient(connection)
        whatsapp, sms = an_address(connection, "whatsapp"), an_address(connection, **barred)
        somebody_elses = an_address(connection, "telegram")
        a_link(connection, patient, whatsapp, is_told=True)
        a_link(connection, patient, sms, is_told=True)
        a_link(connection, patient, somebody_elses, is_told=False)
        visit = a_visit(connection, clinic, patient, now + 5 * HOUR)
    speaker = Speaker(now)
    lost(database, Family(patient, visit, {"whatsapp": whatsapp}), "whatsapp", "63024")
    look(database, speaker, now)
    assert speaker.said == []
    assert len(calls(database)) == 1


def test_a_channel_that_is_off_is_no_way(database: Database, family: Family, now: datetime) -> None:
    speaker = Speaker(now)
    lost(database, family, "whatsapp", "channel_off")
    Elsewhere(database, {Channel.TELEGRAM}, speaker, lambda: now).look()
    assert speaker.ways == ["telegram"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "reply"},
        {"kind": "staff_answer"},
        {"due_at": None},
        {"status": "sent"},
        {"queued_at": datetime.fromisoformat("2026-11-19T10:00Z")},
    ],
)
def test_what_is_not_to_be_said_again_is_left(
    database: Database, family: Family, now: datetime, changes: dict[str, Any]
) -> None:
    speaker = Speaker(now)
    lost(database, family, "whatsapp", "63024", **changes)
    look(database, speaker, now)
    assert (speaker.said, calls(database)) == ([], [])


def test_what_an_occasion_says_is_known_by_the_occasion(
    database: Database, family: Family, now: datetime
) -> None:
    speaker = Speaker(now)
    message_id = lost(database, family, "whatsapp", "63024", kind="recall", appointment_id=None)
    with database.transaction() as connection:
        row = {"kind": "follow_up_due", "patient_id": family.patient, "message_id": message_id}
        row |= {"public_id": "o", "due_at": now, "state": "said"}
        connection.execute(insert(occasions).values(**row, created_at=now, updated_at=now))
    look(database, speaker, now)
    [(known, _)] = speaker.said
    assert (known.patient_ids, known.appointment_ids) == ((family.patient,), ())


def test_a_message_about_nobody_is_left(database: Database, now: datetime) -> None:
    """A notice to staff: another of them is told after a while."""
    message_id = waiting(database, kind="notice", status="failed", error_code="21211")
    assert look(database, Speaker(now), now) == 1
    assert seen(database, message_id).due_at is None


def test_one_that_fails_stops_no_other(
    database: Database, family: Family, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = Speaker(now)
    broken, sound = (lost(database, family, "whatsapp", "63024") for _ in range(2))

    def say(connection: Connection, message: LostMessage, way: Way) -> int | datetime | None:
        if message.id == broken:
            raise RuntimeError("Maria Lopez")
        return speaker(connection, message, way)

    Elsewhere(database, ALL, say, lambda: now).look()
    assert [message.id for message, _ in speaker.said] == [sound]
    assert "could not be said elsewhere" in caplog.text
    later = now + timedelta(minutes=5)
    assert look(database, speaker, later) == 1  # And it is tried again.


def race(*work: Callable[[], object]) -> None:
    start = Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        start.wait()
        one()

    threads = [Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_workers_say_it_once(database: Database, family: Family, now: datetime) -> None:
    for _ in range(10):
        lost(database, family, "whatsapp", "63024")
    speakers = [Speaker(now), Speaker(now)]
    race(*(lambda each=each: look(database, each, now) for each in speakers))
    said = [message.id for speaker in speakers for message, _ in speaker.said]
    assert sorted(said) == sorted(set(said))
    assert len(said) == 10
