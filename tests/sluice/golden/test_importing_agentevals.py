import json

import pytest

from sluice.errors import InvalidInputError
from sluice.golden.importing.agentevals import agentevals_expectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.scoring import compile_trajectory
from sluice.trials.messages import calls_from_messages

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


MODES = [
    # mode, calls made beside reference [a(x=1), b()], whether agentevals' matcher of that mode answers true
    ("strict", ["a", "b"], True),
    ("strict", ["b", "a"], False),
    ("strict", ["a", "b", "c"], False),
    ("unordered", ["b", "a"], True),
    ("unordered", ["a", "b", "c"], False),
    ("superset", ["c", "b", "a"], True),
    ("superset", ["a"], False),
    ("subset", ["a"], True),
    ("subset", [], True),
    ("subset", ["a", "c"], False),
    ("subset", ["a", "b", "b"], False),
]


@pytest.mark.parametrize(("mode", "made", "answer"), MODES)
def test_each_mode_means_what_it_says(mode, made, answer):
    reference = [ToolCall(name="a", args={"x": 1}), ToolCall(name="b")]
    compiled = compile_trajectory(agentevals_expectation(reference, mode=mode))
    calls = [ToolCall(name=name, args={"x": 1} if name == "a" else {}) for name in made]
    assert compiled.score(calls).passed is answer


@pytest.mark.parametrize(
    ("args_mode", "given", "answer"),
    [
        ("exact", {"x": 1}, True),
        ("exact", {"x": 1, "y": 2}, False),
        ("ignore", {"z": 9}, True),
        ("superset", {"x": 1, "y": 2}, True),
        ("superset", {}, False),
        ("subset", {}, True),
        ("subset", {"x": 1}, True),
        ("subset", {"y": 2}, False),
        ("subset", {"x": 2}, False),
    ],
)
def test_each_argument_mode_means_what_it_says(args_mode, given, answer):
    reference = [ToolCall(name="a", args={"x": 1})]
    compiled = compile_trajectory(agentevals_expectation(reference, mode="strict", args_mode=args_mode))
    assert compiled.score([ToolCall(name="a", args=given)]).passed is answer


def test_an_override_of_one_tool_beats_the_common_mode():
    reference = [ToolCall(name="a", args={"x": 1}), ToolCall(name="b", args={"x": 1})]
    by_hand = {"a": "ignore", "b": lambda call: {"x": {"above": call.args["x"]}}}
    compiled = compile_trajectory(agentevals_expectation(reference, mode="strict", overrides=by_hand))
    assert compiled.score([ToolCall(name="a"), ToolCall(name="b", args={"x": 2})]).passed
    assert not compiled.score([ToolCall(name="a"), ToolCall(name="b", args={"x": 1})]).passed
