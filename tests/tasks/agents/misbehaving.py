"""A server that misbehaves on request, and agents opened from settings as a user writes them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sluice.settings.agent import AgentSettings
from sluice.trials.recorded import TrialKey
from tasks._agents import Agent, TrialRequest, open_agent, trial_request

KEY = TrialKey(case_id="refund", variant="p1", trial=2)


@dataclass
class Received:
    """One HTTP request as the server got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Handler = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Loopback:
    """A raw HTTP server: it sends what a test wants it to send, byte by byte if need be."""

    handler: Handler | None = None
    received: list[Received] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ask"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split(" ", 2)
                headers: dict[str, str] = {}
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.received.append(Received(method, path, headers, body))
                assert self.handler is not None
                await self.handler(self.received[-1], writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def response(
    body: bytes | str, *, status: int = 200, kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{extra}\r\n"
    return head.encode() + content


def says(*args: object, **kwargs: object) -> Handler:
    """A handler that always gives the same response."""
    whole = response(*args, **kwargs)  # type: ignore[arg-type]

    async def handler(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)

    return handler


def in_turn(*handlers: Handler) -> Handler:
    """A handler that behaves differently at each request; the last one stays."""
    left = list(handlers)

    async def handler(received: Received, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(received, writer)

    return handler


async def hangs_up(_: Received, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.transport.abort()


def a_request(stimulus: object = "Where is A-1001?", *, deadline_s: float = 5, **kwargs: object) -> TrialRequest:
    return trial_request(KEY, stimulus, run_id="run-1", deadline_s=deadline_s, **kwargs)  # type: ignore[arg-type]


@asynccontextmanager
async def an_agent(root: Path, *, env: Mapping[str, str] | None = None, **settings: object) -> AsyncIterator[Agent]:
    """An agent from the settings as a user writes them."""
    async with open_agent(AgentSettings.model_validate(settings), root=root, version="v7", env=env) as agent:
        yield agent


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def is_gone(pid: int) -> bool:
    """Whether a process ends within a second: being killed takes a moment, also after its pipes are closed."""
    for _ in range(100):
        if not is_running(pid):
            return True
        time.sleep(0.01)
    return False


def written_pid(path: Path) -> int:
    return int(path.read_text(encoding="utf8"))
