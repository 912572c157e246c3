"""JSON values: when two of them are equal."""

from typing import Any

# A JSON value: None, bool, int, float, str, list of Json, dict of str to Json. A recursive alias would ask for a cast
# at every use; values are checked where they enter (parsing) and where they are compared (same_value).
Json = Any


def same_value(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal, with JSON's types kept apart.

    ``true`` never equals ``1``; ``1`` equals ``1.0``; lists compare in order; mappings without order.

    Example:
        >>> same_value(1, 1.0), same_value(True, 1), same_value({"a": [1]}, {"a": [1.0]})
        (True, False, True)
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(same_value(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list | tuple):
        return (
            isinstance(right, list | tuple)
            and len(left) == len(right)
            and all(same_value(one, other) for one, other in zip(left, right, strict=True))
        )
    return bool(left == right)
