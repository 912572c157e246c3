"""What deserves another try, and what never does."""

import asyncio
import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import (
    AgentUnreachableError,
    InvalidInputError,
    SluiceError,
    StoreError,
    TooFewCasesError,
    UsageError,
)
from tasks.policy import AgentDownError, Policy, outside_failure, run_with_policy


class Step:
    """A step that fails with the given errors in turn, then returns its number of calls."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


class Naps:
    """Remembers how long a policy would have slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AgentUnreachableError("reset"), True),
        (ConnectionRefusedError(), True),
        (ConnectionResetError(), True),
        (OSError(errno.ENETUNREACH, "no route"), True),
        (TimeoutError(errno.ETIMEDOUT, "the system's own"), True),
        (TimeoutError(), False),
        (AgentDownError("its process ended"), False),
        (FileNotFoundError(), False),
        (PermissionError(), False),
        (UsageError("x"), False),
        (StoreError("x"), False),
        (TooFewCasesError(needed=2, got=1, what="cases"), False),
        (SluiceError("x"), False),
        (ValueError(), False),
        (asyncio.CancelledError(), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_the_worlds_faults_are_tried_again_and_ours_are_not(error, expected):
    assert outside_failure(error) is expected


async def test_the_first_success_is_returned_and_the_delays_are_kept():
    step, naps = Step(ConnectionResetError(), ConnectionResetError()), Naps()
    policy = Policy(tries=5, delays_s=(0.5,))
    assert await run_with_policy(policy, step, sleep=naps) == 3
    assert naps.seconds == [0.5, 0.5]


async def test_the_last_error_is_raised_when_no_try_is_left_and_every_failure_was_told():
    step, naps, told = Step(*(AgentUnreachableError(str(n)) for n in range(9))), Naps(), []

    async def on_attempt(attempt: int, error: BaseException) -> None:
        told.append((attempt, str(error)))

    with pytest.raises(AgentUnreachableError, match="2"):
        await run_with_policy(Policy(tries=3, delays_s=(1, 10)), step, on_attempt=on_attempt, sleep=naps)
    assert told == [(1, "0"), (2, "1"), (3, "2")]
    assert naps.seconds == [1, 10]


async def test_an_error_of_ours_is_raised_at_once():
    step = Step(UsageError("no such case"))
    with pytest.raises(UsageError):
        await run_with_policy(Policy(tries=3), step)
    assert step.calls == 1


async def test_a_step_past_its_time_limit_is_not_tried_again():
    calls = 0

    async def slow() -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await run_with_policy(Policy(tries=3, time_limit_s=0.05), slow)
    assert calls == 1


async def test_cancellation_passes_through_untouched_and_untold():
    told = []

    async def on_attempt(attempt: int, error: BaseException) -> None:
        told.append(attempt)

    task = asyncio.create_task(
        run_with_policy(Policy(tries=3, retry_on=lambda _: True), lambda: asyncio.sleep(5), on_attempt=on_attempt)
    )
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == []


@given(st.integers(1, 6), st.integers(0, 8), st.lists(st.floats(0, 9), max_size=3))
def test_a_step_is_never_called_more_often_than_its_tries(tries, failures, delays):
    step, naps = Step(*(ConnectionError() for _ in range(failures))), Naps()
    policy = Policy(tries=tries, delays_s=tuple(delays))
    outcome = asyncio.run(_outcome(policy, step, naps))
    assert step.calls == min(tries, failures + 1)
    assert len(naps.seconds) == step.calls - 1
    assert outcome == (failures < tries)


async def _outcome(policy: Policy, step: Step, naps: Naps) -> bool:
    try:
        await run_with_policy(policy, step, sleep=naps)
    except ConnectionError:
        return False
    return True


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tries": 0}, "tries must be at least 1, got 0"),
        ({"delays_s": (1, -1)}, "delays_s must be finite and not negative, got -1"),
        ({"delays_s": (float("nan"),)}, "delays_s must be finite and not negative, got nan"),
        ({"time_limit_s": 0}, "time_limit_s must be positive, got 0"),
    ],
)
def test_a_policy_out_of_range_is_refused(settings, message):
    with pytest.raises(InvalidInputError, match=message):
        Policy(**settings)
