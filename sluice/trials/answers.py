"""Reading an answer as strict JSON, and quoting one in a message."""

import json
import math
import re

from sluice.documents.values import Json
from sluice.errors import InvalidInputError

_EXCERPT = 300


class UnreadableAnswerError(InvalidInputError):
    """The agent answered, but outside the agreed format; its trial is a failed one."""


def excerpt(text: str | bytes, limit: int = _EXCERPT) -> str:
    r"""The beginning of a text on one line, for a message.

    Example:
        >>> excerpt(b"a\n  b" + b"!" * 99, limit=6)
        'a b!!! ...'
    """
    read = text[: 4 * limit].decode("utf-8", "replace") if isinstance(text, bytes) else text[: 4 * limit]
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in read).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[:limit].rstrip()} ..."


def parse_answer(text: str | bytes) -> Json:
    """Read JSON as the standard has it: no NaN, no infinity, no lone surrogates.

    Raises:
        UnreadableAnswerError: It is no JSON, nests too deep, or holds a number that is none.

    Example:
        >>> parse_answer(b'{"total": 1.5}')
        {'total': 1.5}
    """
    try:
        source = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value = json.loads(source, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise UnreadableAnswerError(f"the answer is not UTF-8: byte {error.start} cannot be read") from None
    except RecursionError:
        raise UnreadableAnswerError("the answer nests too deep to be read") from None
    except UnreadableAnswerError:
        raise
    except ValueError as error:
        raise UnreadableAnswerError(f"the answer is not JSON ({error}): {excerpt(source)!r}") from None
    # Half a surrogate pair can be written in JSON as \ud800 but in no encoding: it could never be stored or shown.
    return _mended(value) if "\\ud" in source.lower() else value


def _refuse_constant(name: str) -> Json:
    raise UnreadableAnswerError(f"the answer holds {name}, which is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise UnreadableAnswerError(f"the answer holds a number out of range: {digits[:40]}")
    return number


def _mended(value: Json) -> Json:
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return value
