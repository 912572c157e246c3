"""A small agent behind real HTTP that says what a test tells it to, and the projects that are evaluated with it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = dict[str, Any] | bytes | tuple[int, bytes] | None
GOOD: Answer = {"reply": "The refund was issued.", "calls": [{"name": "issue_refund", "args": {"order_id": "A-1"}}]}
BAD: Answer = {"reply": "I cannot help with that.", "calls": []}
# Milliseconds of a busy machine are no evidence of an agent's latency.
NO_GUARDS: dict[str, Any] = {"guards": {}}
STEPS = [{"tool": "issue_refund", "args": {"order_id": "A-1"}}]


def a_case(number: int, **more: object) -> dict[str, Any]:
    """A case that ``GOOD`` passes and ``BAD`` fails, by its answer and by its calls."""
    expect = {"answer": {"contains": ["refund"]}, "trajectory": {"steps": STEPS}}
    return {"id": f"case-{number:02}", "input": f"Please refund order {number}", "expect": expect} | more


@dataclass
class ScriptedAgent:
    """What is asked of it is kept; what it answers is ``answer`` of the request's body and its number, from 0.

    ``None`` as an answer closes the connection without a word. ``hold`` keeps every answer back until it is set.
    """

    answer: Callable[[Mapping[str, Any], int], Answer] = lambda _body, _number: GOOD
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    hold: threading.Event | None = None
    hold_from: int = 0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ask"

    def says(self, answer: Answer) -> None:
        """Always this answer."""
        self.answer = lambda _body, _number: answer

    def handle(self, body: Mapping[str, Any]) -> Answer:
        with self.lock:
            number = len(self.asked)
            self.asked.append(str(body.get("key", "")))
        if self.hold is not None and number >= self.hold_from:
            self.hold.wait(60)
        answer = self.answer(body, number)
        with self.lock:
            self.answered.append(str(body.get("key", "")))
        return answer


class _Handler(BaseHTTPRequestHandler):
    agent: ScriptedAgent
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        answer = self.agent.handle(body)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the test's terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that was killed hangs up in the middle; that is what some tests are about."""


@contextmanager
def serving() -> Iterator[ScriptedAgent]:
    """A scripted agent that listens until the end of the block."""
    agent = ScriptedAgent()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"agent": agent}))
    agent.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield agent
    finally:
        if agent.hold is not None:
            agent.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


def http_agent(url: str, **more: object) -> dict[str, Any]:
    """Settings of an agent behind ``url``, as a user writes them."""
    body = {"q": "{{input}}", "key": "{{case_id}}/{{trial}}"}
    return {"name": "scripted", "http": {"url": url, "body": body, "answer": "$.reply", "calls": "$.calls"}} | more


@dataclass(frozen=True)
class Project:
    """A folder with settings, dataset and database, as a user has it."""

    root: Path

    def settings(self, **sections: Any) -> "Project":
        (self.root / "sluice.yaml").write_text(json.dumps(sections), encoding="utf8")
        return self

    def cases(self, cases: Sequence[Mapping[str, Any]]) -> "Project":
        (self.root / "golden").mkdir(exist_ok=True)
        lines = "".join(json.dumps(case) + "\n" for case in cases)
        (self.root / "golden" / "cases.jsonl").write_text(lines, encoding="utf8")
        return self

    def lines(self, name: str, records: Sequence[Mapping[str, Any]]) -> Path:
        path = self.root / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf8")
        return path

    def json(self, name: str) -> Any:
        return json.loads((self.root / name).read_text(encoding="utf8"))
