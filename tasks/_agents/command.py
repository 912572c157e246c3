"""The agent as a program: one process a trial (text mode), or long-lived ones (line mode)."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.settings.agent import AgentSettings, CommandAgent
from sluice.trials.answers import UnreadableAnswerError, parse_answer
from sluice.trials.recorded import RecordedRun
from sluice.trials.responses import failed_run, run_from_object
from tasks._agents.lines import LineDoor
from tasks._agents.logs import LastLines, ProcessLog, log_path
from tasks._agents.one_shot import output_of
from tasks._agents.processes import end_process, resolve_program, start_process
from tasks._agents.python import working_directory
from tasks._agents.request import REQUEST_NAMES, TrialRequest, request_values
from tasks._agents.templates import as_text, check_places, fill_text, places
from tasks._agents.worker import WorkerCommand

_STIMULUS = ("input", "messages")


def _environment(command: CommandAgent, static: Mapping[str, Json], env: Mapping[str, str]) -> dict[str, str]:
    check_places(command.env, known=static.keys(), where="agent.command.env")
    return {**env, **{name: fill_text(value, static) for name, value in command.env.items()}}


def _refuse_workdir(command: CommandAgent) -> None:
    if command.workdir is not None:
        raise UsageError("agent.command.workdir is not supported yet", hint="take it out, and use cwd")


def command_line_door(
    settings: AgentSettings, command: CommandAgent, *, root: Path, static: Mapping[str, Json], env: Mapping[str, str]
) -> LineDoor:
    """The door to a program that answers one JSON object a line with one.

    Raises:
        UsageError: A place in argv is unknown before a request, or the working directory is not there.
    """
    _refuse_workdir(command)
    check_places(command.argv, known=static.keys(), where="agent.command.argv (line mode)")
    return LineDoor(
        WorkerCommand(
            argv=[fill_text(word, static) for word in command.argv],
            cwd=working_directory(root, command.cwd, where="agent.command.cwd"),
            env=_environment(command, static, env),
            max_bytes=settings.max_answer_bytes,
        ),
        log=log_path(root, settings.name),
    )


class TextDoor:
    """Runs one process a trial; what it prints is the answer, or a recorded run where it is JSON with ``output``.

    The stimulus goes where argv names ``{{input}}`` or ``{{messages}}``, else to the standard input.

    Args:
        settings: The agent's limits.
        command: The program.
        root: Folder of the settings file.
        static: What is known before the first request.
        env: Environment of the program; TRACEPARENT is added.

    Raises:
        UsageError: A place is unknown, or the working directory is not there.
    """

    def __init__(
        self,
        settings: AgentSettings,
        command: CommandAgent,
        *,
        root: Path,
        static: Mapping[str, Json],
        env: Mapping[str, str],
    ) -> None:
        _refuse_workdir(command)
        check_places(command.argv, known=REQUEST_NAMES | static.keys(), where="agent.command.argv")
        self._argv = command.argv
        self._static = static
        self._env = _environment(command, static, env)
        self._cwd = working_directory(root, command.cwd, where="agent.command.cwd")
        self._by_stdin = not any(name in _STIMULUS for name in places(command.argv))
        self._max_bytes = settings.max_answer_bytes
        self._log_path = log_path(root, settings.name)
        self._log: ProcessLog | None = None

    async def open(self) -> None:
        """Make sure that the program is there.

        Raises:
            AgentDownError: It is not.
        """
        resolve_program([fill_text(self._argv[0], self._static)], cwd=self._cwd, env=self._env)
        self._opened_log()

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """Run the program once.

        Returns:
            The run it amounts to; a failed trial where it ran out of time, ended with another exit status than 0,
            or its output is no text.

        Raises:
            AgentDownError: It could not be started.
        """
        values = {**request_values(request), **self._static}
        argv = [fill_text(word, values) for word in self._argv]
        env = {**self._env, "TRACEPARENT": request.traceparent}
        stdin = as_text(values["input"]).encode("utf-8", "replace") if self._by_stdin else None
        log = self._opened_log()
        started = time.perf_counter()
        process = await start_process(argv, cwd=self._cwd, env=env, stdin=self._by_stdin)
        try:
            async with asyncio.timeout(request.deadline_s):
                said = await output_of(process, stdin=stdin, max_bytes=self._max_bytes, last=LastLines(log))
            run = _run_of(request, said)
        except TimeoutError:
            run = failed_run(request.key, "timed_out", f"no answer within {request.deadline_s:g} s")
        except UnreadableAnswerError as error:
            run = failed_run(request.key, "aborted", error.message)
        finally:
            latency_s = time.perf_counter() - started
            await end_process(process, grace_s=0)
        return replace(run, latency_s=latency_s, trace_id=run.trace_id or request.trace_id)

    async def close(self) -> None:
        """Close the log; every process has ended with its trial."""
        if self._log is not None:
            self._log.close()

    def _opened_log(self) -> ProcessLog:
        if self._log is None:
            self._log = ProcessLog(self._log_path)
        return self._log


def _run_of(request: TrialRequest, said: bytes) -> RecordedRun:
    """A recorded run where the output is a JSON object with ``output``; else the text is the answer."""
    try:
        text = said.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableAnswerError(f"the answer is not UTF-8: byte {error.start} cannot be read") from None
    if text.lstrip().startswith("{"):
        with contextlib.suppress(UnreadableAnswerError):
            reply = parse_answer(text)
            if isinstance(reply, dict) and "output" in reply:
                return run_from_object(request.key, reply)
    return RecordedRun(key=request.key, output=text.rstrip("\r\n"))
