"""Values of ``sluice`` as JSON text, and back."""

import dataclasses
import json
from collections.abc import Callable, Hashable, Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sluice.errors import InvalidInputError, StoreError

T = TypeVar("T")
Reader = Callable[[Any], Any]


def to_text(value: Any) -> str:
    """JSON text of a dataclass or of any JSON value.

    Non-ASCII text is kept readable, except where it holds lone surrogates, which no database takes: these are written
    as JSON escapes, as JSON does with NUL.

    Raises:
        InvalidInputError: The value is nested too deeply, or holds what is neither JSON nor a dataclass.
    """
    try:
        text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
        if not _storable(text):
            text = json.dumps(value, default=_plain, separators=(",", ":"))
    except RecursionError as error:
        raise InvalidInputError("a stored value must not be nested this deeply") from error
    except TypeError as error:
        raise InvalidInputError(f"a stored value must be JSON, got {error}") from error
    return text


def from_text(kind: type[T], text: str) -> T:
    """The value of a dataclass type that ``to_text`` wrote.

    Fields that the text lacks take their default, fields that the type no longer has are ignored: documents outlive
    the code that wrote them.

    Raises:
        StoreError: The text is no JSON of this type.
    """
    try:
        value: T = _reader(kind)(json.loads(text))  # type: ignore[arg-type]  # every class is hashable
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            f"a stored {kind.__name__} cannot be read back: {error}",
            hint="restore the database from a copy, or move it aside to begin a new one",
        ) from error
    return value


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> Any:
    """What the JSON encoder is to write for a value that it does not know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__}")


@cache
def _reader(hint: Hashable) -> Reader:
    """How a value with this type hint is made from parsed JSON."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _dataclass_reader(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint is float:
        return float
    if get_origin(hint) in (Union, UnionType):
        return _optional_reader(get_args(hint))
    if get_origin(hint) is tuple:
        return _tuple_reader(get_args(hint))
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _dataclass_reader(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read(parsed: dict[str, Any]) -> Any:
        return kind(**{name: readers[name](value) for name, value in parsed.items() if name in readers})

    return read


def _optional_reader(hints: tuple[Any, ...]) -> Reader:
    """``X | None``; other unions hold JSON scalars, which are read as they are."""
    known = [hint for hint in hints if hint is not NoneType]
    if len(known) != 1:
        return _as_it_is
    inner = _reader(known[0])
    return lambda value: None if value is None else inner(value)


def _tuple_reader(hints: tuple[Any, ...]) -> Reader:
    if len(hints) == 2 and hints[1] is Ellipsis:
        each = _reader(hints[0])
        return lambda values: tuple(each(value) for value in values)
    readers = tuple(_reader(hint) for hint in hints)
    return lambda values: tuple(read(value) for read, value in zip(readers, values, strict=True))
