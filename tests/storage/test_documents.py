import json
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import InvalidInputError, StoreError
from sluice.gates.verdict import (
    ChangeResult,
    GateReport,
    GuardResult,
    Interval,
    NeverEventResult,
    RunFacts,
    StratumResult,
    TierResult,
    Verdict,
)
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import Check, NeverOccurrence, TrialScore
from storage.documents import from_text, to_text

# Any text an agent may say, NUL included; lone surrogates are tried apart, because two that meet become one character.
texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_mappings = st.dictionaries(texts, json_values, max_size=3)
finite = st.floats(allow_nan=False, allow_infinity=False)
maybe_finite = st.none() | finite
keys = st.builds(TrialKey, case_id=texts, variant=texts, trial=st.integers(0, 100))
calls = st.builds(
    ToolCall,
    name=texts,
    args=json_mappings,
    args_text=st.none() | texts,
    result=json_values,
    error=st.none() | texts,
    turn=st.none() | st.integers(0, 9),
    batch=st.none() | st.integers(0, 9) | texts,
    parent=st.none() | st.integers(0, 9),
    started_at=maybe_finite,
)
runs = st.builds(
    RecordedRun,
    key=keys,
    status=st.sampled_from(["completed", "aborted", "timed_out", "looped", "not_evaluated"]),
    output=json_values,
    tool_calls=st.none() | st.lists(calls, max_size=3).map(tuple),
    error=st.none() | texts,
    state=st.none() | json_mappings,
    latency_s=maybe_finite,
    input_tokens=st.none() | st.integers(0, 2**40),
    turns=st.lists(json_mappings, max_size=2).map(tuple),
    messages=st.lists(json_values, max_size=2).map(tuple),
)
rate = st.floats(0, 1)
paths = st.builds(
    TrajectoryScore,
    **dict.fromkeys(["precision", "recall", "order", "parameters", "efficiency", "trajectory"], rate),
    passed=st.booleans(),
    matches=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3).map(tuple),
    missing=st.lists(st.integers(0, 9), max_size=3).map(tuple),
)
scores = st.builds(
    TrialScore,
    key=keys,
    trajectory=st.none() | paths,
    checks=st.lists(st.builds(Check, name=texts, score=rate, reason=texts), max_size=2).map(tuple),
    never=st.lists(st.builds(NeverOccurrence, rule=texts, found=texts), max_size=2).map(tuple),
    reasons=st.lists(texts, max_size=2).map(tuple),
    latency_s=maybe_finite,
    cost_usd=maybe_finite,
)


@given(runs)
def test_a_recorded_run_comes_back_as_it_was(run: RecordedRun):
    assert from_text(RecordedRun, to_text(run)) == run


@given(scores)
def test_a_score_comes_back_as_it_was(score: TrialScore):
    assert from_text(TrialScore, to_text(score)) == score


def test_unknown_calls_stay_apart_from_none_made():
    for calls_made in (None, ()):
        run = RecordedRun(key=TrialKey(case_id="a"), tool_calls=calls_made)
        assert from_text(RecordedRun, to_text(run)).tool_calls == calls_made


def test_a_report_comes_back_as_it_was():
    change = ChangeResult(
        name="pooled",
        drop=0.1,
        p_value=0.02,
        upper=float("inf"),
        margin=0.05,
        smallest_detectable=0.2,
        alpha=0.05,
        failed=True,
        passed=False,
        exact=True,
        n_strata=3,
        n_candidate_trials=9,
        n_baseline_trials=30,
        trials_to_settle=None,
    )
    tier = TierResult(
        tier="critical",
        floor=None,
        prove=False,
        report_only=False,
        n_strata=1,
        n_trials=3,
        n_passed=3,
        n_unevaluated=0,
        rate=Interval(estimate=1.0, low=0.4, high=1.0),
        lower=0.3,
        upper=None,
        pass_all=(1.0, 1.0),
        failed=False,
        passed=True,
        reason="",
    )
    guard = GuardResult(
        name="cost_usd",
        kind="ratio",
        baseline=None,
        candidate=0.1,
        worsening=None,
        lower=None,
        upper=None,
        limit=1.2,
        p_value=None,
        n_strata=0,
        failed=False,
        passed=False,
        reason="no baseline",
    )
    stratum = StratumResult(
        name="a/b",
        case_id="a",
        variant="b",
        tier="critical",
        capability="",
        tags=("x",),
        risks=(),
        counted=True,
        n_trials=3,
        n_passed=1,
        n_unevaluated=0,
        baseline_trials=0,
        baseline_passed=0,
        note="new",
        reasons=("why",),
    )
    report = GateReport(
        verdict=Verdict.FAIL,
        reasons=("a drop",),
        advice=(),
        change=change,
        own_margins=(change,),
        tiers=(tier,),
        guards=(guard,),
        never_events=(NeverEventResult(key=TrialKey(case_id="a"), rule="r", found="f"),),
        strata=(stratum,),
        n_trials=9,
        n_evaluated=9,
        n_unevaluated=0,
        alpha=0.05,
        partial="",
    )
    back = from_text(GateReport, to_text(report))
    assert back == report
    assert back.verdict is Verdict.FAIL


def test_facts_come_back_as_they_were():
    facts = RunFacts(
        run_id="r",
        agent="support",
        identity=MappingProxyType({"version": "1", "dirty": False}),
        baseline=None,
        dataset={"cases": 3},
        cost={"agent_usd": 0.5},
        trials_per_stratum="3",
        started_at="2026-05-01T12:00:00Z",
        duration_s=2,
        engine="inline",
    )
    assert from_text(RunFacts, to_text(facts)) == facts


def test_text_is_kept_readable_and_what_no_database_takes_is_escaped():
    assert to_text({"a": "é€\x00"}) == '{"a":"é€\\u0000"}'
    broken = {"a": "é\ud800"}
    text = to_text(broken)
    assert text.isascii()
    assert from_text(object, text) == broken


def test_lone_surrogates_survive_in_every_field():
    run = RecordedRun(key=TrialKey(case_id="a"), error="\udfff", tool_calls=(ToolCall(name="\ud800", thought="x"),))
    assert from_text(RecordedRun, to_text(run)) == run


@dataclass(frozen=True)
class Before:
    kept: int
    gone: str = ""


@dataclass(frozen=True)
class After:
    kept: int
    new: str = "default"


def test_documents_outlive_the_fields_of_the_code():
    assert from_text(After, to_text(Before(kept=1, gone="x"))) == After(kept=1, new="default")


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"new": "kept is missing"}'])
def test_what_is_no_such_document_is_told(text: str):
    with pytest.raises(StoreError, match="a stored After cannot be read back"):
        from_text(After, text)


def test_what_is_no_json_is_refused_by_its_type():
    with pytest.raises(InvalidInputError, match="a stored value must be JSON, got set"):
        to_text({"a": {1, 2}})


def test_what_is_nested_beyond_reading_back_is_refused():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidInputError, match="nested this deeply"):
        to_text(value)


def test_a_document_nested_too_deeply_to_read_is_told():
    with pytest.raises(StoreError, match="cannot be read back"):
        from_text(After, "[" * 100_000 + "]" * 100_000)


def test_a_dataclass_type_is_no_value():
    with pytest.raises(InvalidInputError, match="got type"):
        to_text(Before)


@given(json_values)
def test_the_text_is_json(value):
    assert json.loads(to_text(value)) == value
