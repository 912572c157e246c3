"""``sluice up`` from start to end, with real servers; and all that it refuses."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from interfaces.cli import prefect_server
from interfaces.cli.commands import app
from interfaces.cli.prefect_server import api_url, require_safe_host, server_environment, serves_prefect
from interfaces.cli.process_table import descendants, running
from sluice.errors import UsageError
from tasks._agents.service import free_port
from tests.flows.runs import FLOOR
from tests.interfaces.prefect_site import noted_environment, reached
from tests.interfaces.scripted import Project, a_case, http_agent, serving

# The installed script: with `python -m` the project's folder would come first on the search path.
SLUICE = Path(sys.executable).with_name("sluice")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
STARTS_WITHIN_S = 180


def up(folder: Path, port: int, env: dict[str, str]) -> "subprocess.Popen[str]":
    command = [str(SLUICE), "up", "--port", str(port)]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def printed_until(process: "subprocess.Popen[str]", text: str) -> str:
    """What it printed up to a line with the text."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"ended with {process.wait()}: {''.join(lines)}")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "project"
    root.mkdir()
    # a project's own folders of our names must not come in the way of ours
    for floor in ("flows", "tasks", "storage"):
        (root / floor).mkdir()
        (root / floor / "__init__.py").write_text("raise RuntimeError('the project was imported')", encoding="utf8")
    with serving() as agent:
        yield (
            Project(root)
            .settings(agent=http_agent(agent.url, version="1"), policy=FLOOR)
            .cases([a_case(number) for number in range(6)])
        )


def flow_runs(api: str) -> list[dict[str, Any]]:
    response = httpx.post(f"{api}/flow_runs/filter", json={}, timeout=30)
    response.raise_for_status()
    return response.json()


def emit(api: str, payload: dict[str, str]) -> None:
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "sluice.agent.changed",
        "resource": {"prefect.resource.id": "sluice.agent.scripted"},
        "payload": payload,
    }
    httpx.post(f"{api}/events", json=[event], timeout=30).raise_for_status()


def test_up_serves_prefect_runs_a_gate_by_an_event_and_ends_all_of_it(tmp_path: Path, project: Project):
    port, env = free_port(), noted_environment(tmp_path)
    api = api_url("127.0.0.1", port)
    process = up(project.root, port, env)
    try:
        told = printed_until(process, "Ctrl-C ends all of it")
        assert f"Prefect is at http://127.0.0.1:{port}" in told
        emit(api, {"config": str(project.root / "sluice.yaml"), "agent_version": "2"})
        deadline = time.monotonic() + 90
        while not (runs := flow_runs(api)) or runs[0]["state_type"] not in ("COMPLETED", "FAILED", "CRASHED"):
            assert time.monotonic() < deadline, runs
            time.sleep(0.5)
        (run,) = runs
        assert (run["state_type"], run["state_name"], run["name"]) == ("COMPLETED", "PASS", "golden scripted 2")
        assert {"sluice", "agent:scripted", "version:2", "verdict:PASS"} <= set(run["tags"])
        names = {automation["name"] for automation in httpx.post(f"{api}/automations/filter", json={}).json()}
        assert names == {"an agent changed", "sluice: no heartbeat for 90 s means crashed"}
        second = subprocess.run(
            [str(SLUICE), "gate", "--config", "sluice.yaml", "--baseline", "none"],
            cwd=tmp_path / "project",
            env=env | {"PREFECT_API_URL": api},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (second.returncode, len(flow_runs(api))) == (0, 2), second.stderr
        processes = {process.pid, *(child.pid for child in descendants(process.pid))}
        assert len(processes) >= 3
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out.strip().splitlines()[-1]) == (0, "ended")
    assert processes & {left.pid for left in running()} == set()
    assert not serves_prefect(api)
    # the server, the worker, the flow run and the gate: whom they looked up or connected to
    assert reached(tmp_path) != set()
    assert reached(tmp_path) - LOOPBACK == set()


def test_a_server_that_dies_is_told_and_ends_the_rest(tmp_path: Path):
    port = free_port()
    process = up(tmp_path, port, noted_environment(tmp_path))
    try:
        printed_until(process, "Ctrl-C ends all of it")
        children = descendants(process.pid)
        (server,) = [child for child in descendants(process.pid, deep=False) if "server" in command_of(child.pid)]
        os.kill(server.pid, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 4
    assert "the Prefect server ended by itself (SIGKILL)" in out
    assert {child.pid for child in children} & {left.pid for left in running()} == set()


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf8").replace("\0", " ")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_port_that_somebody_else_listens_on_is_told(elsewhere: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["up", "--port", str(port)])
    assert result.exit_code == 2
    assert f"127.0.0.1:{port} cannot be listened on" in result.stderr
    assert f"--port {port + 1}" in result.stderr
    assert not (elsewhere / ".sluice" / "prefect").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_beyond_this_machine_prefect_is_not_served_without_a_password(elsewhere: Path, host: str):
    result = CliRunner().invoke(app, ["up", "--host", host])
    assert result.exit_code == 2
    assert f"got --host {host}" in result.stderr
    assert "PREFECT_SERVER_API_AUTH_STRING" in result.stderr


def test_with_a_password_it_may_be_served_beyond_this_machine():
    env = {"PREFECT_SERVER_API_AUTH_STRING": "ana:secret"}
    assert require_safe_host("0.0.0.0", env) is None
    with pytest.raises(UsageError):
        require_safe_host("0.0.0.0", {"PREFECT_SERVER_API_AUTH_STRING": ""})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_this_machine_needs_no_password(host: str):
    assert require_safe_host(host, {}) is None


def test_an_address_of_six_groups_is_written_in_brackets():
    assert api_url("::1", 4200) == "http://[::1]:4200/api"


@pytest.mark.parametrize(("answer", "expected"), [(b"true", True), (b'{"ok": 1}', False), (b"<html>", False)])
def test_only_a_prefect_server_is_taken_for_one(answer: bytes, expected: bool):
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing on the test's terminal."""

    import threading

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.handle_request).start()
        assert serves_prefect(api_url("127.0.0.1", server.server_address[1])) is expected
    assert not serves_prefect(api_url("127.0.0.1", free_port()))


def test_the_environment_of_a_server_calls_nobody_and_takes_no_other_profile(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PREFECT_PROFILE", "cloud")
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.invalid/api")
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    env = server_environment(Path("home"), "http://127.0.0.1:1/api")
    assert "PREFECT_PROFILE" not in env
    assert (env["PREFECT_API_URL"], env["PREFECT_HOME"]) == ("http://127.0.0.1:1/api", "home")
    assert (env["DO_NOT_TRACK"], env["PREFECT_SERVER_ANALYTICS_ENABLED"]) == ("1", "false")


def test_prefect_s_home_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "mine"))
    assert prefect_server.prefect_home(tmp_path / ".sluice") == tmp_path / "mine"
    monkeypatch.delenv("PREFECT_HOME")
    assert prefect_server.prefect_home(tmp_path / ".sluice") == tmp_path / ".sluice" / "prefect"


def test_a_log_setting_is_json_that_prefect_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from interfaces.cli.engines import use_server

    for name in ("PREFECT_LOGGING_SETTINGS_PATH", "PREFECT_API_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    use_server("http://127.0.0.1:1/api", log_folder=tmp_path)
    settings = json.loads(Path(os.environ["PREFECT_LOGGING_SETTINGS_PATH"]).read_text(encoding="utf8"))
    assert settings["handlers"]["console"]["filename"] == str(tmp_path / "prefect.log")
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
