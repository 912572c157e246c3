"""Which schema a database has, and a fresh one made at once."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, inspect, text

from sluice.errors import StoreError
from storage.connections import Place
from storage.tables import Row

# All revisions of storage/migrations/versions, oldest first. Kept here because reading them there takes alembic,
# which the start of a run cannot afford.
REVISIONS = ("0001",)
HEAD = REVISIONS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """How the schema of a database compares with what this version of Sluice needs.

    Args:
        revision: Revision of the database; empty where it has none.
        state: ``fresh`` has no tables; ``older`` can be upgraded; ``newer`` was written by a newer version of Sluice;
            ``foreign`` holds tables of something else.
    """

    revision: str
    state: Literal["fresh", "current", "older", "newer", "foreign"]


def schema_state(connection: Connection) -> SchemaState:
    """Read which schema a database has."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        return SchemaState(revision="", state="foreign" if tables else "fresh")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None:
        return SchemaState(revision="", state="older")
    if revision == HEAD:
        return SchemaState(revision=HEAD, state="current")
    return SchemaState(revision=revision, state="older" if revision in REVISIONS else "newer")


def refuse_unusable(state: SchemaState, place: Place) -> None:
    """Refuse a database that this version must not touch.

    Raises:
        StoreError: It was written by a newer version of Sluice, or is a database of something else.
    """
    if state.state == "newer":
        raise StoreError(
            f"database {place} was written by a newer version of Sluice"
            f" (schema {state.revision}, this version knows {HEAD})",
            hint="install that version, or name another database by SLUICE_STORAGE__URL",
        )
    if state.state == "foreign":
        raise StoreError(
            f"database {place} holds tables that are not Sluice's", hint="name another one by SLUICE_STORAGE__URL"
        )


def create_tables(connection: Connection) -> None:
    """Create every table in an empty database and stamp it with the newest revision, without alembic."""
    Row.metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            "CREATE TABLE alembic_version"
            " (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})
