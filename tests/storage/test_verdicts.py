from datetime import datetime, timedelta

import pytest

from sluice.gates.verdict import GateReport, RunFacts, Verdict
from storage.runs import Claim, LeaseLostError, finish_run
from storage.store import Store
from storage.verdicts import StoredVerdict, add_verdict, latest_verdict, latest_verdicts

FACTS = RunFacts(
    run_id="run-1",
    agent="support",
    identity={"version": "1"},
    baseline=None,
    dataset={},
    cost={},
    trials_per_stratum="3",
    started_at="2026-05-01T12:00:00Z",
    duration_s=1.0,
    engine="inline",
)


def report(verdict: Verdict) -> GateReport:
    return GateReport(
        verdict=verdict,
        reasons=("because",),
        advice=(),
        change=None,
        own_margins=(),
        tiers=(),
        guards=(),
        never_events=(),
        strata=(),
        n_trials=0,
        n_evaluated=0,
        n_unevaluated=0,
        alpha=0.05,
        partial="",
    )


@pytest.fixture
def decide(store: Store, noon: datetime):
    def add(
        verdict: Verdict, evidence: str, minutes: int = 0, run_id: str = "run-1", claim: Claim | None = None
    ) -> bool:
        at = noon + timedelta(minutes=minutes)
        return store.write_now(
            lambda session: add_verdict(
                session,
                run_id,
                evidence_digest=evidence,
                report=report(verdict),
                facts=FACTS,
                decided_at=at,
                claim=claim,
            )
        )

    return add


def test_a_verdict_comes_back_with_all_it_rests_on(store: Store, claim: Claim, decide, noon: datetime):
    assert store.read_now(lambda session: latest_verdict(session, "run-1")) is None
    assert decide(Verdict.PASS, "e-1", claim=claim) is True
    assert store.read_now(lambda session: latest_verdict(session, "run-1")) == StoredVerdict(
        run_id="run-1", evidence_digest="e-1", report=report(Verdict.PASS), facts=FACTS, decided_at=noon
    )


def test_inconclusive_can_be_followed_by_pass_on_more_evidence(store: Store, claim: Claim, decide):
    assert decide(Verdict.INCONCLUSIVE, "e-1", 0) is True
    assert decide(Verdict.PASS, "e-2", 5) is True
    found = store.read_now(lambda session: latest_verdict(session, "run-1"))
    assert found is not None
    assert found.report.verdict is Verdict.PASS


def test_the_first_verdict_on_the_same_evidence_stands(store: Store, claim: Claim, decide):
    decide(Verdict.FAIL, "e-1")
    assert decide(Verdict.PASS, "e-1", 5) is False
    found = store.read_now(lambda session: latest_verdict(session, "run-1"))
    assert found is not None
    assert found.report.verdict is Verdict.FAIL


def test_a_lost_claim_cannot_decide(store: Store, claim: Claim, decide, noon: datetime):
    store.write_now(lambda session: finish_run(session, claim, state="failed", ended_at=noon))
    with pytest.raises(LeaseLostError, match="is failed"):
        decide(Verdict.PASS, "e-1", claim=claim)


def test_a_page_of_runs_gets_its_newest_verdicts(store: Store, claim: Claim, new_run, decide):
    new_run("run-2")
    new_run("run-3")
    decide(Verdict.INCONCLUSIVE, "e-1", 5)
    decide(Verdict.FAIL, "e-2", 3)
    decide(Verdict.PASS, "e-3", run_id="run-3")
    assert store.read_now(lambda session: latest_verdicts(session, ["run-1", "run-2", "run-3"])) == {
        "run-1": Verdict.INCONCLUSIVE,
        "run-3": Verdict.PASS,
    }
