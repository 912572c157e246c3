"""Which door an agent's settings ask for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.settings.agent import AgentSettings
from sluice.trials.recorded import RecordedRun
from tasks._agents.command import TextDoor, command_line_door
from tasks._agents.http import HttpDoor
from tasks._agents.python import python_door
from tasks._agents.recorded import RecordedDoor
from tasks._agents.request import TrialRequest


class Door(Protocol):
    """One way of reaching an agent."""

    async def open(self) -> None:
        """Warm up; AgentUnreachableError where the agent is known not to work."""

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """Send one trial and read its answer; AgentUnreachableError where nobody answered."""

    async def close(self) -> None:
        """End all that was opened."""


def make_door(settings: AgentSettings, *, root: Path, static: Mapping[str, Json], env: Mapping[str, str]) -> Door:
    """The door of an agent; nothing is started or read yet.

    Args:
        settings: The agent section; exactly one of http, command, python and recorded is set.
        root: Folder of the settings file.
        static: What is known before the first request.
        env: Environment of the processes.

    Raises:
        UsageError: None or several ways are set, or one of them cannot be gone.
    """
    ways = [name for name in ("http", "command", "python", "recorded") if getattr(settings, name) is not None]
    if len(ways) != 1:
        got = f"got {' and '.join(ways)}" if ways else "got none"
        raise UsageError(
            f"the agent must be reached in exactly one of the ways http, command, python, recorded; {got}",
            hint="set one of them in the agent section of sluice.yaml",
        )
    if settings.http is not None:
        return HttpDoor(settings, settings.http, static=static)
    if settings.command is not None:
        make = command_line_door if settings.command.mode == "line" else TextDoor
        return make(settings, settings.command, root=root, static=static, env=env)
    if settings.python is not None:
        return python_door(settings, settings.python, root=root, env=env)
    return RecordedDoor(root / (settings.recorded.file if settings.recorded is not None else ""))
