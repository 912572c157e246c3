"""Engines: what turns a step and its policy into something a composition can await."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

from tasks.policy import Policy, run_with_policy

P = ParamSpec("P")
R = TypeVar("R")


class Engine(Protocol):
    """Runs steps under their policy. Both engines give a composition the same results and the same errors."""

    @property
    def name(self) -> str:
        """``inline`` or ``prefect``."""

    def step(self, call: Callable[P, Awaitable[R]], policy: Policy, *, name: str) -> Callable[P, Awaitable[R]]:
        """The step as this engine runs it.

        Args:
            call: The step.
            policy: How it is tried.
            name: What a person sees, in lower case words.
        """

    def trials_per_step(self, n_trials: int) -> int:
        """How many trials one step takes, so that the engine keeps up with their number."""


class InlineEngine:
    """Runs steps in this event loop, with nothing between."""

    name = "inline"

    def step(self, call: Callable[P, Awaitable[R]], policy: Policy, *, name: str) -> Callable[P, Awaitable[R]]:
        """The step under its policy."""

        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await run_with_policy(policy, lambda: call(*args, **kwargs))

        return run

    def trials_per_step(self, n_trials: int) -> int:
        """One: a step costs nothing here."""
        return 1
