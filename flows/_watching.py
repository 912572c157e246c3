"""How a flow run is watched: what stops it from outside, and whoever started it in this process."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from sluice.trials.scores import TrialScore
from tasks.gate.outcome import GateOutcome
from tasks.gate.plan import GatePlan
from tasks.runs.golden import Watcher

POLL_S = 2.0
# A log line for each tenth of the trials.
LINES = 10


@dataclass(kw_only=True)
class LogWatcher:
    """Writes to the flow run's log how a gate goes."""

    total: int = 0
    done: int = 0
    passed: int = 0
    told: int = field(default=0)

    def planned(self, plan: GatePlan) -> None:
        """Say what is going to be run."""
        self.total = len(plan.keys)
        kept = f", {plan.n_answered} were answered before" if plan.n_answered else ""
        get_run_logger().info("run %s: %d trials to run%s", plan.run_id, self.total, kept)

    def trial_done(self, score: TrialScore) -> None:
        """Count a trial; say so at every tenth of all."""
        self.done += 1
        self.passed += score.passed is True
        if self.done * LINES // max(1, self.total) > self.told:
            self.told = self.done * LINES // max(1, self.total)
            get_run_logger().info("%d of %d trials, %d passed", self.done, self.total, self.passed)


@dataclass(kw_only=True)
class Observer:
    """What a caller in the same process gives to a flow run and takes from it; Prefect itself hands over no documents.

    Args:
        stop: Set to stop the run.
        watcher: Shows how it goes; None to show nothing.
        arm: Makes the caller's signals set ``stop``; called inside the flow run, where Prefect has just taken SIGTERM.
            None where there is no caller: the flow run then listens to SIGTERM itself.
        outcome: Set by the flow when the gate is decided.
        error: Set by the flow when it could not be run.
    """

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    watcher: Watcher | None = field(default_factory=LogWatcher)
    arm: Callable[[], None] | None = None
    outcome: GateOutcome | None = None
    error: Exception | None = None


OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


@asynccontextmanager
async def stopped_from_outside(observer: Observer) -> AsyncIterator[None]:
    """Set ``observer.stop`` when somebody cancels this flow run, or when this process is asked to end.

    A run that lives in the process of the command line is told by nobody: Prefect only marks it as Cancelling.
    One that a worker started is told by SIGTERM, which Prefect would turn into an error in the middle of a step.
    """
    polling = asyncio.create_task(_poll(str(flow_run.get_id()), observer.stop))
    try:
        if observer.arm is not None:
            observer.arm()
            yield
        else:
            with _stopped_by_sigterm(observer.stop):
                yield
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


@contextmanager
def _stopped_by_sigterm(stop: asyncio.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        # Only a main thread gets signals.
        yield
        return
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)


async def _poll(run_id: str, stop: asyncio.Event) -> None:
    async with get_client() as client:
        while not stop.is_set():
            await asyncio.sleep(POLL_S)
            try:
                state = (await client.read_flow_run(run_id)).state  # type: ignore[arg-type]
            except Exception:
                # A server that does not answer says nothing about cancellation; the next poll may.
                continue
            if state is not None and (state.is_cancelling() or state.is_cancelled()):
                stop.set()
