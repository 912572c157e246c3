from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sluice.errors import InvalidInputError
from sluice.traces.calls import ToolCall
from sluice.trials.recorded import RecordedRun, TrialKey
from storage.runs import Claim, LeaseLostError, claim_run, finish_run
from storage.store import Store
from storage.trials import (
    Attempt,
    add_attempt,
    add_trial,
    answered,
    count_trials,
    find_trial,
    trials_of_run,
    unanswered,
)

Answer = Callable[..., RecordedRun]


@pytest.fixture
def record(store: Store, claim: Claim, noon: datetime) -> Callable[..., bool]:
    def add(run: RecordedRun, by: Claim = claim, digest: str = "s-1") -> bool:
        return store.write_now(lambda session: add_trial(session, by, run, stimulus_digest=digest, recorded_at=noon))

    return add


@pytest.fixture
def fail(store: Store, claim: Claim, noon: datetime) -> Callable[..., bool]:
    def add(key: TrialKey, attempt: int = 0, error: str = "refused", by: Claim = claim) -> bool:
        return store.write_now(lambda session: add_attempt(session, by, key, attempt=attempt, error=error, at=noon))

    return add


def test_an_answer_comes_back_as_it_was(store: Store, record, answer: Answer, noon: datetime):
    run = answer(
        output={"reply": ["é", None, True, 1, 1.5]},
        status="timed_out",
        tool_calls=(ToolCall(name="look", args={"id": "A-1\x00"}, result=[1], batch="b"),),
        latency_s=2.5,
        cost_usd=0.01,
        trace_id="4bf9",
    )
    assert record(run) is True
    found = store.read_now(lambda session: find_trial(session, "run-1", run.key))
    assert found is not None
    assert (found.recorded, found.stimulus_digest, found.recorded_at) == (run, "s-1", noon)


def test_the_first_answer_stands(store: Store, record, answer: Answer):
    assert record(answer(output="first")) is True
    assert record(answer(output="second"), digest="s-2") is False
    (trial,) = trials_of_run(store, "run-1")
    assert (trial.recorded.output, trial.stimulus_digest) == ("first", "s-1")


def test_an_agent_that_recovers_can_still_be_recorded(store: Store, record, fail, answer: Answer):
    key = TrialKey(case_id="refund")
    assert fail(key) is True
    assert fail(key, attempt=1, error="reset") is True
    assert fail(key, attempt=1, error="told twice") is False
    assert [found.error for found in store.read_now(lambda session: unanswered(session, "run-1"))] == ["reset"]
    assert record(answer()) is True
    assert store.read_now(lambda session: unanswered(session, "run-1")) == ()


def test_what_was_not_evaluated_never_keeps_an_answer_out(store: Store, record, answer: Answer):
    with pytest.raises(InvalidInputError, match="only an answer can be recorded as a trial, got not_evaluated"):
        record(answer(status="not_evaluated"))
    assert store.read_now(lambda session: count_trials(session, "run-1")) == 0


def test_a_lost_claim_cannot_write(store: Store, claim: Claim, record, fail, answer: Answer, noon: datetime):
    later = noon + timedelta(minutes=1)
    taken = store.write_now(
        lambda session: claim_run(session, "run-1", owner="you", now=later, lease=timedelta(minutes=1))
    )
    with pytest.raises(LeaseLostError, match="taken over by you"):
        record(answer())
    with pytest.raises(LeaseLostError, match="taken over by you"):
        fail(TrialKey(case_id="refund"))
    assert record(answer(), by=taken) is True


def test_attempts_of_a_later_claim_are_counted_anew(store: Store, claim: Claim, fail, noon: datetime):
    key = TrialKey(case_id="refund")
    fail(key, error="before")
    later = noon + timedelta(minutes=1)
    taken = store.write_now(
        lambda session: claim_run(session, "run-1", owner="you", now=later, lease=timedelta(minutes=1))
    )
    assert fail(key, error="after", by=taken) is True
    expected = Attempt(key=key, fence=claim.fence + 1, attempt=0, error="after", at=noon)
    assert store.read_now(lambda session: unanswered(session, "run-1")) == (expected,)


def test_a_finished_run_takes_no_more_answers(store: Store, claim: Claim, record, answer: Answer, noon: datetime):
    store.write_now(lambda session: finish_run(session, claim, state="finished", ended_at=noon))
    with pytest.raises(LeaseLostError, match="is finished and takes no more results"):
        record(answer())


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
def test_pages_hold_every_trial_once_in_order(store: Store, record, answer: Answer, page: int):
    for case_id in ("b", "a"):
        for variant in ("v", ""):
            for trial in (10, 9):
                record(answer(case_id, trial, variant))
    keys = [trial.recorded.key for trial in trials_of_run(store, "run-1", page=page)]
    assert len(keys) == 8
    assert keys == sorted(keys)


def test_trials_of_another_run_are_not_seen(
    store: Store, record, new_run, answer: Answer, claim: Claim, noon: datetime
):
    new_run("run-2")
    record(answer())
    assert list(trials_of_run(store, "run-2")) == []
    with pytest.raises(LeaseLostError):
        record(answer(), by=replace(claim, run_id="run-2"))


def test_what_was_answered_is_known_with_what_was_sent(store: Store, record, answer: Answer):
    record(answer("a"), digest="s-a")
    record(answer("b", 1, "v"), digest="s-b")
    assert store.read_now(lambda session: answered(session, "run-1")) == {
        TrialKey(case_id="a"): "s-a",
        TrialKey(case_id="b", variant="v", trial=1): "s-b",
    }
    assert store.read_now(lambda session: count_trials(session, "run-1")) == 2
    assert store.read_now(lambda session: find_trial(session, "run-1", TrialKey(case_id="c"))) is None
