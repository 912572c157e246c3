import pytest

from sluice.trials.answers import UnreadableAnswerError
from sluice.trials.messages import calls_from_messages


def assistant(*calls):
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def asked(name, arguments="{}", id_=None):
    return {"function": {"name": name, "arguments": arguments}, **({"id": id_} if id_ else {})}


def answered(content, id_=None, **more):
    return {"role": "tool", "content": content, **({"tool_call_id": id_} if id_ else {}), **more}


def test_calls_of_one_message_are_one_batch():
    messages = [assistant(asked("a"), asked("b")), answered("1"), answered("2"), assistant(asked("c")), answered("3")]
    calls = calls_from_messages(messages)
    assert [(call.name, call.batch, call.result) for call in calls] == [("a", 0, "1"), ("b", 0, "2"), ("c", 3, "3")]


def test_results_are_joined_by_id_before_place():
    messages = [assistant(asked("a", id_="x"), asked("b", id_="y")), answered("for y", "y"), answered("for x", "x")]
    assert [call.result for call in calls_from_messages(messages)] == ["for x", "for y"]


def test_a_call_that_was_never_answered_has_no_result_and_no_error():
    (call,) = calls_from_messages([assistant(asked("a")), {"role": "user", "content": "hello"}])
    assert (call.result, call.error) == (None, None)


@pytest.mark.parametrize(
    "reply",
    [answered("Error: gone"), answered("gone", error=True), answered("gone", status="error")],
)
def test_an_error_is_told_by_text_flag_or_status(reply):
    (call,) = calls_from_messages([assistant(asked("a")), reply])
    assert not call.ok


def test_langchains_calls_are_read():
    message = {"type": "ai", "content": "", "tool_calls": [{"name": "a", "args": {"x": 1}, "id": "1"}]}
    (call,) = calls_from_messages([message, {"type": "tool", "content": "ok", "tool_call_id": "1"}])
    assert (call.name, call.args, call.result) == ("a", {"x": 1}, "ok")


def test_arguments_that_are_no_json_object_are_kept_as_text():
    first, second = calls_from_messages([assistant(asked("a", "x=1"), asked("b", '{"x": 1}'))])
    assert (first.args, first.args_text) == ({}, "x=1")
    assert (second.args, second.args_text) == ({"x": 1}, None)


def test_a_call_without_a_name_is_refused():
    with pytest.raises(UnreadableAnswerError, match="names no tool"):
        calls_from_messages([assistant({"function": {"arguments": "{}"}})])
