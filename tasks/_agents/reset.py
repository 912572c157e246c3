"""Putting the world back before a trial, or once before the run."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import httpx

from sluice.documents.values import Json
from sluice.errors import AgentUnreachableError, UsageError
from sluice.settings.agent import AgentSettings, ResetSettings
from sluice.trials.answers import UnreadableAnswerError, excerpt
from tasks._agents.addresses import is_loopback, plain_url, public_url
from tasks._agents.logs import LastLines, ProcessLog, log_path
from tasks._agents.one_shot import output_of
from tasks._agents.processes import end_process, start_process
from tasks._agents.request import REQUEST_NAMES, TrialRequest, request_object, request_values
from tasks._agents.templates import check_places, fill_text, fill_url, places

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MAX_OUTPUT_BYTES = 1_000_000


class Reset:
    """Resets the world by an HTTP request or a program; both get the request object, with ``setup``, as JSON.

    Where the reset does not name ``{{trial_key}}`` all trials share one world, so each has it for itself.

    Args:
        settings: The agent section, for its name and time limit.
        reset: How the world is put back.
        root: Folder of the settings file; the program's working directory.
        static: What is known before the first request.
        env: Environment of the program.

    Raises:
        UsageError: Not exactly one of ``http`` and ``command`` is set, or a place is unknown.
    """

    def __init__(
        self,
        settings: AgentSettings,
        reset: ResetSettings,
        *,
        root: Path,
        static: Mapping[str, Json],
        env: Mapping[str, str],
    ) -> None:
        if (reset.http is None) == (not reset.command):
            raise UsageError("agent.reset needs exactly one of http and command")
        self.before_run = reset.before == "run"
        known = static.keys() if self.before_run else REQUEST_NAMES | static.keys()
        named = [reset.http, *reset.command]
        check_places(named, known=known, where="agent.reset")
        self._method, self._url = _parse(reset.http, static) if reset.http is not None else ("", "")
        self._argv, self._root, self._static, self._env = reset.command, root, static, env
        self._shown = public_url(self._url, static)
        self._limit_s = settings.timeout_s
        self._log_path = log_path(root, f"{settings.name}-reset")
        shared = not self.before_run and "trial_key" not in places(named)
        self._turn = asyncio.Lock() if shared else nullcontext()

    @asynccontextmanager
    async def fresh_world(self, request: TrialRequest) -> AsyncIterator[None]:
        """The world put back for one trial, and kept for it where it is shared.

        Raises:
            AgentUnreachableError: It could not be put back, so the trial would say nothing.
        """
        async with self._turn:
            if not self.before_run:
                await self.run(request)
            yield

    async def run(self, request: TrialRequest | None = None) -> None:
        """Put the world back once.

        Raises:
            AgentUnreachableError: It could not be put back.
        """
        values = {**(request_values(request) if request is not None else {}), **self._static}
        body = request_object(request) if request is not None else {}
        try:
            async with asyncio.timeout(self._limit_s):
                await (self._ask(values, body) if self._url else self._execute(values, body))
        except TimeoutError:
            raise AgentUnreachableError(f"the world was not reset within {self._limit_s:g} s") from None

    async def _ask(self, values: Mapping[str, Json], body: Mapping[str, Json]) -> None:
        url = fill_url(self._url, values)
        try:
            async with httpx.AsyncClient(
                timeout=None, verify=url.startswith("https:"), trust_env=not is_loopback(url)
            ) as client:
                response = await client.request(
                    self._method, url, json=None if self._method in ("GET", "DELETE") else body
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AgentUnreachableError(f"the world could not be reset at {self._shown}: {error}") from error
        if not response.is_success:
            said = f": {excerpt(response.content)}" if response.content else ""
            raise AgentUnreachableError(f"the reset at {self._shown} answers HTTP {response.status_code}{said}")

    async def _execute(self, values: Mapping[str, Json], body: Mapping[str, Json]) -> None:
        argv = [fill_text(word, values) for word in self._argv]
        log = ProcessLog(self._log_path)
        process = await start_process(argv, cwd=self._root, env=self._env, stdin=True)
        try:
            await output_of(process, stdin=json.dumps(body).encode(), max_bytes=_MAX_OUTPUT_BYTES, last=LastLines(log))
        except UnreadableAnswerError as error:
            raise AgentUnreachableError(f"the world could not be reset: {error.message}") from error
        finally:
            await end_process(process, grace_s=0)
            log.close()


def _parse(http: str, static: Mapping[str, Json]) -> tuple[str, str]:
    """``POST http://...`` as method and URL template; without a method it is POST."""
    method, _, url = http.strip().rpartition(" ")
    method = method.strip().upper() or "POST"
    if method not in _METHODS:
        raise UsageError(
            f"agent.reset.http must begin with one of {', '.join(_METHODS)}, or with the URL; got {http!r}"
        )
    plain_url(url, static, where="agent.reset.http")
    return method, url
