"""The agent behind an HTTP endpoint."""

import asyncio
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from sluice.documents.values import Json
from sluice.errors import AgentUnreachableError
from sluice.settings.agent import AgentSettings, HttpAgent
from sluice.trials.answers import UnreadableAnswerError
from sluice.trials.recorded import RecordedRun
from sluice.trials.responses import failed_run
from tasks._agents.addresses import is_loopback, plain_url, public_url
from tasks._agents.http_poll import JobPoll
from tasks._agents.http_replies import Reply, ReplyReader, pause_asked_for, refuse_errors
from tasks._agents.request import REQUEST_NAMES, TrialRequest, request_object, request_values
from tasks._agents.templates import check_places, fill, fill_text, fill_url
from tasks.policy import AgentDownError

_CONNECT_S = 10.0
# Servers commonly close idle connections after 5 s; a connection reused at that moment would be reset.
_IDLE_S = 2.0
_SLOW_TO_READ_BYTES = 256_000
# A client takes 2 ms to make: better while the agent starts than between the first requests.
_CLIENTS_AT_OPENING = 50


class HttpDoor:
    """Asks one HTTP agent, many trials at once.

    Without a ``body`` in the settings the agent gets the request object that ``command`` agents get.

    Args:
        settings: The agent's limits.
        http: How it is reached.
        static: What is known before the first request: port, version, environment.

    Raises:
        UsageError: A template names what is not known, a path is no JSONPath, or the URL is none.
    """

    def __init__(self, settings: AgentSettings, http: HttpAgent, *, static: Mapping[str, Json]) -> None:
        known = REQUEST_NAMES | static.keys()
        for name, template in (("url", http.url), ("headers", http.headers), ("body", http.body)):
            check_places(template, known=known, where=f"agent.http.{name}")
        self._http = http
        self._static = static
        # The address that is asked may hold secrets of the environment; this one goes into messages.
        self._shown = public_url(http.url, static)
        self._max_bytes = settings.max_answer_bytes
        self._at_once = settings.concurrency
        self._reader = ReplyReader(http)
        self._poll = JobPoll(http.poll, static=static) if http.poll is not None else None
        self._busy_until = 0.0
        self._lanes = Lanes(plain_url(http.url, static, where="agent.http.url"))

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """Send one trial and read its answer.

        Returns:
            A completed run, or a failed trial (timed out, aborted) with its reason.

        Raises:
            AgentUnreachableError: Nobody answered; with AgentDownError another try cannot help.
        """
        await self._wait_while_busy()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(request.deadline_s):
                run = await self._answer(request)
        except TimeoutError:
            run = failed_run(request.key, "timed_out", f"no answer within {request.deadline_s:g} s")
        except UnreadableAnswerError as error:
            run = failed_run(request.key, "aborted", error.message)
        return replace(run, latency_s=time.perf_counter() - started, trace_id=run.trace_id or request.trace_id)

    async def open(self) -> None:
        """Make the clients of the first trials; nothing is asked yet."""
        self._lanes.make(min(self._at_once, _CLIENTS_AT_OPENING))

    async def close(self) -> None:
        """Close every connection."""
        await self._lanes.close()

    async def _wait_while_busy(self) -> None:
        # One agent, one pause: it asked every caller to hold back, not only the one that was told.
        while (left := self._busy_until - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def _answer(self, request: TrialRequest) -> RecordedRun:
        values = {**request_values(request), **self._static}
        reply = await self.send(self._message(request, values), deadline_s=request.deadline_s)
        if self._poll is not None:
            reply = await self._poll.result(reply, request=request, values=values, get=self._get)
        if len(reply.body) > _SLOW_TO_READ_BYTES:
            return await asyncio.to_thread(self._reader.run, request.key, reply)
        return self._reader.run(request.key, reply)

    def _message(self, request: TrialRequest, values: Mapping[str, Json]) -> httpx.Request:
        url, method = fill_url(self._http.url, values), self._http.method.upper()
        headers = self._headers(request, values)
        try:
            if self._http.body is None:
                default = None if method in ("GET", "HEAD", "DELETE") else request_object(request)
                return self._lanes.build_request(method, url, headers=headers, json=default)
            body = fill(self._http.body, values)
            if isinstance(body, str):
                return self._lanes.build_request(method, url, headers=headers, content=body.encode())
            return self._lanes.build_request(method, url, headers=headers, json=body)
        except (httpx.InvalidURL, ValueError) as error:
            # ValueError: NaN or half a surrogate pair in what a case sends.
            raise AgentDownError(f"{request.key} cannot be sent to {self._shown}: {error}") from error

    def _headers(self, request: TrialRequest, values: Mapping[str, Json]) -> list[tuple[bytes, bytes]]:
        filled = {name: fill_text(text, values, escape=_header_text) for name, text in self._http.headers.items()}
        if not any(name.lower() == "traceparent" for name in filled):
            filled["traceparent"] = request.traceparent
        return [(name.encode("ascii", "replace"), text.encode("utf-8", "replace")) for name, text in filled.items()]

    async def _get(self, url: str, request: TrialRequest, values: Mapping[str, Json]) -> Reply:
        message = self._lanes.build_request("GET", url, headers=self._headers(request, values))
        return await self.send(message, deadline_s=request.deadline_s)

    async def send(self, message: httpx.Request, *, deadline_s: float) -> Reply:
        """Send one message and read a good reply to its end.

        Raises:
            AgentUnreachableError: Nobody answered.
            UnreadableAnswerError: The reply is an error of the agent, is too long or breaks off.
        """
        # The whole has the caller's time limit; a connection that cannot be made must end before it, so that an
        # agent that was never reached is not taken for a slow one.
        limit = min(_CONNECT_S, 0.8 * deadline_s)
        message.extensions = {"timeout": {"connect": limit, "read": None, "write": None, "pool": None}}
        with self._lanes.one() as client:
            reply = await self._exchange(client, message)
        self._busy_until = max(self._busy_until, time.monotonic() + pause_asked_for(reply))
        refuse_errors(reply, at=self._shown)
        return reply

    async def _exchange(self, client: httpx.AsyncClient, message: httpx.Request) -> Reply:
        try:
            response = await client.send(message, stream=True)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise AgentDownError(f"the request to {self._shown} cannot be sent: {error}") from error
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise AgentUnreachableError(f"the agent at {self._shown} could not be reached: {reason}") from error
        try:
            return await self._read(response)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> Reply:
        body = bytearray()
        try:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._max_bytes:
                    raise UnreadableAnswerError(f"the answer is longer than max_answer_bytes ({self._max_bytes})")
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise UnreadableAnswerError(f"the answer broke off after {len(body)} bytes: {error}") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(url=str(response.url), status=response.status_code, headers=headers, body=bytes(body))


def _header_text(_name: str, text: str) -> str:
    # A line break in a value would begin another header.
    return "".join(" " if sign in "\r\n\0" else sign for sign in text)


class Lanes:
    """HTTP clients of one connection each, the one used last taken first.

    One client with many connections looks at every one of them for each request: at 20 at once that is a third of all
    the time a request takes. A cookie that the agent sets for one trial stays out of the others.

    Args:
        url: Of the agent; says whether certificates and proxies matter.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # Reading the certificates of the world takes 40 ms, so all clients share them.
        self._verify = ssl.create_default_context() if not url.startswith("http://") else False
        self._all: list[httpx.AsyncClient] = []
        self._idle: list[httpx.AsyncClient] = []

    def build_request(self, method: str, url: str, **given: Any) -> httpx.Request:
        """A request as every client would send it."""
        with self.one() as client:
            return client.build_request(method, url, **given)

    def make(self, number: int) -> None:
        """Have at least so many idle clients."""
        while len(self._idle) < number:
            self._idle.append(self._new())

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        """A client that nobody else uses meanwhile."""
        client = self._idle.pop() if self._idle else self._new()
        client.cookies.clear()
        try:
            yield client
        finally:
            self._idle.append(client)

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(client.aclose() for client in self._all))

    def _new(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            # Redirects, which could lead to https, are not followed.
            verify=self._verify,
            trust_env=not is_loopback(self._url),
            timeout=None,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE_S),
        )
        self._all.append(client)
        return client
