"""How often a step is tried, how long it may take, and which errors deserve another try."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sluice.errors import AgentUnreachableError, InvalidInputError

T = TypeVar("T")

# Faults of this machine's files: another try finds the same.
_LOCAL_FAULTS = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)


class AgentDownError(AgentUnreachableError):
    """The agent is out of reach for good (its process ended, its address is wrong); another try cannot help."""


def outside_failure(error: BaseException) -> bool:
    """Whether an error is the world's and may be gone at the next try.

    Connection faults and an agent that could not be reached deserve another try. Our own errors, an agent that is
    down for good, a missing file and a time limit of ours do not: a trial that ran out of time is a failed trial.

    Example:
        >>> outside_failure(ConnectionResetError()), outside_failure(TimeoutError()), outside_failure(ValueError())
        (True, False, False)
    """
    if isinstance(error, AgentUnreachableError):
        return not isinstance(error, AgentDownError)
    if isinstance(error, TimeoutError):
        # The system's own time-out of a connection carries an errno; a time limit of asyncio does not.
        return error.errno is not None
    return isinstance(error, OSError) and not isinstance(error, _LOCAL_FAULTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one step is tried. Both engines follow the same policy with the same predicate.

    Args:
        tries: How often the step is called at most, >= 1.
        delays_s: Seconds before the second, third, ... try; the last one repeats. Empty: no delay.
        time_limit_s: Seconds one try may take, > 0; None where the step limits itself.
        retry_on: Says of an error whether it deserves another try.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    tries: int = 1
    delays_s: tuple[float, ...] = ()
    time_limit_s: float | None = None
    retry_on: Callable[[BaseException], bool] = outside_failure

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise InvalidInputError(f"tries must be at least 1, got {self.tries}")
        for delay in self.delays_s:
            if not (math.isfinite(delay) and delay >= 0):
                raise InvalidInputError(f"delays_s must be finite and not negative, got {delay}")
        if self.time_limit_s is not None and not self.time_limit_s > 0:
            raise InvalidInputError(f"time_limit_s must be positive, got {self.time_limit_s}")

    def delay_after(self, attempt: int) -> float:
        """Seconds to wait after the failed try number ``attempt`` (1-based).

        Example:
            >>> [Policy(tries=4, delays_s=(0.5, 2)).delay_after(attempt) for attempt in (1, 2, 3)]
            [0.5, 2, 2]
        """
        return self.delays_s[min(attempt, len(self.delays_s)) - 1] if self.delays_s else 0.0


async def run_with_policy(
    policy: Policy,
    call: Callable[[], Awaitable[T]],
    *,
    on_attempt: Callable[[int, BaseException], Awaitable[None]] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Call a step under its policy, as the inline engine does.

    Args:
        policy: The step's policy.
        call: The step with its arguments; called once a try.
        on_attempt: Told of every failed try, the last one too: its number (1-based) and its error.
        sleep: Waits between two tries.

    Returns:
        What the first successful try returned.

    Raises:
        Exception: The error of the last try, as it was raised; cancellation passes through untouched.
    """
    attempt = 1
    while True:
        try:
            async with asyncio.timeout(policy.time_limit_s):
                return await call()
        except Exception as error:
            if on_attempt is not None:
                await on_attempt(attempt, error)
            if attempt >= policy.tries or not policy.retry_on(error):
                raise
        await sleep(policy.delay_after(attempt))
        attempt += 1
