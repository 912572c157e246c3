"""Whether the agent is there to be asked."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from sluice.documents.values import Json
from sluice.settings.agent import AgentSettings
from tasks._agents.addresses import is_loopback, plain_url, public_url
from tasks._agents.templates import check_places
from tasks.policy import AgentDownError

_ONE_PROBE_S = 2.0


class Health:
    """Asks one address whether it answers.

    Args:
        url: Asked with GET; healthy is any 2xx.
        shown: The address as it may stand in a message.
        only_port: True where no health address is known: then it is enough that the port takes connections.
    """

    def __init__(self, url: str, *, shown: str, only_port: bool = False) -> None:
        self.url = url
        self.shown = shown
        self._only_port = only_port

    async def problem(self) -> str | None:
        """What is wrong right now; None where it is healthy."""
        if self._only_port:
            return await self._port_problem()
        try:
            async with self._client() as client:
                response = await client.get(self.url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{self.shown}: {error or type(error).__name__}"
        return None if response.is_success else f"{self.shown} answers HTTP {response.status_code}"

    def _client(self) -> httpx.AsyncClient:
        # Made for one question: half a millisecond, and nothing to close later.
        certified = self.url.startswith("https:")
        return httpx.AsyncClient(timeout=_ONE_PROBE_S, verify=certified, trust_env=not is_loopback(self.url))

    async def _port_problem(self) -> str | None:
        address = urlsplit(self.url)
        host, port = address.hostname or "127.0.0.1", address.port or (443 if address.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_ONE_PROBE_S):
                _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            return f"{host}:{port} takes no connection: {error or type(error).__name__}"
        writer.close()
        return None


def health_of(settings: AgentSettings, values: Mapping[str, Json]) -> Health | None:
    """How this agent's health is seen: by ``health``, else by the port of ``http.url``, else not at all.

    Raises:
        UsageError: A place is unknown, or the address is none.
    """
    if settings.health is not None:
        check_places(settings.health, known=values.keys(), where="agent.health")
        url = plain_url(settings.health, values, where="agent.health")
        return Health(url, shown=public_url(settings.health, values))
    if settings.start is not None and settings.http is not None:
        url = plain_url(settings.http.url, values, where="agent.http.url")
        return Health(url, shown=public_url(settings.http.url, values), only_port=True)
    return None


async def check_health(health: Health, *, within_s: float) -> None:
    """Make sure that an agent which somebody else runs is there.

    Args:
        health: What to ask.
        within_s: Seconds in which it may still come up.

    Raises:
        AgentDownError: It is not healthy.
    """
    started = time.monotonic()
    while (reason := await health.problem()) is not None:
        if time.monotonic() - started >= within_s:
            raise AgentDownError(f"the agent is not healthy: {reason}", hint="start it, or set agent.start")
        await asyncio.sleep(0.1)
