"""The agent as a pool of long-lived processes, one JSON object a line each way."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from sluice.trials.answers import UnreadableAnswerError, parse_answer
from sluice.trials.recorded import RecordedRun
from sluice.trials.responses import failed_run, run_from_object
from tasks._agents.logs import ProcessLog
from tasks._agents.request import TrialRequest, request_object
from tasks._agents.worker import Worker, WorkerCommand, start_worker
from tasks.policy import AgentDownError

# Waits until a new worker is ready to be asked.
Ready = Callable[[Worker], Awaitable[None]]


class LineDoor:
    """Asks workers, each one trial at a time; as many run as are needed at once.

    A worker that times out, dies, or says what is no answer is ended, and a new one is started for the next trial.

    Args:
        command: How a worker is started.
        log: Where its log goes.
        ready: Waits until a new worker is ready; None to ask it at once.
    """

    def __init__(self, command: WorkerCommand, *, log: Path, ready: Ready | None = None) -> None:
        self._command = command
        self._log_path = log
        self._ready = ready
        self._log: ProcessLog | None = None
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()

    async def open(self) -> None:
        """Start the first worker, so that a program that cannot run is known before the first trial."""
        self._idle.append(await self._start())

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """Send one trial to a worker and read its line.

        Returns:
            The run it wrote, or a failed trial: timed out, or aborted where it died or its line is no answer.

        Raises:
            AgentDownError: No worker could be started.
        """
        try:
            line = json.dumps(request_object(request), allow_nan=False).encode()
        except (ValueError, TypeError) as error:
            raise AgentDownError(f"{request.key} cannot be sent: {error}") from error
        worker = await self._take()
        in_step = False
        started = time.perf_counter()
        try:
            async with asyncio.timeout(request.deadline_s):
                reply = parse_answer(await worker.ask(line))
            in_step = True
            run = run_from_object(request.key, reply)
        except TimeoutError:
            run = failed_run(request.key, "timed_out", f"no answer within {request.deadline_s:g} s")
        except UnreadableAnswerError as error:
            run = failed_run(request.key, "aborted", error.message)
        finally:
            latency_s = time.perf_counter() - started
            if in_step:
                self._idle.append(worker)
            else:
                await self._discard(worker)
        return replace(run, latency_s=latency_s, trace_id=run.trace_id or request.trace_id)

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(worker.end() for worker in self._all))
        self._all.clear()
        self._idle.clear()
        if self._log is not None:
            self._log.close()

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.usable:
                return worker
            await self._discard(worker)
        return await self._start()

    async def _discard(self, worker: Worker) -> None:
        try:
            await worker.end()
        finally:
            self._all.discard(worker)

    async def _start(self) -> Worker:
        if self._log is None:
            self._log = ProcessLog(self._log_path)
        worker = await start_worker(self._command, self._log)
        self._all.add(worker)
        try:
            if self._ready is not None:
                await self._ready(worker)
        except BaseException:
            await self._discard(worker)
            raise
        return worker
