import time

import pytest

from sluice.errors import InvalidInputError
from sluice.golden.expectation import NeverEvent
from sluice.traces.calls import ToolCall
from sluice.trials.never import compile_never
from sluice.trials.recorded import RecordedRun, TrialKey


def run(*calls, output="done", turns=(), known=True):
    return RecordedRun(
        key=TrialKey(case_id="c"), output=output, tool_calls=tuple(calls) if known else None, turns=tuple(turns)
    )


def never(**rule):
    return compile_never([NeverEvent.model_validate(rule)])


def occurs(recorded, **rule):
    return bool(never(**rule).occurrences(recorded))


def refund(**args):
    return ToolCall(name="issue_refund", args=args)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (refund(amount=501), True),
        (refund(amount=500), False),
        (refund(amount="501"), True),
        (refund(amount="12x"), True),
        (refund(amount=True), True),
        (refund(amount=None), True),
        (refund(amount=float("nan")), True),
        (refund(), False),
        (refund(order="A-1001"), False),
        (ToolCall(name="issue_refund", args_text="{amount: 501"), True),
        (ToolCall(name="issue_refund", args={"amount": 501}, error="refused"), True),
        (ToolCall(name="issue_refund", args={"amount": 501}, agent="helper", parent=0), True),
        (ToolCall(name="quote_refund", args={"amount": 501}), False),
        (ToolCall(name="Issue_Refund", args={"amount": 501}), False),
    ],
)
def test_a_call_occurs_where_its_arguments_hold_or_cannot_be_compared(call, expected):
    assert occurs(run(call), tool=("issue_refund",), args={"amount": {"above": 500}}) is expected


def test_every_named_argument_must_hold():
    rule = {"tool": ("issue_refund",), "args": {"amount": {"above": 500}, "currency": "EUR"}}
    assert occurs(run(refund(amount=501, currency="EUR", note="x")), **rule)
    assert not occurs(run(refund(amount=501, currency="USD")), **rule)
    assert not occurs(run(refund(amount="12x", currency="USD")), **rule)
    assert not occurs(run(refund(amount=501, currency="EUR", note="x")), args_mode="exact", **rule)
    assert occurs(run(refund(amount=501, currency="EUR")), args_mode="exact", **rule)
    assert occurs(run(refund(amount=1)), args_mode="ignore", **rule)


def test_a_missing_argument_occurs_only_where_its_absence_is_the_event():
    assert occurs(run(refund(amount=5)), tool=("issue_refund",), args={"approval": {"absent": True}})
    assert not occurs(run(refund(approval="x")), tool=("issue_refund",), args={"approval": {"absent": True}})
    assert not occurs(run(refund()), tool=("issue_refund",), args={"currency": {"not": "EUR"}})


def test_tools_agents_and_status_are_patterns_of_names():
    call = ToolCall(name="delete_order", agent="researcher_2", error="refused")
    assert occurs(run(call), tool=("delete_*",))
    assert occurs(run(call), tool=("drop_table", "delete_order"))
    assert not occurs(run(call), tool=("delete",))
    assert occurs(run(call), tool=("delete_*",), agent="researcher*")
    assert not occurs(run(call), tool=("delete_*",), agent="writer*")
    assert occurs(run(call), tool=("delete_*",), status="error")
    assert not occurs(run(call), tool=("delete_*",), status="ok")


def test_every_occurrence_is_told_with_its_call():
    rules = compile_never(
        [
            NeverEvent.model_validate({"tool": ("delete_*",), "agent": "main", "status": "ok"}),
            NeverEvent.model_validate({"tool": ("issue_refund",), "args": {"amount": {"above": 500}}}),
            NeverEvent.model_validate({"answer": {"contains": "secret"}}),
        ]
    )
    found = rules.occurrences(run(refund(amount=700), ToolCall(name="look"), refund(amount=800), output="a secret"))
    assert [(one.rule, one.found) for one in found] == [
        ("issue_refund(amount=above 500)", "call 1: issue_refund(amount=700)"),
        ("issue_refund(amount=above 500)", "call 3: issue_refund(amount=800)"),
        ("an answer that is containing 'secret'", "answer: 'a secret'"),
    ]
    (deleted,) = rules.occurrences(run(ToolCall(name="delete_order", agent="main")))
    assert deleted.rule == "delete_*() by main with status ok"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("my key is sk-" + "a" * 20, True),
        ("no key", False),
        ({"key": "sk-" + "a" * 20}, True),
        ("", False),
        (None, False),
    ],
)
def test_an_answer_is_searched_as_text(output, expected):
    assert occurs(run(output=output), answer={"regex": "sk-[A-Za-z0-9]{20}"}) is expected


def test_the_answers_of_earlier_turns_are_searched_too():
    turns = [{"input": "x", "output": "a secret"}, {"input": "y"}, {"input": "z", "output": "done"}]
    (found,) = never(answer={"contains": "secret"}).occurrences(run(turns=turns))
    assert found.found == "answer of turn 1: 'a secret'"
    assert len(never(answer="done").occurrences(run(turns=turns))) == 1


def test_a_search_that_never_ends_is_an_occurrence_within_its_limit():
    started = time.monotonic()
    (found,) = never(answer={"regex": "(a|aa)+$"}).occurrences(run(output="a" * 60 + "b"))
    assert time.monotonic() - started < 2.0
    assert found.found.startswith("answer: cannot be compared: 'aaa")


def test_what_is_found_is_told_shortly():
    huge = "x" * 10_000
    rules = compile_never([NeverEvent(tool=("t",)), NeverEvent(answer={"contains": "x"})])
    found = rules.occurrences(run(ToolCall(name="t", args={"a": huge}), output=huge))
    assert all(len(one.found) < 200 for one in found)
    assert len(found) == 2


def test_rules_about_calls_say_so_because_unknown_calls_are_not_no_calls():
    assert never(tool=("t",)).about_calls
    assert not never(answer="x").about_calls
    assert never(tool=("t",)).occurrences(run(known=False)) == ()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, r"never\[1\] must name either tool or answer, got neither"),
        ({"tool": ("t",), "answer": "x"}, r"never\[1\] must name either tool or answer, got both"),
        ({"tool": ("t",), "args": {"a": {"regex": "("}}}, "not a regular expression"),
        ({"tool": ("t",), "args": {"a": {"result_of": "s"}}}, r"never\[1\] must not use result_of"),
        ({"answer": {"result_of": "s"}}, r"never\[1\] must not use result_of"),
    ],
)
def test_a_never_event_that_cannot_be_judged_is_refused(rule, message):
    with pytest.raises(InvalidInputError, match=message):
        compile_never([NeverEvent(tool=("fine",)), NeverEvent.model_validate(rule)])


def test_an_occurrence_says_what_of_it_could_not_be_compared():
    (found,) = never(tool="issue_refund", args={"amount": {"above": 500}}).occurrences(run(refund(amount="12x")))
    assert found.found == "call 1: issue_refund(amount='12x') (amount cannot be compared, which counts)"
    (plain,) = never(tool="issue_refund", args={"amount": {"above": 500}}).occurrences(run(refund(amount=501)))
    assert plain.found == "call 1: issue_refund(amount=501)"
