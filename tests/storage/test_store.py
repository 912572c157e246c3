import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, text

from sluice.errors import InvalidInputError, StoreError
from storage.identities import StoredIdentity, add_identity
from storage.store import Store
from storage.tables import IdentityRow, TrialAttemptRow
from storage.upsert import insert_new
from storage.writer import MAX_GROUP, MAX_WAITING

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def seen(digest: str):
    identity = StoredIdentity(
        agent="support", digest=digest, version="1", fingerprint="", commit="", dirty="", first_seen_at=NOON
    )
    return lambda session: add_identity(session, identity)


def digests(session: Session) -> set[str]:
    return {digest for (digest,) in session.execute(text("SELECT digest FROM agent_identity"))}


def orphan(session: Session) -> int:
    row = {"case_id": "c", "variant": "", "trial": 0, "fence": 1, "attempt": 0, "error": "", "at": NOON}
    return insert_new(session, [TrialAttemptRow(run_id="no such run", **row)])


def hold_writer(store: Store) -> threading.Event:
    """Keep the writer busy until the event is set, so that what is offered meanwhile forms one group."""
    started, go_on = threading.Event(), threading.Event()

    def wait(_session: Session) -> None:
        started.set()
        go_on.wait(10)

    threading.Thread(target=store.write_now, args=(wait,), daemon=True).start()
    assert started.wait(10)
    return go_on


async def test_two_thousand_writes_of_fifty_callers_share_commits(store: Store):
    async def write_forty(caller: int) -> list[bool]:
        return [await store.write(seen(f"{caller}-{n}")) for n in range(40)]

    new = await asyncio.gather(*(write_forty(caller) for caller in range(50)))
    assert all(all(answers) for answers in new)
    assert len(await store.read(digests)) == 2000
    # 50 callers wait at a time: 40 groups would be the least, one commit an operation 2,000.
    assert 40 <= store.n_commits < 1000


async def test_an_operation_that_fails_is_rolled_back_alone(store: Store):
    def half_done(session: Session) -> None:
        seen("half done")(session)
        raise KeyError("mine")

    go_on = hold_writer(store)
    writes = [store.write(operation) for operation in (seen("a"), half_done, orphan, seen("b"))]
    gathered = asyncio.gather(*writes, return_exceptions=True)
    await asyncio.sleep(0)
    go_on.set()
    first, own, refused, last = await gathered
    assert (first, last) == (True, True)
    assert isinstance(own, KeyError)
    assert isinstance(refused, StoreError)
    assert "FOREIGN KEY constraint failed" in refused.message
    assert await store.read(digests) == {"a", "b"}
    assert store.n_commits == 2


async def test_a_commit_that_fails_fails_its_whole_group_and_leaves_nothing(store: Store):
    def breaks_at_commit(session: Session) -> int:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        return orphan(session)

    go_on = hold_writer(store)
    gathered = asyncio.gather(store.write(seen("a")), store.write(breaks_at_commit), return_exceptions=True)
    await asyncio.sleep(0)
    go_on.set()
    outcomes = await gathered
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
    assert await store.read(digests) == set()
    assert await store.write(seen("a")) is True


