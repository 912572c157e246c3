"""An agent and a judge on loopback that answer after a fixed time and cost almost no CPU.

Run as `python -m benchmarks.mock_services --latency 0.2`; the first line printed is the port.

* `POST /agent` answers `{"output": .., "tool_calls": [{"name": .., "args": {..}}, ..]}`
* `POST /v1/chat/completions` answers as an OpenAI-compatible judge that always agrees
* `GET /stats` says how many calls came and when, in seconds of the system's monotonic clock, and starts counting anew

Plain asyncio, because a web framework would take CPU from the two cores that the measured programs run on.
"""

import argparse
import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any

# Every field by which one of the judges reads a grade.
GRADE = {"score": 1, "pass": True, "reason": "confirmed", "reasoning": "confirmed", "verdict": "yes"}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@dataclass
class Calls:
    """What was called, and when."""

    agent: int = 0
    judge: int = 0
    first_agent_call: float | None = None
    last_agent_answer: float | None = None
    inputs: set[str] = field(default_factory=set)

    def start_anew(self) -> None:
        """Forget what came so far."""
        self.agent = self.judge = 0
        self.first_agent_call = self.last_agent_answer = None
        self.inputs = set()

    def as_json(self) -> dict[str, Any]:
        """The counts, with distinct inputs as a number."""
        return asdict(self) | {"inputs": len(self.inputs)}


def agent_answer(request: dict[str, Any]) -> dict[str, Any]:
    """The refund agent: looks the order up, refunds it, says so."""
    order = (re.findall(r"\d+", str(request.get("input", ""))) or ["0"])[-1]
    arguments = {"order_id": order}
    return {
        "output": f"The refund for order {order} was issued.",
        "tool_calls": [{"name": "lookup_order", "args": arguments}, {"name": "issue_refund", "args": arguments}],
    }


def judge_answer(request: dict[str, Any]) -> dict[str, Any]:
    """A judge that agrees, in the form asked for: a tool call, a grade line, or JSON."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    asked = json.dumps(request.get("messages", []))
    if request.get("tools"):
        function = {"name": request["tools"][0]["function"]["name"], "arguments": json.dumps(GRADE)}
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": function}]
    elif "GRADE:" in asked:
        message["content"] = "The answer confirms the refund.\nGRADE: C"
    else:
        scale = 10 if re.search(r"0\s*(?:-|to|and)\s*10\b", asked) else 1
        message["content"] = json.dumps(GRADE | {"score": scale})
    finish = "tool_calls" if request.get("tools") else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    model = request.get("model", "mock")
    return {"id": "1", "object": "chat.completion", "created": 1, "model": model, "choices": choices, "usage": USAGE}


class Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection, one request at a time."""

    def __init__(self, calls: Calls, latency_s: float) -> None:
        self.calls = calls
        self.latency_s = latency_s
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the answers."""
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Collect bytes until the whole request is there."""
        self.received += data
        head, separator, rest = self.received.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.received = rest[length:]
        self.route(lines[0].split(" ")[1], rest[:length])

    def route(self, path: str, body: bytes) -> None:
        """Answer one request now or after the latency."""
        loop = asyncio.get_running_loop()
        if path.endswith("/agent"):
            request = json.loads(body)
            self.calls.agent += 1
            self.calls.inputs.add(str(request.get("input")))
            self.calls.first_agent_call = self.calls.first_agent_call or time.monotonic()
            loop.call_later(self.latency_s, self.finish_agent, agent_answer(request))
        elif path.endswith("/chat/completions"):
            self.calls.judge += 1
            loop.call_later(self.latency_s, self.reply, judge_answer(json.loads(body)))
        elif path == "/stats":
            self.reply(self.calls.as_json())
            self.calls.start_anew()
        else:
            self.reply({"status": "ok"})

    def finish_agent(self, answer: dict[str, Any]) -> None:
        """Note when the agent answered, then answer."""
        self.calls.last_agent_answer = time.monotonic()
        self.reply(answer)

    def reply(self, answer: dict[str, Any]) -> None:
        """Send one JSON answer; a client that went away gets none."""
        if self.transport.is_closing():
            return
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def serve(latency_s: float, port: int) -> None:
    """Serve until ended, printing the port first."""
    calls = Calls()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(calls, latency_s), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds until an answer")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    asyncio.run(serve(options.latency, options.port))
