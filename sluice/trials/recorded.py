"""A recorded run: what one trial of one case produced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sluice.documents.values import Json
from sluice.traces.calls import ToolCall

Status = Literal["completed", "aborted", "timed_out", "looped", "not_evaluated"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TrialKey:
    """The natural key of a trial.

    Args:
        case_id: Id of the golden case.
        variant: Id of the variant; empty for the case itself.
        trial: 0-based repeat.
    """

    case_id: str
    variant: str = ""
    trial: int = 0

    @property
    def stratum(self) -> str:
        """Name of the stratum it is a trial of: ``case`` or ``case/variant``."""
        return f"{self.case_id}/{self.variant}" if self.variant else self.case_id

    def __str__(self) -> str:
        return f"{self.stratum}#{self.trial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """What one trial produced: answer, tool calls, cost and time.

    Args:
        key: Natural key of the trial.
        status: ``completed`` answered; ``aborted``, ``timed_out`` and ``looped`` are failed trials; ``not_evaluated``
            says that nothing about the agent's quality can be told (it was never reached, say).
        output: The answer: text, or any JSON value.
        tool_calls: Calls in order; None where it is unknown which tools were called (never the same as none called).
        error: Why the trial did not complete.
        state: Probe name to value, the world after the run; None where it was not probed.
        reward: An outside verdict in [0, 1]; None where there is none.
        latency_s: Seconds from request to answer.
        cost_usd: US dollars; None where unknown.
    """

    key: TrialKey
    status: Status = "completed"
    output: Json = None
    tool_calls: tuple[ToolCall, ...] | None = None
    error: str | None = None
    state: Mapping[str, Json] | None = None
    reward: float | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    agent_version: str | None = None
    trace_id: str | None = None
    turns: tuple[Mapping[str, Json], ...] = ()
    messages: tuple[Json, ...] = field(default_factory=tuple)
