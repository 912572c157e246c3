"""Idempotent inserts: rows whose key is new are added, the first write of a key stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
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
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing()
    result = session.connection().execute(
        statement, [_values(table, row) for row in rows], execution_options={"preserve_rowcount": True}
    )
    return int(result.rowcount)


def _values(table: Table, row: Row) -> Mapping[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}
