"""How a chat becomes somebody's of staff, and stops being theirs.

A code is handed over by whoever invites: four letters that find the invitation, and six digits that
are kept as a keyed hash. It pairs one chat, and the user of the messenger who writes in it. The
pairing ends by `/lock`, after hours of silence, and when somebody revokes it.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from core.database.types import keyring_of
from core.messaging.notices import withdraw_news
from core.models import new_public_id, staff_invitations, staff_pairings
from core.models.staff import InvitationOutcome, PairingEnd
from core.staff.members import Member, member
from core.staff.pins import forget_wrong_pins

VALID = timedelta(minutes=15)
TRIES = 5
# No vowels, which make words, and no letters that are taken for others.
LETTERS = "BCDFGHJKLMNPRSTVWXZ"
SELECTOR_LETTERS = 4
CODE = re.compile(rf"\b([{LETTERS}]{{{SELECTOR_LETTERS}}})-?(\d{{6}})\b", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pairing:
    """A chat of somebody of staff. `pin_proved_at`: when they last gave their PIN in it."""

    id: int
    public_id: str
    member: Member
    pin_proved_at: datetime | None


def invite(connection: Connection, staff_id: int, now: datetime) -> str:
    """Return a new code for that person; one that was made before is worth nothing any more."""
    _end_invitations(connection, staff_id, InvitationOutcome.REPLACED, now)
    selector = "".join(secrets.choice(LETTERS) for _ in range(SELECTOR_LETTERS))
    secret = f"{secrets.randbelow(1_000_000):06}"
    values = {
        "staff_id": staff_id,
        "selector": selector,
        "secret_hash": _secret_hash(connection, selector, secret),
        "wrong_tries": 0,
        "expires_at": now + VALID,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(staff_invitations), values)
    return f"{selector}-{secret}"


def accept(
    connection: Connection, text: str, *, address_id: int, user: str, now: datetime
) -> Pairing | None:
    """Pair the chat with whoever was invited by the code in that text; None if there is no such
    code, or it is not worth anything any more. A wrong one counts against its invitation."""
    found = CODE.search(text)
    if found is None:
        return None
    selector, secret = found[1].upper(), found[2]
    row = connection.execute(
        select(staff_invitations)
        .where(staff_invitations.c.selector == selector, staff_invitations.c.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    if not hmac.compare_digest(row.secret_hash, _secret_hash(connection, selector, secret)):
        _count_wrong(connection, row.id, row.wrong_tries + 1, now)
        return None
    _end_invitation(connection, row.id, InvitationOutcome.USED, now)
    who = member(connection, row.staff_id)
    if who is None:
        return None
    forget_wrong_pins(connection, who.id, now)
    return begin(connection, who, address_id=address_id, user=user, now=now)


def begin(
    connection: Connection, who: Member, *, address_id: int, user: str, now: datetime
) -> Pairing:
    """Pair the chat with that person, whosever it was before; their other chats end."""
    ours = (staff_pairings.c.address_id == address_id) | (staff_pairings.c.staff_id == who.id)
    _end(connection, ours, PairingEnd.REPLACED, now)
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "staff_id": who.id,
        "address_id": address_id,
        "user_hash": _user_hash(connection, user),
        "last_seen_at": now,
        "created_at": now,
        "updated_at": now,
    }
    (pairing_id,) = connection.execute(insert(staff_pairings), values).inserted_primary_key or (0,)
    return Pairing(int(pairing_id), public_id, who, None)


def seen(
    connection: Connection, pairing_id: int, user: str, idle: timedelta, now: datetime
) -> Pairing | PairingEnd | None:
    """Return whose chat that is, and note that they have written; what ended it, where it has just
    ended: they were silent for longer than `idle`, or have left. None where somebody else writes
    there."""
    row = connection.execute(
        select(staff_pairings).where(
            staff_pairings.c.id == pairing_id, staff_pairings.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.user_hash, _user_hash(connection, user)):
        return None
    who = member(connection, row.staff_id)
    if who is None or now - row.last_seen_at > idle:
        why = PairingEnd.REVOKED if who is None else PairingEnd.IDLE
        _end(connection, staff_pairings.c.id == row.id, why, now)
        return why
    this = update(staff_pairings).where(staff_pairings.c.id == row.id)
    connection.execute(this.values(last_seen_at=now, updated_at=now))
    return Pairing(row.id, row.public_id, who, row.pin_proved_at)


def lock(connection: Connection, pairing: Pairing, now: datetime) -> None:
    """The chat speaks for nobody of staff until they come back."""
    _end(connection, staff_pairings.c.id == pairing.id, PairingEnd.LOCKED, now)


def revoke(connection: Connection, staff_id: int, now: datetime) -> bool:
    """End whatever leads to that person's rights: the chat, and an open invitation. Tell whether
    there was any."""
    ended = _end(connection, staff_pairings.c.staff_id == staff_id, PairingEnd.REVOKED, now)
    return _end_invitations(connection, staff_id, InvitationOutcome.REVOKED, now) or ended


def left(connection: Connection, *, address_id: int, user: str, since: datetime) -> Member | None:
    """Return who wrote in that chat, no longer ago than `since`, until they locked it or fell
    silent; None if it ended otherwise, or was nobody's."""
    row = connection.execute(
        select(staff_pairings)
        .where(staff_pairings.c.address_id == address_id)
        .order_by(staff_pairings.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.ended_why not in (PairingEnd.LOCKED, PairingEnd.IDLE):
        return None
    is_them = hmac.compare_digest(row.user_hash, _user_hash(connection, user))
    return member(connection, row.staff_id) if is_them and row.last_seen_at >= since else None


def note_pin(connection: Connection, pairing: Pairing, now: datetime) -> None:
    """They have just given their PIN in that chat."""
    this = update(staff_pairings).where(staff_pairings.c.id == pairing.id)
    connection.execute(this.values(pin_proved_at=now, updated_at=now))


def _end(
    connection: Connection, which: ColumnElement[bool], why: PairingEnd, now: datetime
) -> bool:
    ended = (
        update(staff_pairings)
        .where(which, staff_pairings.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why, updated_at=now)
        .returning(staff_pairings.c.address_id)
    )
    chats = connection.scalars(ended).all()
    if chats:
        withdraw_news(connection, chats, now)
    return bool(chats)


def _count_wrong(connection: Connection, invitation_id: int, tries: int, now: datetime) -> None:
    if tries >= TRIES:
        _end_invitation(connection, invitation_id, InvitationOutcome.FAILED, now)
    counted = update(staff_invitations).where(staff_invitations.c.id == invitation_id)
    connection.execute(counted.values(wrong_tries=tries, updated_at=now))


def _end_invitation(
    connection: Connection, invitation_id: int, outcome: InvitationOutcome, now: datetime
) -> None:
    ended = update(staff_invitations).where(staff_invitations.c.id == invitation_id)
    connection.execute(ended.values(ended_at=now, outcome=outcome, updated_at=now))


def _end_invitations(
    connection: Connection, staff_id: int, outcome: InvitationOutcome, now: datetime
) -> bool:
    ended = (
        update(staff_invitations)
        .where(staff_invitations.c.staff_id == staff_id, staff_invitations.c.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome, updated_at=now)
    )
    return connection.execute(ended).rowcount > 0


def _secret_hash(connection: Connection, selector: str, secret: str) -> bytes:
    return keyring_of(connection.dialect).hash_code(("invitation", selector, secret))


def _user_hash(connection: Connection, user: str) -> bytes:
    return keyring_of(connection.dialect).hash_address(("staff user", user))
