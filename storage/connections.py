"""How a database is reached: one connection that writes, a few that only read."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from sluice.errors import StoreError

# A journal that one large transaction blew up is cut back to this size, in bytes, at the next checkpoint.
JOURNAL_BYTES = 64_000_000
BUSY_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database, as it is reached and as it is named to a person.

    Args:
        url: Parsed URL.
        file: The SQLite file; None for a database server.
    """

    url: URL
    file: Path | None

    def __str__(self) -> str:
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


def place_of(url: str) -> Place:
    """Parse a database URL.

    Raises:
        StoreError: It is no URL of a database, or names one in memory, which readers and writer cannot share.
    """
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise StoreError(
            f"storage.url must be a database URL, got {url!r}", hint="for example sqlite:///.sluice/sluice.db"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        return Place(url=parsed, file=None)
    if parsed.database in (None, "", ":memory:"):
        raise StoreError(
            f"storage.url must name a file, got {url!r}: nothing in memory survives a run",
            hint="for example sqlite:///.sluice/sluice.db",
        )
    database = str(parsed.database)
    if database.startswith("file:") and "uri" in parsed.query:
        database = unquote(urlsplit(database).path)
    return Place(url=parsed, file=Path(database))


def make_folder(place: Place) -> None:
    """Create the folder of an SQLite file.

    Raises:
        StoreError: The folder cannot be created.
    """
    if place.file is None:
        return
    try:
        place.file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder of database {place} cannot be created: {error.strerror}",
            hint="create it, or name another place by SLUICE_STORAGE__URL",
        ) from error


def writing_engine(place: Place, *, busy_timeout_s: float) -> Engine:
    """The engine of the one connection that writes; each of its transactions takes the write lock at once.

    Taking it later, on the first write, would let two transactions read and then deadlock over the upgrade.
    """
    return _engine(
        place,
        pragmas={
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "journal_size_limit": JOURNAL_BYTES,
        },
        begin="BEGIN IMMEDIATE",
        busy_timeout_s=busy_timeout_s,
        n_connections=1,
    )


def reading_engine(place: Place, *, busy_timeout_s: float, n_connections: int) -> Engine:
    """The engine of connections that can only read."""
    return _engine(
        place,
        pragmas={"query_only": "ON"},
        begin="BEGIN",
        busy_timeout_s=busy_timeout_s,
        n_connections=n_connections,
    )


def fold_journal(engine: Engine, place: Place, *, busy_timeout_s: float) -> None:
    """Move what stands in SQLite's journal into the file, unless somebody reads from the journal now."""
    if place.file is None:
        return
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        # Folding can wait for the next time; the callers of the writer cannot wait for a reader.
        cursor.execute("PRAGMA busy_timeout = 0")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {round(busy_timeout_s * 1000)}")


def _engine(
    place: Place, *, pragmas: dict[str, str | int], begin: str, busy_timeout_s: float, n_connections: int
) -> Engine:
    if place.file is None:
        return _server_engine(place, n_connections=n_connections)
    engine = create_engine(place.url, pool_size=n_connections, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _on_connect(pragmas, busy_timeout_s=busy_timeout_s))

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", on_begin)
    return engine


def _server_engine(place: Place, *, n_connections: int) -> Engine:
    try:
        return create_engine(place.url, pool_size=n_connections)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(
            f"the driver of database {place} is missing: {error}", hint="install it, or use sqlite:///.sluice/sluice.db"
        ) from error


def _on_connect(pragmas: dict[str, str | int], *, busy_timeout_s: float) -> Callable[[Any, Any], None]:
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # Python's sqlite3 would begin transactions by itself, too late and deferred.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_s * 1000)}")
        for name, value in pragmas.items():
            if name == "journal_mode":
                _set_journal_mode(connection, str(value), deadline=time.monotonic() + busy_timeout_s)
            else:
                connection.execute(f"PRAGMA {name} = {value}")

    return prepare


def _set_journal_mode(connection: sqlite3.Connection, mode: str, *, deadline: float) -> None:
    """Set the journal mode; SQLite does not apply its busy timeout to a change of it, as two first runs at once do."""
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_PAUSE_S)
        else:
            return
