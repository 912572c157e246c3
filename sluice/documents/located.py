"""JSON values that know the line they were written on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sluice.documents.problems import Problem
from sluice.documents.values import Json

Path = tuple[str | int, ...]

# Keys that can stand in a dotted path as they are.
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class Located(NamedTuple):
    """A JSON value and its line.

    Args:
        value: A scalar, a list of Located or a dict of str to Located.
        line: 1-based line; of the key where the value belongs to one.
    """

    value: Json
    line: int


def located(value: Json, *, line: int) -> Located:
    """A plain JSON value, all of it on one line."""
    if isinstance(value, dict):
        return Located({key: located(one, line=line) for key, one in value.items()}, line)
    if isinstance(value, list):
        return Located([located(one, line=line) for one in value], line)
    return Located(value, line)


def plain(node: Located) -> Json:
    """The JSON value without its lines."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def merged(under: Located, over: Located) -> Located:
    """The mapping ``over`` laid on ``under``: mappings are merged key by key, every other value is replaced.

    Example:
        >>> under = located({"a": {"x": 1, "y": [1, 2]}}, line=1)
        >>> plain(merged(under, located({"a": {"y": [3]}, "b": 4}, line=9)))
        {'a': {'x': 1, 'y': [3]}, 'b': 4}
    """
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    both = dict(under.value)
    for key, node in over.value.items():
        both[key] = merged(both[key], node) if key in both else node
    return Located(both, over.line)


def dotted(path: Path) -> str:
    """A path as a person reads it.

    Example:
        >>> dotted(("expect", "steps", 2, "args", "$.a b"))
        'expect.steps[2].args["$.a b"]'
    """
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _PLAIN_KEY.match(key):
            parts.append(f".{key}" if parts else key)
        else:
            parts.append(f'["{key}"]')
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in a document, from which its parts are reached whatever shape they have.

    What is not there, or has another shape than asked for, is empty: the shape itself is judged elsewhere.

    Args:
        node: The value at this place.
        file: Name of the document.
        case: Id of the case it belongs to; empty where there is none.
        path: Where in the case or document it stands.
    """

    node: Located
    file: str
    case: str = ""
    path: Path = ()

    def has(self, key: str) -> bool:
        """Whether this is a mapping that names the key with a value other than null."""
        return isinstance(self.node.value, dict) and key in self.node.value and self.node.value[key].value is not None

    def get(self, *keys: str) -> "Spot":
        """The value under the keys, one within the other; a place that holds null where there is none."""
        spot = self
        for key in keys:
            value = spot.node.value
            inner = value.get(key) if isinstance(value, dict) else None
            spot = spot._at(key, inner or Located(None, spot.node.line))
        return spot

    def each(self) -> Iterator["Spot"]:
        """The members of a list."""
        if isinstance(self.node.value, list):
            for place, node in enumerate(self.node.value):
                yield self._at(place, node)

    def entries(self) -> Iterator[tuple[str, "Spot"]]:
        """The keys and values of a mapping."""
        if isinstance(self.node.value, dict):
            for key, node in self.node.value.items():
                yield key, self._at(key, node)

    def one_or_each(self) -> Iterator["Spot"]:
        """The members of a list, or the value itself where it stands alone; nothing for null."""
        if isinstance(self.node.value, list):
            yield from self.each()
        elif self.node.value is not None:
            yield self

    @property
    def text(self) -> str | None:
        """The value where it is text."""
        return self.node.value if isinstance(self.node.value, str) else None

    @property
    def size(self) -> int:
        """How many members a list or mapping has; 0 for anything else."""
        return len(self.node.value) if isinstance(self.node.value, list | dict) else 0

    def plain(self) -> Json:
        """The JSON value at this place."""
        return plain(self.node)

    def problem(self, message: str) -> Problem:
        """A problem at this place."""
        return Problem(file=self.file, line=self.node.line, case=self.case, field=dotted(self.path), message=message)

    def _at(self, key: str | int, node: Located) -> "Spot":
        return Spot(node, self.file, self.case, (*self.path, key))
