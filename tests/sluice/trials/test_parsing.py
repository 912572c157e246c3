import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.reading import SourceFile
from sluice.errors import DocumentError
from sluice.traces.calls import ToolCall
from sluice.trials.parsing import RunFile, parse_runs, run_to_record
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.run_fields import STATUSES


def parsed(*records: dict | str | bytes) -> RunFile:
    return parse_runs([line_of(record) for record in records], path="r.jsonl")


def line_of(record: dict | str | bytes) -> bytes:
    if isinstance(record, bytes):
        return record
    return (record if isinstance(record, str) else json.dumps(record)).encode()


def problems_of(*records: dict | str | bytes) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parsed(*records)
    return [str(problem).removeprefix("r.jsonl:") for problem in caught.value.problems]


def call_of(call: dict, *others: dict) -> ToolCall:
    (run,) = parsed({"case_id": "a", "output": "x", "tool_calls": [call, *others]})
    assert run.tool_calls is not None
    return run.tool_calls[0]


def test_a_run_is_read_field_by_field():
    (run,) = parsed(
        {
            "case_id": "a",
            "variant": "v",
            "trial": 2,
            "status": "aborted",
            "error": "gave up",
            "output": {"total": 1},
            "turns": [{"input": "x"}],
            "tool_calls": [],
            "messages": [{"role": "user"}],
            "state": {"order": None},
            "reward": 1,
            "latency_s": 0.5,
            "cost_usd": 0,
            "input_tokens": 10.0,
            "output_tokens": 3,
            "agent_version": "1.2",
            "trace_id": "abc",
        }
    )
    assert run == RecordedRun(
        key=TrialKey(case_id="a", variant="v", trial=2),
        status="aborted",
        error="gave up",
        output={"total": 1},
        turns=({"input": "x"},),
        tool_calls=(),
        messages=({"role": "user"},),
        state={"order": None},
        reward=1,
        latency_s=0.5,
        cost_usd=0,
        input_tokens=10,
        output_tokens=3,
        agent_version="1.2",
        trace_id="abc",
    )


def test_null_means_not_given_and_no_calls_are_not_unknown_calls():
    first, second = parsed(
        {
            "case_id": "a",
            "variant": None,
            "trial": None,
            "output": "x",
            "tool_calls": None,
            "error": None,
            "state": None,
        },
        {"case_id": "b", "output": "x", "tool_calls": []},
    )
    assert first == RecordedRun(key=TrialKey(case_id="a"), output="x")
    assert (first.tool_calls, second.tool_calls) == (None, ())


@pytest.mark.parametrize("output", ["", "x", {"a": 1}, [1], 0, False])
def test_a_run_with_an_output_is_completed_where_no_status_is_given(output):
    (run,) = parsed({"case_id": "a", "output": output})
    assert (run.status, run.output) == ("completed", output)


def test_a_run_without_output_must_say_its_status():
    assert problems_of({"case_id": "a"}) == ["1: case a: status: is missing, and is needed where there is no output"]
    assert [run.status for run in parsed({"case_id": "a", "status": "timed_out"})] == ["timed_out"]


@pytest.mark.parametrize(
    ("args", "read", "text"),
    [
        ({"x": 1}, {"x": 1}, None),
        ('{"x": 1}', {"x": 1}, None),
        (None, {}, None),
        ("", {}, None),
        ("x=1", {}, "x=1"),
        ("[1]", {}, "[1]"),
        ([1], {}, "[1]"),
        ('{"x": NaN}', {}, '{"x": NaN}'),
    ],
)
def test_arguments_are_a_mapping_or_the_text_that_is_none(args, read, text):
    call = call_of({"name": "t", "args": args})
    assert (call.args, call.args_text) == (read, text)


def test_args_text_is_kept_beside_arguments_and_read_where_it_stands_alone():
    assert call_of({"name": "t", "args_text": "x=1"}).args_text == "x=1"
    assert call_of({"name": "t", "args_text": '{"x": 1}'}).args == {"x": 1}
    both = call_of({"name": "t", "args": {"x": 1}, "args_text": "x=1"})
    assert (both.args, both.args_text) == ({"x": 1}, "x=1")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (12.5, 12.5),
        # 2026-01-01 is 20,454 days after 1970-01-01: 56 years of 365 days and 14 leap days.
        ("2026-01-01T00:00:00Z", 20_454 * 86_400.0),
        ("2026-01-01T01:00:00+01:00", 20_454 * 86_400.0),
        ("2026-01-01", 20_454 * 86_400.0),
        (None, None),
    ],
)
def test_a_moment_is_seconds_or_iso_8601_and_utc_where_no_zone_is_given(written, seconds):
    assert call_of({"name": "t", "started_at": written}).started_at == seconds


