"""Who is let in, and what a role lets one do: walked for every command and button."""

import re
from itertools import product

import pytest

from bot.messages import Channel
from bot.staff.commands import BUTTONS, COMMANDS
from bot.staff.wording import staff_sentences
from core.database.connect import Database
from core.models import audit_log, messages, staff_invitations, staff_pairings
from core.models.staff import Role
from core.staff.members import dismiss, give_roles
from core.staff.pairing import revoke
from core.staff.rights import NEEDS_PIN, RIGHTS, Grant
from tests.bot.staff.colleague import PIN, a_member, a_receptionist
from tests.bot.talking import Patient, rows, text_of
from tests.builders import Clinic

pytestmark = pytest.mark.usefixtures("clinic")

SAID = staff_sentences("en")
REFUSED, CLOSED = SAID["not_allowed"], SAID["expired"]
# Each sentence of staff's chats that has words of its own, whatever they speak of.
OURS = [
    re.compile(".*".join(re.escape(part) for part in re.split(r"\{\w+\}", sentence)))
    for sentence in SAID.values()
    if len(re.sub(r"\{\w+\}|\W", "", sentence)) > 8
]


def is_staffs(text: str) -> bool:
    """Tell whether it holds any such sentence."""
    return any(sentence.search(text) for sentence in OURS)


def test_every_command_and_button_has_a_row_in_the_table_of_rights() -> None:
    deeds = [act.deed for act in COMMANDS.values()] + [act.deed for act in BUTTONS.values()]
    assert set(deeds) == set(RIGHTS)


@pytest.mark.parametrize(("command", "role"), [*product(COMMANDS, (*Role, None))])
def test_a_command_does_what_the_role_allows_and_nothing_else(
    clinic: Clinic, database: Database, command: str, role: Role | None
) -> None:
    grants = () if role is None else (Grant(role),)
    anna = a_member(database, *grants, practitioner_id=clinic.patel_id)
    anna.comes_in()
    told = text_of(anna.says(f"/{command}"))
    may = role in RIGHTS[COMMANDS[command].deed]
    assert (REFUSED in told) is not may
    refused = [row for row in rows(database, audit_log) if row.action == "refused"]
    assert bool(refused) is not may


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("who", ["stranger", "locked", "revoked", "dismissed", "elsewhere"])
def test_who_is_not_let_in_is_answered_as_a_patient(
    database: Database, command: str, who: str
) -> None:
    """And word for word so: there is nothing to be found out."""
    anna = a_receptionist(database)
    if who != "stranger":
        anna.comes_in()
    changes = {}
    match who:
        case "locked":
            anna.says("/lock")
        case "revoked":
            with database.transaction() as connection:
                revoke(connection, anna.staff_id, anna.clock())
        case "dismissed":
            with database.transaction() as connection:
                dismiss(connection, anna.staff_id, anna.clock())
        case "elsewhere":  # Somebody else in the same chat.
            changes["user"] = "9002"
    patient = Patient(database, Channel.TELEGRAM, "7007")
    anna.says("hello", **changes)
    patient.says("hello")
    told = text_of(anna.says(f"/{command}", **changes))
    assert not is_staffs(told)
    assert told == text_of(patient.says(f"/{command}"))


def test_control_staff_are_not_answered_as_patients(database: Database) -> None:
    anna = a_receptionist(database)
    anna.comes_in()
    assert is_staffs(text_of(anna.says("/today")))


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.WEB])
def test_a_code_opens_no_chat_whose_messenger_vouches_for_nobody(
    database: Database, channel: Channel
) -> None:
    anna = a_receptionist(database)
    address = "visitor" if channel is Channel.WEB else "+14155550123"
    anna.channel, anna.address = channel, address
    assert not is_staffs(text_of(anna.says(anna.code())))
    assert rows(database, staff_pairings) == []


def test_the_web_chat_of_a_demo_may_be_staffs(database: Database) -> None:
    anna = a_receptionist(database)
    anna.channel, anna.address = Channel.WEB, "visitor"
    anna.says(anna.code(), simulated=True)
    assert "Nobody is booked" in text_of(anna.says("/today", simulated=True))


