"""Tool calls are read whatever framework wrote them, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.traces.calls import ToolCall
from sluice.trials.answers import UnreadableAnswerError
from sluice.trials.tool_calls import calls_from

LOOK = ToolCall(name="look", args={"id": "A-1"}, result="sent")


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "look", "args": {"id": "A-1"}, "result": "sent"},
        {"tool": "look", "arguments": {"id": "A-1"}, "output": "sent"},
        {"tool_name": "look", "arguments": '{"id": "A-1"}', "content": "sent"},
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id": "A-1"}'}, "result": "sent"},
        {"function": "look", "parameters": {"id": "A-1"}, "response": "sent"},
        {"type": "tool_use", "id": "t1", "name": "look", "input": {"id": "A-1"}, "content": "sent"},
        {"toolCallId": "t1", "toolName": "look", "input": {"id": "A-1"}, "output": "sent"},
    ],
)
def test_the_usual_spellings_are_the_same_call(entry):
    assert calls_from([entry]) == (LOOK,)


def test_every_field_is_read():
    entry = {
        "name": "pay",
        "args": {"amount": 1.5},
        "result": {"ok": True},
        "agent": "payer",
        "turn": 2,
        "batch": "b1",
        "thought": "they were promised it",
        "started_at": "2026-05-01T09:00:00+00:00",
        "duration_ms": 250,
    }
    # 2026-05-01T09:00:00Z is 20574 days and 9 hours after the epoch: 20574 * 86400 + 32400 = 1777626000
    assert calls_from([entry]) == (
        ToolCall(
            name="pay",
            args={"amount": 1.5},
            result={"ok": True},
            agent="payer",
            turn=2,
            batch="b1",
            thought="they were promised it",
            started_at=1777626000.0,
            duration_s=0.25,
        ),
    )


@pytest.mark.parametrize(
    ("written", "args", "args_text"),
    [
        ({}, {}, None),
        (None, {}, None),
        ("", {}, None),
        ("null", {}, None),
        ('{"a": 1}', {"a": 1}, None),
        ("{a: 1}", {}, "{a: 1}"),
        ("[1]", {}, "[1]"),
        ('{"a": NaN}', {}, '{"a": NaN}'),
        ([1, 2], {}, "[1, 2]"),
        (7, {}, "7"),
    ],
)
def test_arguments_that_are_no_object_are_kept_as_text_so_that_they_fail(written, args, args_text):
    (call,) = calls_from([{"name": "look", "args": written}])
    assert (call.args, call.args_text) == (args, args_text)


def test_raw_text_of_arguments_the_agent_gives_itself_is_kept():
    (call,) = calls_from([{"name": "look", "args": {}, "args_text": "{broken"}])
    assert (call.args, call.args_text) == ({}, "{broken")


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ({"error": None}, None),
        ({"error": False}, None),
        ({"error": ""}, None),
        ({"error": "not found"}, "not found"),
        ({"error": True}, "the call failed"),
        ({"error": {"code": 404}}, '{"code": 404}'),
        ({"is_error": True}, "the call failed"),
        ({"is_error": True, "content": "not found"}, "not found"),
        ({"isError": True, "result": {"code": 1}}, '{"code": 1}'),
        ({"is_error": False, "content": "fine"}, None),
    ],
)
def test_an_error_is_read_however_it_is_told(entry, error):
    (call,) = calls_from([{"name": "look", **entry}])
    assert call.error == error
    assert call.ok is (error is None)


def test_a_parent_is_a_position_or_another_calls_id():
    calls = calls_from(
        [
            {"id": "a", "name": "ask_team"},
            {"id": "b", "name": "look", "parent": "a"},
            {"name": "look", "parent": 0},
            {"name": "look", "parent": "nobody"},
        ]
    )
    assert [call.parent for call in calls] == [None, 0, 0, None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("turn", -1),
        ("turn", 1.5),
        ("turn", "2"),
        ("batch", True),
        ("batch", [1]),
        ("agent", 7),
        ("agent", ""),
        ("thought", ["a"]),
        ("duration_s", "fast"),
        ("duration_s", -1),
        ("started_at", "yesterday"),
        ("started_at", "2026-05-01T09:00:00"),  # without a zone it means another moment elsewhere
        ("started_at", True),
    ],
)
def test_a_field_that_makes_no_sense_is_unknown(field, value):
    assert calls_from([{"name": "look", field: value}]) == (ToolCall(name="look"),)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["look"], 'tool call 0 must be an object, got "look"'),
        ([{"name": "a"}, None], "tool call 1 must be an object, got null"),
        ([{}], "tool call 0 names no tool"),
        ([{"name": ""}], "tool call 0 names no tool"),
        ([{"name": 7}], "tool call 0 names no tool"),
        ([{"function": {"arguments": "{}"}}], "tool call 0 names no tool"),
    ],
)
def test_an_entry_that_names_no_tool_is_unreadable(entries, message):
    with pytest.raises(UnreadableAnswerError, match=message):
        calls_from(entries)


@given(st.lists(st.text(min_size=1), max_size=6))
def test_calls_keep_their_order_and_number(names):
    assert [call.name for call in calls_from([{"name": name} for name in names])] == names
