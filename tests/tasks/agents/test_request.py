"""What an agent is sent: the same names for the same attempt, new ones for the next."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.trials.recorded import TrialKey
from tasks._agents import traceparent_for, trial_request
from tasks._agents.request import REQUEST_NAMES, request_object, request_values

KEY = TrialKey(case_id="refund", variant="p1", trial=2)
keys = st.builds(TrialKey, case_id=st.text(min_size=1), variant=st.text(), trial=st.integers(0, 99))


@given(st.text(), keys, st.integers(1, 9))
def test_a_traceparent_is_valid_sampled_and_reproducible(run_id, key, attempt):
    written = traceparent_for(run_id, key, attempt)
    version, trace, span, flags = written.split("-")
    assert (version, flags) == ("00", "01")
    assert re.fullmatch(r"[0-9a-f]{32}", trace)
    assert re.fullmatch(r"[0-9a-f]{16}", span)
    assert int(trace, 16) != 0 != int(span, 16)
    assert written == traceparent_for(run_id, key, attempt)


def test_run_case_variant_trial_and_attempt_each_give_another_trace():
    others = [
        traceparent_for("run-2", KEY, 1),
        traceparent_for("run-1", TrialKey(case_id="refund", variant="", trial=2), 1),
        traceparent_for("run-1", TrialKey(case_id="refundp1", variant="", trial=2), 1),
        traceparent_for("run-1", TrialKey(case_id="refund", variant="p1", trial=3), 1),
        traceparent_for("run-1", KEY, 2),
        traceparent_for("run-1", KEY, 1),
    ]
    assert len(set(others)) == len(others)


def test_every_attempt_has_a_conversation_and_a_key_of_its_own():
    first, again = (trial_request(KEY, "hi", run_id="run-1", deadline_s=5, attempt=1) for _ in range(2))
    second = trial_request(KEY, "hi", run_id="run-1", deadline_s=5, attempt=2)
    assert first == again
    assert first.conversation_id != second.conversation_id
    assert first.trial_key != second.trial_key
    assert re.fullmatch(r"refund\.p1\.2\.[0-9a-f]{12}", first.trial_key)
    plain = trial_request(TrialKey(case_id="refund"), "hi", run_id="run-1", deadline_s=5)
    assert re.fullmatch(r"refund\.0\.[0-9a-f]{12}", plain.trial_key)


@pytest.mark.parametrize(
    ("stimulus", "given", "absent"),
    [
        ("hi", {"input": "hi"}, "messages"),
        ({"q": 1}, {"input": {"q": 1}}, "messages"),
        ([1], {"messages": [1]}, "input"),
    ],
)
def test_the_object_holds_input_or_messages_and_all_that_was_agreed(stimulus, given, absent):
    request = trial_request(KEY, stimulus, run_id="run-1", deadline_s=5, setup={"fixture": "small"}, now="2026-05-01")
    sent = request_object(request)
    assert json.loads(json.dumps(sent)) == sent
    assert {name: sent[name] for name in given} == given
    assert absent not in sent
    assert (sent["setup"], sent["now"], sent["files"], sent["deadline_s"]) == (
        {"fixture": "small"},
        "2026-05-01",
        [],
        5,
    )


@pytest.mark.parametrize(
    ("stimulus", "text", "chat"),
    [
        ("hi", "hi", [{"role": "user", "content": "hi"}]),
        ({"q": "é"}, {"q": "é"}, [{"role": "user", "content": '{"q": "é"}'}]),
        ([{"role": "user", "content": "a"}], [{"role": "user", "content": "a"}], [{"role": "user", "content": "a"}]),
    ],
)
def test_templates_always_find_both_input_and_messages(stimulus, text, chat):
    values = request_values(trial_request(KEY, stimulus, run_id="run-1", deadline_s=5))
    assert (values["input"], values["messages"]) == (text, chat)
    assert values.keys() == REQUEST_NAMES
