"""A misbehaving server for every test, and the certainty that no process is left."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.tasks.agents.misbehaving import Loopback, is_gone, is_running


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    server = Loopback()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()
    tasks = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "Loopback.serve"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    """Every test ends what it started: no running child of this process beyond those before."""
    before = _children()
    yield
    assert all(is_gone(pid) for pid in _children() - before)


def _children() -> set[int]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = {int(pid) for path in listed for pid in path.read_text(encoding="utf8").split()}
    return {pid for pid in pids if is_running(pid)}
