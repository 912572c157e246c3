"""What holds for every test: nothing calls home, and no test reaches further than this machine."""

import atexit
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Two cores shared by several processes say nothing about how fast a property is.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_PREFECT_HOME = tempfile.mkdtemp(prefix="sluice-prefect-")
atexit.register(shutil.rmtree, _PREFECT_HOME, ignore_errors=True)

# Set before any library is imported that reads them.
os.environ.update(
    DO_NOT_TRACK="1",
    GX_ANALYTICS_ENABLED="false",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    PREFECT_HOME=_PREFECT_HOME,
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
)
for _name in [name for name in os.environ if name.startswith("SLUICE_") and name != "SLUICE_TEST_DATA"]:
    del os.environ[_name]

_attempts: list[str] = []


def _is_this_machine(host: Any) -> bool:
    """Whether a host given to the socket module is a loopback or wildcard address of this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name in {"localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise on a connection or look-up that would leave this machine; libraries may swallow it, so it is noted too."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a text is the path of a Unix socket
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if _is_this_machine(host):
        return
    if str(host).endswith((".invalid", ".test")):  # reserved names: they resolve nowhere, RFC 2606
        raise socket.gaierror(socket.EAI_NONAME, f"reserved name {host}")
    _attempts.append(f"{event} {host}")
    raise PermissionError(f"tests reach no further than loopback, got {event} {host}")


sys.addaudithook(_refuse_the_outside)


@pytest.fixture
def attempts_to_leave() -> list[str]:
    """What the running test tried to reach outside this machine; only the test of the guard itself empties it."""
    return _attempts


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine() -> Iterator[None]:
    """Fail the test in which something tried to reach the outside, even where a library hid the error."""
    _attempts.clear()
    yield
    left, _attempts[:] = list(_attempts), []
    assert not left, f"something tried to leave this machine: {left}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data by others, read in place: ``SLUICE_TEST_DATA``, else ``../shared/data`` beside the checkout."""
    path = Path(os.environ.get("SLUICE_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not path.is_dir():
        pytest.skip(f"no shared test data at {path}; set SLUICE_TEST_DATA to read it from elsewhere")
    return path
