"""The agent as a Python function, run by workers in an interpreter of its own."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from sluice.errors import UsageError
from sluice.settings.agent import AgentSettings, PythonAgent
from sluice.trials.answers import UnreadableAnswerError, parse_answer
from tasks._agents.lines import LineDoor
from tasks._agents.logs import log_path
from tasks._agents.worker import Worker, WorkerCommand
from tasks.policy import AgentDownError

_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_SCRIPT = Path(__file__).with_name("_worker.py")


def python_door(settings: AgentSettings, python: PythonAgent, *, root: Path, env: Mapping[str, str]) -> LineDoor:
    """The door to ``pkg.mod:function``; it gets the request as a mapping and returns text or a recorded run.

    Args:
        settings: The agent's limits.
        python: The function, its interpreter (Sluice's own where not given) and working directory.
        root: Folder of the settings file; interpreter and cwd are relative to it.
        env: Environment of the workers.

    Raises:
        UsageError: The target is not of the form ``pkg.mod:function``, or the working directory is not there.
    """
    if not _TARGET.fullmatch(python.target):
        raise UsageError(f"agent.python.target must be of the form pkg.mod:function, got {python.target!r}")
    cwd = working_directory(root, python.cwd, where="agent.python.cwd")
    interpreter = sys.executable if python.interpreter is None else str(root / python.interpreter)
    command = WorkerCommand(
        argv=(interpreter, "-u", str(_SCRIPT), python.target),
        cwd=cwd,
        env=env,
        max_bytes=settings.max_answer_bytes,
    )

    async def ready(worker: Worker) -> None:
        try:
            async with asyncio.timeout(settings.start_timeout_s):
                said = parse_answer(await worker.line())
        except TimeoutError:
            raise AgentDownError(
                f"{python.target} was not imported within {settings.start_timeout_s:g} s; {worker.last_lines()}"
            ) from None
        except UnreadableAnswerError as error:
            raise AgentDownError(f"the worker of {python.target} did not start: {error.message}") from error
        if said.get("failed"):
            raise AgentDownError(f"{python.target} could not be imported: {said['failed']}; {worker.last_lines()}")

    return LineDoor(command, log=log_path(root, settings.name), ready=ready)


def working_directory(root: Path, folder: str | None, *, where: str) -> Path:
    """The folder a process runs in.

    Raises:
        UsageError: It is not there.
    """
    cwd = root / (folder or ".")
    if not cwd.is_dir():
        raise UsageError(f"{where} is not a folder: {cwd}")
    return cwd.absolute()
