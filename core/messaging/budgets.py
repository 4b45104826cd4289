"""How fast each provider, each sender of ours and each chat may be written to, for all processes
together: one row each, which says until when it is used up.

The "generic cell rate algorithm" (ITU-T I.371, annex A): each message moves that instant on by what
it takes, and the next one may go once the instant is no further ahead than is tolerated. What
patients wait for is tolerated further ahead than what nobody has asked for, so that a thousand
reminders do not stand before one answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, case, delete, or_, select, update

from core.database.types import Instant
from core.database.upsert import insert_missing
from core.models.messaging import budgets
from core.rules import Rules

Lane = tuple[str, str]  # A channel, and the address of ours that it goes out from.

# How far ahead a lane may be used up. Twilio keeps what comes too fast and lets it out in time;
# Telegram refuses it, but tolerates a burst to one chat.
AHEAD = {
    "sms": timedelta(seconds=10),
    "whatsapp": timedelta(seconds=1),
    "telegram": timedelta(milliseconds=800),
    "chat": timedelta(seconds=2),
}
AHEAD_UNPROMPTED = timedelta(milliseconds=500)
MOST_KNOWN = 1000  # Shares that are remembered; chats make them many.
# A row that was not used for so long says nothing.
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Share:
    """What one message takes of one budget, and how far ahead it may be used up before."""

    name: str
    takes: timedelta
    ahead: timedelta
    is_lane: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """When a budget that is used up may be used again."""

    at: datetime
    is_lane: bool


class Rates:
    """The clinic's limits. `own`: channel -> the configured address, which "" stands for."""

    def __init__(self, rules: Rules, own: Mapping[str, str] | None = None) -> None:
        self._own = dict(own or {})
        self._takes = {
            "sms": _each(rules.sms_segments_a_second),
            "whatsapp": _each(rules.whatsapp_messages_a_second),
            "telegram": _each(rules.telegram_messages_a_second),
        }
        self._in_chat = _each(rules.telegram_chat_messages_a_second)
        self._known: dict[Any, tuple[Share, ...]] = {}

    def shares(self, message: Any) -> tuple[Share, ...]:
        """What the message takes; nothing, where it reaches no provider. Needs what a candidate of
        the outbox has: channel, our_address, address_id, segments, is_urgent, is_simulated."""
        if message.is_simulated:
            return ()
        channel = message.channel
        chat = message.address_id if channel == "telegram" else None
        # Most messages take the same.
        key = (channel, message.our_address, message.segments, message.is_urgent, chat)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._make_shares(*key)
        return found

    def _make_shares(
        self, channel: str, ours: str, segments: int | None, urgent: bool, chat: int | None
    ) -> tuple[Share, ...]:
        takes, shares = self._takes.get(channel), []
        if takes:
            ahead = AHEAD[channel] if urgent else AHEAD_UNPROMPTED
            units = segments or 1 if channel == "sms" else 1
            shares.append(Share(self.lane_name(channel, ours), takes * units, ahead))
        if chat is not None and self._in_chat:
            ahead = AHEAD["chat"] if urgent else timedelta()
            shares.append(Share(chat_name(chat), self._in_chat, ahead, is_lane=False))
        return tuple(shares)

    def names(self, channel: str, ours: str, address_id: int) -> list[str]:
        """The budgets that a message there takes of."""
        if channel not in self._takes:
            return []
        chat = [chat_name(address_id)] if channel == "telegram" else []
        return [self.lane_name(channel, ours), *chat]

    def lane_name(self, channel: str, ours: str) -> str:
        """All chats of Telegram are written to by one bot."""
        return (
            f"{channel} {ours or self._own.get(channel, '')}" if channel != "telegram" else channel
        )


def chat_name(address_id: int) -> str:
    """By its number here: the chat itself is a patient's address."""
    return f"chat {address_id}"


def _each(a_second: int) -> timedelta | None:
    return timedelta(seconds=1) / a_second if a_second else None


