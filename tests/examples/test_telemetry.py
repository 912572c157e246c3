import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from examples.support_agent.telemetry import NoTelemetry, SpanTelemetry, telemetry_from_environment

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


@pytest.fixture
def told():
    """Tell a run as spans, in the order in which they ended."""

    def tell(run, reply, headers):
        exporter, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        telemetry = SpanTelemetry(provider, version="stable")
        now = time.time_ns()
        telemetry.record(run, reply, headers=headers, thread="t-1", times_ns=(now - 1_000_000, now))
        telemetry.close()
        return exporter.get_finished_spans()

    return tell


def named(spans, name):
    return [span for span in spans if span.name == name]


def test_the_root_is_the_agent_and_its_parent_is_the_traceparent(ask, told):
    reply, run = ask("Where is order A-1012?")
    spans = told(run, reply, TRACEPARENT)
    (root,) = named(spans, "invoke_agent support")
    assert f"{root.context.trace_id:032x}" == TRACE
    assert f"{root.parent.span_id:016x}" == SPAN
    assert spans[-1] is root
    assert all(span.parent.span_id == root.context.span_id for span in spans[:-1])
    assert root.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert root.attributes["gen_ai.conversation.id"] == "t-1"
    assert root.attributes["gen_ai.usage.cost"] == run.cost_usd
    assert json.loads(root.attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == reply


def test_without_a_traceparent_the_agent_starts_a_trace_of_its_own(ask, told):
    reply, run = ask("Hello!")
    (root,) = named(told(run, reply, {}), "invoke_agent support")
    assert root.parent is None


def test_steps_carry_their_reasoning_their_calls_and_what_they_read(ask, told):
    reply, run = ask("Where is order A-1012?")
    spans = told(run, reply, TRACEPARENT)
    steps = named(spans, "chat rules-1")
    # one step asks for each of the two calls, one answers
    assert len(steps) == 3
    parts = json.loads(steps[1].attributes["gen_ai.output.messages"])[0]["parts"]
    assert parts[0] == {"type": "reasoning", "content": run.calls[1].thought}
    assert parts[1]["name"] == "track_shipment"
    assert parts[1]["arguments"] == {"shipment_id": "S-5012"}
    assert steps[2].attributes["gen_ai.response.finish_reasons"] == ("stop",)
    read = json.loads(steps[1].attributes["gen_ai.input.messages"])
    assert [one["role"] for one in read] == ["user", "tool"]
    total = sum(step.attributes["gen_ai.usage.input_tokens"] for step in steps)
    assert total == run.usage["input_tokens"]


def test_tools_carry_arguments_and_results(ask, told):
    reply, run = ask("What is the status of order A-1002?")
    (tool,) = named(told(run, reply, TRACEPARENT), "execute_tool lookup_order")
    assert json.loads(tool.attributes["gen_ai.tool.call.arguments"]) == {"order_id": "A-1002"}
    assert json.loads(tool.attributes["gen_ai.tool.call.result"])["total"] == 51.3
    assert tool.attributes["gen_ai.tool.description"].startswith("Read one order")
    assert tool.status.status_code is StatusCode.UNSET


def test_a_refused_call_is_an_error_span_without_a_result(ask, told):
    reply, run = ask("What is the status of order A-9999?")
    (tool,) = named(told(run, reply, TRACEPARENT), "execute_tool lookup_order")
    assert (tool.status.status_code, tool.status.description) == (StatusCode.ERROR, "no order A-9999")
    assert tool.attributes["error.type"] == "ToolError"
    assert "gen_ai.tool.call.result" not in tool.attributes


def test_the_warranty_desk_is_an_agent_inside_the_call_that_asked_it(ask, told):
    reply, run = ask("The keyboard from order A-1025 stopped working. Is it under warranty?")
    spans = told(run, reply, TRACEPARENT)
    (asked,) = named(spans, "execute_tool consult_warranty_desk")
    (desk,) = named(spans, "invoke_agent warranty_desk")
    (lookup,) = named(spans, "execute_tool lookup_warranty")
    assert desk.parent.span_id == asked.context.span_id
    assert lookup.parent.span_id == desk.context.span_id
    assert lookup.attributes["gen_ai.agent.name"] == "warranty_desk"


def test_nothing_is_told_where_no_endpoint_is_set(monkeypatch, ask):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    telemetry = telemetry_from_environment("stable")
    assert isinstance(telemetry, NoTelemetry)
    reply, run = ask("Hello!")
    telemetry.record(run, reply, headers={}, thread="", times_ns=(0, 1))
    telemetry.close()


@pytest.fixture
def sink():
    """A loopback OTLP receiver; what it got, and its address."""
    got = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield got, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_with_an_endpoint_sends_its_spans_there(serve, sink):
    got, endpoint = sink
    client = serve(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_BSP_SCHEDULE_DELAY="100")
    client.post("/chat", json={"q": "Where is order A-1012?", "thread": "t"}, headers=TRACEPARENT)
    end = time.monotonic() + 10
    while not got and time.monotonic() < end:
        time.sleep(0.02)
    spans = [span for batch in got for one in batch.resource_spans for scope in one.scope_spans for span in scope.spans]
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert [span.name for span in spans if span.parent_span_id.hex() == SPAN] == ["invoke_agent support"]
    resource = {one.key: one.value.string_value for one in got[0].resource_spans[0].resource.attributes}
    assert (resource["service.name"], resource["service.version"]) == ("support-agent", "stable")
