"""A code for one of a demo's own people, which elsewhere is printed in a terminal."""

from datetime import datetime
from typing import Any

from core import audit
from core.database.connect import Database
from core.errors import UnknownStaff
from core.staff.colleagues import staff_named
from core.staff.pairing import invite
from webhooks.chat.refusal import Refused


def answer_code(database: Database, now: datetime, body: dict[str, Any]) -> dict[str, str]:
    """Return a new code for whoever `body` names; raises Refused."""
    name = body.get("staff")
    if not isinstance(name, str):
        raise Refused(400, "Choose one of the clinic's people first.")
    with database.transaction() as connection:
        try:
            whom = staff_named(connection, name)
        except UnknownStaff:
            raise Refused(400, "Nobody of the clinic's people has that name.") from None
        code = invite(connection, whom.id, now)
        audit.record(connection, audit.OPERATOR, "invited", "staff", [whom.id], now=now)
    return {"code": code}
