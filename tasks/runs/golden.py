"""The golden evaluation: prepare, run every trial, decide, publish; the same on every engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore
from tasks.gate.outcome import GateOutcome, Stopped
from tasks.gate.plan import GatePlan
from tasks.gate.work import GateWork
from tasks.policy import Policy
from tasks.runs.engine import Engine

__all__ = ["MOST_UNREACHABLE_IN_A_ROW", "Stopped", "Watcher", "golden_evaluation"]

# This many trials in a row without an answer, and none answered between: the agent is down, and asking on is in vain.
MOST_UNREACHABLE_IN_A_ROW = 20
# While one trial of a slot waits for its answer, another one's answer is committed and scored.
TAKERS_PER_SLOT = 2


class Watcher(Protocol):
    """Is told how a run goes, by whoever shows it."""

    def planned(self, plan: GatePlan) -> None:
        """The trials are known."""

    def trial_done(self, score: TrialScore) -> None:
        """A trial has been answered and scored, or given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trials:
    run: Callable[[tuple[TrialKey, ...]], Awaitable[None]]
    stop: asyncio.Event
    watcher: Watcher | None


async def golden_evaluation(
    work: GateWork, engine: Engine, *, stop: asyncio.Event, watcher: Watcher | None = None
) -> GateOutcome:
    """Evaluate a candidate on a golden dataset.

    Args:
        work: The steps, bound to one request.
        engine: What runs them.
        stop: Set from outside: nothing new is started, what is committed stays.
        watcher: Is told how it goes.

    Returns:
        The verdict and all that it rests on; it is stored.

    Raises:
        Stopped: ``stop`` was set before the last trial was done.
        SluiceError: The gate could not be run at all; a run that was created is marked as failed.
    """
    prepare = engine.step(work.prepare, Policy(), name="prepare")
    decide = engine.step(work.decide, Policy(tries=3, delays_s=(0.2, 1.0)), name="decide")
    publish = engine.step(work.publish, Policy(), name="publish reports")
    async with work:
        plan = await _unless_stopped(prepare(), stop)
        if watcher is not None:
            watcher.planned(plan)
        run_trials = engine.step(work.run_trials, work.trial_policy, name="trial")
        await _run_all(plan, engine, _Trials(run=run_trials, stop=stop, watcher=watcher), work)
        if stop.is_set():
            await work.mark_cancelled()
            raise Stopped
        await decide()
        await publish()
    return work.outcome


async def _unless_stopped(preparing: Awaitable[GatePlan], stop: asyncio.Event) -> GatePlan:
    """Prepare, and give it up on a stop: an agent may take a minute to start, and a person who stops waits for nothing.

    Raises:
        Stopped: ``stop`` was set before it was done.
    """
    running = asyncio.ensure_future(preparing)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        raise Stopped
    finally:
        running.cancel()
        stopped.cancel()
        await asyncio.gather(running, stopped, return_exceptions=True)


async def _run_all(plan: GatePlan, engine: Engine, trials: _Trials, work: GateWork) -> None:
    """Run the planned trials; on a stop, give those in flight a moment and end."""
    running = asyncio.create_task(_take_all(plan, engine, trials, work))
    stopped = asyncio.create_task(trials.stop.wait())
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.wait({running}, timeout=work.drain_s)
        if running.done():
            running.result()
    except ExceptionGroup as group:
        # One error is enough to end the run; the others are of the same kind or follow from it.
        raise group.exceptions[0] from group
    finally:
        running.cancel()
        stopped.cancel()
        await asyncio.gather(running, stopped, return_exceptions=True)


async def _take_all(plan: GatePlan, engine: Engine, trials: _Trials, work: GateWork) -> None:
    """Run chunk after chunk; the agent's door keeps to ``agent.concurrency`` requests at once."""
    size = engine.trials_per_step(len(plan.keys))
    waiting = iter([plan.keys[start : start + size] for start in range(0, len(plan.keys), size)])

    async def take() -> None:
        for chunk in waiting:
            if trials.stop.is_set() or work.unreachable_in_a_row >= MOST_UNREACHABLE_IN_A_ROW:
                return
            await _run_chunk(chunk, trials, work)

    async with asyncio.TaskGroup() as group:
        for _ in range(TAKERS_PER_SLOT * work.concurrency):
            group.create_task(take())


async def _run_chunk(chunk: Sequence[TrialKey], trials: _Trials, work: GateWork) -> None:
    try:
        await trials.run(tuple(chunk))
    except work.unanswered_errors:
        # The attempts are stored with their reasons: these trials are not evaluated, and the verdict will say so.
        work.unreachable_in_a_row += 1
    finally:
        if trials.watcher is not None:
            for key in chunk:
                trials.watcher.trial_done(work.score_of(key))
