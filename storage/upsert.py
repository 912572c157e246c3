"""Idempotent inserts: rows whose key is new are added, the first write of a key stands."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from storage.tables import Row


def insert_new(session: Session, rows: Sequence[Row]) -> int:
    """Insert the rows, all of one table, whose key is new.

    One statement a row without a look before, so that two writers cannot race. ``ON CONFLICT DO NOTHING`` names no
    columns: only keys are unique here, and other constraints still raise.

    Returns:
        How many rows were new.
    """
    if not rows:
        return 0
    table: Table = type(rows[0]).__table__  # type: ignore[attr-defined]
    statement = _statement(table, session.get_bind().dialect.name)
    result = session.connection().execute(
        statement, [_values(table, row) for row in rows], execution_options={"preserve_rowcount": True}
    )
    return int(result.rowcount)


@cache
def _statement(table: Table, dialect: str) -> Insert:
    """Built once a table: one is executed for every answer."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def _values(table: Table, row: Row) -> Mapping[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}
