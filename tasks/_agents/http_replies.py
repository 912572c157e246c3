"""What an HTTP reply means: an answer, a failed trial, or an agent that was never reached."""

import email.utils
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sluice.documents.values import Json, same_value
from sluice.errors import AgentUnreachableError
from sluice.settings.agent import HttpAgent
from sluice.trials.answers import UnreadableAnswerError, excerpt, parse_answer
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.responses import ResponseParts, run_from_parts
from tasks._agents.paths import Finder, compile_calls_path, compile_path
from tasks.policy import AgentDownError

# Something between us and the agent says that the agent is not there or has no time; nobody answered the question.
_AGAIN = {429: "is busy", 502: "is behind a gateway that lost it", 503: "is not available", 504: "is out of reach"}
# The request stopped before the agent's own logic: wrong address, wrong method, wrong credentials.
_NEVER = {
    401: "asks for credentials",
    404: "is not at this address",
    405: "does not take this method",
    407: "is behind a proxy that asks for credentials",
}
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP reply, read to its end.

    Args:
        url: Where it came from.
        status: HTTP status.
        headers: Names in lower case.
        body: Decompressed.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class FailedReplyError(UnreadableAnswerError):
    """The agent answered with an error of its own; its trial is a failed one."""


def refuse_errors(reply: Reply, *, at: str) -> None:
    """Sort the replies that are no answer.

    ======================  ==============================================================================
    2xx                     an answer
    429 502 503 504         not reached; another try may help (Retry-After is honoured)
    3xx 401 404 405 407     not reached; another try cannot help: the settings point elsewhere
    any other 4xx, 5xx      the agent's own failure, a failed trial
    ======================  ==============================================================================

    Args:
        reply: The reply.
        at: The address as it may be shown: the real one may hold secrets.

    Raises:
        AgentUnreachableError: Nobody answered the question; with AgentDownError another try cannot help.
        FailedReplyError: The agent failed.
    """
    status = reply.status
    if 200 <= status < 300:
        return
    said = f": {excerpt(reply.body)}" if reply.body.strip() else ""
    if status in _AGAIN:
        raise AgentUnreachableError(f"the agent at {at} {_AGAIN[status]} (HTTP {status}){said}")
    if status in _NEVER:
        raise AgentDownError(
            f"the agent at {at} {_NEVER[status]} (HTTP {status}){said}", hint="check agent.http in sluice.yaml"
        )
    if status < 400:
        target = reply.headers.get("location", "elsewhere")
        raise AgentDownError(
            f"the agent at {at} redirects to {excerpt(target)} (HTTP {status}), which is not followed",
            hint="put the final address into agent.http.url",
        )
    raise FailedReplyError(f"the agent answered HTTP {status}{said}")


def pause_asked_for(reply: Reply) -> float:
    """Seconds that a busy agent asks to be left alone, in [0, 60]; 0 where it does not ask.

    Source:
        RFC 9110, section 10.2.3: a number of seconds or an HTTP date.
    """
    written = reply.headers.get("retry-after", "").strip()
    if not written or reply.status not in _AGAIN:
        return 0.0
    try:
        seconds = float(written)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(written).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    # Written so that "nan", which compares to nothing, becomes 0.
    return min(seconds, LONGEST_PAUSE_S) if seconds > 0 else 0.0


class ReplyReader:
    """Reads answers, calls and costs out of replies, by the JSONPaths of the settings.

    Args:
        http: The settings.

    Raises:
        UsageError: One of the paths is no JSONPath.
    """

    def __init__(self, http: HttpAgent) -> None:
        self._answer = compile_path(http.answer, where="agent.http.answer") if http.answer is not None else None
        self._calls = compile_calls_path(http.calls) if http.calls is not None else None
        self._amounts: dict[str, Finder] = {
            name: compile_path(path, where=f"agent.http.{name}")
            for name, path in (
                ("cost_usd", http.cost_usd),
                ("input_tokens", http.input_tokens),
                ("output_tokens", http.output_tokens),
            )
            if path is not None
        }

    def run(self, key: TrialKey, reply: Reply) -> RecordedRun:
        """The run a good reply amounts to.

        Raises:
            UnreadableAnswerError: The answer is missing or outside the agreed format.
        """
        document = self._document(reply)
        found = self._answer(document) if self._answer is not None else [document]
        amounts = {name: _only(find(document)) for name, find in self._amounts.items()}
        parts = ResponseParts(
            answer=_only(found) if len(found) < 2 else list(found),
            found=bool(found),
            calls=self._calls(document) if self._calls is not None else None,
            cost_usd=amounts.get("cost_usd"),
            input_tokens=amounts.get("input_tokens"),
            output_tokens=amounts.get("output_tokens"),
        )
        return run_from_parts(key, parts)

    def _document(self, reply: Reply) -> Json:
        """The body as JSON; as text only where nothing is asked of its parts and it does not claim to be JSON."""
        claims_json = "json" in reply.headers.get("content-type", "")
        if claims_json or self._answer is not None or self._calls is not None or self._amounts:
            return parse_answer(reply.body)
        try:
            return reply.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableAnswerError(f"the answer is not UTF-8: byte {error.start} cannot be read") from None


def _only(found: Sequence[Json]) -> Json:
    return found[0] if found else None


def compile_until(until: Mapping[str, Json]) -> Callable[[Json], bool]:
    """When a polled job is done: every path holds the value it is given, or one of a list of values.

    Raises:
        UsageError: One of the paths is no JSONPath.
    """
    finders = [(compile_path(path, where="agent.http.poll.until"), wanted) for path, wanted in until.items()]

    def done(document: Json) -> bool:
        return all(
            any(same_value(match, value) for match in find(document) for value in _alternatives(wanted))
            for find, wanted in finders
        )

    return done


def _alternatives(wanted: Json) -> Sequence[Json]:
    return wanted if isinstance(wanted, list | tuple) else [wanted]
