"""The PIN of somebody of staff: asked for before what shows or changes much, and to come back to a
locked chat."""

import hashlib
import hmac
import os
import re
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import Connection, select, update

from core.database.types import keyring_of
from core.errors import WeakPin
from core.models import staff

DIGITS = re.compile(r"\d{6}", re.ASCII)
TRIES = 5  # Wrong ones in a row; then only a new code helps.
SALT_BYTES = 16
# RFC 7914, 2: about 30 ms and 16 MiB a try; whoever has the database also needs the key.
COST, BLOCK, PARALLEL = 2**14, 8, 1


class Tried(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # Wrong too often, or none has been chosen: the PIN opens nothing.


def choose_pin(connection: Connection, staff_id: int, pin: str, now: datetime) -> None:
    """Store the PIN; raises WeakPin for one that others would try first."""
    if not DIGITS.fullmatch(pin):
        raise WeakPin("expected six digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 or len(set(pin)) < 3:
        raise WeakPin("expected six digits that are no row and not nearly all the same")
    salt = os.urandom(SALT_BYTES)
    hashed = salt + _hashed(connection, staff_id, pin, salt)
    mine = update(staff).where(staff.c.id == staff_id)
    connection.execute(mine.values(pin_hash=hashed, wrong_pins=0, updated_at=now))


def try_pin(connection: Connection, staff_id: int, pin: str, now: datetime) -> Tried:
    """Tell whether that is their PIN, and count it if it is not."""
    row = connection.execute(
        select(staff.c.pin_hash, staff.c.wrong_pins)
        .where(staff.c.id == staff_id, staff.c.is_active)
        .with_for_update()
    ).one_or_none()
    if row is None or row.pin_hash is None or row.wrong_pins >= TRIES:
        return Tried.LOCKED
    salt, stored = row.pin_hash[:SALT_BYTES], row.pin_hash[SALT_BYTES:]
    if hmac.compare_digest(stored, _hashed(connection, staff_id, pin, salt)):
        forget_wrong_pins(connection, staff_id, now)
        return Tried.RIGHT
    wrong = row.wrong_pins + 1
    mine = update(staff).where(staff.c.id == staff_id)
    connection.execute(mine.values(wrong_pins=wrong, updated_at=now))
    return Tried.LOCKED if wrong >= TRIES else Tried.WRONG


def forget_wrong_pins(connection: Connection, staff_id: int, now: datetime) -> None:
    """They are who they are: whoever tried before may have been somebody else."""
    mine = update(staff).where(staff.c.id == staff_id, staff.c.wrong_pins > 0)
    connection.execute(mine.values(wrong_pins=0, updated_at=now))


def _hashed(connection: Connection, staff_id: int, pin: str, salt: bytes) -> bytes:
    peppered = keyring_of(connection.dialect).hash_code(("pin", str(staff_id), pin))
    return hashlib.scrypt(peppered, salt=salt, n=COST, r=BLOCK, p=PARALLEL)
