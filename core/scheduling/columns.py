"""An instant's column, read as a whole number for arithmetic."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.database.types import EPOCH, MICROSECOND, Instant


class Microseconds(TypeDecorator[int]):
    """What `Instant` stores, as microseconds since 1970 in UTC; for reading only."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Instant().load_dialect_impl(dialect)

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> Callable[[Any], int | None] | None:
        if dialect.name == "sqlite":
            return None  # It is stored so: nothing to do, hundreds of times a search.
        return lambda value: None if value is None else (value - EPOCH) // MICROSECOND
