"""Column types that the databases do not agree on: instants, and text that is encrypted at rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, LargeBinary
from sqlalchemy.dialects.postgresql import INTERVAL, TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.clock import instant
from core.keys import Keyring

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(value: datetime) -> int:
    """Return microseconds since 1970 in UTC: how SQLite keeps an instant."""
    return (instant(value) - EPOCH) // MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, an integer of microseconds on SQLite
    (text would compare wrongly); SQLite's columns carry a type check of their own."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return instant(value) if dialect.name == "postgresql" else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return instant(value)
        return EPOCH + timedelta(microseconds=value)


class Span(TypeDecorator[timedelta]):
    """What lies between two instants, and sums of that: computed by the database, never stored."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(INTERVAL())
        return dialect.type_descriptor(BigInteger())

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        if value is None or dialect.name == "postgresql":
            found: timedelta | None = value
            return found
        return timedelta(microseconds=value)


class EncryptedText(TypeDecorator[str]):
    """Text encrypted with AES-GCM under the engine's keyring; the key's id is stored with it.

    `place` names the column and is authenticated with the value. The keyring travels on the
    dialect, because a type sees nothing else of its engine.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring_of(dialect).encrypt(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).decrypt(bytes(value), self.place)


class KeysMissing(RuntimeError):  # noqa: N818
    """An encrypted column was touched through a database that was opened without keys."""


def give_keyring(dialect: Dialect, keyring: Keyring | None) -> None:
    dialect.frontdesk_keyring = keyring  # type: ignore[attr-defined]


def has_keys(dialect: Dialect) -> bool:
    """Tell whether the database was opened with keys: what is encrypted may be touched."""
    return getattr(dialect, "frontdesk_keyring", None) is not None


def keyring_of(dialect: Dialect) -> Keyring:
    keyring: Keyring | None = dialect.frontdesk_keyring  # type: ignore[attr-defined]
    if keyring is None:
        raise KeysMissing("SECRET_KEY and ENCRYPTION_KEY are needed for this")
    return keyring
