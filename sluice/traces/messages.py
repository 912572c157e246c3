"""Tool calls read from chat messages: OpenAI's and LangChain's forms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice.documents.values import Json
from sluice.traces.calls import ToolCall


def calls_from_messages(messages: Sequence[Mapping[str, Json]]) -> tuple[ToolCall, ...]:
    """The tool calls of a conversation, in order; calls of one assistant message form a batch.

    Args:
        messages: ``role``/``content`` messages. Calls are read from ``tool_calls`` (``{function: {name, arguments}}``
            or ``{name, args}``); results from the messages of role ``tool`` that answer them, a result that begins
            with "Error" or carries ``status: error`` / ``error: true`` being a failed call.
    """
    answers = _answers(messages)
    calls = []
    for place, message in enumerate(messages):
        asked = message.get("tool_calls") or ()
        for call_place, raw in enumerate(asked):
            answer = answers.get((place, call_place))
            calls.append(_call(raw, batch=place, answer=answer))
    return tuple(calls)


def _call(raw: Mapping[str, Json], *, batch: int, answer: Mapping[str, Json] | None) -> ToolCall:
    function = raw.get("function") or raw
    given: Json = next((function[key] for key in ("arguments", "args", "kwargs") if key in function), {})
    args, text = parsed_arguments(given)
    result = None if answer is None else answer.get("content")
    return ToolCall(
        name=str(function.get("name", "")),
        args=args,
        args_text=text,
        result=result,
        error=None if answer is None else _error(answer),
        batch=batch,
    )


def parsed_arguments(given: Json) -> tuple[dict[str, Any], str | None]:
    """Arguments as a mapping, and the raw text where they are no JSON object."""
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except ValueError:
            return {}, given
    if isinstance(given, Mapping):
        return dict(given), None
    return {}, json.dumps(given)


def error_text(result: Json) -> str | None:
    """The error a tool's textual result speaks of: tools of the common benchmarks begin it with "Error"."""
    return result[:500] if isinstance(result, str) and result.startswith("Error") else None


def _error(answer: Mapping[str, Json]) -> str | None:
    if answer.get("error") is True or answer.get("status") == "error":
        return str(answer.get("content"))[:500]
    return error_text(answer.get("content"))


def _answers(messages: Sequence[Mapping[str, Json]]) -> dict[tuple[int, int], Mapping[str, Json]]:
    """(message, call within it) to the tool message that answers it: by id, else by place."""
    found: dict[tuple[int, int], Mapping[str, Json]] = {}
    for place, message in enumerate(messages):
        asked = message.get("tool_calls") or ()
        replies = list(_replies(messages, place))
        for call_place, raw in enumerate(asked):
            wanted = raw.get("id")
            by_id = [reply for reply in replies if wanted and _reply_id(reply) == wanted]
            if by_id:
                found[place, call_place] = by_id[0]
            elif call_place < len(replies):
                found[place, call_place] = replies[call_place]
    return found


def _reply_id(reply: Mapping[str, Json]) -> Json:
    return reply.get("tool_call_id") or reply.get("id")


def _replies(messages: Sequence[Mapping[str, Json]], place: int) -> Iterator[Mapping[str, Json]]:
    for message in messages[place + 1 :]:
        if (message.get("role") or message.get("type")) != "tool":
            return
        yield message