def test_after_twelve_hours_of_silence_the_chat_is_nobodys(database: Database) -> None:
    anna = a_receptionist(database)
    anna.comes_in()
    anna.clock.passes(hours=12)
    assert is_staffs(text_of(anna.says("/today")))
    anna.clock.passes(hours=12, seconds=1)
    assert text_of(anna.says("/today")) == CLOSED
    assert not is_staffs(text_of(anna.says("/today")))
    assert SAID["welcome_back"].format(name="Anna") in text_of(anna.says(f"/login {PIN}"))
    assert is_staffs(text_of(anna.says("/today")))


def test_five_wrong_pins_need_a_new_code(database: Database) -> None:
    anna = a_receptionist(database)
    anna.comes_in()
    anna.says("/lock")
    told = [text_of(anna.says("/login 000001")) for _ in range(5)]
    assert told == [SAID["pin_wrong"]] * 4 + [SAID["pin_locked"]]
    assert text_of(anna.says(f"/login {PIN}")) == SAID["pin_locked"]
    assert "Welcome" in text_of(anna.says(anna.code()))


def a_super_admin_invites(database: Database) -> str:
    """Return what is said to a command that takes the PIN, once it was not given for a while."""
    boss = a_member(database, Grant(Role.SUPER_ADMIN), username="boss")
    boss.comes_in()
    boss.clock.passes(minutes=10)
    asked = text_of(boss.says("/invite boss"))
    assert asked == SAID["pin_asked"]
    assert text_of(boss.says("111222")) == SAID["pin_again"]
    return text_of(boss.says(PIN))


def test_what_shows_or_changes_much_takes_the_pin(database: Database) -> None:
    assert COMMANDS["invite"].deed in NEEDS_PIN
    assert "within 15 minutes" in a_super_admin_invites(database)


def test_codes_and_pins_are_not_kept_in_the_log(database: Database) -> None:
    anna = a_receptionist(database)
    code = anna.code()
    anna.says(code, f"/pin {PIN}", "/lock", f"/login {PIN}", "/lock", "/login 135790")
    a_super_admin_invites(database)
    kept = " ".join(row.text for row in rows(database, messages) if row.direction == "in")
    secrets = (PIN, code.partition("-")[2], "135790", "111222")
    assert [secret for secret in secrets if secret in kept] == []
    assert "••••••" in kept


def test_what_was_done_is_in_the_audit_log(database: Database) -> None:
    anna = a_receptionist(database)
    anna.comes_in()
    anna.says("/today", "/lock", "/login 000001", f"/login {PIN}")
    done = [(row.action, row.username) for row in rows(database, audit_log)]
    expected = ("paired", "chose_pin", "looked", "locked", "wrong_pin", "came_back")
    assert done == [(action, "anna") for action in expected]
    [session] = {row.session for row in rows(database, audit_log)[:4]}
    assert session == rows(database, staff_pairings)[0].public_id


def test_an_invitation_is_for_whom_it_names(database: Database) -> None:
    boss = a_member(database, Grant(Role.ADMIN), username="boss")
    anna = a_receptionist(database)
    boss.address = "9002"
    boss.comes_in()
    code = text_of(boss.says("/invite anna")).splitlines()[-1]
    assert "Welcome, Anna" in text_of(anna.says(code))
    assert SAID["invite_whom"] in text_of(boss.says("/invite"))
    assert "called nobody" in text_of(boss.says("/invite nobody"))


def test_an_admin_opens_no_super_admins_chat(database: Database) -> None:
    boss = a_member(database, Grant(Role.ADMIN), username="boss")
    a_member(database, Grant(Role.SUPER_ADMIN), username="root")
    boss.comes_in()
    assert REFUSED in text_of(boss.says("/invite root"))
    assert [row.staff_id for row in rows(database, staff_invitations)] == [boss.staff_id]


def test_a_new_role_counts_from_the_next_message_on(database: Database) -> None:
    anna = a_member(database)
    anna.comes_in()
    assert REFUSED in text_of(anna.says("/today"))
    with database.transaction() as connection:
        give_roles(connection, anna.staff_id, [Grant(Role.RECEPTIONIST)], anna.clock())
    assert REFUSED not in text_of(anna.says("/today"))
