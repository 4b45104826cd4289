"""Somebody of staff at their chat."""

from dataclasses import dataclass

from bot.messages import Channel
from bot.speaking import Handled
from core.database.connect import Database
from core.models.staff import Role
from core.staff.members import give_roles
from core.staff.pairing import invite
from core.staff.rights import Grant
from tests.bot.talking import Patient
from tests.builders import a_colleague

PIN = "482913"


@dataclass
class Colleague(Patient):
    """Speaks as a patient does, and has a name among the clinic's people."""

    channel: Channel = Channel.TELEGRAM
    address: str = "9001"
    username: str = "anna"
    staff_id: int = 0

    def code(self) -> str:
        with self.database.transaction() as connection:
            return invite(connection, self.staff_id, self.clock())

    def comes_in(self, *, with_pin: bool = True) -> Handled:
        """Write the code of an invitation; then choose a PIN."""
        handled = self.says(self.code())
        return self.says(f"/pin {PIN}") if with_pin else handled


def a_member(
    database: Database, *grants: Grant, practitioner_id: int | None = None, username: str = "anna"
) -> Colleague:
    """Somebody with these roles, who has no chat yet."""
    with database.transaction() as connection:
        staff_id = a_colleague(
            connection,
            username,
            None,
            address_id=None,
            practitioner_id=practitioner_id,
            language="en",
        )
        give_roles(connection, staff_id, grants, Patient(database).clock())
    return Colleague(database, username=username, staff_id=staff_id)


def a_receptionist(database: Database) -> Colleague:
    return a_member(database, Grant(Role.RECEPTIONIST))
