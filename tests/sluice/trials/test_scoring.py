from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import InvalidInputError
from sluice.golden.case import GoldenCase, Stratum, Variant
from sluice.golden.expectation import Expectation, NeverEvent
from sluice.traces.calls import ToolCall
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scoring import TrialScorer

LOOK = ToolCall(name="look", args={"order": "A-1001"}, result={"ticket": "T1"})
REFUND = ToolCall(name="refund", args={"order": "A-1001", "amount": 42.1}, result={"ok": True})
TEXT = "A refund of $42.10 for A-1001 has been issued."
ANSWER = {"contains": ["refund"], "numbers": [{"value": 42.1}]}
TRAJECTORY = {
    "steps": [
        {"id": "look", "tool": ["look"], "args": {"order": "A-1001"}},
        {"tool": ["refund"], "args": {"amount": {"approx": 42.1, "within": 0.01}}},
    ]
}


def stratum(expect, *, never=(), needs=(), variant=""):
    variants = (Variant(id=variant, input="y"),) if variant else ()
    case = GoldenCase(
        id="c", input="x", never=tuple(NeverEvent.model_validate(one) for one in never), variants=variants
    )
    return Stratum(
        case=case,
        variant=variant,
        input="x",
        expect=Expectation.model_validate(expect),
        counted=True,
        stimulus_digest="s",
        expectation_digest="e",
        needs=tuple(needs),
    )


def recorded(output=TEXT, calls=(LOOK, REFUND), **fields):
    return RecordedRun(
        key=TrialKey(case_id="c"), output=output, tool_calls=None if calls is None else tuple(calls), **fields
    )


def score(expect, run=None, *, policy_never=(), tools=None, side_effects=None, **case):
    events = [NeverEvent.model_validate(one) for one in policy_never]
    scorer = TrialScorer([stratum(expect, **case)], policy_never=events, tools=tools, side_effects=side_effects)
    return scorer.score(recorded() if run is None else run)


def test_a_trial_passes_when_every_declared_check_holds():
    got = score(
        {"answer": ANSWER, "trajectory": TRAJECTORY, "max_cost_usd": 0.05, "max_latency_s": 2},
        recorded(cost_usd=0.05, latency_s=1.5),
    )
    assert (got.evaluated, got.passed, got.reasons) == (True, True, ())
    assert got.trajectory is not None
    assert got.trajectory.trajectory == 1.0
    assert (got.answer_passed, got.state_passed, got.alternative) == (True, None, "")
    assert (got.n_calls, got.cost_usd, got.latency_s) == (2, 0.05, 1.5)
    assert [check.name for check in got.checks] == [
        "trajectory",
        "answer.contains[0]",
        "answer.numbers[0]",
        "max_cost_usd",
        "max_latency_s",
    ]


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (recorded(output="A refund of $42.20."), "expected the number 42.1, got 42.2"),
        (recorded(calls=[LOOK]), "expected refund"),
        (recorded(cost_usd=0.06), "the cost was 0.06 USD, more than the 0.05 USD allowed"),
        (recorded(latency_s=3.0), "the time was 3 s, more than the 2 s allowed"),
    ],
)
def test_one_check_that_fails_fails_the_trial_with_its_reason(run, reason):
    run = replace(run, cost_usd=run.cost_usd or 0.01, latency_s=run.latency_s or 1.0)
    got = score({"answer": ANSWER, "trajectory": TRAJECTORY, "max_cost_usd": 0.05, "max_latency_s": 2}, run)
    assert (got.evaluated, got.passed) == (True, False)
    assert len(got.reasons) == 1
    assert got.reasons[0].startswith(reason)


def test_reasons_tell_the_path_before_the_answer_and_both_before_the_limits():
    expect = {
        "max_cost_usd": 0.05,
        "answer": ANSWER,
        "trajectory": TRAJECTORY,
        "state": [{"probe": "p", "is": {"$": 1}}],
    }
    got = score(expect, recorded(output="no", calls=[], cost_usd=1.0, state={"p": 2}))
    kinds = ["expected look", "expected 'refund'", "expected the number", "p: $: expected 1, got 2", "the cost was"]
    assert [reason.startswith(kind) for reason, kind in zip(got.reasons, kinds, strict=True)] == [True] * 5


def test_a_stratum_in_which_nothing_decides_neither_passes_nor_fails():
    for expect in ({}, {"answer": {"reference": "x"}}, {"any_of": [{"answer": {"reference": "x"}}]}):
        got = score(expect)
        assert (got.evaluated, got.passed, got.answer_passed, got.checks) == (True, None, None, ())


