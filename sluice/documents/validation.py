"""A located document turned into its model, every problem told in words with its line."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sluice.documents.located import Located, Path, Spot
from sluice.documents.names import shown, unknown
from sluice.documents.problems import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

_ID_RULE: Final = "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit"
# What pydantic's error types ask for, in the words of a person's file.
_ALLOWED: Final[dict[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}
_BOUNDS: Final[dict[str, tuple[str, str]]] = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "literal_error": ("one of", "expected"),
}


def validated(model: type[ModelT], spot: Spot, problems: list[Problem]) -> ModelT | None:
    """The model of what a document says, or None and every problem in it.

    Types are never coerced: "3" is no number, true is no number, 3 is no text; 3 is a float where one is asked for.
    """
    try:
        # Through JSON, because there a list may become a tuple while everything else stays strict.
        text = json.dumps(spot.plain())
        return model.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        problems.extend(_told(model, spot, error))
        return None


def keys_at(model: Any, path: Path) -> tuple[str, ...]:
    """The keys that the model allows at a path; none where any key or no key is allowed."""
    found = [one for kind in kinds_at(model, path) for one in _field_names(kind)]
    return tuple(dict.fromkeys(found))


def kinds_at(model: Any, path: Path) -> list[Any]:
    """The types that may stand at a path within a model, unions taken apart."""
    kinds = list(_parts(model))
    for key in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, key)]
    return kinds


def _parts(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from _parts(one)
    else:
        yield annotation


def _inside(kind: Any, key: str | int) -> Iterator[Any]:
    arguments = get_args(kind)
    if isinstance(key, int):
        if get_origin(kind) is tuple:
            yield from _parts(arguments[0])
    elif get_origin(kind) is dict:
        yield from _parts(arguments[1])
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if (field.alias or name) == key:
                yield from _parts(field.annotation)


def _field_names(kind: Any) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield field.alias or name


def _told(model: type[BaseModel], spot: Spot, error: ValidationError) -> Iterator[Problem]:
    """Pydantic's errors as problems; the branches of one union are told as one."""
    grouped: dict[Path, list[Mapping[str, Any]]] = {}
    for one in error.errors(include_url=False, include_context=True):
        grouped.setdefault(_data_path(spot.node, one["loc"], one["type"]), []).append(one)
    for path, errors in grouped.items():
        place = _reach(spot, path)
        yield place.problem(_message(model, path, errors))


def _data_path(node: Located, loc: tuple[str | int, ...], kind: str) -> Path:
    """The place in the document; pydantic also names the branch of a union it was in, which no document holds."""
    path: list[str | int] = []
    for key in loc:
        value = node.value
        if isinstance(value, dict) and key in value:
            node = value[str(key)]
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            node = value[key]
        else:
            continue
        path.append(key)
    if kind == "missing":
        path.append(loc[-1])
    return tuple(path)


def _reach(spot: Spot, path: Path) -> Spot:
    for key in path:
        if isinstance(key, int):
            spot = next(one for place, one in enumerate(spot.each()) if place == key)
        else:
            spot = spot.get(key)
    return spot


def _message(model: type[BaseModel], path: Path, errors: list[Mapping[str, Any]]) -> str:
    first = errors[0]
    special = _SPECIAL.get(first["type"])
    if special is not None:
        return special(model, path, first)
    # The deepest branch knows best: a member of a list that is no text says more than that a list is no text.
    allowed = " or ".join(dict.fromkeys(_allowed(one) for one in errors))
    value = first["input"]
    hint = ", put it in quotes" if allowed == "text" and isinstance(value, int | float) else ""
    return f"must be {allowed}, got {shown(value)}{hint}"


def _allowed(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind not in _BOUNDS:
        return _ALLOWED.get(kind) or str(error["msg"]).lower().removeprefix("input should be ")
    words, key = _BOUNDS[kind]
    bound = error["ctx"][key]
    return f"{words} {bound if isinstance(bound, str) else f'{bound:g}'}"


def _unknown_key(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return unknown("key", str(path[-1]), keys_at(model, path[:-1]))


def _missing(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return "is missing"


def _no_id(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return f"must be {_ID_RULE}, got {shown(error['input'])}"


def _too_short(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return f"must name at least {error['ctx']['min_length']}, got {shown(error['input'])}"


def _empty(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return "must not be empty"


def _rule(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    # A validator of ours, whose sentence already says what was got.
    return str(error["msg"]).removeprefix("Value error, ")


def _own(model: type[BaseModel], path: Path, error: Mapping[str, Any]) -> str:
    return f"{error['msg']}, got {shown(error['input'])}"


_SPECIAL: Final[dict[str, Callable[[type[BaseModel], Path, Mapping[str, Any]], str]]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "string_pattern_mismatch": _no_id,
    "too_short": _too_short,
    "string_too_short": _empty,
    "document_form": _own,
    "value_error": _rule,
}
