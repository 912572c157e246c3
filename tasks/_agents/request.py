"""What the agent is sent for one trial, and the names it travels under."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sluice.documents.values import Json
from sluice.trials.recorded import TrialKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """One trial as it is sent to the agent.

    Args:
        key: Natural key of the trial.
        run_id: Run it belongs to.
        input: Text or a mapping; None where ``messages`` is the stimulus.
        messages: Chat history, answered once; None where ``input`` is the stimulus.
        files: Files that belong to the stimulus.
        setup: What the world was set up with.
        now: The clock the agent should believe in, ISO 8601; None for the real one.
        deadline_s: Seconds from request to answer; then the trial has timed out.
        traceparent: W3C trace context, sampled.
        conversation_id: New for every attempt, so that no half conversation is continued.
        trial_key: Safe in a URL or file name, unique for run, trial and attempt.
    """

    key: TrialKey
    run_id: str
    input: Json = None
    messages: tuple[Json, ...] | None = None
    files: tuple[Json, ...] = ()
    setup: Mapping[str, Json] = field(default_factory=dict)
    now: str | None = None
    deadline_s: float
    traceparent: str
    conversation_id: str
    trial_key: str

    @property
    def trace_id(self) -> str:
        """The 32 hex digits of the trace the agent is asked to join."""
        return self.traceparent.split("-")[1]


def _digest(purpose: str, run_id: str, key: TrialKey, attempt: int) -> bytes:
    named = json.dumps([purpose, run_id, key.case_id, key.variant, key.trial, attempt])
    return hashlib.sha256(named.encode()).digest()


def traceparent_for(run_id: str, key: TrialKey, attempt: int) -> str:
    """W3C trace context of one attempt: sampled, and the same whenever it is asked for.

    Args:
        run_id: Run the trial belongs to.
        key: Natural key of the trial.
        attempt: 1-based number of the attempt.

    Source:
        W3C Trace Context, section 3.2: version 00, 16 byte trace id and 8 byte parent id, neither all zero, flag 01.
    """
    digest = _digest("trace", run_id, key, attempt)
    # An id of zeros is invalid; the lowest bit of each makes that impossible.
    trace_id = digest[:15] + bytes([digest[15] | 1])
    span_id = digest[16:23] + bytes([digest[23] | 1])
    return f"00-{trace_id.hex()}-{span_id.hex()}-01"


def trial_request(
    key: TrialKey,
    stimulus: Json,
    *,
    run_id: str,
    deadline_s: float,
    attempt: int = 1,
    files: tuple[Json, ...] = (),
    setup: Mapping[str, Json] | None = None,
    now: str | None = None,
) -> TrialRequest:
    """The request of one attempt at one trial.

    Args:
        key: Natural key of the trial.
        stimulus: Text, a mapping that is sent as it is, or a list of chat messages.
        run_id: Run the trial belongs to.
        deadline_s: Seconds from request to answer.
        attempt: 1-based number of the attempt.
        files: Files that belong to the stimulus.
        setup: What the world was set up with.
        now: The clock the agent should believe in, ISO 8601.
    """
    name = ".".join([key.case_id, key.variant, str(key.trial)] if key.variant else [key.case_id, str(key.trial)])
    chat = isinstance(stimulus, list | tuple)
    return TrialRequest(
        key=key,
        run_id=run_id,
        input=None if chat else stimulus,
        messages=tuple(stimulus) if chat else None,
        files=files,
        setup=setup or {},
        now=now,
        deadline_s=deadline_s,
        traceparent=traceparent_for(run_id, key, attempt),
        conversation_id=str(uuid.UUID(bytes=_digest("conversation", run_id, key, attempt)[:16], version=4)),
        trial_key=f"{name}.{_digest('trial', run_id, key, attempt).hex()[:12]}",
    )


def request_object(request: TrialRequest) -> dict[str, Json]:
    """The request as the JSON object that ``command`` (line mode) and ``python`` agents get."""
    stimulus = {"input": request.input} if request.messages is None else {"messages": list(request.messages)}
    return {
        "case_id": request.key.case_id,
        "variant": request.key.variant,
        "trial": request.key.trial,
        "trial_key": request.trial_key,
        "conversation_id": request.conversation_id,
        **stimulus,
        "files": list(request.files),
        "setup": dict(request.setup),
        "now": request.now,
        "traceparent": request.traceparent,
        "deadline_s": request.deadline_s,
    }


def request_values(request: TrialRequest) -> dict[str, Json]:
    """What the places of a template stand for in this request.

    ``input`` and ``messages`` are both always there: a text becomes one user message, a chat history is its own input.
    """
    values = request_object(request)
    if request.messages is None:
        text = request.input if isinstance(request.input, str) else json.dumps(request.input, ensure_ascii=False)
        values["messages"] = [{"role": "user", "content": text}]
    else:
        values["input"] = values["messages"]
    return {**values, "run_id": request.run_id}


REQUEST_NAMES = frozenset(
    {
        "case_id",
        "variant",
        "trial",
        "trial_key",
        "conversation_id",
        "input",
        "messages",
        "files",
        "setup",
        "now",
        "traceparent",
        "deadline_s",
        "run_id",
    }
)
