"""Job-style HTTP agents: the first reply names a job, which is asked for until it is done."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, urljoin, urlsplit

from sluice.documents.values import Json
from sluice.errors import AgentUnreachableError
from sluice.settings.agent import PollSettings
from sluice.trials.answers import UnreadableAnswerError, excerpt, parse_answer
from tasks._agents.http_replies import Reply, compile_until
from tasks._agents.paths import compile_path
from tasks._agents.request import REQUEST_NAMES, TrialRequest
from tasks._agents.templates import as_text, check_places, fill_url
from tasks.policy import AgentDownError

Get = Callable[[str, TrialRequest, Mapping[str, Json]], Awaitable[Reply]]
_FROM_REPLY = re.compile(r"\{\{\s*(\$[^{}]*?)\s*\}\}")
_FAULTS_IN_A_ROW = 5


class JobPoll:
    """Follows one job to its end.

    ``url`` is a JSONPath (``$.job``) whose match is an address, absolute or relative to the first request, or a
    template in which ``{{$.id}}`` stands for a match. Only addresses of the agent's own origin are asked, for the
    address comes from outside and our headers go with it.

    Args:
        poll: The settings.
        static: What is known before the first request.

    Raises:
        UsageError: A path is no JSONPath, or a place is unknown.
    """

    def __init__(self, poll: PollSettings, *, static: Mapping[str, Json]) -> None:
        self._poll = poll
        where = "agent.http.poll.url"
        self._whole = compile_path(poll.url, where=where) if poll.url.startswith("$") else None
        self._parts = {path: compile_path(path, where=where) for path in _FROM_REPLY.findall(poll.url)}
        if self._whole is None:
            check_places(_FROM_REPLY.sub("", poll.url), known=REQUEST_NAMES | static.keys(), where=where)
        self._done = compile_until(poll.until)

    async def result(self, first: Reply, *, request: TrialRequest, values: Mapping[str, Json], get: Get) -> Reply:
        """The reply that says the job is done; the caller's time limit ends the waiting.

        Raises:
            UnreadableAnswerError: The first reply names no job, or a later one is no JSON.
            AgentDownError: The agent went away while it worked; the job is not given to it a second time.
        """
        document = parse_answer(first.body)
        if self._done(document):
            return first
        url = self._job_url(first.url, document, values)
        faults = 0
        while True:
            await asyncio.sleep(self._poll.every_s)
            try:
                reply = await get(url, request, values)
            except AgentUnreachableError as error:
                faults += 1
                if faults >= _FAULTS_IN_A_ROW or isinstance(error, AgentDownError):
                    raise AgentDownError(f"the job was accepted, but then lost: {error.message}") from error
                continue
            faults = 0
            if self._done(parse_answer(reply.body)):
                return reply

    def _job_url(self, asked: str, document: Json, values: Mapping[str, Json]) -> str:
        if self._whole is not None:
            address = _one(self._whole(document), self._poll.url)
        else:
            found = {path: quote(_one(find(document), path), safe="") for path, find in self._parts.items()}
            address = fill_url(_FROM_REPLY.sub(lambda place: found[place.group(1)], self._poll.url), values)
        url = urljoin(asked, address)
        if urlsplit(url)[:2] != urlsplit(asked)[:2]:
            raise UnreadableAnswerError(f"the job's address {excerpt(url)!r} is not the agent's own")
        return url


def _one(found: object, path: str) -> str:
    match = found[0] if isinstance(found, list) and found else None
    if match is None or isinstance(match, dict | list):
        raise UnreadableAnswerError(f"the first reply names no job at {path}")
    return as_text(match)
