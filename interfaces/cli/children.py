"""Processes that a command starts and ends: each the leader of a group of its own, with its output in a file."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from interfaces.cli.process_table import descendants, running
from sluice.errors import SluiceError, UsageError
from tasks._agents import _leash

GRACE_S = 10.0
# Longer than a gate takes to let its last trials finish and to end its agent.
CHILDREN_GRACE_S = 15.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_S = 0.1
_LAST_LINES = 5
_TAIL_BYTES = 8_000


_Handler = Any  # a callable, a number, or None: what the signal module takes and gives


class Interrupted(BaseException):
    """SIGINT or SIGTERM came: everything that was started is to be ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A started process.

    Args:
        name: What a person calls it.
        log: File with all that it prints.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def last_lines(self) -> str:
        """The last lines it printed, on one line."""
        text = self.log.read_bytes()[-_TAIL_BYTES:].decode("utf8", errors="replace")
        return " | ".join([line.strip() for line in text.splitlines() if line.strip()][-_LAST_LINES:])


class Children:
    """Processes that end with the block they are started in, in the reverse order, and all that they started with them.

    SIGINT and SIGTERM end the block with ``Interrupted``; while it ends, more of them change nothing.

    Args:
        log_folder: Where their output is written; made where it is missing.

    Raises:
        Interrupted: SIGINT or SIGTERM came.
    """

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[Child] = []
        self._before: dict[signal.Signals, _Handler] = {}
        self._starting = self._interrupted = False

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            self.end()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def end(self) -> None:
        """End every process, the last one first."""
        while self._children:
            _end(self._children[-1])
            self._children.pop()

    def listen(self) -> None:
        """Let SIGINT and SIGTERM end the block, whatever took them since."""
        for number in _SIGNALS:
            signal.signal(number, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        if self._starting:
            # A process of which nobody knows yet would be left over.
            self._interrupted = True
            return
        # Another signal would break off the ending of what was started.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> Child:
        """Start a process in the background.

        Args:
            name: What a person calls it; its log is named after it.
            command: Program and arguments; no shell reads them.
            env: Its whole environment.
            cwd: Its working directory.

        Raises:
            UsageError: Its log cannot be written.
            Interrupted: SIGINT or SIGTERM came.
        """
        log = self._log_folder / f"{name.replace(' ', '-').lower()}.log"
        try:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            output = log.open("wb")
        except OSError as error:
            raise UsageError(f"the log of the {name} cannot be written: {error}") from None
        self._starting = True
        try:
            with output:
                process = subprocess.Popen(
                    _on_a_leash(command),
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            child = Child(name=name, process=process, log=log)
            self._children.append(child)
        finally:
            self._starting = False
        if self._interrupted:
            self._interrupt()
        return child

    def watch(self, *, seconds: float | None = None) -> None:
        """Look after the processes for some seconds; for ever where None.

        Raises:
            SluiceError: One of them ended.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            for child in self._children:
                code = child.process.poll()
                if code is not None:
                    raise SluiceError(
                        f"the {child.name} ended by itself ({_ending(code)}): {child.last_lines()}",
                        hint=f"its log: {child.log}",
                    )
            time.sleep(_LOOK_S)

    def finish(self, child: Child, *, within_s: float) -> None:
        """Wait until a process has done its work, looking after the others meanwhile.

        Raises:
            SluiceError: It failed, took too long, or another one ended.
        """
        self._children.remove(child)
        until = time.monotonic() + within_s
        try:
            while child.process.poll() is None:
                if time.monotonic() > until:
                    raise SluiceError(f"the {child.name} took longer than {within_s:g} s", hint=f"its log: {child.log}")
                self.watch(seconds=_LOOK_S)
        finally:
            _end(child)
        if child.process.returncode != 0:
            raise SluiceError(f"the {child.name} failed: {child.last_lines()}", hint=f"its log: {child.log}")


def _on_a_leash(command: Sequence[str]) -> list[str]:
    """The command in a form that ends with us even where we are killed and can end nothing ourselves."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", str(_leash.__file__), str(os.getpid()), *command]


def _end(child: Child) -> None:
    """Ask a process to end, then end whoever is left of its group and of the groups it started.

    A Prefect worker that is asked kills the flow runs it has started; so they are asked first, while it still looks
    after them, and each stores where it is.
    """
    if child.process.poll() is None:
        leaders = [process.pid for process in descendants(child.process.pid) if process.leads_group]
        own = [process.pid for process in descendants(child.process.pid, deep=False)]
        for pid in own:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        _wait_until_gone(own, CHILDREN_GRACE_S)
        _signal_group(child.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(GRACE_S)
        for pid in leaders:
            _signal_group(pid, signal.SIGKILL)
    _signal_group(child.process.pid, signal.SIGKILL)
    child.process.wait()


def _wait_until_gone(pids: Sequence[int], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and set(pids) & {process.pid for process in running()}:
        time.sleep(_LOOK_S)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _ending(code: int) -> str:
    return f"exit status {code}" if code >= 0 else signal.Signals(-code).name
