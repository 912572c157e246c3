"""Addresses of agents, as far as they are known before the first request."""

import re
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
    url = _partly_filled(template, static)
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{where} must begin with http:// or https://, got {public_url(template, static)[:200]!r}")
    return url


def public_url(template: str, static: Mapping[str, Json]) -> str:
    """A URL template as it may be shown and stored: nothing of the environment, no user, no password.

    Example:
        >>> public_url("http://u:p@a:{{port}}/ask?key={{env.KEY}}", {"port": 80, "env.KEY": "s3cret"})
        'http://a:80/ask?key={{env.KEY}}'
    """
    shown = _partly_filled(template, {name: value for name, value in static.items() if not name.startswith("env.")})
    return re.sub(r"^(\w+://)[^/?#@]*@", r"\1", shown)


def _partly_filled(template: str, values: Mapping[str, Json]) -> str:
    filled = template
    for name, value in values.items():
        for place in (f"{{{{{name}}}}}", f"{{{{ {name} }}}}"):
            filled = filled.replace(place, as_text(value))
    return filled


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine's loopback, which no proxy of the environment can reach.

    Example:
        >>> is_loopback("http://127.0.0.1:8080/ask"), is_loopback("http://localhost.example.com/")
        (True, False)
    """
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return any(authority == host or authority.startswith(f"{host}:") for host in _LOOPBACK)
