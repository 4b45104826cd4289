"""What waits to be sent: the outgoing half of the log, taken by whoever is free to send.

A message is claimed and committed before a provider hears of it, and its outcome is written
afterwards, in a transaction of its own (`core.messaging.outcomes`). Whoever dies in between leaves
a row in `sending`; when its lease runs out it becomes `unknown`, which is never sent again blindly.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, update

from core.database.lists import ids_in
from core.database.types import Instant, keyring_of
from core.messaging.budgets import Lane, Opening, Purse, Rates, Share
from core.messaging.candidates import DUE, DUE_ELSEWHERE, PROMPTED, REPLIES, ClaimedMessage
from core.messaging.second_look import take_back
from core.messaging.window import in_form
from core.models.messaging import MessageKind, MessageStatus, messages
from core.rules import STANDARD_RULES, RuleBook


@dataclass(frozen=True, slots=True)
class Claim:
    """What was taken, and when. `opens_at`: when the first of those may go that wait for their
    budget."""

    messages: list[ClaimedMessage]
    at: datetime
    opens_at: datetime | None = None


def claim(
    connection: Connection,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    rates: Rates | None = None,
    rules: RuleBook = STANDARD_RULES,
    replies_first: bool = True,
) -> Claim:
    """Take up to `limit` due messages for sending, oldest first, one a conversation.

    Where many wait, answers come before what nobody has asked for; `replies_first`: look for such
    answers, which in a long queue costs a look through it. What is no longer worth sending, or may
    not be sent, is marked `dropped` on the way. What its budget does not allow yet, waits. What is
    claimed has the form in which its channel takes it now.
    """
    claiming = _Claiming(connection, now, limit, rates, rules)
    if replies_first:
        claiming.take(connection.execute(REPLIES, claiming.asked()).all())
    # Each further round leaves out what the one before has dropped, or found to be closed.
    while (room := claiming.room) and claiming.take(claiming.look()) == room and claiming.has_news:
        pass
    claiming.finish(owner, lease)
    return Claim(in_form(connection, claiming.claimed, now), now, claiming.opens_at)


class _Claiming:
    """One claim: what it has found so far."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        limit: int,
        rates: Rates | None,
        rules: RuleBook,
    ) -> None:
        self.claimed: list[ClaimedMessage] = []
        self.has_news = False
        self.opens_at: datetime | None = None
        self._connection = connection
        self._keyring = keyring_of(connection.dialect)
        self._now = now
        self._limit = limit
        self._rates = rates
        self._rules = rules
        self._purse = Purse(connection, now)
        self._closed: set[Lane] = set()

    @property
    def room(self) -> int:
        return self._limit - len(self.claimed)

    def asked(self) -> dict[str, Any]:
        return {"now": self._now, "room": self.room}

    def look(self) -> Sequence[Row[Any]]:
        if not (self._closed or self.claimed):
            return self._connection.execute(DUE, self.asked()).all()
        lanes = [f"{channel} {ours}" for channel, ours in self._closed]
        taken = [message.id for message in self.claimed]
        asked = self.asked() | {"lanes": lanes, "taken": taken}
        return self._connection.execute(DUE_ELSEWHERE, asked).all()

    def take(self, rows: Sequence[Row[Any]]) -> int:
        """Sort what was found, and return how much that was."""
        self.has_news = False
        for row in rows:
            if row.why_not:
                self._drop(row)
        worth = self._looked_at_again([row for row in rows if not row.why_not])
        shares: list[tuple[Share, ...]] = [()] * len(worth)
        if self._rates is not None:
            shares = [self._rates.shares(row) for row in worth]
            self._purse.open(shares)
        # Whom a patient waits for comes first, and what goes to many at once last.
        for row, takes in sorted(zip(worth, shares, strict=True), key=_by_urgency):
            if takes and (opening := self._purse.closed_until(takes)):
                self._wait(row, opening)
            else:
                self._purse.take(takes)
                self.claimed.append(ClaimedMessage.of(row, self._keyring))
        return len(rows)

    def _looked_at_again(self, rows: list[Row[Any]]) -> list[Row[Any]]:
        """Return those that may go out, as things are now."""
        unprompted = [row.id for row in rows if row.kind not in PROMPTED]
        back = take_back(self._connection, unprompted, self._rules, self._now)
        self.has_news |= bool(back)
        return [row for row in rows if row.id not in back]

    def _wait(self, row: Row[Any], opening: Opening) -> None:
        """A whole lane is left out of the next look; a single chat is looked at when it is its
        turn, so that those who wait for a second do not stand before all others."""
        self.has_news = True
        self.opens_at = min(self.opens_at or opening.at, opening.at)
        if opening.is_lane:
            self._closed.add((row.channel, row.our_address))
        else:
            later = update(messages).where(messages.c.id == row.id)
            self._connection.execute(later.values(due_at=opening.at, updated_at=self._now))

    def _drop(self, row: Row[Any]) -> None:
        """What nobody has asked for, and may still be worth saying, is said elsewhere."""
        self.has_news = True
        is_lost = row.kind not in PROMPTED and row.why_not != "expired"
        values = {"dropped_at": self._now, "error_code": row.why_not, "updated_at": self._now}
        this = update(messages).where(messages.c.id == row.id)
        self._connection.execute(
            this.values(
                status=MessageStatus.DROPPED, due_at=self._now if is_lost else None, **values
            )
        )

    def finish(self, owner: str, lease: timedelta) -> None:
        self._purse.close()
        if self.claimed:
            taken = [message.id for message in self.claimed]
            values = {"at": self._now, "until": self._now + lease, "owner": owner}
            statement = _take(self._connection.dialect.name)
            self._connection.execute(statement, values | {"ids": json.dumps(taken)})


def _by_urgency(found: tuple[Row[Any], tuple[Share, ...]]) -> tuple[bool, bool]:
    row = found[0]
    return not row.is_urgent, row.kind == MessageKind.BROADCAST


@cache
def _take(dialect: str) -> Executable:
    at = bindparam("at", type_=Instant)
    return (
        update(messages)
        .where(messages.c.id.in_(ids_in(dialect)))
        .values(
            status=MessageStatus.SENDING,
            sending_at=at,
            lease_until=bindparam("until", type_=Instant),
            lease_owner=bindparam("owner"),
            attempts=messages.c.attempts + 1,
            updated_at=at,
        )
    )
