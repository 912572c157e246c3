"""Processes of the agent: started without a shell in a group of their own, and ended as a group."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sluice.errors import InvalidInputError
from tasks.policy import AgentDownError

Pipe = TypeVar("Pipe", asyncio.StreamReader, asyncio.StreamWriter)

_GRACE_S = 3.0
# A child that left the group and kept our pipe open must not hold us up.
_LEFT_OVER_S = 1.0
_LOOK_S = 0.005


def resolve_program(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> list[str]:
    """The command with its program found.

    ``python`` and ``python3`` mean the interpreter Sluice itself runs in, whatever PATH says: an agent that is
    installed beside Sluice is found, and one with an interpreter of its own names it by path.

    Raises:
        AgentDownError: There is no such program.
    """
    program, *rest = argv
    if program in ("python", "python3"):
        return [sys.executable, *rest]
    relative = (cwd / program) if os.sep in program else None
    found = shutil.which(str(relative)) if relative is not None else shutil.which(program, path=env.get("PATH"))
    if found is None:
        raise AgentDownError(
            f"the agent's program {program!r} is not there or not executable",
            hint=f"looked in {cwd}" if relative is not None else "looked in PATH",
        )
    # Made absolute but not resolved: a link in a virtual environment must stay one.
    return [os.path.abspath(found), *rest]


async def start_process(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bool = False,
    stdout: bool = True,
    limit: int = 65_536,
) -> Process:
    """Start a program as the leader of a session of its own.

    Args:
        argv: Program and arguments; no shell reads them.
        cwd: Its working directory.
        env: Its whole environment.
        stdin: Whether we write to it; otherwise it reads nothing.
        stdout: Whether its output is kept apart from its errors.
        limit: Bytes that a reader buffers before it lets the program wait.

    Raises:
        AgentDownError: It could not be started.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *resolve_program(argv, cwd=cwd, env=env),
            cwd=cwd,
            env=dict(env),
            stdin=PIPE if stdin else DEVNULL,
            stdout=PIPE,
            stderr=PIPE if stdout else STDOUT,
            start_new_session=True,
            limit=limit,
        )
    except (OSError, ValueError) as error:
        raise AgentDownError(f"the agent's program {argv[0]!r} could not be started: {error}") from error


async def end_process(process: Process, *, grace_s: float = _GRACE_S) -> None:
    """End a process and all of its group: asked first (SIGTERM), killed after ``grace_s`` seconds.

    Also ends what an already ended leader has left behind. When this is cancelled, the group is killed at once.
    """
    try:
        if grace_s > 0 and process.returncode is None:
            _signal(process, signal.SIGTERM)
            await _ended(process, grace_s)
    finally:
        kill_group(process)
    await _ended(process, _LEFT_OVER_S)
    # The pipes of a process that is gone; without this a grandchild outside the group would keep them open.
    process._transport.close()  # type: ignore[attr-defined]


async def until_ended(process: Process) -> None:
    """Wait for the process itself; asyncio's own ``wait`` also waits for whoever else holds its pipes."""
    while process.returncode is None:
        await asyncio.sleep(_LOOK_S)


async def _ended(process: Process, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until_ended(process)


def kill_group(process: Process) -> None:
    """Kill whoever is left of a process's group."""
    _signal(process, signal.SIGKILL)


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def opened(pipe: Pipe | None) -> Pipe:
    """A pipe that the process was started with."""
    if pipe is None:
        raise InvalidInputError("the process was started without this pipe")
    return pipe


def ending(process: Process) -> str:
    """How a process ended, in words."""
    code = process.returncode
    if code is None:
        return "is still running"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"
