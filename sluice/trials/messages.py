"""Tool calls read from chat messages: OpenAI's and LangChain's forms."""

from collections.abc import Iterator, Mapping, Sequence

from sluice.documents.values import Json
from sluice.traces.calls import ToolCall
from sluice.trials.tool_calls import calls_from


def calls_from_messages(messages: Sequence[Mapping[str, Json]]) -> tuple[ToolCall, ...]:
    """The tool calls of a conversation, in order; calls of one assistant message form a batch.

    Args:
        messages: ``role``/``content`` messages. Calls are read from ``tool_calls`` (``{function: {name, arguments}}``
            or ``{name, args}``); results from the messages of role ``tool`` that answer them, a result that begins
            with "Error" or carries ``status: error`` / ``error: true`` being a failed call.

    Raises:
        UnreadableAnswerError: A call names no tool.
    """
    answers = _answers(messages)
    return calls_from(
        [
            {**raw, "batch": place, **_outcome(answers.get((place, call_place)))}
            for place, message in enumerate(messages)
            for call_place, raw in enumerate(message.get("tool_calls") or ())
        ]
    )


def error_text(result: Json) -> str | None:
    """The error a tool's textual result speaks of: tools of the common benchmarks begin it with "Error"."""
    return result[:500] if isinstance(result, str) and result.startswith("Error") else None


def _outcome(answer: Mapping[str, Json] | None) -> dict[str, Json]:
    """Result and error of a call, from the message that answers it."""
    if answer is None:
        return {}
    content = answer.get("content")
    flagged = answer.get("error") is True or answer.get("status") == "error"
    return {"result": content, "error": str(content)[:500] if flagged else error_text(content)}


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
