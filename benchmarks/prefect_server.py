"""A Prefect server of its own for one benchmark, on a free port, with a home that is thrown away."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def prefect_server(*, ready_within_s: float = 60) -> Iterator[str]:
    """Start a server, give its API address, end it with all its processes.

    Raises:
        TimeoutError: It was not ready in time.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}/api"
    with tempfile.TemporaryDirectory(prefix="sluice-bench-prefect-", ignore_cleanup_errors=True) as home:
        prefect = Path(sys.executable).with_name("prefect")
        command = [str(prefect), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        environment = {**os.environ, **QUIET, "PREFECT_HOME": home}
        environment.pop("PREFECT_API_URL", None)
        with (Path(home) / "server.log").open("wb") as log:
            server = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            deadline = time.monotonic() + ready_within_s
            while not _answers(address):
                if time.monotonic() > deadline or server.poll() is not None:
                    raise TimeoutError(f"a Prefect server must be ready within {ready_within_s:g} s, got none")
                time.sleep(0.2)
            yield address
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
