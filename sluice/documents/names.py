"""Names a person may have meant, and values as a problem shows them."""

import difflib
import json
from collections.abc import Iterable

from sluice.documents.values import Json

# The ratio difflib recommends for "close enough to be a typing error".
_NEAR = 0.6
_SHOWN_CHARACTERS = 60


def nearest(name: str, known: Iterable[str], *, at_least: float = _NEAR) -> str | None:
    """The known name most like this one; None where none is like it.

    A known name that continues this one (``cost`` for ``cost_usd``) is near whatever their lengths.

    Args:
        name: As written.
        known: Names that are allowed.
        at_least: Smallest likeness in [0, 1] that counts.

    Example:
        >>> nearest("contians", ["contains", "matches"]), nearest("cost", ["cost_usd"]), nearest("q", ["contains"])
        ('contains', 'cost_usd', None)
    """
    names = sorted(known)
    plain = name.lower().replace("-", "_")
    close = difflib.get_close_matches(plain, names, n=1, cutoff=at_least)
    if close:
        return close[0]
    return next((one for one in names if plain and one.startswith(f"{plain}_")), None)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence that says a name is unknown, and which one was meant or which there are.

    Example:
        >>> unknown("key", "tol", ["tool"])
        'unknown key "tol", did you mean "tool"?'
    """
    names = sorted(known)
    meant = nearest(name, names)
    if meant is not None:
        return f'unknown {what} {shown(name)}, did you mean "{meant}"?'
    return f"unknown {what} {shown(name)}, known are {', '.join(names) if names else 'none'}"


def shown(value: Json) -> str:
    """A value as a problem shows it: short, on one line, without control characters.

    Example:
        >>> shown("a"), shown(None), shown(True), shown(["x"])
        ('"a"', 'nothing', 'true', 'a list')
    """
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=not str(value).isprintable())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