async def test_a_cancelled_caller_does_not_take_its_write_back(store: Store):
    go_on = hold_writer(store)
    task = asyncio.create_task(store.write(seen("paid for")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await store.write(seen("later"))
    assert await store.read(digests) == {"paid for", "later"}


async def test_callers_beyond_the_queue_wait_outside_and_lose_nothing(store: Store):
    go_on = hold_writer(store)
    n = MAX_WAITING + 50
    gathered = asyncio.gather(*(store.write(seen(str(i))) for i in range(n)))
    await asyncio.sleep(0.02)
    go_on.set()
    assert await gathered == [True] * n
    assert store.n_commits >= 1 + n / MAX_GROUP


def test_a_thread_that_finds_the_queue_full_waits_too(store: Store, monkeypatch: pytest.MonkeyPatch):
    go_on = hold_writer(store)
    with ThreadPoolExecutor(20) as threads:
        waiting = [store._writer.offer(seen(str(i))) for i in range(MAX_WAITING)]
        late = [threads.submit(store.write_now, seen(f"late {i}")) for i in range(20)]
        assert not any(future.done() for future in late)
        go_on.set()
        assert all(future.result(10) for future in late)
        assert all(future.result(10) for future in waiting if future)


def test_closing_writes_what_is_queued_and_folds_the_journal(url: str, tmp_path: Path):
    store = Store.open(url)
    go_on = hold_writer(store)
    queued = [store._writer.offer(seen(str(i))) for i in range(600)]
    closing = threading.Thread(target=store.close)
    closing.start()
    go_on.set()
    closing.join(10)
    assert all(future.result(0) for future in queued if future)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["sluice.db"]
    with Store.open(url) as again:
        assert len(again.read_now(digests)) == 600


async def test_a_closed_store_refuses(url: str):
    store = Store.open(url)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        await store.write(seen("a"))
    with pytest.raises(StoreError, match="is closed"):
        await store.read(digests)
    with pytest.raises(StoreError, match="is closed"):
        store.read_now(digests)


def test_an_idle_writer_folds_the_journal(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.writer.IDLE_S", 0.01)
    journal = tmp_path / "new" / "sluice.db-wal"
    with Store.open(url) as store:
        store.write_now(seen("a"))
        for _ in range(500):
            if journal.stat().st_size == 0:
                break
            threading.Event().wait(0.01)
        assert journal.stat().st_size == 0
        assert store.write_now(seen("b")) is True


def test_a_reader_cannot_write(store: Store):
    with pytest.raises(StoreError, match="is read-only"):
        store.read_now(seen("a"))


def test_a_reader_does_not_wait_for_the_writer(store: Store):
    store.write_now(seen("a"))
    go_on = hold_writer(store)
    assert store.read_now(digests) == {"a"}
    go_on.set()


def test_commits_are_safe_against_a_loss_of_power(store: Store):
    pragmas = ("synchronous", "journal_mode", "foreign_keys")
    values = store.write_now(lambda session: [session.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas])
    # synchronous 2 is FULL, see https://www.sqlite.org/pragma.html#pragma_synchronous
    assert values == [2, "wal", 1]


def test_the_first_write_of_a_key_stands_and_other_constraints_still_raise(store: Store):
    def with_version(version: str | None):
        values = {"agent": "a", "digest": "d", "fingerprint": "", "git_commit": "", "dirty": "", "first_seen_at": NOON}
        return lambda session: insert_new(session, [IdentityRow(version=version, **values)])

    assert [store.write_now(with_version(version)) for version in ("1", "2")] == [1, 0]
    assert store.read_now(lambda session: session.execute(text("SELECT version FROM agent_identity")).scalar()) == "1"
    with pytest.raises(StoreError, match="NOT NULL constraint failed"):
        store.write_now(with_version(None))


def test_nothing_to_insert_is_no_statement(store: Store):
    assert store.write_now(lambda session: insert_new(session, [])) == 0


def test_the_store_tells_time_in_utc_and_refuses_a_clock_without_zone(url: str):
    with Store.open(url, clock=lambda: datetime.fromisoformat("2026-05-01T14:00+02:00")) as store:
        assert store.now().isoformat() == "2026-05-01T12:00:00+00:00"
    with (
        Store.open(url, clock=lambda: datetime(2026, 5, 1)) as store,  # noqa: DTZ001
        pytest.raises(InvalidInputError, match="clock must tell its zone"),
    ):
        store.now()


def test_a_relative_url_is_created_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Store.open("sqlite:///.sluice/deep/sluice.db").close()
    with sqlite3.connect(tmp_path / ".sluice" / "deep" / "sluice.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    connection.close()
