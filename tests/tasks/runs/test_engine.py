"""How engines run a step, and how many trials they put into one."""

import asyncio
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows._prefect import MOST_TRIAL_TASKS, PrefectEngine, _run_name
from sluice.errors import AgentUnreachableError
from tasks.policy import Policy
from tasks.runs.engine import InlineEngine


@given(st.integers(min_value=0, max_value=200_000))
def test_prefect_never_gets_more_trial_tasks_than_its_server_keeps_up_with(n_trials: int):
    size = PrefectEngine().trials_per_step(n_trials)
    assert size >= 1
    assert ceil(n_trials / size) <= MOST_TRIAL_TASKS


@pytest.mark.parametrize(("n_trials", "size"), [(1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3), (20_000, 40)])
def test_above_500_trials_a_task_takes_as_many_as_are_needed(n_trials: int, size: int):
    assert PrefectEngine().trials_per_step(n_trials) == size


def test_inline_a_step_costs_nothing_and_takes_one_trial():
    assert InlineEngine().trials_per_step(100_000) == 1


async def test_an_inline_step_is_tried_as_its_policy_says():
    tried = []

    async def flaky(number: int) -> int:
        tried.append(number)
        if len(tried) < 3:
            raise AgentUnreachableError("not yet")
        return number + 1

    step = InlineEngine().step(flaky, Policy(tries=3), name="flaky")
    assert await step(1) == 2
    assert tried == [1, 1, 1]


async def test_an_inline_step_keeps_to_its_time_limit():
    async def slow() -> None:
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await InlineEngine().step(slow, Policy(time_limit_s=0.01), name="slow")()


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, "trial"),
        ({"keys": ("a#0",)}, "trial a#0"),
        ({"keys": ("a#0", "b#1", "c#0")}, "trial a#0 and 2 more"),
        ({"keys": ("x" * 200,)}, f"trial {'x' * 74}"),
    ],
)
def test_a_task_run_is_named_after_its_trials(parameters: dict[str, object], name: str):
    assert _run_name("trial", parameters) == name
