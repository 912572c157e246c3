"""Column types that bring back exactly what was stored, on every database."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from sluice.errors import InvalidInputError

# SQLite raises on lone surrogates and PostgreSQL refuses NUL. Both are written as this control character (SUBSTITUTE,
# which running text does not hold) and four hex digits; so is the character itself, which makes it reversible.
MARK = "\x1a"
UNSTORABLE = re.compile("[\x00\x1a\ud800-\udfff]")
ESCAPED = re.compile(MARK + "([0-9a-f]{4})")


def escape(text: str) -> str:
    r"""Text without NUL and lone surrogates, from which ``unescape`` makes the original again.

    Example:
        >>> escape("a\x00b") == "a\x1a0000b", unescape(escape("a\x00b")) == "a\x00b"
        (True, True)
    """
    return UNSTORABLE.sub(lambda found: f"{MARK}{ord(found[0]):04x}", text)


def unescape(text: str) -> str:
    """The text that was given to ``escape``."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if MARK in text else text


class AnyText(TypeDecorator[str]):
    """Text of any content: what an agent or a trace says may hold NUL bytes and broken surrogates."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Order by code point everywhere, as SQLite and Python do: pages are cut and merged by it."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what a database refuses."""
        return None if value is None else escape(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Restore what was escaped."""
        return None if value is None else unescape(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment, always with its zone: SQLite alone would return naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC.

        Raises:
            InvalidInputError: The time is naive, so nobody can tell which moment it means.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInputError(f"a stored time must carry its zone, got {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give the time back in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
