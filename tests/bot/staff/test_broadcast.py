"""A message to many, in a chat of staff."""

import pytest
from sqlalchemy import insert

from bot.broadcasts import Broadcasts
from core.database.connect import Database
from core.models import audit_log, broadcast_recipients, broadcasts, consents, messages
from core.models.messaging import MessageKind
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import Clinic, a_location
from tests.core.broadcasts.people import MARKETING, a_visit, reached, somebody, whom
from tests.core.scheduling.words import at

CLOSED = "/broadcast everybody: We are closed on Friday."
READ = "Harbor Health: We are closed on Friday. Reply STOP to opt out."


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    return in_the_morning(anna)


def in_the_morning(colleague: Colleague) -> Colleague:
    colleague.clock.at = at("10:00")
    colleague.comes_in()
    return colleague


def to_patients(database: Database) -> list[str]:
    return [row.text for row in rows(database, messages) if row.kind == MessageKind.BROADCAST]


def works(database: Database, colleague: Colleague) -> None:
    colleague.clock.passes(minutes=1)
    Broadcasts(database, colleague.clock, {}).send()


def test_it_is_shown_before_it_goes_out(anna: Colleague, database: Database) -> None:
    asked = text_of(anna.says(CLOSED))
    assert "What is it about?" in asked
    shown = text_of(anna.presses(2))
    assert "To: Everybody. About: The clinic itself." in shown
    assert "Patients: 1. Addresses that get it: 1." in shown
    assert "SMS 1" in shown
    assert "Text messages: 1 (segments: 1)." in shown
    assert shown.endswith(READ)
    works(database, anna)
    assert to_patients(database) == []
    assert rows(database, broadcast_recipients) == []


