"""Tool calls as agents write them, whatever framework's names they use."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from sluice.documents.values import Json
from sluice.traces.calls import ToolCall
from sluice.trials.answers import UnreadableAnswerError, excerpt, parse_answer

# The names that agents use for the same thing: ours first, then OpenAI, LangChain, Anthropic, the AI SDK, MCP.
_NAME = ("name", "tool", "tool_name", "toolName")
_ARGS = ("args", "arguments", "input", "parameters", "params")
_RESULT = ("result", "output", "content", "response")
_ID = ("id", "call_id", "tool_call_id", "toolCallId")
_THOUGHT = ("thought", "reasoning")


def calls_from(entries: Sequence[Json]) -> tuple[ToolCall, ...]:
    """Tool calls as written by the usual frameworks.

    Understood: ``name | tool | function.name``, ``args | arguments | input`` (an object or JSON text),
    ``result | output | content``, ``error`` or ``is_error``, ``agent``, ``batch``, ``turn``, ``parent`` (a position
    or another call's id), ``thought``, ``started_at`` (seconds or ISO 8601), ``duration_s`` or ``duration_ms``.

    Raises:
        UnreadableAnswerError: An entry is no object or names no tool.

    Example:
        >>> calls_from([{"function": {"name": "look", "arguments": '{"id": 1}'}}])[0].args
        {'id': 1}
    """
    positions = {
        name: position
        for position, entry in enumerate(entries)
        if isinstance(entry, Mapping) and isinstance(name := _first(entry, _ID), str)
    }
    return tuple(_call(entry, position, positions) for position, entry in enumerate(entries))


def _call(entry: Json, position: int, positions: Mapping[str, int]) -> ToolCall:
    if not isinstance(entry, Mapping):
        raise UnreadableAnswerError(f"tool call {position} must be an object, got {excerpt(json.dumps(entry))}")
    nested = entry.get("function")
    inner = nested if isinstance(nested, Mapping) else {}
    name = _first(entry, _NAME) or (nested if isinstance(nested, str) else _first(inner, _NAME))
    if not isinstance(name, str) or not name:
        raise UnreadableAnswerError(f"tool call {position} names no tool: {excerpt(json.dumps(entry))}")
    written = _first(entry, _ARGS)
    args, args_text = _arguments(_first(inner, _ARGS) if written is None else written)
    own_text = entry.get("args_text")
    parent = entry.get("parent")
    return ToolCall(
        name=name,
        args=args,
        args_text=own_text if isinstance(own_text, str) and not args else args_text,
        result=_first(entry, _RESULT),
        error=error_of(entry),
        agent=_text(entry.get("agent")),
        turn=count(entry.get("turn")),
        batch=_batch(entry.get("batch")),
        parent=positions.get(parent) if isinstance(parent, str) else count(parent),
        thought=_text(_first(entry, _THOUGHT)),
        started_at=_instant(entry.get("started_at")),
        duration_s=_duration(entry),
    )


def _arguments(written: Json) -> tuple[Mapping[str, Json], str | None]:
    """Parsed arguments, or the raw text of what is no JSON object."""
    if written is None or written == "":
        return {}, None
    if isinstance(written, Mapping):
        return dict(written), None
    if not isinstance(written, str):
        return {}, json.dumps(written)
    try:
        parsed = parse_answer(written)
    except UnreadableAnswerError:
        return {}, written
    return (parsed, None) if isinstance(parsed, dict) else ({}, None if parsed is None else written)


def error_of(entry: Mapping[str, Json]) -> str | None:
    """What went wrong, in words; None where nothing did (``error`` empty, ``is_error`` not set)."""
    error = entry.get("error")
    if error is None or error is False or error == "":
        flagged = entry.get("is_error") is True or entry.get("isError") is True
        result = _first(entry, _RESULT)
        return (excerpt(_as_text(result)) if result else "the call failed") if flagged else None
    return "the call failed" if error is True else _as_text(error)


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _first(entry: Mapping[str, Json], names: Sequence[str]) -> Json:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def amount(value: Json) -> float | None:
    """A finite number that is not negative; anything else is unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        read = float(value)
    except OverflowError:
        return None
    return read if math.isfinite(read) and read >= 0 else None


def count(value: Json) -> int | None:
    """A whole number that is not negative; anything else is unknown."""
    read = amount(value)
    return int(read) if read is not None and read.is_integer() else None


def _batch(value: Json) -> int | str | None:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _duration(entry: Mapping[str, Json]) -> float | None:
    seconds = amount(entry.get("duration_s"))
    milliseconds = amount(entry.get("duration_ms"))
    return seconds if seconds is not None or milliseconds is None else milliseconds / 1000


def _instant(value: Json) -> float | None:
    if not isinstance(value, str):
        return amount(value)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    # A time without a zone would mean another moment on another machine.
    return read.timestamp() if read.tzinfo is not None else None
