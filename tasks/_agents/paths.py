"""JSONPaths of the settings, compiled once and asked of every response."""

import re
from collections.abc import Callable, Sequence

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.trials.answers import UnreadableAnswerError

# A compiled path: every value it matches, in document order.
Finder = Callable[[Json], Sequence[Json]]

_PLAIN = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\])*")
_PLAIN_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")


def compile_path(path: str, *, where: str) -> Finder:
    """A JSONPath as a function from a document to the values it matches.

    Args:
        path: For example ``$.choices[0].message.content``.
        where: Name of the setting, for the message.

    Raises:
        UsageError: It is no JSONPath.

    Example:
        >>> compile_path("$.a[1].b", where="agent.http.answer")({"a": [0, {"b": "x"}]})
        ['x']
    """
    if _PLAIN.fullmatch(path):
        steps = [name or int(index) for name, index in _PLAIN_STEP.findall(path)]
        return lambda document: _walk(document, steps)
    # Imported when first needed: 50 ms that plain paths do without.
    import jsonpath

    try:
        compiled = jsonpath.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"{where} is no JSONPath: {path!r} ({reason})") from None

    def find(document: Json) -> Sequence[Json]:
        try:
            return compiled.findall(document)
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise UnreadableAnswerError(f"{where} cannot be followed in the answer: {error}") from None

    return find


def _walk(document: Json, steps: Sequence[str | int]) -> list[Json]:
    value = document
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return []
            value = value[step]
        else:
            if not isinstance(value, list) or step >= len(value):
                return []
            value = value[step]
    return [value]


def compile_calls_path(path: str) -> Callable[[Json], list[Json] | None]:
    """The path of the tool calls, as a function to the list of calls, or to None where the response does not tell.

    A list that is there and empty means that nothing was called; so does ``$.calls[*]`` over an empty list. A path
    that matches nothing, or null, means that it is unknown. Lists under several matches are read as one.

    Raises:
        UsageError: It is no JSONPath.
    """
    find = compile_path(path.removesuffix("[*]"), where="agent.http.calls")

    def calls(document: Json) -> list[Json] | None:
        found = [match for match in find(document) if match is not None]
        if not found:
            return None
        return [call for match in found for call in (match if isinstance(match, list) else [match])]

    return calls
