"""JSON read strictly: no NaN, no duplicate keys, no half characters, no bottomless nesting."""

import json
import math
import re
from collections import Counter
from typing import Final

from sluice.documents.values import Json

# Deeper than any document that is meant, and shallow enough for every recursive reader of it.
MAX_DEPTH: Final = 100

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJsonError(ValueError):
    """A text is not JSON as Sluice reads it; the message says why."""


def parse_json(text: str) -> Json:
    """The JSON value a text spells.

    Raises:
        NotJsonError: It is no JSON, names a key twice, holds a number that is no finite number, or nests too deep.
    """
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {_lowered(error.msg)} at column {error.colno}") from error
    except RecursionError as error:
        raise NotJsonError(_TOO_DEEP) from error
    except NotJsonError:
        raise
    except ValueError as error:
        # int() refuses numbers of thousands of digits, whose conversion would take quadratic time.
        raise NotJsonError("a number has too many digits") from error
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        raise NotJsonError(_TOO_DEEP)
    return value


def has_broken_text(value: Json) -> str:
    """Why some text or key inside the value can be no text of a case; empty where all are fine."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            if reason := broken_text(one):
                return reason
        elif isinstance(one, dict):
            stack.extend(one.keys())
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return ""


def broken_text(text: str) -> str:
    """Why a text can neither be sent nor stored everywhere; empty where it can."""
    if "\0" in text:
        return "text must not hold the character U+0000"
    if not text.isascii() and _LONE_SURROGATE.search(text):
        return "text must not hold half of a surrogate pair"
    return ""


def mended(value: Json) -> Json:
    """The value with every half surrogate pair replaced by U+FFFD, because no encoding can write one."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("�", value)
    if isinstance(value, dict):
        return {mended(key): mended(one) for key, one in value.items()}
    if isinstance(value, list):
        return [mended(one) for one in value]
    return value


_TOO_DEEP: Final = f"values may nest at most {MAX_DEPTH} deep, got more"


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise NotJsonError(f"key {json.dumps(key)} stands twice in one mapping")
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJsonError(f"numbers must be finite, got {text[:40]}")
    return number


def _refuse_constant(text: str) -> float:
    raise NotJsonError(f"numbers must be finite, got {text}")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        members = [one for node in level for one in (node.values() if isinstance(node, dict) else node)]
        level = [one for one in members if isinstance(one, dict | list)]
        if not level:
            return False
    return True
