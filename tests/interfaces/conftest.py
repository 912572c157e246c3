"""A project of a user's, an agent that says what it is told, and the command line in this process or in its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from interfaces.cli.commands import app
from tests.interfaces.scripted import NO_GUARDS, Project, ScriptedAgent, a_case, http_agent, serving

ROOT = Path(__file__).parents[2]
Sluice = Callable[..., Result]
Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def agent() -> Iterator[ScriptedAgent]:
    with serving() as scripted:
        yield scripted


@pytest.fixture
def project(tmp_path: Path, agent: ScriptedAgent, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Six cases that a good agent passes, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return (
        Project(tmp_path)
        .settings(agent=http_agent(agent.url), policy=NO_GUARDS)
        .cases([a_case(number) for number in range(6)])
    )


@pytest.fixture
def sluice() -> Sluice:
    """The command line in this process; an error that is not told fails the test."""

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="sluice")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """The command line in a process of its own, as a user starts it; warnings are errors there too."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: object, env: dict[str, str] | None = None, cwd: Path | None = None, **more: object):
        command = [sys.executable, "-W", "error", "-m", "interfaces.cli.main", *map(str, arguments)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
        environment |= {"PYTHONPATH": str(ROOT)} | (env or {})
        process = subprocess.Popen(command, cwd=cwd or tmp_path, env=environment, **options)  # type: ignore[call-overload]
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
