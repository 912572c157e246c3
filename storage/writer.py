"""The one thread that writes: operations of many callers share a transaction and one commit."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from sluice.errors import StoreError
from storage.connections import Place, fold_journal
from storage.faults import as_store_error, told_as_store_errors

Operation = Callable[[Session], Any]

# Bounds what waits in memory. A caller beyond it waits outside.
MAX_WAITING = 1000
# Bounds how long the first caller of a group waits for the last.
MAX_GROUP = 250
# Seconds without a write after which the journal is folded into the database file.
IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation, and the future through which its caller learns that it is durable."""

    operation: Operation
    done: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an operation gave inside its group's transaction; it counts only once that is committed."""

    value: Any = None
    error: Exception | None = None


class Writer:
    """Runs operations in groups, each group in one transaction, each operation in a savepoint of its own.

    While one group is being committed the next one gathers, so the cost of a durable commit is shared by exactly as
    many callers as came meanwhile. An operation that fails is rolled back alone; a commit that fails fails its whole
    group. Nobody is answered before the commit.

    Attributes:
        n_commits: Groups committed so far.
    """

    def __init__(self, engine: Engine, place: Place, *, busy_timeout_s: float) -> None:
        self.n_commits = 0
        self._engine = engine
        self._place = place
        self._busy_timeout_s = busy_timeout_s
        self._waiting: queue.Queue[Waiting | None] = queue.Queue(MAX_WAITING)
        self._door = threading.Lock()
        self._closed = False
        # A daemon: a process that forgets to close its store still ends; what was answered is durable already.
        self._thread = threading.Thread(target=self._work, name="sluice-writer", daemon=True)
        self._thread.start()

    def offer(self, operation: Operation) -> Future[Any] | None:
        """Queue an operation.

        Returns:
            Its future, which cannot be cancelled: what an agent was paid for is kept even where nobody waits for it
            any more. None where the queue is full.

        Raises:
            StoreError: The store is closed.
        """
        waiting = Waiting(operation)
        waiting.done.set_running_or_notify_cancel()
        with self._door:
            if self._closed:
                raise StoreError(f"database {self._place} is closed")
            try:
                self._waiting.put_nowait(waiting)
            except queue.Full:
                return None
        return waiting.done

    def close(self) -> None:
        """Write what is queued, and end the thread."""
        with self._door:
            if self._closed:
                return
            self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        unfolded = False
        open_ = True
        while open_:
            try:
                group, open_ = self._next_group(timeout=IDLE_S if unfolded else None)
            except queue.Empty:
                self._fold()
                unfolded = False
                continue
            if group:
                self._commit(group)
                unfolded = True
        self._fold()

    def _next_group(self, *, timeout: float | None) -> tuple[list[Waiting], bool]:
        """Everything that waits, and whether more may come."""
        group: list[Waiting] = []
        waiting = self._waiting.get(timeout=timeout)
        while waiting is not None:
            group.append(waiting)
            if len(group) == MAX_GROUP:
                return group, True
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit(self, group: list[Waiting]) -> None:
        try:
            with told_as_store_errors(str(self._place)), self._engine.begin() as connection:
                outcomes = [self._attempt(connection, waiting.operation) for waiting in group]
        except BaseException as error:  # whatever it is, nobody may be left waiting
            # A connection whose commit failed still holds its transaction; closing it is certain to end that.
            self._engine.dispose()
            for waiting in group:
                waiting.done.set_exception(error)
            return
        self.n_commits += 1
        for waiting, outcome in zip(group, outcomes, strict=True):
            if outcome.error is None:
                waiting.done.set_result(outcome.value)
            else:
                waiting.done.set_exception(outcome.error)

    def _attempt(self, connection: Connection, operation: Operation) -> Outcome:
        """Run one operation in a savepoint.

        Raises:
            Exception: What the operation raised, where the database gave up the whole transaction with it.
        """
        session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            value = operation(session)
            session.commit()
        except Exception as error:
            if not _in_transaction(connection):
                raise
            session.close()
            if isinstance(error, SQLAlchemyError):
                return Outcome(error=as_store_error(error, str(self._place)))
            return Outcome(error=error)
        return Outcome(value=value)

    def _fold(self) -> None:
        # A courtesy: whatever keeps it from being done will be told to the next one who writes.
        with suppress(SQLAlchemyError, sqlite3.Error):
            fold_journal(self._engine, self._place, busy_timeout_s=self._busy_timeout_s)


def _in_transaction(connection: Connection) -> bool:
    """Whether the database still holds the transaction: SQLite ends it by itself on a full disk, say."""
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))