def test_calls_that_are_unknown_are_not_evaluated_and_never_called_nothing():
    got = score({"trajectory": {"steps": [], "extra": "forbidden"}}, recorded(calls=None))
    assert (got.evaluated, got.passed, got.trajectory, got.n_calls) == (False, None, None, None)
    assert got.reasons == ("which tools were called is unknown, so the trajectory cannot be scored",)
    assert score({"trajectory": {"steps": [], "extra": "forbidden"}}, recorded(calls=[])).passed is True
    assert score({"answer": ANSWER}, recorded(calls=None)).passed is True


@pytest.mark.parametrize("policy", [True, False])
def test_a_never_event_about_a_tool_needs_the_calls(policy):
    rules = [{"tool": ["delete_*"]}]
    got = score({"answer": ANSWER}, recorded(calls=None), **{"policy_never" if policy else "never": rules})
    assert (got.evaluated, got.passed) == (False, None)
    assert got.reasons == ("which tools were called is unknown, and a never-event is about a tool",)
    assert got.answer_passed is True


def test_a_never_event_about_the_answer_does_not_need_the_calls():
    got = score({"answer": ANSWER}, recorded(calls=None), never=[{"answer": {"contains": "secret"}}])
    assert got.passed is True


@pytest.mark.parametrize("policy", [True, False])
def test_a_never_event_that_occurs_fails_the_trial_and_is_told_first(policy):
    rules = [{"tool": ["refund"], "args": {"amount": {"above": 40}}}]
    got = score({"answer": {"contains": ["nope"]}}, **{"policy_never" if policy else "never": rules})
    assert got.passed is False
    assert [one.found for one in got.never] == ["call 2: refund(order='A-1001', amount=42.1)"]
    assert got.reasons == (
        "never-event: refund(amount=above 40): call 2: refund(order='A-1001', amount=42.1)",
        f"expected 'nope' in the answer, got {TEXT!r}",
    )
    assert [check.name for check in got.checks] == ["answer.contains[0]"] + ([] if policy else ["never"])


def test_a_case_of_never_events_alone_passes_when_none_occurs():
    assert score({}, never=[{"tool": ["delete_*"]}]).passed is True
    assert score({}, never=[{"tool": ["look"]}]).passed is False
    assert score({}, policy_never=[{"tool": ["delete_*"]}]).passed is None


@pytest.mark.parametrize(
    ("status", "words"), [("aborted", "aborted"), ("timed_out", "timed out"), ("looped", "looped")]
)
def test_a_trial_that_did_not_complete_has_failed_whatever_it_answered(status, words):
    got = score({"answer": ANSWER, "trajectory": TRAJECTORY}, recorded(status=status, error="no answer within 5 s"))
    assert (got.evaluated, got.passed) == (True, False)
    assert got.reasons == (f"the trial {words}: no answer within 5 s",)
    assert got.trajectory is not None
    assert got.trajectory.trajectory == 1.0
    assert score({"answer": ANSWER}, recorded(status=status)).reasons == (f"the trial {words}",)


def test_a_trial_that_did_not_complete_has_failed_though_its_calls_and_cost_are_unknown():
    run = recorded(output=None, calls=None, status="timed_out")
    got = score({"trajectory": TRAJECTORY, "max_cost_usd": 1}, run, never=[{"tool": ["delete_*"]}])
    assert (got.evaluated, got.passed, got.trajectory) == (True, False, None)
    assert got.reasons == ("the trial timed out",)
    # Nothing may claim that no never-event occurred in calls that nobody saw.
    assert got.checks == ()


def test_what_the_run_or_the_stratum_calls_not_evaluated_is_not_evaluated():
    got = score({"answer": ANSWER}, recorded(status="not_evaluated", error="connection refused"))
    assert (got.evaluated, got.passed, got.reasons) == (False, None, ("connection refused",))
    assert score({}, recorded(status="not_evaluated")).reasons == ("the trial was not evaluated",)
    got = score({"answer": ANSWER}, needs=["a scripted conversation (turns)"])
    assert (got.evaluated, got.passed, got.checks) == (False, None, ())
    assert got.reasons == ("a scripted conversation (turns)",)


