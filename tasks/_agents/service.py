"""The agent as a service that Sluice starts, waits for and stops."""

import asyncio
import os
import re
import shlex
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.settings.agent import AgentSettings
from tasks._agents.health import Health
from tasks._agents.logs import LastLines, ProcessLog, log_path
from tasks._agents.processes import end_process, ending, opened, resolve_program, start_process
from tasks._agents.templates import check_places, fill_text
from tasks.policy import AgentDownError

# Spans of an instrumented agent come soon after its answer, not up to 5 s later.
_ENVIRONMENT = {"OTEL_BSP_SCHEDULE_DELAY": "200", "PYTHONUNBUFFERED": "1"}
_LEASH = Path(__file__).with_name("_leash.py")
_POLL_S = 0.02
_LAST_LINES_S = 0.5


def free_port() -> int:
    """A TCP port of the loopback that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command_words(command: str, values: Mapping[str, Json]) -> list[str]:
    """``agent.start`` as words; what is filled in stays one word, whatever it holds.

    Raises:
        UsageError: A place is unknown, a quote is not closed, or there is no command.
    """
    check_places(command, known={"port", *values}, where="agent.start")
    try:
        words = shlex.split(re.sub(r"\{\{\s*([^{}\s]+)\s*\}\}", r"{{\1}}", command))
    except ValueError as error:
        raise UsageError(f"agent.start cannot be read: {str(error).lower()}") from None
    if not words:
        raise UsageError("agent.start is empty")
    return [fill_text(word, values) for word in words]


class AgentService:
    """A started agent.

    Args:
        process: Its process, the leader of a group of its own.
        log: What it prints.
    """

    def __init__(self, process: Process, log: ProcessLog) -> None:
        self._process = process
        self._log = log
        self._last = LastLines(log)
        self._follow = asyncio.create_task(self._last.follow(opened(process.stdout)))

    @property
    def pid(self) -> int:
        """Process id, which is the id of its group too."""
        return self._process.pid

    async def fault(self) -> AgentDownError | None:
        """Why nothing can be asked of it any more; None while it runs."""
        if self._process.returncode is None:
            return None
        # What it printed last may still be on its way through the pipe.
        await asyncio.wait({self._follow}, timeout=_LAST_LINES_S)
        return AgentDownError(f"the agent's process {ending(self._process)}; {self._last.quoted()}")

    def last_lines(self) -> str:
        """What it printed last."""
        return self._last.quoted()

    async def stop(self) -> None:
        """End it and all that it started."""
        try:
            await end_process(self._process)
        finally:
            self._follow.cancel()
            await asyncio.gather(self._follow, return_exceptions=True)
            self._log.close()


async def start_service(
    settings: AgentSettings, *, root: Path, values: Mapping[str, Json], env: Mapping[str, str], health: Health | None
) -> AgentService:
    """Run ``agent.start`` in ``root`` and wait until the agent is healthy.

    Args:
        settings: The agent section; ``start`` is set.
        root: Folder of the settings file.
        values: What ``{{port}}``, ``{{version}}`` and ``{{env.NAME}}`` stand for.
        env: Environment; OTEL_BSP_SCHEDULE_DELAY and PYTHONUNBUFFERED are added where they are not set.
        health: What tells that it is ready; None to wait for nothing.

    Raises:
        AgentDownError: It could not be started, died, or was not healthy in time; its last lines are quoted.
        UsageError: The command cannot be read.
    """
    words = command_words(settings.start or "", values)
    await _refuse_a_squatter(health)
    command = resolve_program(words, cwd=root, env=env)
    process = await start_process(_on_a_leash(command), cwd=root, env={**_ENVIRONMENT, **env}, stdout=False)
    service = AgentService(process, ProcessLog(log_path(root, settings.name)))
    try:
        await _wait_until_healthy(service, health, settings.start_timeout_s)
    except BaseException:
        await service.stop()
        raise
    return service


def _on_a_leash(command: Sequence[str]) -> list[str]:
    """The command in a form that ends with us even where we are killed and can end nothing ourselves."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command]


async def _wait_until_healthy(service: AgentService, health: Health | None, seconds: float) -> None:
    started = time.monotonic()
    while True:
        reason = await health.problem() if health is not None else None
        fault = await service.fault()
        if fault is not None:
            raise fault
        if reason is None:
            return
        if time.monotonic() - started > seconds:
            raise AgentDownError(f"the agent was not healthy within {seconds:g} s ({reason}); {service.last_lines()}")
        await asyncio.sleep(_POLL_S)


async def _refuse_a_squatter(health: Health | None) -> None:
    """Whoever answers before the agent is started is somebody else, and would be tested in its place."""
    if health is not None and await health.problem() is None:
        raise AgentDownError(
            f"something already answers at {health.shown}, before the agent is started",
            hint="stop it, or write {{port}} into agent.start, agent.health and agent.http.url",
        )
