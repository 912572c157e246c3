"""The store: one door to everything Sluice remembers."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from sluice.errors import InvalidInputError, StoreError
from storage.connections import Place, make_folder, place_of, reading_engine, writing_engine
from storage.faults import told_as_store_errors
from storage.schema import create_tables, refuse_unusable, schema_state
from storage.writer import Writer

T = TypeVar("T")
Clock = Callable[[], datetime]

N_READERS = 4
# How soon a caller that found the queue full looks again.
FULL_QUEUE_PAUSE_S = 0.005


def utc_now() -> datetime:
    """The time by the clock of this machine."""
    return datetime.now(UTC)


class Store:
    """A database that is up to date, one thread that writes to it and a few that read.

    Operations are functions of a session (see the modules of nouns: ``storage.runs``, ``storage.trials``, ...). They
    run on other threads: they take and return frozen values, never rows. Closing is blocking and short.

    Example:
        ``await store.write(lambda session: add_trial(session, claim, run, ...))``
    """

    def __init__(self, place: Place, *, clock: Clock, busy_timeout_s: float) -> None:
        self._place = place
        self._clock = clock
        self._reading = reading_engine(place, busy_timeout_s=busy_timeout_s, n_connections=N_READERS)
        self._writing = writing_engine(place, busy_timeout_s=busy_timeout_s)
        try:
            with told_as_store_errors(str(place)):
                _prepare_schema(place, self._reading, self._writing, busy_timeout_s=busy_timeout_s)
        except StoreError:
            self._dispose()
            raise
        self._readers = ThreadPoolExecutor(N_READERS, thread_name_prefix="sluice-reader")
        self._writer = Writer(self._writing, place, busy_timeout_s=busy_timeout_s)
        self._closed = False

    @classmethod
    def open(cls, url: str, *, clock: Clock = utc_now, busy_timeout_s: float = 10.0) -> "Store":
        """Open a database; one that does not exist is created, an older one is copied and upgraded.

        Args:
            url: Database URL, for example ``sqlite:///.sluice/sluice.db`` (relative to the working directory).
            clock: Tells the time; always with a zone.
            busy_timeout_s: Seconds to wait for another process that holds the write lock.

        Raises:
            StoreError: The database cannot be used: where it is locked, read-only, damaged, foreign or newer.
        """
        place = place_of(url)
        make_folder(place)
        return cls(place, clock=clock, busy_timeout_s=busy_timeout_s)

    @property
    def n_commits(self) -> int:
        """Groups of writes committed so far."""
        return self._writer.n_commits

    def now(self) -> datetime:
        """The time, in UTC.

        Raises:
            InvalidInputError: The clock tells no zone.
        """
        moment = self._clock()
        if moment.tzinfo is None:
            raise InvalidInputError(f"a clock must tell its zone, got {moment.isoformat()}")
        return moment.astimezone(UTC)

    async def write(self, operation: Callable[[Session], T]) -> T:
        """Run an operation and return once it is durable.

        A caller that is cancelled meanwhile does not take its operation back.

        Raises:
            StoreError: It could not be committed; nothing of it is stored.
        """
        while (done := self._writer.offer(operation)) is None:
            await asyncio.sleep(FULL_QUEUE_PAUSE_S)
        value: T = await asyncio.wrap_future(done)
        return value

    async def read(self, operation: Callable[[Session], T]) -> T:
        """Run an operation that only reads, in a transaction of its own on another thread.

        Raises:
            StoreError: The database cannot be read.
        """
        self._refuse_closed()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, operation)

    def write_now(self, operation: Callable[[Session], T]) -> T:
        """Run an operation and wait until it is durable; for callers without an event loop.

        Raises:
            StoreError: It could not be committed; nothing of it is stored.
        """
        while (done := self._writer.offer(operation)) is None:
            time.sleep(FULL_QUEUE_PAUSE_S)
        value: T = done.result()
        return value

    def read_now(self, operation: Callable[[Session], T]) -> T:
        """Run an operation that only reads and wait for it; for callers without an event loop.

        Raises:
            StoreError: The database cannot be read.
        """
        self._refuse_closed()
        with told_as_store_errors(str(self._place)), Session(self._reading) as session:
            return operation(session)

    def close(self) -> None:
        """Write what is queued, fold the journal into the file and let the database go. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._readers.shutdown()
        self._dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError(f"database {self._place} is closed")

    def _dispose(self) -> None:
        self._reading.dispose()
        self._writing.dispose()


def _prepare_schema(place: Place, reading: Engine, writing: Engine, *, busy_timeout_s: float) -> None:
    """Make sure that the database has the newest schema."""
    with reading.connect() as connection:
        state = schema_state(connection)
    refuse_unusable(state, place)
    if state.state == "older":
        # Alembic takes too long to import for the start of a run, and almost no run needs it.
        from storage.migrate import upgrade

        upgrade(place.url.render_as_string(hide_password=False), busy_timeout_s=busy_timeout_s)
    elif state.state == "fresh":
        with writing.begin() as connection:
            # Another process may have been first: only under the write lock is it certain.
            if schema_state(connection).state == "fresh":
                create_tables(connection)
