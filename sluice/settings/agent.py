"""How the agent under test is named, started, reached and limited."""

from typing import Literal

from pydantic import Field

from sluice.documents.model import DocumentModel
from sluice.documents.values import Json


class PollSettings(DocumentModel):
    """How a job-style HTTP agent is polled until it is done."""

    url: str
    until: dict[str, Json]
    every_s: float = Field(default=1.0, gt=0)


class HttpAgent(DocumentModel):
    """An agent behind an HTTP endpoint; ``{{name}}`` places in url, headers and body are filled from the request.

    Args:
        answer: JSONPath of the answer in the response body; None takes the whole body.
        calls: JSONPath of the list of tool calls; None means the response tells nothing about calls.
    """

    url: str
    method: str = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    body: Json = None
    answer: str | None = None
    calls: str | None = None
    cost_usd: str | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    poll: PollSettings | None = None


class CommandAgent(DocumentModel):
    """An agent that is a program: ``line`` (one JSON object in, one out, many a process) or ``text`` (one a trial)."""

    argv: tuple[str, ...] = Field(min_length=1)
    mode: Literal["line", "text"] = "text"
    cwd: str | None = None
    env: dict[str, str] = Field(default_factory=dict)
    workdir: Json = None


class PythonAgent(DocumentModel):
    """An agent that is a Python function, run in a worker process of its own interpreter."""

    target: str
    interpreter: str | None = None
    cwd: str = "."


class RecordedAgent(DocumentModel):
    """No agent: recorded runs are scored."""

    file: str


class ResetSettings(DocumentModel):
    """How the world is put back before a trial."""

    http: str | None = None
    command: tuple[str, ...] = ()
    before: Literal["trial", "run"] = "trial"


class AgentSettings(DocumentModel):
    """The agent under test; exactly one of ``http``, ``command``, ``python``, ``recorded`` for a gate run."""

    name: str = "agent"
    version: str = "auto"
    fingerprint: tuple[str, ...] = ()
    start: str | None = None
    start_timeout_s: float = Field(default=60.0, gt=0)
    health: str | None = None
    http: HttpAgent | None = None
    command: CommandAgent | None = None
    python: PythonAgent | None = None
    recorded: RecordedAgent | None = None
    reset: ResetSettings | None = None
    calls_from: Literal["spans", "response", "auto"] = "auto"
    spans_wait_s: float = Field(default=10.0, ge=0)
    timeout_s: float = Field(default=120.0, gt=0)
    concurrency: int = Field(default=20, ge=1, le=10_000)
    connect_tries: int = Field(default=3, ge=1, le=20)
    max_cost_usd: float | None = Field(default=None, gt=0)
    max_answer_bytes: int = Field(default=8_000_000, ge=1)
