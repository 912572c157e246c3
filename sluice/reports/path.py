"""The expected trajectory and the calls that were made, side by side."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from sluice.documents.values import Json, same_value
from sluice.golden.expectation import CallPattern, Expectation, Step, TrajectoryExpectation
from sluice.reports.text import json_text, one_line
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.scores import TrialScore

# ``differs``: the call was matched to the step, but an argument is not what was expected. ``allowed``: nothing
# expected names it and nothing counts it (optional calls, retries, calls inside a sub-agent). ``made``: no trajectory
# is expected. ``gap`` stands for rows that are left out.
Mark = Literal["matched", "differs", "missing", "extra", "forbidden", "allowed", "made", "gap"]

CALL_CHARACTERS = 400
RESULT_CHARACTERS = 240
FIRST_ROWS, LAST_ROWS = 30, 10

T = TypeVar("T")

_ALTERNATIVE = re.compile(r"any_of\[(\d+)\]")
_MATCHER_WORDS = {"any": "anything", "absent": "absent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """One line of the comparison: a step, a call, or a step with the call that was matched to it.

    Args:
        mark: What became of it.
        position: 1-based position of the call; None for a step that no call matched.
        expected: The step in words; empty where nothing was expected.
        actual: The call in words; empty where nothing was called.
        result: What the call returned, or why it failed.
        note: Which arguments differ, or how many rows are left out.
    """

    mark: Mark
    position: int | None = None
    expected: str = ""
    actual: str = ""
    result: str = ""
    note: str = ""


def expected_trajectory(expect: Expectation, score: TrialScore) -> TrajectoryExpectation | None:
    """The trajectory that a trial was scored against, with its alternatives resolved.

    Returns:
        None where no trajectory is expected.
    """
    chosen = _alternative(expect.any_of, score.alternative)
    trajectory = chosen.trajectory if chosen is not None and chosen.trajectory is not None else expect.trajectory
    if trajectory is None or score.trajectory is None:
        return trajectory
    return _alternative(trajectory.any_of, score.trajectory.alternative) or trajectory


def path_rows(
    expected: TrajectoryExpectation | None, score: TrajectoryScore | None, calls: Sequence[ToolCall]
) -> tuple[PathRow, ...]:
    """Steps and calls side by side in call order, each missing step where it should have happened.

    Args:
        expected: What the calls were scored against.
        score: Which call was matched to which step; None where no trajectory is expected.
        calls: The calls that were made.
    """
    if score is None:
        made = [_call_row("made", position, call) for position, call in enumerate(calls)]
        return _shortened(made)
    steps = _unrolled(expected)
    step_of = {call: step for step, call in score.matches}
    missing = sorted(score.missing)
    rows: list[PathRow] = []
    for position, call in enumerate(calls):
        step = step_of.get(position)
        while step is not None and missing and missing[0] < step:
            rows.append(_missing_row(steps, missing.pop(0)))
        rows.append(_row(position, call, step, steps, score))
    rows.extend(_missing_row(steps, step) for step in missing)
    return _shortened(rows)


def call_text(call: ToolCall) -> str:
    """A call on one line: ``name(argument: value, ...)``, with the sub-agent that made it.

    Example:
        >>> call_text(ToolCall(name="refund", args={"id": "A-1", "amount": 5}, agent="billing"))
        'refund(id: "A-1", amount: 5) by billing'
    """
    arguments = call.args_text if call.args_text is not None else _arguments(call.args)
    by = f" by {call.agent}" if call.agent else ""
    return one_line(f"{call.name}({arguments}){by}", limit=CALL_CHARACTERS)


def step_text(step: CallPattern) -> str:
    """An expected call on one line, matchers in words.

    Example:
        >>> step_text(Step(tool=("refund", "pay*"), args={"amount": {"approx": 5, "within": 1}}, after=("look",)))
        'refund | pay*(amount: ≈ 5 ± 1), after look'
    """
    arguments = ", ".join(f"{name}: {matcher_text(matcher)}" for name, matcher in step.args.items())
    only = " and nothing else" if step.args_mode == "exact" else ""
    by = f" by {step.agent}" if step.agent else ""
    after = f", after {', '.join(step.after)}" if isinstance(step, Step) and step.after else ""
    return one_line(f"{' | '.join(step.tool)}({arguments}{only}){by}{after}", limit=CALL_CHARACTERS)


def matcher_text(matcher: Json) -> str:
    """A matcher in words where it is a common one, else as it was written.

    Example:
        >>> matcher_text({"one_of": ["a", "b"]}), matcher_text({"any": True}), matcher_text("A-1")
        ('"a" or "b"', 'anything', '"A-1"')
    """
    if not isinstance(matcher, dict) or not matcher:
        return _value(matcher)
    first = next(iter(matcher))
    value = matcher[first]
    if set(matcher) == {"approx", "within"}:
        return f"≈ {_value(matcher['approx'])} ± {_value(matcher['within'])}"
    if len(matcher) > 1:
        return _value(matcher)
    if first in _MATCHER_WORDS and value is True:
        return _MATCHER_WORDS[first]
    return _one_key_text(first, value) or _value(matcher)


def _one_key_text(key: str, value: Json) -> str:
    if key == "one_of" and isinstance(value, list | tuple):
        return " or ".join(_value(item) for item in value)
    if key == "between" and isinstance(value, list | tuple) and len(value) == 2:
        return f"between {_value(value[0])} and {_value(value[1])}"
    if key in ("above", "below", "contains"):
        return f"{key} {_value(value)}"
    if key == "regex" and isinstance(value, str):
        return f"/{value}/"
    return _value(value) if key in ("casefold", "literal") else ""


def _value(value: Json) -> str:
    return one_line(f'"{value}"' if isinstance(value, str) else json_text(value), limit=CALL_CHARACTERS)


def _arguments(args: Mapping[str, Json]) -> str:
    return ", ".join(f"{name}: {_value(value)}" for name, value in args.items())


def _alternative(alternatives: Sequence[T], name: str) -> T | None:
    found = _ALTERNATIVE.search(name)
    position = int(found[1]) if found else len(alternatives)
    return alternatives[position] if position < len(alternatives) else None


def _unrolled(expected: TrajectoryExpectation | None) -> list[Step]:
    return [step for step in expected.steps for _ in range(step.times)] if expected is not None else []


def _step(steps: Sequence[Step], position: int) -> str:
    return step_text(steps[position]) if position < len(steps) else f"step {position + 1}"


def _missing_row(steps: Sequence[Step], position: int) -> PathRow:
    return PathRow(mark="missing", expected=_step(steps, position))


def _call_row(mark: Mark, position: int, call: ToolCall, *, expected: str = "", note: str = "") -> PathRow:
    result = f"failed: {call.error}" if call.error is not None else json_text(call.result)
    return PathRow(
        mark=mark,
        position=position + 1,
        expected=expected,
        actual=call_text(call),
        result="" if call.ok and call.result is None else one_line(result, limit=RESULT_CHARACTERS),
        note=note,
    )


def _row(position: int, call: ToolCall, step: int | None, steps: Sequence[Step], score: TrajectoryScore) -> PathRow:
    if position in score.forbidden:
        return _call_row("forbidden", position, call, expected=_step(steps, step) if step is not None else "")
    if step is not None:
        note = _differences(steps[step], call) if step < len(steps) else ""
        return _call_row("differs" if note else "matched", position, call, expected=_step(steps, step), note=note)
    return _call_row("extra" if position in score.extra else "allowed", position, call)


def _differences(step: Step, call: ToolCall) -> str:
    """Which literal arguments are not as expected, in words; matchers are left to the score."""
    if step.args_mode == "ignore":
        return ""
    if call.args_text is not None:
        return "the arguments are no JSON object"
    told = [
        f"{name} is {_value(call.args[name]) if name in call.args else 'absent'}, expected {_value(wanted)}"
        for name, wanted in step.args.items()
        if _is_literal(wanted) and not (name in call.args and same_value(wanted, call.args[name]))
    ]
    return one_line("; ".join(told), limit=CALL_CHARACTERS)


def _is_literal(wanted: Json) -> bool:
    return not isinstance(wanted, dict | list | tuple) and "{{" not in str(wanted)


def _shortened(rows: Sequence[PathRow]) -> tuple[PathRow, ...]:
    hidden = len(rows) - FIRST_ROWS - LAST_ROWS
    if hidden <= 0:
        return tuple(rows)
    gap = PathRow(mark="gap", note=f"{hidden:,} more calls or steps are not shown")
    return (*rows[:FIRST_ROWS], gap, *rows[-LAST_ROWS:])
