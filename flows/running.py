"""A gate as a flow run in this process, with its outcome handed back."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from prefect import tags
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogHandler

from flows._page import TAG
from flows._watching import OBSERVER, Observer
from flows.golden_evaluation import golden_evaluation
from sluice.errors import SluiceError
from tasks.gate.outcome import GateOutcome
from tasks.gate.request import GateRequest
from tasks.runs.golden import Stopped, Watcher


def run_as_flow(
    request: GateRequest, *, watcher: Watcher | None, on_stop: Callable[[Callable[[], None]], None]
) -> GateOutcome:
    """Run a gate as a flow run on the configured Prefect server.

    Args:
        request: What is asked.
        watcher: Shows how it goes.
        on_stop: Is given what to call to stop the run, inside the running event loop; more than once, since Prefect
            takes signals for itself when a flow run starts.

    Raises:
        Stopped: The run was stopped or cancelled.
        SluiceError: The gate could not be run.
    """
    return asyncio.run(_run(request, watcher, on_stop))


async def _run(
    request: GateRequest, watcher: Watcher | None, on_stop: Callable[[Callable[[], None]], None]
) -> GateOutcome:
    observer = Observer(watcher=watcher)
    observer.arm = lambda: on_stop(observer.stop.set)
    observer.arm()
    OBSERVER.set(observer)
    try:
        with tags(TAG):
            state = await golden_evaluation(
                config=str(Path(request.config or "").absolute()),
                agent_version=request.agent_version or "",
                trials=request.trials or 0,
                baseline=request.baseline or "",
                golden=request.golden or "",
                cases=request.cases,
                tags=request.tags,
                resume=request.resume or "",
                report_dir=request.report_dir or "",
                seed=request.seed,
                return_state=True,
            )
    except RuntimeError as error:
        if observer.outcome is None and "Failed to reach API" in str(error):
            raise SluiceError(
                f"the Prefect server does not answer: {error}",
                hint="start one with `sluice up`, or run with `--engine inline`",
            ) from error
        raise
    finally:
        # The last logs and states are on their way; whoever ends the server next would lose them.
        await APILogHandler.aflush()
        await EventsWorker.drain_all()  # type: ignore[misc]  # awaitable inside an event loop
    if observer.outcome is not None:
        return observer.outcome
    if isinstance(observer.error, SluiceError):
        raise observer.error
    if state.is_cancelled() or observer.stop.is_set():
        raise Stopped
    raise SluiceError(f"the flow run ended as {state.name}: {state.message}", hint="its log tells more")
