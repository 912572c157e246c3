"""JSONPath: the values a path finds in a JSON document."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sluice.documents.values import Json
from sluice.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled JSONPath."""

    text: str
    find: Callable[[Json], Sequence[Json]]

    def values(self, document: Json) -> tuple[Json, ...]:
        """Every value the path finds, in document order; none where the document is too deep to search."""
        # 50 ms of import, needed only by expectations that name a path (RFC 9535).
        from jsonpath import JSONPathError

        if not isinstance(document, dict | list):
            return (document,) if self.text == "$" else ()
        try:
            return tuple(self.find(document))
        except (JSONPathError, RecursionError):
            return ()


def compile_path(text: object) -> Path:
    """Compile a JSONPath.

    Raises:
        InvalidInputError: It is no text, does not begin with ``$``, or is no JSONPath.
    """
    # 50 ms of import, needed only by expectations that name a path (RFC 9535).
    import jsonpath

    if not isinstance(text, str) or not text.startswith("$"):
        raise InvalidInputError(f"a JSONPath must begin with $, got {text!r}")
    try:
        return Path(text, jsonpath.compile(text).findall)
    except Exception as error:  # a path's own regular expressions raise what they like
        first_line = str(error).partition("\n")[0]
        raise InvalidInputError(f"not a JSONPath: {text!r}: {first_line}") from error


def parsed_text(value: Json) -> Json:
    """The JSON value a text spells; the value itself where it is no such text.

    Example:
        >>> parsed_text('{"a": 1}'), parsed_text("hello"), parsed_text([1])
        ({'a': 1}, 'hello', [1])
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
