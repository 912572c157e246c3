"""Bringing an older database up to date, with a copy kept beside it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config

from sluice.errors import StoreError
from storage.connections import Place, make_folder, place_of, reading_engine, writing_engine
from storage.faults import told_as_store_errors
from storage.schema import SchemaState, refuse_unusable, schema_state

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str, *, busy_timeout_s: float = 10.0) -> SchemaState:
    """Bring a database to the newest schema; an SQLite file that holds data is copied to ``FILE.REVISION.bak`` first.

    Returns:
        The state that was found.

    Raises:
        StoreError: The database is newer, foreign, locked, or cannot be written.
    """
    place = place_of(url)
    make_folder(place)
    # Before the first connection that may write, which would already change the journal mode of a foreign file.
    refuse_unusable(_state(place, busy_timeout_s=busy_timeout_s), place)
    with told_as_store_errors(str(place)):
        engine = writing_engine(place, busy_timeout_s=busy_timeout_s)
        try:
            with engine.begin() as connection:
                found = schema_state(connection)
                if found.state == "older":
                    _copy(place, found)
                config = configuration()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        finally:
            engine.dispose()
    return found


def check(url: str, *, busy_timeout_s: float = 10.0) -> SchemaState:
    """Say which schema a database has; changes nothing.

    Raises:
        StoreError: There is no such database, or it cannot be read.
    """
    place = place_of(url)
    if place.file is not None and not place.file.exists():
        raise StoreError(f"database {place} does not exist", hint="it is created by `sluice db upgrade` or a first run")
    return _state(place, busy_timeout_s=busy_timeout_s)


def configuration() -> Config:
    """Alembic's settings, made here so that no alembic.ini has to be found."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _state(place: Place, *, busy_timeout_s: float) -> SchemaState:
    with told_as_store_errors(str(place)):
        engine = reading_engine(place, busy_timeout_s=busy_timeout_s, n_connections=1)
        try:
            with engine.connect() as connection:
                return schema_state(connection)
        finally:
            engine.dispose()


def _copy(place: Place, found: SchemaState) -> None:
    """Copy an SQLite file through SQLite itself, so that the journal's content is part of the copy."""
    if place.file is None:
        return
    target = place.file.with_name(f"{place.file.name}.{found.revision or 'unstamped'}.bak")
    try:
        with closing(sqlite3.connect(place.file)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        raise StoreError(
            f"database {place} cannot be copied to {target} before its upgrade: {error}",
            hint="free some space or give write access to the folder",
        ) from error
