"""The one way to write a JSON value, so that equal values are equal texts."""

import json

from sluice.documents.values import Json


def canonical_json(value: Json) -> str:
    """The one way to write a JSON value: sorted keys, no spaces, 1.0 as 1, ASCII.

    Two values are written alike exactly where ``same_value`` calls them equal.

    Raises:
        ValueError: A number is not finite.

    Example:
        >>> canonical_json({"b": 1.0, "a": [True, 0.5]})
        '{"a":[true,0.5],"b":1}'
    """
    return json.dumps(_same_numbers(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _same_numbers(value: Json) -> Json:
    """The value with every whole float as an integer."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _same_numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_same_numbers(one) for one in value]
    return value