def test_one_yes_sends_it(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    anna.presses(2)
    assert "It goes out in 30 seconds. Addresses: 1." in text_of(anna.says("yes"))
    assert to_patients(database) == []
    works(database, anna)
    assert to_patients(database) == [READ]
    assert "Waiting: 1, sent: 0" in text_of(anna.presses(1))


def test_within_the_first_seconds_it_is_stopped(anna: Colleague, database: Database) -> None:
    sent(anna)
    assert "Withdrawn before it went out: 1." in text_of(anna.presses(2))
    works(database, anna)
    assert to_patients(database) == []
    assert "Waiting: 1" in text_of(anna.presses(2))  # After all.
    works(database, anna)
    assert to_patients(database) == [READ]


def sent(colleague: Colleague) -> None:
    colleague.says(CLOSED)
    colleague.presses(2)
    colleague.presses(1)


def test_a_second_press_sends_nothing_more(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    anna.presses(2)
    button = anna.choices[0].value
    anna.presses_value(button)
    assert "We are closed" in text_of(anna.presses_value(button))
    works(database, anna)
    works(database, anna)
    assert to_patients(database) == [READ]


def test_it_is_dropped(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    anna.presses(2)
    assert "Left as it was." in text_of(anna.says("no"))
    works(database, anna)
    assert to_patients(database) == []


def test_what_changed_since_it_was_shown_is_shown_anew(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    anna.presses(2)
    with database.transaction() as connection:
        somebody(connection)
    shown = text_of(anna.presses(1))
    assert "Something has changed" in shown
    assert "Patients: 2." in shown
    assert rows(database, broadcast_recipients) == []
    anna.presses(1)
    assert len(rows(database, broadcast_recipients)) == 2


def test_what_is_left_out_is_asked_for(anna: Colleague, database: Database) -> None:
    assert "To whom?" in text_of(anna.says("/broadcast"))
    assert "What shall it say?" in text_of(anna.says("patients of dr patel"))
    assert "What is it about?" in text_of(anna.says("There is no parking: come by bus."))
    [made] = rows(database, broadcasts)
    assert made.text == "There is no parking: come by bus."


@pytest.mark.parametrize("answer", ["1", "Everybody"])
def test_a_group_is_chosen_by_button_number_or_label(
    anna: Colleague, database: Database, answer: str
) -> None:
    anna.says("/broadcast")
    assert "To: Everybody. What shall it say?" in text_of(anna.says(answer))
    anna.says("We are closed on Friday.")
    [made] = rows(database, broadcasts)
    assert made.text == "We are closed on Friday."


@pytest.mark.parametrize("answers", [("no",), ("everybody", "no")])
def test_a_no_instead_of_an_answer_drops_it(
    anna: Colleague, database: Database, answers: tuple[str, ...]
) -> None:
    anna.says("/broadcast")
    assert "Left as it was." in text_of(anna.says(*answers))
    assert rows(database, broadcasts) == []


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ("patients with a visit on friday", "a visit on November 27, 2026"),
        ("everybody with a visit tomorrow", "a visit on November 24, 2026"),
        (
            "visits from december 1 to december 5",
            "a visit from December 1, 2026 to December 5, 2026",
        ),
        (
            "patients of Dr Patel in the last 12 months",
            "a visit from November 23, 2025 to November 23, 2026, Dr Patel",
        ),
        ("patients at Downtown", "Downtown"),
        ("all patients not seen for 6 months", "not seen since May 23, 2026"),
        ("people aged 65 and over", "born on November 23, 1961 or before"),
        ("patients under 18", "born on November 24, 2008 or later"),
        (
            "aged 40 to 60",
            "born on November 24, 1965 or later, born on November 23, 1986 or before",
        ),
        ("everybody who speaks Spanish", "speaking Spanish"),
    ],
)
def test_groups_in_plain_words(anna: Colleague, group: str, shown: str) -> None:
    assert f"To: {shown}. What shall it say?" in text_of(anna.says(f"/broadcast {group}"))


@pytest.mark.parametrize(
    "group",
    [
        "diabetics of dr patel",
        "everybody except dr patel",
        "patients without a visit friday",
        "smokers",
        "men with a visit on friday",
        "dr patel or dr okafor",
        "dr patel and dr okafor",
        "patients of dr house",
        "a visit friday morning",
        "everybody who speaks Klingonese",
        "since monday",
        "a visit friday, in the last 12 months",
        "visits on friday and monday",
        "lopez",
    ],
)
def test_no_word_of_a_group_is_passed_over(anna: Colleague, database: Database, group: str) -> None:
    assert "To whom?" in text_of(anna.says(f"/broadcast {group}: We are closed."))
    assert rows(database, broadcasts) == []


def test_in_a_sentence_of_ones_own(anna: Colleague, database: Database) -> None:
    anna.says("write to everybody with a visit tomorrow: please make an appointment by phone")
    [made] = rows(database, broadcasts)
    assert made.text == "please make an appointment by phone."


def test_the_purpose_may_be_said_at_once(anna: Colleague) -> None:
    shown = text_of(anna.says("/broadcast everybody, as marketing: Come to our open day."))
    assert "About: Advertising." in shown
    assert "Left out: 1 (did not agree to advertising 1)." in shown
    assert "Nobody would get it." in shown


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Reply CANCEL if you do not come.", "Carriers act upon whoever sends back: CANCEL"),
        ("x" * 300, "That would be 3 text messages"),
    ],
)
def test_a_text_that_can_not_be_sent_is_refused(
    anna: Colleague, database: Database, text: str, wrong: str
) -> None:
    assert wrong in text_of(anna.says(f"/broadcast everybody: {text}"))
    assert "What is it about?" in text_of(anna.says("Better so."))
    [made] = rows(database, broadcasts)
    assert made.text == "Better so."