@pytest.mark.parametrize(("error", "read"), [("", None), (None, None), ("no", "no"), ({"code": 1.0}, '{"code":1}')])
def test_an_error_is_text_and_an_empty_one_is_none(error, read):
    assert call_of({"name": "t", "error": error}).error == read


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"output": "x"}, "1: case_id: is missing"),
        ({"case_id": "", "output": "x"}, '1: case_id: must be text that is not empty, got ""'),
        ({"case_id": 3, "output": "x"}, "1: case_id: must be text that is not empty, got 3"),
        ({"case_id": "a\x1b", "output": "x", "trial": "1"}, '1: trial: must be a whole number, 0 or more, got "1"'),
        ({"case_id": "a", "output": "x", "trial": 1.5}, "1: case a: trial: must be a whole number, 0 or more, got 1.5"),
        (
            {"case_id": "a", "output": "x", "trial": True},
            "1: case a: trial: must be a whole number, 0 or more, got true, write 1 or 0",
        ),
        (
            {"case_id": "a", "output": "x", "status": "ok"},
            '1: case a: status: must be one of completed, aborted, timed_out, looped, not_evaluated, got "ok"',
        ),
        ({"case_id": "a", "output": "x", "reward": 1.1}, "1: case a: reward: must be a number from 0 to 1, got 1.1"),
        (
            {"case_id": "a", "output": "x", "reward": True},
            "1: case a: reward: must be a number from 0 to 1, got true, write 1 or 0",
        ),
        ({"case_id": "a", "output": "x", "latency_s": -1}, "1: case a: latency_s: must be a number, 0 or more, got -1"),
        ({"case_id": "a", "output": "x", "error": True}, "1: case a: error: must be text, got true"),
        (
            {"case_id": "a", "output": "x", "state": []},
            "1: case a: state: must be a mapping of probe to value, got an empty list",
        ),
        ({"case_id": "a", "output": "x", "turns": [1]}, "1: case a: turns: must be a list of mappings, got a list"),
        (
            {"case_id": "a", "output": "x", "tool_calls": {}},
            "1: case a: tool_calls: must be a list of calls, got a mapping",
        ),
        (
            {"case_id": "a", "output": "x", "tool_call": []},
            '1: case a: tool_call: unknown key "tool_call", did you mean "tool_calls"?',
        ),
        ({"case_id": "a", "output": "x", "cost": 1}, '1: case a: cost: unknown key "cost", did you mean "cost_usd"?'),
        (
            {"case_id": "a", "status": "completed", "answer": "x"},
            '1: case a: answer: unknown key "answer", did you mean "output"?',
        ),
        ("[]", "1: a recorded run must be a mapping, got an empty list"),
        ('{"case_id": "a", "case_id": "b"}', '1: key "case_id" stands twice in one mapping'),
        ('{"case_id": "a", "output": NaN}', "1: numbers must be finite, got NaN"),
        (b"\xff", "1: must be UTF-8, got byte 0xff at byte 0 of the line"),
    ],
)
def test_a_slip_in_a_run_is_told_with_its_line_and_field(record, problem: str):
    assert problems_of(record) == [problem]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (3, "tool_calls[0]: a tool call must be a mapping, got 3"),
        ({}, "tool_calls[0].name: is missing"),
        ({"name": "t", "arguments": {}}, 'tool_calls[0].arguments: unknown key "arguments", did you mean "args"?'),
        ({"name": "t", "reslt": 1}, 'tool_calls[0].reslt: unknown key "reslt", did you mean "result"?'),
        ({"name": "t", "batch": 1.5}, "tool_calls[0].batch: must be text or a whole number, got 1.5"),
        (
            {"name": "t", "started_at": "soon"},
            'tool_calls[0].started_at: must be seconds since the epoch or an ISO 8601 time, got "soon"',
        ),
        (
            {"name": "t", "started_at": True},
            "tool_calls[0].started_at: must be seconds since the epoch or an ISO 8601 time, got true",
        ),
        ({"name": "t", "parent": 1}, "tool_calls[0].parent: must be the place of a call, 0 to 0, got 1"),
        ({"name": "t", "parent": 0}, "tool_calls[0].parent: a call must not run inside of itself, got 0"),
    ],
)
def test_a_slip_in_a_call_is_told_with_its_place(call, problem: str):
    assert problems_of({"case_id": "a", "output": "x", "tool_calls": [call]}) == [f"1: case a: {problem}"]


