"""Spans of a run by the OpenTelemetry GenAI semantic conventions, sent by OTLP/HTTP where an endpoint is set."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from examples.support_agent.run import MODEL, SYSTEM, Run
from examples.support_agent.steps import Call, ModelStep
from examples.support_agent.tools import definitions

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

AGENT = "support"
DESK = "warranty_desk"
PROVIDER = "examples.rules"


class Telemetry(Protocol):
    """Where runs are told to."""

    def record(
        self, run: Run, reply: str, *, headers: Mapping[str, str], thread: str, times_ns: tuple[int, int]
    ) -> None:
        """Tell one finished run; ``headers`` may carry a ``traceparent``."""

    def close(self) -> None:
        """Send what is left and end."""


class NoTelemetry:
    """Tells nobody."""

    def record(
        self, run: Run, reply: str, *, headers: Mapping[str, str], thread: str, times_ns: tuple[int, int]
    ) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _message(role: str, *parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def _input_messages(step: ModelStep) -> str:
    told = []
    for one in step.context:
        if one["role"] == "tool":
            told.append(_message("tool", {"type": "tool_call_response", "id": one["id"], "response": one["content"]}))
        else:
            told.append(_message(one["role"], {"type": "text", "content": one["content"]}))
    return json.dumps(told)


def _output_messages(step: ModelStep, run: Run) -> str:
    parts: list[Mapping[str, Any]] = [{"type": "reasoning", "content": step.thought}]
    for position in step.calls:
        call = run.calls[position]
        parts.append({"type": "tool_call", "id": f"call_{position}", "name": call.name, "arguments": call.args})
    if step.said:
        parts.append({"type": "text", "content": step.said})
    return json.dumps([_message("assistant", *parts) | {"finish_reason": "tool_call" if step.calls else "stop"}])


class SpanTelemetry:
    """Tells every run as one trace: the agent, its model-like steps and its tools.

    Args:
        provider: Where the spans go.
        version: Version of the agent.
    """

    def __init__(self, provider: TracerProvider, *, version: str) -> None:
        self._provider = provider
        self._version = version
        self._tracer = provider.get_tracer("examples.support_agent")

    def record(
        self, run: Run, reply: str, *, headers: Mapping[str, str], thread: str, times_ns: tuple[int, int]
    ) -> None:
        """Tell one finished run; the root's parent is the request's ``traceparent``."""
        # Loaded by the first run that is told, never by an agent without an endpoint.
        from opentelemetry.trace import SpanKind, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract(headers)
        root = self._tracer.start_span(
            f"invoke_agent {AGENT}", parent, SpanKind.INTERNAL, self._agent(AGENT, thread), start_time=times_ns[0]
        )
        asked = [_message(one["role"], {"type": "text", "content": one["content"]}) for one in run.received]
        root.set_attribute("gen_ai.input.messages", json.dumps(asked))
        answered = _message("assistant", {"type": "text", "content": reply}) | {"finish_reason": "stop"}
        root.set_attribute("gen_ai.output.messages", json.dumps([answered]))
        root.set_attributes({f"gen_ai.usage.{name}": value for name, value in run.usage.items()})
        root.set_attribute("gen_ai.usage.cost", run.cost_usd)
        self._children(run, set_span_in_context(root), thread)
        root.end(times_ns[1])

    def _agent(self, name: str, thread: str) -> dict[str, Any]:
        return {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.agent.name": name,
            "gen_ai.agent.version": self._version,
            "gen_ai.conversation.id": thread,
            "gen_ai.request.model": MODEL,
        }

    def _children(self, run: Run, context: Any, thread: str) -> None:
        """Steps and tools of the main agent, and of the desk inside the call that asked it."""
        from opentelemetry.trace import set_span_in_context

        desks: dict[int, Any] = {}
        for position, call in enumerate(run.calls):
            where = desks[call.parent] if call.parent is not None else context
            tool = self._tool(call, position, where)
            if call.name == "consult_warranty_desk":
                desk = self._tracer.start_span(
                    f"invoke_agent {DESK}",
                    set_span_in_context(tool),
                    attributes=self._agent(DESK, thread),
                    start_time=call.started_ns,
                )
                desks[position] = set_span_in_context(desk)
                desk.end(call.ended_ns)
            tool.end(call.ended_ns)
        for step in run.steps:
            self._step(step, run, desks[step.parent] if step.parent is not None else context)

    def _tool(self, call: Call, position: int, context: Any) -> Span:
        from opentelemetry.trace import Status, StatusCode

        span = self._tracer.start_span(
            f"execute_tool {call.name}",
            context,
            attributes={
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": call.name,
                "gen_ai.tool.type": "function",
                "gen_ai.tool.description": definitions().get(call.name, {}).get("description", ""),
                "gen_ai.tool.call.id": f"call_{position}",
                "gen_ai.tool.call.arguments": json.dumps(call.args),
                "gen_ai.agent.name": call.agent or AGENT,
            },
            start_time=call.started_ns,
        )
        if call.error is None:
            span.set_attribute("gen_ai.tool.call.result", json.dumps(call.result))
        else:
            span.set_attribute("error.type", "ToolError")
            span.set_status(Status(StatusCode.ERROR, call.error))
        return span

    def _step(self, step: ModelStep, run: Run, context: Any) -> None:
        from opentelemetry.trace import SpanKind

        span = self._tracer.start_span(
            f"chat {MODEL}",
            context,
            SpanKind.CLIENT,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": PROVIDER,
                "gen_ai.request.model": MODEL,
                "gen_ai.response.model": MODEL,
                "gen_ai.response.finish_reasons": ("tool_call" if step.calls else "stop",),
                "gen_ai.agent.name": step.agent or AGENT,
                "gen_ai.usage.input_tokens": step.input_tokens,
                "gen_ai.usage.output_tokens": step.output_tokens,
                "gen_ai.usage.cost": step.cost_usd,
                "gen_ai.system_instructions": json.dumps([{"type": "text", "content": SYSTEM}]),
                "gen_ai.input.messages": _input_messages(step),
                "gen_ai.output.messages": _output_messages(step, run),
            },
            start_time=step.started_ns,
        )
        span.end(step.ended_ns)

    def close(self) -> None:
        """Send what is left and end."""
        self._provider.shutdown()


def telemetry_from_environment(version: str) -> Telemetry:
    """Spans where ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set, nothing where it is not."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return NoTelemetry()
    # The SDK takes a quarter of a second to import, which an agent without an endpoint need not wait for.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"{AGENT}-agent", "service.version": version}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return SpanTelemetry(provider, version=version)
