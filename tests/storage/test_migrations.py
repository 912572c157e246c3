import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sluice.errors import StoreError
from storage import schema
from storage.connections import place_of, writing_engine
from storage.migrate import check, configuration, upgrade
from storage.schema import HEAD, REVISIONS
from storage.store import Store
from storage.tables import Row


def statements(url: str) -> dict[str, str]:
    """What SQLite itself says the schema is: name to statement, white space apart."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return {name: "".join(sql.split()) for name, sql in found}


def execute(url: str, *commands: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for statement in commands:
            connection.execute(statement)
        connection.commit()


def test_migrations_and_a_fresh_start_give_the_same_schema(tmp_path: Path):
    migrated, fresh = (f"sqlite:///{tmp_path}/{name}.db" for name in ("migrated", "fresh"))
    assert upgrade(migrated).state == "fresh"
    Store.open(fresh).close()
    assert statements(migrated) == statements(fresh)
    assert {name for name in statements(fresh) if name.startswith("table")} == {
        f"table {name}" for name in [*Row.metadata.tables, "alembic_version"]
    }


def test_alembic_finds_nothing_to_add(url: str):
    upgrade(url)
    engine = writing_engine(place_of(url), busy_timeout_s=1)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
    engine.dispose()


def test_the_revisions_known_without_alembic_are_those_of_the_migrations():
    scripts = ScriptDirectory.from_config(configuration())
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_current_head() == HEAD


def test_a_migration_can_be_taken_back(url: str):
    upgrade(url)
    engine = writing_engine(place_of(url), busy_timeout_s=1)
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert set(statements(url)) == {"table alembic_version", "index sqlite_autoindex_alembic_version_1"}
    assert check(url).state == "older"


def test_check_says_what_a_database_is_and_changes_nothing(url: str, tmp_path: Path):
    with pytest.raises(StoreError, match="does not exist"):
        check(url)
    assert not (tmp_path / "new").exists()
    Store.open(url).close()
    assert (check(url).state, check(url).revision) == ("current", HEAD)
    execute(url, "UPDATE alembic_version SET version_num = 'ffff'")
    assert (check(url).state, check(url).revision) == ("newer", "ffff")
    with pytest.raises(StoreError, match="newer version"):
        upgrade(url)


def test_upgrading_twice_changes_nothing(url: str):
    upgrade(url)
    before = statements(url)
    assert upgrade(url).state == "current"
    assert statements(url) == before


def test_an_older_database_is_copied_and_upgraded_when_it_is_opened(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # An older database: stamped with a revision that the migrations know, before any of their tables.
    (tmp_path / "new").mkdir()
    execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)", "CREATE TABLE kept (what TEXT)")
    execute(url, "INSERT INTO kept VALUES ('a label')")
    with Store.open(url) as store:
        assert store.read_now(schema_of) == "current"
    assert "table trial" in statements(url)
    with closing(sqlite3.connect(tmp_path / "new" / "sluice.db.unstamped.bak")) as connection:
        assert connection.execute("SELECT what FROM kept").fetchone() == ("a label",)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'trial'").fetchone() == (0,)


def test_a_copy_that_cannot_be_made_stops_the_upgrade(url: str, tmp_path: Path):
    (tmp_path / "new" / "sluice.db.unstamped.bak").mkdir(parents=True)
    execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with pytest.raises(StoreError, match=r"cannot be copied to .*unstamped\.bak before its upgrade"):
        Store.open(url)
    assert "table trial" not in statements(url)


def schema_of(session) -> str:
    return schema.schema_state(session.connection()).state
