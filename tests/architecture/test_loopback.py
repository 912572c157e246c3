"""The guard that keeps every test on this machine."""

import asyncio
import os
import socket

import pytest

OUTSIDE = "192.0.2.1"  # TEST-NET-1 of RFC 5737: an address that nobody has


def test_a_connection_to_the_outside_is_refused_and_noted(attempts_to_leave: list[str]):
    refused = pytest.raises(PermissionError, match=f"no further than loopback, got socket.connect {OUTSIDE}")
    with socket.socket() as line, refused:
        line.connect((OUTSIDE, 80))
    assert attempts_to_leave == [f"socket.connect {OUTSIDE}"]
    attempts_to_leave.clear()


def test_a_name_of_the_outside_is_not_looked_up(attempts_to_leave: list[str]):
    with pytest.raises(PermissionError, match=r"socket\.getaddrinfo example\.org"):
        socket.getaddrinfo("example.org", 443)
    attempts_to_leave.clear()


def test_a_reserved_name_resolves_nowhere_and_is_no_attempt(attempts_to_leave: list[str]):
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("agent.invalid", 443)
    assert attempts_to_leave == []


async def test_a_server_on_loopback_is_reached():
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DO_NOT_TRACK", "1"),
        ("GX_ANALYTICS_ENABLED", "false"),
        ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
        ("PREFECT_SERVER_ANALYTICS_ENABLED", "false"),
    ],
)
def test_no_library_calls_home(name: str, value: str):
    assert os.environ[name] == value
