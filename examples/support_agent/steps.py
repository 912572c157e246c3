"""What a run is made of: tool calls, and model-like steps with their price."""

from dataclasses import dataclass, field
from typing import Any

from examples.support_agent.world import Record

# About four characters a token; prices in US dollars a million tokens, of the order of a small hosted model.
CHARS_PER_TOKEN = 4
USD_PER_MILLION = {"input": 0.6, "output": 2.4}


@dataclass(slots=True, kw_only=True)
class Call:
    """One tool call as it happened; times in nanoseconds since the epoch."""

    name: str
    args: Record
    thought: str
    batch: int
    agent: str | None = None
    parent: int | None = None
    result: Any = None
    error: str | None = None
    started_ns: int = 0
    ended_ns: int = 0

    def as_json(self) -> Record:
        """The call as the response tells it."""
        told: Record = {"name": self.name, "args": self.args, "thought": self.thought, "batch": self.batch}
        told |= {"error": self.error} if self.error is not None else {"result": self.result}
        told |= {key: value for key, value in (("agent", self.agent), ("parent", self.parent)) if value is not None}
        return told | {"started_at": self.started_ns / 1e9, "duration_s": (self.ended_ns - self.started_ns) / 1e9}


@dataclass(slots=True, kw_only=True)
class ModelStep:
    """One model-like step: what it read, what it thought, what it asked for or said."""

    thought: str
    calls: tuple[int, ...] = ()
    said: str = ""
    agent: str | None = None
    parent: int | None = None
    context: list[Record] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    started_ns: int = 0
    ended_ns: int = 0

    @property
    def cost_usd(self) -> float:
        """US dollars."""
        return cost_usd(self.input_tokens, self.output_tokens)


def cost_usd(input_tokens: int, output_tokens: int) -> float:
    """Price of tokens read and written, in US dollars."""
    return round((input_tokens * USD_PER_MILLION["input"] + output_tokens * USD_PER_MILLION["output"]) / 1e6, 8)