def test_the_price_is_what_text_messages_cost_lately(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        times = dict.fromkeys(("created_at", "updated_at"), at("09:00"))
        message = {"direction": "out", "channel": "sms", "kind": "reply", "status": "delivered"}
        told = {"price": "-0.01580 USD", "segments": 2, "public_id": "x", "is_simulated": False}
        place = {"conversation_id": clinic.conversation_id}
        connection.execute(insert(messages), times | message | told | place)
    anna.says(CLOSED)
    assert "about $0.01." in text_of(anna.presses(2))


def test_at_night_it_says_so(anna: Colleague) -> None:
    anna.says(CLOSED)
    anna.clock.at = at("21:00")
    anna.says(f"/pin {PIN} {PIN}")
    anna.says(PIN)
    anna.says(CLOSED)
    anna.says(PIN)
    assert "It is night: they go out from 8:00" in text_of(anna.presses(2))


def test_it_takes_the_pin(clinic: Clinic, database: Database) -> None:
    del clinic
    anna = in_the_morning(a_receptionist(database))
    anna.clock.passes(minutes=30)
    assert "write your PIN" in text_of(anna.says(CLOSED))
    assert "What is it about?" in text_of(anna.says(PIN))


def test_a_practitioner_writes_to_nobody(clinic: Clinic, database: Database) -> None:
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    in_the_morning(doctor)
    assert "Your role does not include that" in text_of(doctor.says(CLOSED))


def test_a_receptionist_writes_to_those_of_their_place(clinic: Clinic, database: Database) -> None:
    with database.transaction() as connection:
        uptown = a_location(connection, "Uptown")
        nora, _ = somebody(connection)
        a_visit(connection, clinic, nora, location_id=uptown)
    ben = in_the_morning(a_member(database, Grant(Role.RECEPTIONIST, uptown), username="ben"))
    assert "not among" in text_of(ben.says("/broadcast Downtown: We are closed."))
    ben.says(CLOSED)
    assert "Patients: 1." in text_of(ben.presses(2))
    ben.presses(1)
    [copy] = rows(database, broadcast_recipients)
    assert copy.patient_id == nora


def test_colleagues_see_the_latest_and_how_far_they_are(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    assert "Nothing has been sent" in text_of(anna.says("/broadcasts"))
    sent(anna)
    works(database, anna)
    rosa = a_member(database, Grant(Role.SUPER_ADMIN), username="rosa")
    rosa.address = "9002"
    rosa.clock.at = anna.clock.at
    rosa.comes_in()
    told = text_of(rosa.says("/broadcasts"))
    assert '"We are closed on Friday." - The clinic itself, 0 of 1 out' in told
    assert "Waiting: 1" in text_of(rosa.presses(1))
    with database.transaction() as connection:
        elsewhere = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.RECEPTIONIST, elsewhere), username="ben")
    ben.address = "9003"
    ben.clock.at = anna.clock.at
    ben.comes_in()
    assert "Nothing has been sent" in text_of(ben.says("/broadcasts"))
    del clinic


def test_another_ones_draft_can_not_be_sent(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    anna.presses(2)
    rosa = a_member(database, Grant(Role.SUPER_ADMIN), username="rosa")
    rosa.address = "9002"
    rosa.clock.at = anna.clock.at
    rosa.comes_in()
    rosa.says(CLOSED)
    [_, own] = rows(database, broadcasts)
    assert own.state == "draft"
    rosa.presses(2)
    rosa.presses(1)
    states = [row.state for row in rows(database, broadcasts)]
    assert states == ["draft", "sending"]


def test_who_sent_what_to_how_many_is_in_the_audit_log(anna: Colleague, database: Database) -> None:
    sent(anna)
    anna.presses(2)
    noted = [row for row in rows(database, audit_log) if row.resource == "broadcast"]
    assert [(row.action, row.username, row.reason) for row in noted] == [
        ("agreed_to", "anna", "operation, to 1 addresses"),
        ("stopped", "anna", "1 withdrawn"),
    ]


def test_a_restricted_record_is_left_out_and_not_told(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        nora, _ = somebody(connection, standing="restricted")
        a_visit(connection, clinic, nora)
        a_visit(connection, clinic, clinic.patient_id, starts_at=at("11:00"))
    anna.says("/broadcast a visit today: Please come by the back door.")
    shown = text_of(anna.presses(2))
    assert "Patients: 1." in shown
    assert "restricted and not open to you" in shown
    anna.presses(1)
    assert [row.patient_id for row in rows(database, broadcast_recipients)] == [clinic.patient_id]


def test_the_text_is_encrypted(anna: Colleague, database: Database) -> None:
    anna.says(CLOSED)
    with database.reading() as connection:
        stored = connection.exec_driver_sql("SELECT text FROM broadcasts").scalar_one()
    assert b"closed" not in bytes(stored)


def test_staff_note_who_agreed_to_advertising_and_take_it_back(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    shown = anna.says("/standing lopez")
    assert "did not agree to advertising" in text_of(shown)
    labels = [choice.label for choice in anna.choices]
    anna.presses(labels.index("Agrees to advertising") + 1)
    assert rows(database, consents) == []
    assert "Noted: they agree" in text_of(anna.says("signed the form of May 2026"))
    [given] = rows(database, consents)
    assert (given.purpose, given.is_given, given.how) == ("marketing", True, "staff")
    assert (given.wording, given.address_id) == ("signed the form of May 2026", clinic.address_id)
    with database.reading() as connection:
        assert whom(reached(connection, purpose=MARKETING)) == [clinic.patient_id]
    anna.presses(1)
    with database.reading() as connection:
        assert whom(reached(connection, purpose=MARKETING)) == []
