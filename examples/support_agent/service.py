"""The agent as an HTTP service."""

import asyncio
import json
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.support_agent.agent import answer, in_form_asked_for
from examples.support_agent.reading import as_messages
from examples.support_agent.run import Run
from examples.support_agent.telemetry import NoTelemetry, Telemetry
from examples.support_agent.versions.stable import Stable
from examples.support_agent.world import Record, World

MAX_THREADS = 2_000
MAX_BODY_BYTES = 1_000_000


@dataclass(slots=True)
class Thread:
    """One conversation: its messages, and its own world."""

    world: World = field(default_factory=World)
    messages: list[Record] = field(default_factory=list)


class Service:
    """Conversations with one version of the agent.

    Args:
        version: The version that answers.
        telemetry: Where finished runs are told to.
        thinking_s: Seconds a model-like step takes; a hosted model would need some.
        max_threads: Conversations kept; the one unused for longest goes first.
    """

    def __init__(
        self,
        version: Stable,
        *,
        telemetry: Telemetry | None = None,
        thinking_s: float = 0.0,
        max_threads: int = MAX_THREADS,
    ) -> None:
        self._version = version
        self._telemetry = telemetry or NoTelemetry()
        self._thinking_s = thinking_s
        self._max_threads = max_threads
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()

    def _thread(self, name: str) -> Thread:
        thread = self._threads.setdefault(name, Thread())
        self._threads.move_to_end(name)
        while len(self._threads) > self._max_threads:
            self._threads.popitem(last=False)
        return thread

    async def chat(self, request: Request) -> Response:
        """Answer one message."""
        self._counts["requests"] += 1
        body = await _body(request)
        if not isinstance(body, dict) or "q" not in body:
            self._counts["refused"] += 1
            return JSONResponse({"error": "the body must be a JSON object with q"}, status_code=400)
        started = time.time_ns()
        # A request without a thread is a conversation of its own, and nobody can come back to it.
        thread = self._thread(str(body["thread"])) if body.get("thread") else Thread()
        said = as_messages(body["q"])
        # A list of messages is the conversation so far; a single one goes on with what is remembered.
        thread.messages = said if isinstance(body["q"], list) else [*thread.messages, *said]
        reply, run = answer(self._version, thread.world, thread.messages)
        thread.messages.append({"role": "assistant", "content": reply})
        if self._thinking_s:
            await asyncio.sleep(self._thinking_s * len(run.steps))
        self._calls.update(call.name for call in run.calls)
        self._telemetry.record(
            run,
            reply,
            headers=dict(request.headers),
            thread=str(body.get("thread", "")),
            times_ns=(started, time.time_ns()),
        )
        return JSONResponse(_told(in_form_asked_for(body["q"], reply, run), run))

    async def health(self, request: Request) -> Response:
        """Say that the agent is ready."""
        return JSONResponse({"status": "ok", "version": self._version.name})

    async def stats(self, request: Request) -> Response:
        """Count what was done since the start."""
        counts = {"requests": self._counts["requests"], "refused": self._counts["refused"]}
        calls = {"tool_calls": self._calls.total(), "by_tool": dict(self._calls), "threads": len(self._threads)}
        return JSONResponse({"version": self._version.name, **counts, **calls})

    async def reset(self, request: Request) -> Response:
        """Forget one conversation and its world."""
        known = self._threads.pop(request.path_params["trial_key"], None) is not None
        return JSONResponse({"reset": known})

    def app(self) -> Starlette:
        """The service as an ASGI application."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            await asyncio.to_thread(self._telemetry.close)

        routes = [
            Route("/chat", self.chat, methods=["POST"]),
            Route("/health", self.health),
            Route("/stats", self.stats),
            Route("/reset/{trial_key:path}", self.reset, methods=["POST"]),
        ]
        return Starlette(routes=routes, lifespan=lifespan)


async def _body(request: Request) -> Any:
    """The JSON body; None where it is too large or no JSON."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > MAX_BODY_BYTES:
            return None
    try:
        return json.loads(received)
    except (ValueError, RecursionError):
        return None


def _told(reply: Any, run: Run) -> Record:
    return {
        "reply": reply,
        "calls": [call.as_json() for call in run.calls],
        "usage": run.usage,
        "cost_usd": run.cost_usd,
    }
