"""How a flow run is watched: its own cancellation, and whoever started it in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
class Observer:
    """What a caller in the same process gives to a flow run and takes from it; Prefect itself hands over no documents.

    Args:
        stop: Set to stop the run.
        watcher: Shows how it goes.
        outcome: Set by the flow when the gate is decided.
        error: Set by the flow when it could not be run.
    """

    stop: asyncio.Event
    watcher: Watcher | None = None
    outcome: GateOutcome | None = None
    error: BaseException | None = None


OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


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


@asynccontextmanager
async def stopped_when_cancelled(stop: asyncio.Event) -> AsyncIterator[None]:
    """Set ``stop`` when somebody cancels this flow run.

    A run that lives in the process of the command line is told by nobody: Prefect only marks it as Cancelling.
    """
    polling = asyncio.create_task(_poll(str(flow_run.get_id()), stop))
    try:
        yield
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


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
