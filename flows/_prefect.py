"""Steps as Prefect tasks: the same step, the same policy, shown and retried by Prefect."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from tasks.policy import Policy

P = ParamSpec("P")
R = TypeVar("R")

# Measured: beyond some 500 task runs the server falls behind by half a minute, so a task takes several trials then.
MOST_TRIAL_TASKS = 500
# A name is cut where the list of runs would cut it anyway.
LONGEST_NAME = 80


def as_task(call: Callable[P, Awaitable[R]], policy: Policy, *, name: str) -> Callable[P, Awaitable[R]]:
    """A step as a Prefect task under its policy.

    Nothing is cached or persisted by Prefect: a step that is run again finds what is done in the store.

    Args:
        call: The step, an async function of small values.
        policy: How it is tried; both engines ask the same predicate.
        name: Of the task; a run is named after the values it is given.
    """

    @wraps(call)
    async def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        # Inside the step: a limit around the task would show a step that ran out of time as crashed.
        async with asyncio.timeout(policy.time_limit_s):
            return await call(*args, **kwargs)

    def retry_on(_: Task[Any, Any], __: TaskRun, state: State[Any]) -> bool:
        return isinstance(state.data, BaseException) and policy.retry_on(state.data)

    def run_name(parameters: dict[str, Any]) -> str:
        return _run_name(name, parameters)

    decorated: Callable[P, Awaitable[R]] = task(
        name=name,
        task_run_name=run_name,  # type: ignore[arg-type]  # Prefect asks by the name of the parameter
        retries=policy.tries - 1,
        retry_delay_seconds=[policy.delay_after(attempt) for attempt in range(1, policy.tries)] or None,
        retry_condition_fn=retry_on,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(limited)
    return decorated


def _run_name(name: str, parameters: Mapping[str, Any]) -> str:
    """``trial refund-damaged-item#0``, or ``trial a#0 and 3 more``."""
    values = [value for given in parameters.values() for value in (given if isinstance(given, tuple) else (given,))]
    if not values:
        return name
    more = f" and {len(values) - 1} more" if len(values) > 1 else ""
    return f"{name} {values[0]}{more}"[:LONGEST_NAME]


class PrefectEngine:
    """Runs steps as Prefect tasks of the flow run it is used in."""

    name = "prefect"

    def step(self, call: Callable[P, Awaitable[R]], policy: Policy, *, name: str) -> Callable[P, Awaitable[R]]:
        """The step as a task."""
        return as_task(call, policy, name=name)

    def trials_per_step(self, n_trials: int) -> int:
        """One a task up to ``MOST_TRIAL_TASKS``, then as many as keep to that number of tasks."""
        return max(1, -(-n_trials // MOST_TRIAL_TASKS))
