"""Addresses of agents, as far as they are known before the first request."""

from collections.abc import Mapping

from sluice.documents.values import Json
from sluice.errors import UsageError
from tasks._agents.templates import as_text

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def plain_url(template: str, static: Mapping[str, Json], *, where: str) -> str:
    """A URL template with what is known put in; places of the request stay as they are.

    Raises:
        UsageError: It does not begin with http:// or https://.
    """
    url = template
    for name, value in static.items():
        for place in (f"{{{{{name}}}}}", f"{{{{ {name} }}}}"):
            url = url.replace(place, as_text(value))
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{where} must begin with http:// or https://, got {url[:200]!r}")
    return url


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine's loopback, which no proxy of the environment can reach.

    Example:
        >>> is_loopback("http://127.0.0.1:8080/ask"), is_loopback("http://localhost.example.com/")
        (True, False)
    """
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return any(authority == host or authority.startswith(f"{host}:") for host in _LOOPBACK)
