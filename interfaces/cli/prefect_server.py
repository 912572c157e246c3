"""A Prefect server of our own: started, waited for, and found where one runs already."""

import ipaddress
import json
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from interfaces.cli.children import Child, Children
from interfaces.cli.engines import QUIET
from sluice.errors import SluiceError, UsageError

PREFECT = (sys.executable, "-m", "prefect")
# Its first start makes its database: some 15 s on two busy cores.
READY_WITHIN_S = 120.0
_ANSWERS_WITHIN_S = 2.0
# Straight to the server, whatever proxy the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def api_url(host: str, port: int) -> str:
    """Address of a server's API."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/api"


def require_safe_host(host: str, env: Mapping[str, str]) -> None:
    """Whoever reaches a Prefect server may run its flows: beyond this machine only with a password.

    Raises:
        UsageError: The host is not a loopback address, and no password is set.
    """
    if _is_loopback(host) or env.get("PREFECT_SERVER_API_AUTH_STRING"):
        return
    raise UsageError(
        f"without a password Prefect is only served on this machine, got --host {host}",
        hint="set PREFECT_SERVER_API_AUTH_STRING and PREFECT_API_AUTH_STRING to the same user:password",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def prefect_home(folder: Path) -> Path:
    """Where a server keeps its database: ``PREFECT_HOME``, else ``prefect/`` in the folder."""
    return Path(os.environ.get("PREFECT_HOME") or folder / "prefect").absolute()


def server_environment(home: Path, url: str) -> dict[str, str]:
    """Environment of a server, and of all that talks to it; nothing of it calls home."""
    given = {
        name: value
        for name, value in os.environ.items()
        # Another profile would name another server; our own log settings are for our own process.
        if name not in ("PREFECT_PROFILE", "PREFECT_LOGGING_SETTINGS_PATH")
    }
    own = {"PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_SERVER_UI_API_URL": url}
    return {**QUIET, "PYTHONUNBUFFERED": "1", **given, **own}


def serves_prefect(url: str) -> bool:
    """Whether a Prefect server answers at this address."""
    try:
        with _OPENER.open(f"{url}/health", timeout=_ANSWERS_WITHIN_S) as response:
            return bool(json.load(response) is True)
    except (OSError, ValueError):
        return False


def require_free_port(host: str, port: int) -> None:
    """Refuse a port that somebody else listens on.

    Raises:
        UsageError: It is in use, or cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"{host}:{port} cannot be listened on ({error.strerror or error}), and no Prefect server answers there",
                hint=f"end what listens there, or take another port: --port {port + 1}",
            ) from None


def start_server(children: Children, *, host: str, port: int, home: Path) -> Child:
    """Start a server in the background; ``wait_until_ready`` comes next."""
    home.mkdir(parents=True, exist_ok=True)
    command = [*PREFECT, "server", "start", "--host", host, "--port", str(port)]
    # Its folder is its own: Prefect reads settings from the files of a working directory.
    return children.start("Prefect server", command, env=server_environment(home, api_url(host, port)), cwd=home)


def wait_until_ready(children: Children, url: str, *, within_s: float = READY_WITHIN_S) -> None:
    """Wait until a started server answers.

    Raises:
        SluiceError: It ended, or did not answer in time.
    """
    until = time.monotonic() + within_s
    while not serves_prefect(url):
        children.watch(seconds=0.2)
        if time.monotonic() > until:
            raise SluiceError(f"the Prefect server did not answer at {url} within {within_s:g} s")
