"""agentevals' trajectory match modes, said in Sluice's expectations.

=============  ==================================================================================
agentevals     Sluice
=============  ==================================================================================
strict         ``order: strict`` (calls of one message are one batch, without an order among themselves)
unordered      ``order: any_order, extra: forbidden``
superset       ``order: any_order, extra: allowed``
subset         ``steps: []``, the reference calls as ``optional``, ``extra: forbidden``, ``max_calls``: their number
args exact     ``args_mode: exact``
args ignore    ``args_mode: ignore``
args superset  ``args_mode: subset`` (the call may give more than the reference)
args subset    ``args_mode: exact``, each argument ``one_of: [value, {absent: true}]``
=============  ==================================================================================

An override of one tool is one of the same four words, a list of argument paths that alone are compared, or (where
agentevals takes a Python callable of both calls) a function from the reference call to matchers: whatever the callable
decides must be written as matchers. A callable that no matcher can say (one that asks a model, say) has no such form.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.expectation import CallPattern, Step, TrajectoryExpectation
from sluice.traces.calls import ToolCall

MatchMode = Literal["strict", "unordered", "superset", "subset"]
ArgsMode = Literal["exact", "ignore", "superset", "subset"]
# The last form says, for one reference call, which arguments are compared and by which matchers.
Override = ArgsMode | Sequence[str] | Callable[[ToolCall], Mapping[str, Json]]


def agentevals_expectation(
    reference: Sequence[ToolCall],
    *,
    mode: MatchMode,
    args_mode: ArgsMode = "exact",
    overrides: Mapping[str, Override] | None = None,
) -> TrajectoryExpectation:
    """The expectation that passes exactly where agentevals' matcher of that mode answers true.

    Args:
        reference: The reference trajectory's calls, in order.
        mode: agentevals' ``trajectory_match_mode``.
        args_mode: agentevals' ``tool_args_match_mode``.
        overrides: Tool name to how its arguments are compared instead.

    Raises:
        InvalidInputError: A mode is unknown.
    """
    patterns = [_pattern(call, (overrides or {}).get(call.name, args_mode)) for call in reference]
    steps = tuple(Step(**{**pattern.model_dump(), "status": "any"}) for pattern in patterns)
    if mode == "strict":
        return TrajectoryExpectation(order="strict", steps=steps)
    if mode == "unordered":
        return TrajectoryExpectation(order="any_order", steps=steps, extra="forbidden")
    if mode == "superset":
        return TrajectoryExpectation(order="any_order", steps=steps, extra="allowed")
    if mode == "subset":
        return TrajectoryExpectation(optional=tuple(patterns), extra="forbidden", max_calls=len(patterns))
    raise InvalidInputError(f"mode must be strict, unordered, superset or subset, got {mode!r}")


def _pattern(call: ToolCall, how: Override) -> CallPattern:
    literal = {name: {"literal": value} for name, value in call.args.items()}
    if how == "ignore":
        return CallPattern(tool=(call.name,), args_mode="ignore")
    if how == "exact":
        return CallPattern(tool=(call.name,), args=literal, args_mode="exact")
    if how == "superset":
        return CallPattern(tool=(call.name,), args=literal)
    if how == "subset":
        choices = {name: {"one_of": [value, {"absent": True}]} for name, value in literal.items()}
        return CallPattern(tool=(call.name,), args=choices, args_mode="exact")
    if callable(how):
        return CallPattern(tool=(call.name,), args=dict(how(call)))
    if isinstance(how, str):
        raise InvalidInputError(f"args_mode must be exact, ignore, superset or subset, got {how!r}")
    return CallPattern(tool=(call.name,), args=_only(call.args, how))


def _only(args: Mapping[str, Json], paths: Sequence[str]) -> dict[str, Json]:
    """Matchers that compare only the named dotted paths."""
    found: dict[str, Json] = {}
    for path in paths:
        first, *inner = path.split(".")
        value: Json = args
        for key in [first, *inner]:
            value = value.get(key) if isinstance(value, Mapping) else None
        conditions = found.setdefault(first, {"all_of": []})["all_of"]
        conditions.append({"schema": _const_at(inner, value)} if inner else {"literal": value})
    return found


def _const_at(path: Sequence[str], value: Json) -> Json:
    """A JSON Schema that asks for one value at one path."""
    if not path:
        return {"const": value}
    return {"type": "object", "required": [path[0]], "properties": {path[0]: _const_at(path[1:], value)}}
