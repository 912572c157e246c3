"""Processes of a command: watched while it runs, and all of them gone when it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interfaces.cli import children as module
from interfaces.cli.children import Child, Children, Interrupted
from interfaces.cli.process_table import _from_proc, _from_ps, descendants, running
from sluice.errors import SluiceError, UsageError

SLEEPS = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
# A worker: what it starts is in a session of its own, and says how it was ended.
STARTS = """
import subprocess, sys, time
child = "import signal, sys, time, pathlib\\n" \\
    "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('asked').touch(), sys.exit()))\\n" \\
    "pathlib.Path('ready').touch(); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
time.sleep(600)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def start(children: Children, folder: Path, code: str, name: str = "sleeper") -> Child:
    return children.start(name, python(code), env=dict(os.environ), cwd=folder)


def until(path: Path, text: str = "") -> None:
    deadline = time.monotonic() + 30
    while not (path.exists() and text in path.read_text(encoding="utf8")):
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


def alive(pid: int) -> bool:
    return pid in {process.pid for process in running()}


def test_what_was_started_ends_with_the_block(tmp_path: Path):
    with Children(tmp_path / "logs") as children:
        pids = [start(children, tmp_path, SLEEPS, name).process.pid for name in ("one", "two")]
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_who_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "GRACE_S", 0.2)
    with Children(tmp_path) as children:
        child = start(children, tmp_path, DEAF)
        until(child.log, "deaf")
    assert child.process.returncode == -signal.SIGKILL


def test_what_a_process_started_in_a_session_of_its_own_is_asked_to_end_first(tmp_path: Path):
    with Children(tmp_path / "logs") as children:
        child = start(children, tmp_path, STARTS)
        until(tmp_path / "ready")
        (own,) = descendants(child.process.pid)
        assert own.leads_group
    assert (tmp_path / "asked").exists()
    assert not alive(own.pid)


def test_a_process_that_ends_by_itself_is_told_with_its_last_lines(tmp_path: Path):
    with Children(tmp_path) as children:
        start(children, tmp_path, "print('no room left'); raise SystemExit(3)", "Prefect server")
        with pytest.raises(SluiceError) as told:
            children.watch(seconds=30)
    assert str(told.value).startswith("the Prefect server ended by itself (exit status 3): no room left")
    assert told.value.hint == f"its log: {tmp_path / 'prefect-server.log'}"


def test_a_process_that_was_killed_says_by_what(tmp_path: Path):
    with Children(tmp_path) as children:
        os.kill(start(children, tmp_path, SLEEPS).process.pid, signal.SIGKILL)
        with pytest.raises(SluiceError, match="SIGKILL"):
            children.watch(seconds=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_the_block_and_the_handlers_of_before_are_back(tmp_path: Path, number: signal.Signals):
    before, pids = signal.getsignal(number), []

    def interrupted() -> None:
        with Children(tmp_path) as children:
            pids.append(start(children, tmp_path, SLEEPS).process.pid)
            os.kill(os.getpid(), number)
            children.watch(seconds=10)

    with pytest.raises(Interrupted):
        interrupted()
    assert not alive(pids[0])
    assert signal.getsignal(number) == before


def test_signals_that_somebody_took_meanwhile_are_taken_back(tmp_path: Path):
    def interrupted() -> None:
        with Children(tmp_path) as children:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            children.listen()
            os.kill(os.getpid(), signal.SIGTERM)
            children.watch(seconds=10)

    with pytest.raises(Interrupted):
        interrupted()


def test_a_killed_command_takes_its_processes_with_it(tmp_path: Path):
    code = f"""
import os, pathlib, sys
from interfaces.cli.children import Children
with Children(pathlib.Path("logs")) as children:
    child = children.start("s", [sys.executable, "-c", "{SLEEPS}"], env=dict(os.environ), cwd=pathlib.Path())
    pathlib.Path("pid").write_text(str(child.process.pid))
    children.watch()
"""
    process = subprocess.Popen(python(code), cwd=tmp_path)
    until(tmp_path / "pid")
    time.sleep(0.2)
    pid = int((tmp_path / "pid").read_text(encoding="utf8"))
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "logs").touch()
    with Children(tmp_path / "logs") as children, pytest.raises(UsageError, match="log of the sleeper"):
        start(children, tmp_path, SLEEPS)


@pytest.mark.parametrize("read", [_from_proc, _from_ps])
def test_both_ways_of_listing_processes_know_this_one_and_its_children(read):
    child = subprocess.Popen(python(SLEEPS), start_new_session=True)
    try:
        table = {process.pid: process for process in read()}
    finally:
        child.kill()
        child.wait()
    assert (table[child.pid].parent, table[child.pid].leads_group) == (os.getpid(), True)
    assert os.getpid() in table
