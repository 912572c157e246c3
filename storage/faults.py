"""What a database says when it cannot be used, as a sentence a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from sluice.errors import SluiceError, StoreError

# Primary result codes of SQLite: https://www.sqlite.org/rescode.html
SENTENCES = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "wait for the other run to end, or end the program that holds the file open",
    ),
    sqlite3.SQLITE_LOCKED: (
        "is locked by another connection",
        "wait for the other run to end, or end the program that holds the file open",
    ),
    sqlite3.SQLITE_FULL: (
        "cannot grow, the disk is full",
        "free some space, or move the database by SLUICE_STORAGE__URL, and run again: committed trials are kept",
    ),
    sqlite3.SQLITE_READONLY: (
        "is read-only",
        "give write access to the file and its folder, or name another place by SLUICE_STORAGE__URL",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened or created",
        "check that its folder exists and can be written, or name another place by SLUICE_STORAGE__URL",
    ),
    sqlite3.SQLITE_PERM: (
        "may not be opened",
        "give write access to the file and its folder, or name another place by SLUICE_STORAGE__URL",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "restore it from a copy, or move it aside to begin a new one",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not an SQLite database",
        "name another file by SLUICE_STORAGE__URL, or move this one aside",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written",
        "check the disk; network file systems do not work for SQLite",
    ),
}


def as_store_error(error: SQLAlchemyError, place: str) -> SluiceError:
    """The error to raise instead of what the database library raised.

    Args:
        error: What the library raised.
        place: The database as a user would name it, without any password.

    Returns:
        A StoreError; or the contract error that a column type raised while a value was bound.
    """
    cause = error.orig if isinstance(error, StatementError) else None
    if isinstance(cause, SluiceError):
        return cause
    code = getattr(cause, "sqlite_errorcode", None)
    sentence, hint = SENTENCES.get(code & 0xFF, ("", "")) if code is not None else ("", "")
    if sentence:
        return StoreError(f"database {place} {sentence} ({cause})", hint=hint)
    if isinstance(error, DBAPIError):
        return StoreError(f"database {place} refused a statement: {cause}")
    return StoreError(f"database {place} cannot be used: {error}", hint="check storage.url in sluice.yaml")


@contextmanager
def told_as_store_errors(place: str) -> Iterator[None]:
    """Translate whatever the database library raises in the block."""
    try:
        yield
    except SQLAlchemyError as error:
        raise as_store_error(error, place) from error