def test_calls_that_run_inside_of_each_other_are_told_and_those_below_them_are_not():
    calls = [
        {"name": "t", "parent": 1},
        {"name": "t", "parent": 0},
        {"name": "t", "parent": 1},
        {"name": "t", "parent": 9},
    ]
    problems = problems_of({"case_id": "a", "output": "x", "tool_calls": [*calls, {"name": "t", "parent": 3}]})
    assert [problem.partition("parent: ")[2] for problem in problems] == [
        "a call must not run inside of itself, got 1",
        "a call must not run inside of itself, got 0",
        "must be the place of a call, 0 to 4, got 9",
    ]


def test_a_call_may_run_inside_of_a_later_one():
    assert call_of({"name": "inner", "parent": 1}, {"name": "outer"}).parent == 1


def test_a_key_that_comes_twice_is_told_with_both_lines():
    record = {"case_id": "a", "variant": "v", "output": "x"}
    assert problems_of(record, "", record | {"trial": 0}) == [
        "3: case a: the key a/v#0 must be unique, got it here and in line 1"
    ]


def test_every_problem_of_every_line_is_told_at_once():
    problems = problems_of(
        "{", {"case_id": "a", "output": "x"}, {"case_id": "a"}, {"case_id": "b", "trial": -1, "x": 1}
    )
    assert [problem.partition(":")[0] for problem in problems] == ["1", "3", "4", "4"]


def test_unknown_keys_that_no_one_can_have_meant_are_counted_in_a_warning():
    file = parsed(
        {"case_id": "a", "output": "x", "task_name": 1, "tool_calls": [{"name": "t", "id": 1}, {"name": "t", "id": 2}]},
        {"case_id": "b", "output": "x", "answer": "y"},
    )
    assert file.warnings == (
        'r.jsonl: unknown key "task_name" is ignored, it stands there once',
        'r.jsonl: unknown key "tool_calls.id" is ignored, it stands there 2 times',
        'r.jsonl: unknown key "answer" is ignored, it stands there once',
    )


@pytest.mark.parametrize("lines", [[], [""], ["  ", ""]])
def test_a_file_without_a_run_is_a_problem(lines: list[str]):
    with pytest.raises(DocumentError, match="holds no recorded run, write one JSON object a line"):
        parsed(*lines)


def test_a_file_is_read_like_its_lines():
    line = json.dumps({"case_id": "a", "output": "x"})
    assert parse_runs(SourceFile("r.jsonl", f"{line}\r\n".encode())).runs == parsed(line).runs


def test_half_a_surrogate_pair_in_an_answer_is_replaced():
    (run,) = parsed('{"case_id": "a", "output": "x\\ud800y"}')
    assert run.output == "x�y"


text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
amounts = st.none() | st.floats(0, 1e6)
counts = st.none() | st.integers(0, 10**6)
calls = st.builds(
    ToolCall,
    name=text,
    args=st.dictionaries(text, json_values, max_size=3),
    args_text=st.none() | st.just("no json"),
    result=json_values,
    error=st.none() | text,
    agent=st.none() | text,
    turn=counts,
    batch=st.none() | st.integers() | text,
    thought=st.none() | text,
    started_at=amounts,
    duration_s=amounts,
)
runs = st.builds(
    RecordedRun,
    key=st.builds(TrialKey, case_id=text, variant=st.just("") | text, trial=st.integers(0, 99)),
    status=st.sampled_from(STATUSES),
    output=json_values,
    tool_calls=st.none() | st.lists(calls, max_size=3).map(tuple),
    error=st.none() | text,
    state=st.none() | st.dictionaries(text, json_values, max_size=2),
    reward=st.none() | st.floats(0, 1),
    latency_s=amounts,
    cost_usd=amounts,
    input_tokens=counts,
    output_tokens=counts,
    agent_version=st.none() | text,
    trace_id=st.none() | text,
    turns=st.lists(st.dictionaries(text, json_values, max_size=2), max_size=2).map(tuple),
    messages=st.lists(json_values, max_size=2).map(tuple),
)


@given(runs)
def test_a_run_that_is_written_reads_back_as_it_was(run: RecordedRun):
    assert parse_runs([json.dumps(run_to_record(run)).encode()]).runs == (run,)
