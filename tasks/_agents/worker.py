"""One long-lived process of the agent: a line in, a line out."""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sluice.trials.answers import UnreadableAnswerError
from tasks._agents.logs import LastLines, ProcessLog
from tasks._agents.processes import end_process, ending, opened, start_process, until_ended

_LAST_LINES_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCommand:
    """How a worker is started.

    Args:
        argv: Program and arguments.
        cwd: Its working directory.
        env: Its whole environment.
        max_bytes: Longest line it may answer.
    """

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    max_bytes: int


class Worker:
    """One process that answers one line with one line.

    Args:
        process: The process.
        log: Where what it prints beside its answers goes.
        max_bytes: Longest line it may answer.
    """

    def __init__(self, process: Process, *, log: ProcessLog, max_bytes: int) -> None:
        self._process = process
        self._max_bytes = max_bytes
        self._last = LastLines(log)
        # One answer is awaited at a time; a process that says more has to wait until it is read, or thrown away.
        self._lines: asyncio.Queue[bytes | UnreadableAnswerError] = asyncio.Queue(maxsize=2)
        self._stderr = asyncio.create_task(self._last.follow(opened(process.stderr)))
        self._stdout = asyncio.create_task(self._read_lines())

    @property
    def usable(self) -> bool:
        """Whether it runs and has said nothing it was not asked for."""
        return self._process.returncode is None and self._lines.empty()

    async def ask(self, line: bytes) -> bytes:
        """Send one line and read one.

        Raises:
            UnreadableAnswerError: It ended before it answered, or its line is too long.
        """
        stdin = opened(self._process.stdin)
        with contextlib.suppress(ConnectionError):
            stdin.write(line + b"\n")
            await stdin.drain()
        return await self.line()

    async def line(self) -> bytes:
        """The next line it says.

        Raises:
            UnreadableAnswerError: It ended before, or the line is too long.
        """
        said = await self._lines.get()
        if isinstance(said, bytes):
            return said
        raise said

    def last_lines(self) -> str:
        """What it printed beside its answers."""
        return self._last.quoted()

    async def end(self) -> None:
        """End it at once, with all that it started."""
        try:
            await end_process(self._process, grace_s=0)
        finally:
            for task in (self._stdout, self._stderr):
                task.cancel()
            await asyncio.gather(self._stdout, self._stderr, return_exceptions=True)

    async def _read_lines(self) -> None:
        stream, rest = opened(self._process.stdout), bytearray()
        while piece := await stream.read(65_536):
            *lines, tail = piece.split(b"\n")
            for line in lines:
                await self._lines.put(bytes(rest) + line)
                rest.clear()
            rest += tail
            if len(rest) > self._max_bytes:
                reason = f"the answer is longer than max_answer_bytes ({self._max_bytes})"
                await self._lines.put(UnreadableAnswerError(reason))
                return
        await asyncio.wait({asyncio.ensure_future(until_ended(self._process))}, timeout=_LAST_LINES_S)
        await asyncio.wait({self._stderr}, timeout=_LAST_LINES_S)
        state = ending(self._process)
        await self._lines.put(
            UnreadableAnswerError(f"the agent's process {state} before it answered; {self._last.quoted()}")
        )


async def start_worker(command: WorkerCommand, log: ProcessLog) -> Worker:
    """Start one worker.

    Raises:
        AgentDownError: It could not be started.
    """
    process = await start_process(command.argv, cwd=command.cwd, env=command.env, stdin=True)
    return Worker(process, log=log, max_bytes=command.max_bytes)
