"""Turning what an agent sent back into a recorded run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from sluice.documents.values import Json
from sluice.trials.answers import UnreadableAnswerError, excerpt
from sluice.trials.recorded import RecordedRun, Status, TrialKey
from sluice.trials.tool_calls import amount, calls_from, count, error_of

_STATUSES: tuple[Status, ...] = get_args(Status)


def failed_run(key: TrialKey, status: Status, reason: str, *, latency_s: float | None = None) -> RecordedRun:
    """A trial without an answer, and why."""
    return RecordedRun(key=key, status=status, error=reason, latency_s=latency_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseParts:
    """What a response says, still as it was written.

    Args:
        answer: The answer; ``found`` is False where its path matched nothing.
        found: Whether there was an answer.
        calls: The tool calls; None where the response does not tell.
        cost_usd: US dollars, as written.
        input_tokens: Tokens read, as written.
        output_tokens: Tokens written, as written.
    """

    answer: Json = None
    found: bool = True
    calls: Sequence[Json] | None = None
    cost_usd: Json = None
    input_tokens: Json = None
    output_tokens: Json = None


def run_from_parts(key: TrialKey, parts: ResponseParts) -> RecordedRun:
    """The run that a response amounts to.

    Returns:
        A completed run. Calls the response does not tell of are None, never an empty list.

    Raises:
        UnreadableAnswerError: There is no answer, or the calls cannot be read.
    """
    if not parts.found:
        raise UnreadableAnswerError("the response has no answer where one was agreed")
    if parts.answer is None:
        raise UnreadableAnswerError("the answer is null")
    return RecordedRun(
        key=key,
        output=parts.answer,
        tool_calls=None if parts.calls is None else calls_from(parts.calls),
        cost_usd=amount(parts.cost_usd),
        input_tokens=count(parts.input_tokens),
        output_tokens=count(parts.output_tokens),
    )


def run_from_object(key: TrialKey, reply: Json) -> RecordedRun:
    """The run an agent wrote itself: a recorded run without its keys (formats, section 3).

    ``status`` defaults to completed where there is an output, and to aborted where there is only an error.

    Raises:
        UnreadableAnswerError: It is no object, has neither output nor status nor error, or its calls cannot be read.
    """
    if not isinstance(reply, Mapping):
        raise UnreadableAnswerError(f"the reply must be a JSON object, got {excerpt(json.dumps(reply))}")
    output, error = reply.get("output"), error_of(reply)
    status = reply.get("status") or ("aborted" if output is None and error is not None else "completed")
    if status not in _STATUSES:
        raise UnreadableAnswerError(f"status must be one of {', '.join(_STATUSES)}, got {excerpt(json.dumps(status))}")
    if status == "completed" and output is None:
        raise UnreadableAnswerError("the reply has no output")
    calls, state, version = reply.get("tool_calls"), reply.get("state"), reply.get("agent_version")
    if calls is not None and not isinstance(calls, list):
        raise UnreadableAnswerError(f"tool_calls must be a list, got {excerpt(json.dumps(calls))}")
    run = run_from_parts(
        key,
        ResponseParts(
            answer="" if output is None else output,
            calls=calls,
            cost_usd=reply.get("cost_usd"),
            input_tokens=reply.get("input_tokens"),
            output_tokens=reply.get("output_tokens"),
        ),
    )
    return replace(
        run,
        status=status,
        output=output,
        error=error or (None if status == "completed" else f"the agent says {status}"),
        state=dict(state) if isinstance(state, Mapping) else None,
        agent_version=version if isinstance(version, str) else None,
        turns=tuple(turn for turn in _list(reply.get("turns")) if isinstance(turn, Mapping)),
        messages=tuple(_list(reply.get("messages"))),
    )


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