def test_never_events_are_told_even_of_a_trial_that_is_not_evaluated():
    got = score({}, recorded(status="not_evaluated"), never=[{"tool": ["look"]}])
    assert len(got.never) == 1
    assert got.passed is None


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"max_cost_usd": 0.05}, "the cost is unknown, and max_cost_usd is 0.05 USD"),
        ({"max_latency_s": 2}, "the time is unknown, and max_latency_s is 2 s"),
        ({"state": [{"probe": "p", "is": {"$": 1}}]}, "the state that the probe p would show is unknown"),
    ],
)
def test_an_unknown_cost_time_or_state_is_neither_a_pass_nor_a_failure(limit, reason):
    got = score({"answer": ANSWER, **limit})
    assert (got.evaluated, got.passed, got.reasons) == (False, None, (reason,))
    assert got.answer_passed is True


def test_state_is_what_a_recorded_probe_shows():
    expect = {"state": [{"probe": "order", "is": {"$.refunded": {"approx": 42.1, "within": 0.01}, "$.open": False}}]}
    got = score(expect, recorded(state={"order": {"refunded": 42.1, "open": False}}))
    assert (got.passed, got.state_passed) == (True, True)
    got = score(expect, recorded(state={"order": {"refunded": 42.1, "open": True}}))
    assert (got.passed, got.state_passed) == (False, False)
    assert got.checks[0].score == 0.5
    assert got.reasons == ("order: $.open: expected false, got true",)
    assert score({"state": [{"probe": "order", "is": {}}]}, recorded(state={"order": 1})).passed is True
    assert score(expect, recorded(state={"other": 1})).evaluated is False


EITHER = {
    "any_of": [
        {"answer": {"contains": ["refund"]}, "trajectory": TRAJECTORY},
        {"answer": {"contains": ["cannot"]}, "trajectory": {"steps": [], "extra": "forbidden"}},
        {"answer": {"reference": "decides nothing"}},
    ]
}


@pytest.mark.parametrize(
    ("run", "passed", "alternative"),
    [
        (recorded(), True, "any_of[0]"),
        (recorded(output="I cannot do that", calls=[]), True, "any_of[1]"),
        (recorded(output="I cannot do that"), False, "any_of[0]"),
        (recorded(output="I cannot do that", calls=[LOOK, ToolCall(name="x")]), False, "any_of[1]"),
        # Half of each holds: of equals the first.
        (recorded(output="Your refund is on its way", calls=[]), False, "any_of[0]"),
        (recorded(output="?", calls=[LOOK]), False, "any_of[0]"),
    ],
)
def test_linked_alternatives_hold_together_and_the_best_one_is_named(run, passed, alternative):
    got = score(EITHER, run)
    assert (got.passed, got.alternative) == (passed, alternative)
    assert all(reason.startswith(f"{alternative}: ") for reason in got.reasons)
    assert all(check.name.startswith(f"{alternative}.") for check in got.checks)


def test_what_stands_beside_the_alternatives_must_hold_whichever_counts():
    got = score({"answer": {"excludes": ["sorry"]}, **EITHER}, recorded(output="Sorry, I cannot do that", calls=[]))
    assert (got.passed, got.alternative, got.answer_passed) == (False, "any_of[1]", False)
    assert got.reasons == ("the answer must not contain 'sorry', got 'sorry, i cannot do that'",)


def test_an_alternative_that_is_unknown_counts_before_one_that_fails():
    expect = {"any_of": [{"answer": {"contains": ["nope"]}}, {"trajectory": TRAJECTORY}]}
    got = score(expect, recorded(calls=None))
    assert (got.evaluated, got.passed) == (False, None)
    assert got.reasons == ("any_of[1]: which tools were called is unknown, so the trajectory cannot be scored",)
    assert score({"any_of": [{"answer": ANSWER}, {"trajectory": TRAJECTORY}]}, recorded(calls=None)).passed is True


def test_of_two_trajectories_that_must_both_hold_the_worse_is_reported():
    expect = {"trajectory": {"steps": [], "extra": "allowed"}, "any_of": [{"trajectory": TRAJECTORY}]}
    got = score(expect, recorded(calls=[LOOK]))
    assert got.trajectory is not None
    assert got.trajectory.recall == 0.5
    assert got.alternative == "any_of[0]"


def test_alternatives_of_the_trajectory_are_named_within_their_own():
    ways = {"any_of": [{"steps": [{"tool": ["nope"]}]}, TRAJECTORY]}
    assert score({"trajectory": ways}).alternative == "trajectory.any_of[1]"
    assert score({"any_of": [{"trajectory": ways}]}).alternative == "any_of[0].trajectory.any_of[1]"


