import json

import pytest

from sluice.errors import InvalidInputError
from sluice.golden.importing.agentevals import agentevals_expectation
from sluice.traces.calls import ToolCall
from sluice.traces.messages import calls_from_messages
from sluice.trajectory.scoring import compile_trajectory

# What the two Python callables of the recorded cases decide, written as matchers. Both have such a form.
CALLABLES = {
    "get_weather": lambda call: {"city": {"one_of": ["SF", "San Francisco"]}},
    "lookup_policy": lambda call: {"query": {"contains": "upgrade"}} if "upgrade" in call.args.get("query", "") else {},
}


@pytest.fixture(scope="module")
def recorded(shared_data):
    path = shared_data / "peer_tests" / "agentevals_trajectory_match.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def verdict(case):
    reference = calls_from_messages(case["reference_outputs"])
    overrides = {
        tool: CALLABLES[tool] if isinstance(how, dict) else how
        for tool, how in (case["tool_args_match_overrides"] or {}).items()
    }
    expectation = agentevals_expectation(
        reference, mode=case["mode"], args_mode=case["tool_args_match_mode"], overrides=overrides
    )
    return compile_trajectory(expectation).score(calls_from_messages(case["outputs"])).passed


def test_all_64_recorded_cases_give_the_recorded_verdict(recorded):
    assert len(recorded) == 64
    wrong = [(case["test"], case["mode"]) for case in recorded if verdict(case) != case["expected"]["score"]]
    assert wrong == []


def test_unknown_modes_are_refused():
    call = ToolCall(name="a", args={"x": 1})
    with pytest.raises(InvalidInputError, match="mode must be strict, unordered, superset or subset, got 'loose'"):
        agentevals_expectation([call], mode="loose")
    with pytest.raises(InvalidInputError, match="args_mode must be exact, ignore, superset or subset, got 'loose'"):
        agentevals_expectation([call], mode="strict", args_mode="loose")


def test_paths_compare_only_what_they_name():
    reference = [ToolCall(name="a", args={"when": {"from": 1, "to": 2}, "who": "ana"})]
    expectation = agentevals_expectation(reference, mode="strict", overrides={"a": ["when.from", "who"]})
    compiled = compile_trajectory(expectation)
    assert compiled.score([ToolCall(name="a", args={"when": {"from": 1, "to": 9}, "who": "ana"})]).passed
    assert not compiled.score([ToolCall(name="a", args={"when": {"from": 3, "to": 2}, "who": "ana"})]).passed
    assert not compiled.score([ToolCall(name="a", args={"when": {"from": 1}, "who": "bo"})]).passed
