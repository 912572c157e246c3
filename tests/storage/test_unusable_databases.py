import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, text

from sluice.errors import StoreError
from storage.connections import place_of, writing_engine
from storage.identities import StoredIdentity, add_identity
from storage.store import Store
from storage.trials import add_trial, trials_of_run
from storage.writer import Writer


def seen(digest: str, version: str = "1"):
    identity = StoredIdentity(
        agent="support",
        digest=digest,
        version=version,
        fingerprint="",
        commit="",
        dirty="",
        first_seen_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    return lambda session: add_identity(session, identity)


def test_a_lock_held_for_too_long_is_told_with_what_to_do(store: Store, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "new" / "sluice.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"sluice\.db is locked by another process") as caught:
            store.write_now(seen("a"))
        assert "wait for the other run to end" in caught.value.hint
        assert caught.value.exit_code == 4
        other.execute("ROLLBACK")
    assert store.write_now(seen("a")) is True


def test_a_lock_that_ends_in_time_is_waited_for(url: str, tmp_path: Path):
    with Store.open(url, busy_timeout_s=10) as store:
        with closing(sqlite3.connect(tmp_path / "new" / "sluice.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            done = store._writer.offer(seen("a"))
            assert done is not None
            with pytest.raises(TimeoutError):
                done.result(0.1)
            other.execute("ROLLBACK")
        assert done.result(10) is True


def test_a_first_run_waits_for_another_first_run(url: str, tmp_path: Path):
    # SQLite answers a change of the journal mode with "locked" at once, whatever the busy timeout is.
    (tmp_path / "new").mkdir()
    with closing(sqlite3.connect(tmp_path / "new" / "sluice.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another process"):
            Store.open(url, busy_timeout_s=0.05)
        with ThreadPoolExecutor(1) as thread:
            opening = thread.submit(Store.open, url, busy_timeout_s=10)
            with pytest.raises(TimeoutError):
                opening.result(0.1)
            other.execute("ROLLBACK")
            opening.result(10).close()


def test_a_full_disk_fails_the_write_and_keeps_what_was_committed(store: Store):
    store.write_now(seen("a"))
    pages = store.write_now(lambda session: session.execute(text("PRAGMA page_count")).scalar())
    store.write_now(lambda session: session.execute(text(f"PRAGMA max_page_count = {pages + 2}")).scalar())
    with pytest.raises(StoreError, match="cannot grow, the disk is full") as caught:
        store.write_now(seen("b", version="x" * 100_000))
    assert "committed trials are kept" in caught.value.hint
    assert count(store) == 1
    assert store.write_now(seen("c")) is True


def test_a_database_that_gives_up_the_transaction_fails_the_whole_group(store: Store):
    def gives_up(session: Session) -> None:
        seen("b")(session)
        # What SQLite does by itself on some input/output errors.
        session.execute(text("ROLLBACK"))
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        store.write_now(gives_up)
    assert count(store) == 0
    assert store.write_now(seen("c")) is True


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("no folder", encoding="utf8")
    with pytest.raises(StoreError, match=r"folder of database .* cannot be created: Not a directory"):
        Store.open(f"sqlite:///{tmp_path}/file/deep/sluice.db")


def test_a_folder_where_no_file_can_be_made_is_told():
    with pytest.raises(StoreError, match=r"database /proc/sluice\.db cannot be opened or created") as caught:
        Store.open("sqlite:////proc/sluice.db")
    assert "name another place by SLUICE_STORAGE__URL" in caught.value.hint


def test_a_path_that_is_a_folder_is_told(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be opened or created"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_read_only_database_is_told(url: str, tmp_path: Path):
    Store.open(url).close()
    with (
        Store.open(f"sqlite:///file:{tmp_path}/new/sluice.db?mode=ro&uri=true") as store,
        pytest.raises(StoreError, match=r"new/sluice\.db is read-only"),
    ):
        store.write_now(seen("a"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreError, match="cannot be opened or created"):
        Store.open(f"sqlite:///{tmp_path}/sluice.db")


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path):
    path = tmp_path / "notes.db"
    path.write_text("dear diary\n" * 100, encoding="utf8")
    with pytest.raises(StoreError, match="is not an SQLite database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text(encoding="utf8") == "dear diary\n" * 100


def test_a_database_that_breaks_under_a_writer_is_told_to_each_caller(tmp_path: Path):
    path = tmp_path / "broken.db"
    path.write_text("dear diary\n" * 100, encoding="utf8")
    place = place_of(f"sqlite:///{path}")
    writer = Writer(writing_engine(place, busy_timeout_s=0.2), place, busy_timeout_s=0.2)
    for digest in ("a", "b"):
        done = writer.offer(seen(digest))
        assert done is not None
        with pytest.raises(StoreError, match="is not an SQLite database"):
            done.result(10)
    # Closing folds the journal, which cannot be done either, and must not hang or complain again.
    writer.close()
    writer.close()
    assert writer.n_commits == 0


def test_a_damaged_database_is_told(url: str, tmp_path: Path):
    with Store.open(url) as store:
        for n in range(200):
            store.write_now(seen(str(n), version="x" * 500))
    path = tmp_path / "new" / "sluice.db"
    content = bytearray(path.read_bytes())
    # Everything behind the header.
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as caught, Store.open(url) as store:
        store.read_now(lambda session: session.execute(text("SELECT * FROM agent_identity")).all())
    assert "restore it from a copy" in caught.value.hint


def test_a_database_of_a_newer_version_is_refused_and_left_alone(url: str, tmp_path: Path):
    Store.open(url).close()
    path = tmp_path / "new" / "sluice.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"was written by a newer version of Sluice \(schema 9999") as caught:
        Store.open(url)
    assert "install that version" in caught.value.hint
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="holds tables that are not Sluice's"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str):
    with pytest.raises(StoreError, match=r"storage\.url must name a file"):
        Store.open(url)


@pytest.mark.parametrize("url", ["", "sluice.db"])
def test_what_is_no_database_url_is_told(url: str):
    with pytest.raises(StoreError, match=r"storage\.url must be a database URL"):
        Store.open(url)


def test_a_driver_that_is_missing_is_told_without_the_password():
    with pytest.raises(StoreError, match=r"driver of database nosuchdb://ana:.*@host/x is missing") as caught:
        Store.open("nosuchdb://ana:hunter2@host/x")
    assert "hunter2" not in str(caught.value)


def test_a_read_that_is_no_sql_is_told(store: Store):
    with pytest.raises(StoreError, match="refused a statement: near"):
        store.read_now(lambda session: session.execute(text("SELEKT 1")))
    with pytest.raises(StoreError, match="cannot be used"):
        store.read_now(lambda session: session.get(int, 1))


def test_a_document_that_cannot_be_read_back_is_told(store: Store, claim, answer, noon: datetime):
    store.write_now(lambda session: add_trial(session, claim, answer(), stimulus_digest="", recorded_at=noon))
    store.write_now(lambda session: session.execute(text("UPDATE trial SET recorded_run = '{'")).rowcount)
    with pytest.raises(StoreError, match="a stored RecordedRun cannot be read back"):
        list(trials_of_run(store, "run-1"))


def count(store: Store) -> int:
    return store.read_now(lambda session: session.execute(text("SELECT count(*) FROM agent_identity")).scalar_one())