class Purse:
    """The budgets that one claim asks for, read once and written once."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._next_at: dict[str, datetime] = {}
        self._changed: set[str] = set()
        self._missing: set[str] = set()
        self._is_open = False

    def open(self, shares: Iterable[tuple[Share, ...]]) -> None:
        """Read what is needed and not yet known. From here on no other process changes it."""
        needed = {share.name: share for each in set(shares) for share in each}
        names = needed.keys() - self._next_at.keys()
        if not names:
            return
        # All lanes at once and first: nobody waits for two of them, in whatever order. Chats are
        # asked for by whoever holds the lane of their bot.
        known = self._find(_FIND if self._is_open else _FIND_WITH_LANES, names)
        if new := [name for name in names - known.keys() if needed[name].is_lane]:
            # Of several who use a lane for the first time, one makes the row and the others wait.
            unused = [self._unused(name) for name in sorted(new)]
            insert_missing(self._connection, budgets, unused)
            known |= self._find(_FIND, new)
        self._is_open = True
        self._missing |= names - known.keys()
        self._next_at |= dict.fromkeys(names, self._now) | known

    def _find(self, statement: Executable, names: Iterable[str]) -> dict[str, datetime]:
        rows = self._connection.execute(statement, {"names": sorted(names)})
        return {row.name: row.next_at for row in rows}

    def _unused(self, name: str) -> dict[str, Any]:
        return {"name": name, "next_at": self._now}

    def closed_until(self, shares: Iterable[Share]) -> Opening | None:
        """When the message may go, if not now."""
        for share in shares:
            opens_at = self._next_at[share.name] - share.ahead
            if opens_at > self._now:
                return Opening(opens_at, share.is_lane)
        return None

    def take(self, shares: Iterable[Share]) -> None:
        for share in shares:
            next_at = self._next_at[share.name]
            self._next_at[share.name] = (
                next_at + share.takes if next_at > self._now else self._now + share.takes
            )
            self._changed.add(share.name)

    def close(self) -> None:
        """Write what was taken."""
        if new := [self._unused(name) for name in self._changed & self._missing]:
            insert_missing(self._connection, budgets, new)
        if self._changed:
            _move(self._connection, {name: self._next_at[name] for name in self._changed})


def slow_down(connection: Connection, until: Mapping[str, datetime], now: datetime) -> None:
    """The provider refused what came too fast: nobody writes there before. `until`: by name of the
    budget."""
    # Further ahead than is tolerated of anything there.
    next_at = {name: at + AHEAD[name.split()[0]] for name, at in until.items()}
    # All lanes first, as whoever claims, and as this transaction may go on to do.
    connection.execute(_FIND_WITH_LANES, {"names": sorted(next_at)})
    insert_missing(connection, budgets, [{"name": name, "next_at": now} for name in next_at])
    _move(connection, next_at)


def forget(connection: Connection, now: datetime) -> int:
    """Delete what was not used for long: a chat has a row, and there are many chats."""
    old = (budgets.c.next_at < now - FORGOTTEN_AFTER, budgets.c.name.like("chat %"))
    return connection.execute(delete(budgets).where(*old)).rowcount


_is_asked_for = budgets.c.name.in_(bindparam("names", expanding=True))
_FIND = select(budgets).where(_is_asked_for).order_by(budgets.c.name).with_for_update()
_FIND_WITH_LANES = (
    select(budgets)
    .where(or_(_is_asked_for, budgets.c.name.not_like("chat %")))
    .order_by(budgets.c.name.like("chat %"), budgets.c.name)
    .with_for_update()
)
# It only moves on: two who were told to slow down do not shorten each other's pause.
_MOVE = (
    update(budgets)
    .where(budgets.c.name == bindparam("budget"))
    .values(
        next_at=case(
            (budgets.c.next_at < bindparam("to", type_=Instant), bindparam("to", type_=Instant)),
            else_=budgets.c.next_at,
        )
    )
)


def _move(connection: Connection, next_at: Mapping[str, datetime]) -> None:
    connection.execute(_MOVE, [{"budget": name, "to": at} for name, at in next_at.items()])
