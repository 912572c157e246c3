"""One tool call as it happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sluice.documents.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One tool call as it happened, in call order within its run.

    Args:
        name: Tool name as the agent called it.
        args: Parsed arguments; empty where ``args_text`` holds text that is no JSON object.
        args_text: The raw arguments, only where they are no JSON object; such a call fails ``parameters``.
        result: What the tool returned; None where unknown.
        error: What went wrong; None for a call that succeeded.
        agent: Name of the (sub-)agent that made the call; None for the main agent or where unknown.
        turn: 0-based conversation turn; None where unknown.
        batch: Calls with the same batch were asked for in one model turn and have no order among themselves.
        parent: 0-based position, in the run's list of calls, of the call this one ran inside of.
        thought: The reasoning that led to the call.
        started_at: Seconds since the epoch; None where unknown.
        duration_s: Seconds; None where unknown.
    """

    name: str
    args: Mapping[str, Json] = field(default_factory=dict)
    args_text: str | None = None
    result: Json = None
    error: str | None = None
    agent: str | None = None
    turn: int | None = None
    batch: int | str | None = None
    parent: int | None = None
    thought: str | None = None
    started_at: float | None = None
    duration_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.error is None
