from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sluice.golden.expectation import CallPattern, Step, TrajectoryExpectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from sluice.trajectory.scoring import compile_trajectory

Calls = Sequence[ToolCall | str | tuple[str, dict[str, Any]]]


def call(spec: ToolCall | str | tuple[str, dict[str, Any]]) -> ToolCall:
    if isinstance(spec, ToolCall):
        return spec
    name, args = (spec, {}) if isinstance(spec, str) else spec
    return ToolCall(name=name, args=args)


def step(spec: Any) -> Step:
    if isinstance(spec, Step):
        return spec
    if isinstance(spec, dict):
        fields = dict(spec)
        tool = fields.pop("tool")
        return Step(tool=(tool,) if isinstance(tool, str) else tuple(tool), **fields)
    name, args = (spec, {}) if isinstance(spec, str) else spec
    return Step(tool=(name,), args=args)


def pattern(spec: Any) -> CallPattern:
    return CallPattern(**{**step(spec).model_dump(exclude={"id", "times", "after"}), "status": "any"})


def run(
    steps: Sequence[Any], calls: Calls, *, tools: Any = None, side_effects: Any = None, **fields: Any
) -> TrajectoryScore:
    for name in ("optional", "forbidden"):
        fields[name] = tuple(pattern(spec) for spec in fields.get(name, ()))
    expectation = TrajectoryExpectation(steps=tuple(step(spec) for spec in steps), **fields)
    return compile_trajectory(expectation, tools=tools, side_effects=side_effects).score([call(spec) for spec in calls])


@pytest.fixture
def score() -> Callable[..., TrajectoryScore]:
    return run
