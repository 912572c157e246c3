"""What the tests of the example agent share: the agent in process, and as a service of its own on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from examples.support_agent.agent import answer
from examples.support_agent.reading import as_messages
from examples.support_agent.run import Run
from examples.support_agent.versions import version_named
from examples.support_agent.world import World

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 20.0

Ask = Callable[..., tuple[str, Run]]
Serve = Callable[..., httpx.Client]


@pytest.fixture
def ask() -> Ask:
    """Ask a version of the agent in process; without a world each question gets its own."""

    def asked(question: object, *, version: str = "stable", world: World | None = None) -> tuple[str, Run]:
        return answer(version_named(version), world or World(), as_messages(question))

    return asked


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start services as the command line does; each is ended by its own process id, and its spans are flushed."""
    started: list[tuple[subprocess.Popen[bytes], httpx.Client]] = []

    def served(version: str = "stable", *options: str, **environment: str) -> httpx.Client:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        argv = [sys.executable, "-m", "examples.support_agent", "--version", version, "--port", str(port), *options]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
        process = subprocess.Popen(argv, cwd=ROOT, env=inherited | environment)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
        started.append((process, client))
        _wait_until_healthy(process, client)
        return client

    yield served
    for process, client in started:
        client.close()
        process.terminate()
        process.wait(timeout=10)


def _wait_until_healthy(process: subprocess.Popen[bytes], client: httpx.Client) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    pytest.fail(f"the service was not healthy within {START_LIMIT_S} s; exit code {process.poll()}")
