"""What an agent sent back, as a recorded run: unknown stays unknown, and what cannot be read says so."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.trials.answers import UnreadableAnswerError, excerpt, parse_answer
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.responses import ResponseParts, failed_run, run_from_object, run_from_parts

KEY = TrialKey(case_id="refund", trial=1)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_strict_json_is_read_as_it_was_written(value):
    assert parse_answer(json.dumps(value)) == value
    assert parse_answer(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the answer is not JSON"),
        (b"{'a': 1}", "the answer is not JSON"),
        (b'{"a": NaN}', "holds NaN, which is not JSON"),
        (b'{"a": -Infinity}', "holds -Infinity, which is not JSON"),
        (b'{"a": 1e400}', "number out of range: 1e400"),
        (b'"\xff"', "not UTF-8: byte 1"),
        (b"[" * 200_000, "nests too deep"),
        (b"9" * 5_000, "the answer is not JSON"),
        (b'{"a": 1} trailing', "the answer is not JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_its_reason(text, message):
    with pytest.raises(UnreadableAnswerError, match=message):
        parse_answer(text)


def test_a_byte_order_mark_is_no_fault():
    assert parse_answer(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_half_a_surrogate_pair_is_replaced_everywhere_since_it_could_never_be_stored():
    written = r'{"a\ud800": ["x\udfff", {"b": 1}], "ok": "\ud83d\ude00"}'
    assert parse_answer(written) == {"a\ufffd": ["x\ufffd", {"b": 1}], "ok": "\U0001f600"}


@given(st.text() | st.binary(), st.integers(4, 50))
def test_an_excerpt_is_one_short_printable_line(text, limit):
    shown = excerpt(text, limit)
    assert len(shown) <= limit + len(" ...")
    assert shown.isprintable()


def test_parts_become_a_completed_run():
    parts = ResponseParts(
        answer={"total": 3}, calls=[{"tool": "look"}], cost_usd=0.5, input_tokens=12, output_tokens=3.0
    )
    run = run_from_parts(KEY, parts)
    assert (run.key, run.status, run.output) == (KEY, "completed", {"total": 3})
    assert run.tool_calls is not None
    assert [call.name for call in run.tool_calls] == ["look"]
    assert (run.cost_usd, run.input_tokens, run.output_tokens) == (0.5, 12, 3)


@pytest.mark.parametrize(("calls", "expected"), [(None, None), ([], ())])
def test_calls_that_are_not_told_of_are_unknown_and_an_empty_list_is_none_called(calls, expected):
    assert run_from_parts(KEY, ResponseParts(answer="a", calls=calls)).tool_calls == expected


@pytest.mark.parametrize("cost", [None, "0.5", True, -1, float("nan"), float("inf"), 10**400, {"usd": 1}])
def test_a_cost_that_is_no_amount_is_unknown_and_never_zero(cost):
    run = run_from_parts(KEY, ResponseParts(answer="a", cost_usd=cost, input_tokens=1.5))
    assert run.cost_usd is None
    assert run.input_tokens is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (ResponseParts(found=False), "no answer where one was agreed"),
        (ResponseParts(answer=None), "the answer is null"),
        (ResponseParts(answer="a", calls=[3]), "tool call 0 must be an object, got 3"),
    ],
)
def test_a_response_without_an_answer_is_unreadable(parts, message):
    with pytest.raises(UnreadableAnswerError, match=message):
        run_from_parts(KEY, parts)


def test_an_empty_text_is_an_answer():
    assert run_from_parts(KEY, ResponseParts(answer="")).status == "completed"
    assert run_from_object(KEY, {"output": ""}).output == ""


def test_a_recorded_run_is_read_whole():
    reply = {
        "output": "done",
        "tool_calls": [{"name": "pay", "args": {"amount": 1}}],
        "state": {"order": {"refunded": 1}},
        "cost_usd": 0.25,
        "input_tokens": 5,
        "output_tokens": 6,
        "agent_version": "v2",
        "turns": [{"input": "a", "output": "b"}, "no turn"],
        "messages": [{"role": "user", "content": "a"}],
        "case_id": "another",
        "reward": 1.0,
        "latency_s": 0.0,
    }
    run = run_from_object(KEY, reply)
    assert run.key == KEY  # whose trial it was is ours to say
    assert (run.reward, run.latency_s) == (None, None)  # neither is for the agent to say
    assert (run.status, run.output, run.error) == ("completed", "done", None)
    assert (run.state, run.agent_version) == ({"order": {"refunded": 1}}, "v2")
    assert (run.cost_usd, run.input_tokens, run.output_tokens) == (0.25, 5, 6)
    assert run.turns == ({"input": "a", "output": "b"},)
    assert run.messages == ({"role": "user", "content": "a"},)


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        ({"error": "no such order"}, "aborted", "no such order"),
        ({"status": "looped"}, "looped", "the agent says looped"),
        ({"status": "timed_out", "output": "half"}, "timed_out", "the agent says timed_out"),
        ({"status": "not_evaluated", "error": "no credit"}, "not_evaluated", "no credit"),
        ({"output": {"a": 1}, "error": "a tool failed"}, "completed", "a tool failed"),
    ],
)
def test_the_status_an_agent_states_stands_and_says_why(reply, status, error):
    run = run_from_object(KEY, reply)
    assert (run.status, run.error, run.output) == (status, error, reply.get("output"))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("text", 'must be a JSON object, got "text"'),
        ([], "must be a JSON object"),
        ({}, "the reply has no output"),
        ({"output": None}, "the reply has no output"),
        ({"status": "completed", "error": "x"}, "the reply has no output"),
        ({"output": "a", "status": "great"}, 'status must be one of completed, .*, got "great"'),
        ({"output": "a", "status": ["completed"]}, "status must be one of"),
        ({"output": "a", "tool_calls": {"name": "x"}}, "tool_calls must be a list"),
    ],
)
def test_a_reply_outside_the_contract_is_unreadable(reply, message):
    with pytest.raises(UnreadableAnswerError, match=message):
        run_from_object(KEY, reply)


@given(json_values)
def test_whatever_an_agent_replies_is_a_run_or_unreadable(reply):
    try:
        run = run_from_object(KEY, reply)
    except UnreadableAnswerError:
        return
    assert run.status != "completed" or run.output is not None


def test_a_failed_run_says_why_and_knows_no_calls():
    run = failed_run(KEY, "timed_out", "no answer within 5 s", latency_s=5.0)
    assert run == RecordedRun(key=KEY, status="timed_out", error="no answer within 5 s", latency_s=5.0)
    assert run.tool_calls is None
