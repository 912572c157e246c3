"""What the shape of an expected trajectory cannot say: names that must exist, orders that can be kept."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from sluice.documents.findings import Findings
from sluice.documents.located import Spot
from sluice.documents.names import shown, unknown
from sluice.golden.expectation_matcher_checks import check_matcher

_BESIDE_ANY_OF = frozenset({"any_of", "criteria"})


def check_trajectory(trajectory: Spot, findings: Findings) -> None:
    """Check which calls must, may and must not happen, and in what order."""
    if trajectory.get("any_of").size:
        _check_alternatives(trajectory, findings)
        return
    steps = list(trajectory.get("steps").each())
    ids = _step_ids(steps, findings)
    order = trajectory.get("order").text or "in_order"
    _check_after(steps, ids, order, findings)
    for place, step in enumerate(steps):
        _check_step(step, place, ids, order, findings)
    for key in ("optional", "forbidden"):
        for pattern in trajectory.get(key).each():
            check_pattern(pattern, findings, steps=frozenset(ids))
    _check_limit(trajectory, steps, findings)
    _check_forbidden(trajectory, steps, findings)


def steps_named_in(trajectory: Spot) -> frozenset[str]:
    """The ids of the steps of a trajectory and of its alternatives."""
    own = {step.get("id").text for step in trajectory.get("steps").each()}
    inner = (steps_named_in(one) for one in trajectory.get("any_of").each())
    return frozenset(name for name in own.union(*inner) if name is not None)


def check_pattern(pattern: Spot, findings: Findings, *, steps: frozenset[str]) -> None:
    """Check the tool names and arguments of a call that must, may or must not happen.

    Args:
        pattern: The call.
        findings: Gets what is wrong.
        steps: Ids of the steps whose results an argument may be taken from.
    """
    tool = pattern.get("tool")
    if tool.node.value == []:
        findings.wrong(tool, "tool must name at least one tool, got an empty list")
    for name in tool.one_or_each():
        if name.text == "":
            findings.wrong(name, "tool must name a tool, got an empty text")
    if pattern.get("args_mode").text == "ignore" and pattern.get("args").size:
        findings.odd(pattern.get("args"), "args are not looked at, because args_mode is ignore")
    for _, argument in pattern.get("args").entries():
        check_matcher(argument, findings, steps=steps)


def _check_alternatives(trajectory: Spot, findings: Findings) -> None:
    for key, spot in trajectory.entries():
        if key not in _BESIDE_ANY_OF:
            findings.wrong(spot, f"{key} cannot stand beside any_of, write it in each alternative")
    for alternative in trajectory.get("any_of").each():
        if alternative.get("any_of").size:
            findings.wrong(alternative.get("any_of"), "any_of cannot stand inside any_of, write one flat list")
        else:
            check_trajectory(alternative, findings)


def _step_ids(steps: Sequence[Spot], findings: Findings) -> dict[str, int]:
    """Step id to its place; the first of two equal ones stands."""
    ids: dict[str, int] = {}
    for place, step in enumerate(steps):
        name = step.get("id").text
        if name in ids:
            findings.wrong(step.get("id"), f"step ids must be unique, got {shown(name)} twice")
        elif name is not None:
            ids[name] = place
    return ids


def _check_step(step: Spot, place: int, ids: Mapping[str, int], order: str, findings: Findings) -> None:
    if order in ("in_order", "strict"):
        earlier = frozenset(name for name, at in ids.items() if at < place)
    else:
        earlier = frozenset(name for name, at in ids.items() if at != place)
    check_pattern(step, findings, steps=earlier)


def _check_after(steps: Sequence[Spot], ids: Mapping[str, int], order: str, findings: Findings) -> None:
    graph: dict[int, set[int]] = {}
    for place, step in enumerate(steps):
        for name in step.get("after").one_or_each():
            if name.text is None:
                continue
            if name.text in ids:
                graph.setdefault(place, set()).add(ids[name.text])
            else:
                findings.wrong(name, f"after must name a step, {unknown('step', name.text, ids)}")
        if step.has("after") and order != "partial":
            findings.odd(step.get("after"), f"after counts only with order: partial, got order: {order}")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = [steps[place].get("id").text or "" for place in reversed(error.args[1])]
        first = steps[error.args[1][-1]]
        findings.wrong(first.get("after"), f"steps wait for each other in a circle: {' after '.join(circle)}")


def _check_limit(trajectory: Spot, steps: Sequence[Spot], findings: Findings) -> None:
    limit = trajectory.get("max_calls").node.value
    if not isinstance(limit, int) or isinstance(limit, bool):
        return
    needed = 0
    for step in steps:
        times = step.get("times").node.value
        needed += times if isinstance(times, int) and times > 1 else 1
    if limit < needed:
        message = f"no run can pass: the steps need {needed} calls, and max_calls allows {limit}"
        findings.odd(trajectory.get("max_calls"), message)


def _check_forbidden(trajectory: Spot, steps: Sequence[Spot], findings: Findings) -> None:
    """A required tool that is forbidden whatever its arguments leaves no way to be right."""
    required = {name.text for step in steps for name in step.get("tool").one_or_each() if step.get("tool").size <= 1}
    for pattern in trajectory.get("forbidden").each():
        if pattern.get("args").size or pattern.has("agent") or pattern.has("status"):
            continue
        for name in pattern.get("tool").one_or_each():
            if name.text is not None and name.text in required:
                findings.wrong(name, f"{shown(name.text)} is forbidden with any arguments, and a step needs it")