def test_an_answer_may_repeat_what_a_matched_call_returned():
    expect = {"trajectory": TRAJECTORY, "answer": {"fields": {"$.ticket": {"result_of": "look", "path": "$.ticket"}}}}
    assert score(expect, recorded(output={"ticket": "T1"})).passed is True
    assert score(expect, recorded(output={"ticket": "T2"})).passed is False
    assert score(expect, recorded(output={"ticket": "T1"}, calls=None)).evaluated is False
    twice = {"steps": [{"id": "look", "tool": ["look"], "times": 2}]}
    second = replace(LOOK, args={"order": "B"}, result={"ticket": "T2"})
    ways = {"trajectory": {"any_of": [TRAJECTORY, twice]}, "answer": expect["answer"]}
    assert score(ways, recorded(output={"ticket": "T2"}, calls=[LOOK, second])).passed is True


def test_arguments_that_break_the_tools_schema_fail():
    tools = {"refund": {"type": "object", "properties": {"amount": {"type": "integer"}}}}
    assert score({"trajectory": TRAJECTORY}).passed is True
    assert score({"trajectory": TRAJECTORY}, tools=tools).passed is False


def test_tools_that_change_the_world_may_be_named():
    got = score({"trajectory": TRAJECTORY}, recorded(calls=[LOOK]), side_effects=["look"])
    other = score({"trajectory": TRAJECTORY}, recorded(calls=[LOOK]), side_effects=["refund"])
    assert got.trajectory is not None
    assert other.trajectory is not None
    assert got.trajectory.trajectory > other.trajectory.trajectory


def deep():
    value: list = []
    for _ in range(100_000):
        value = [value]
    return value


def test_a_part_that_breaks_is_unknown_and_never_zero_or_a_pass():
    got = score({"answer": {"contains": ["x"]}, "trajectory": TRAJECTORY}, recorded(output=deep()))
    assert (got.evaluated, got.passed, got.answer_passed) == (False, None, None)
    assert got.reasons[0].startswith("the answer could not be checked: RecursionError")
    assert got.trajectory is not None
    got = score({"answer": ANSWER, "trajectory": TRAJECTORY}, recorded(calls=[replace(LOOK, args={"order": deep()})]))
    assert (got.evaluated, got.passed, got.trajectory, got.answer_passed) == (False, None, None, True)
    assert got.reasons[0].startswith("the trajectory could not be scored: RecursionError")
    got = score({"state": [{"probe": "p", "is": {"$": {"literal": deep()}}}]}, recorded(state={"p": deep()}))
    assert (got.evaluated, got.passed, got.state_passed) == (False, None, None)
    assert got.reasons[0].startswith("the state could not be checked: RecursionError")


def test_a_never_event_that_breaks_leaves_the_trial_not_evaluated():
    got = score({"trajectory": TRAJECTORY}, recorded(output=deep()), never=[{"answer": "x"}])
    assert (got.evaluated, got.passed) == (False, None)
    assert got.reasons[0].startswith("the trial could not be scored: RecursionError")


def test_an_expectation_that_cannot_be_compiled_leaves_every_trial_not_evaluated():
    scorer = TrialScorer([stratum({"answer": {"matches": ["("]}})], policy_never=[NeverEvent(tool=("look",))])
    for _ in range(2):
        got = scorer.score(recorded())
        assert (got.evaluated, got.passed) == (False, None)
        assert got.reasons[0].startswith("what is expected could not be read: InvalidInputError: not a regular")
        assert len(got.never) == 1


def test_a_run_of_a_case_that_the_dataset_lacks_is_refused():
    scorer = TrialScorer([stratum({})])
    with pytest.raises(InvalidInputError, match="the dataset has no case d/v"):
        scorer.score(replace(recorded(), key=TrialKey(case_id="d", variant="v")))
    with pytest.raises(InvalidInputError, match="the dataset has no case c/v"):
        scorer.score(replace(recorded(), key=TrialKey(case_id="c", variant="v")))


def test_a_variant_is_judged_by_its_own_expectation():
    scorer = TrialScorer([stratum({"answer": ANSWER}), stratum({"answer": {"contains": ["nope"]}}, variant="v")])
    assert scorer.score(recorded()).passed is True
    assert scorer.score(replace(recorded(), key=TrialKey(case_id="c", variant="v"))).passed is False


@given(st.permutations([LOOK, REFUND, ToolCall(name="other")]), st.booleans(), st.sampled_from([TEXT, "no", None]))
def test_a_trial_passes_exactly_when_every_check_of_it_does(calls, known, output):
    got = score({"answer": ANSWER, "trajectory": TRAJECTORY}, recorded(output=output, calls=calls if known else None))
    if known:
        assert got.passed == all(check.passed for check in got.checks) == (not got.reasons)
    else:
        assert got.passed is None
        assert not got.evaluated
        assert got.reasons
