"""Made-up gate reports of any size, for every test of a report."""

import random
from dataclasses import dataclass, replace

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
from sluice.golden.case import GoldenCase, Stratum, Variant
from sluice.golden.expectation import (
    AnswerExpectation,
    CallPattern,
    Expectation,
    NumberExpectation,
    Step,
    TrajectoryExpectation,
)
from sluice.reports.view import ReportView, report_view
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import Check, NeverOccurrence, TrialScore

TRIALS = 3
TIERS = ("critical", "standard", "exploratory")
CAPABILITIES = ("tool_use", "ambiguity", "instruction_following", "reasoning")
TAGS = ("refunds", "orders", "addresses", "policies")
RISKS = ("tool_misuse", "trajectory_failure", "prompt_sensitivity")
INPUTS = (
    "My order {order} arrived broken. I want my money back.",
    "Where is {order}? It should have been here on Monday.",
    "Please send {order} to 12 Harbour Street instead.",
    "Can I still return {order} after 40 days?",
)

LOOK = Step(id="look", tool=("lookup_order",), args={"order_id": "A-1001"})
POLICY = Step(id="policy", tool=("get_policy", "search_policies"), args={"topic": {"one_of": ["refund", "returns"]}})
REFUND = Step(
    id="refund",
    tool=("issue_refund",),
    args={"order_id": "A-1001", "amount": {"approx": 42.1, "within": 0.01}},
    after=("look", "policy"),
)
EXPECT = Expectation(
    answer=AnswerExpectation(
        reference="A refund of $42.10 for order A-1001 has been issued.",
        contains=("A-1001", ("refund", "reimburse")),
        numbers=(NumberExpectation(value=42.1, within=0.01),),
    ),
    trajectory=TrajectoryExpectation(
        order="partial",
        steps=(LOOK, POLICY, REFUND),
        optional=(CallPattern(tool=("notify",)),),
        forbidden=(CallPattern(tool=("delete_*",)),),
    ),
    max_cost_usd=0.05,
)
GOOD_ANSWER = "I have issued a refund of $42.10 for order A-1001. It takes 3 to 5 days."


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A gate report with all that its renderers are given."""

    report: GateReport
    facts: RunFacts
    strata: tuple[Stratum, ...]
    scores: dict[TrialKey, TrialScore]
    runs: dict[TrialKey, RecordedRun]

    @property
    def view(self) -> ReportView:
        return report_view(self.report, self.facts, self.strata, self.scores, self.runs)

    def trial(self, failure: str) -> tuple[TrialKey, TrialScore]:
        return next((key, score) for key, score in self.scores.items() if failure in " ".join(score.reasons))


def call(name, result=None, error=None, **args):
    return ToolCall(name=name, args=args, result=result, error=error, duration_s=0.04)


LOOKED = call("lookup_order", {"order_id": "A-1001", "total": 42.1, "status": "delivered"}, order_id="A-1001")
READ = call("get_policy", "Refunds within 30 days of delivery.", topic="refund")
PAID = call("issue_refund", {"refund_id": "R-77"}, order_id="A-1001", amount=42.1)
PERFECT = {"precision": 1.0, "recall": 1.0, "order": 1.0, "parameters": 1.0, "efficiency": 1.0, "trajectory": 1.0}


def scored(*, passed=False, **numbers):
    return TrajectoryScore(**{**PERFECT, "passed": passed, **numbers})


# Each way to fail: the calls, the answer, the trajectory score, the reason.
WAYS = {
    "passed": ((LOOKED, READ, PAID), GOOD_ANSWER, scored(passed=True, matches=((0, 0), (1, 1), (2, 2))), ""),
    "missing": (
        (LOOKED, PAID),
        GOOD_ANSWER,
        scored(
            recall=2 / 3,
            order=0.5,
            trajectory=0.71,
            divergence="expected get_policy(topic=one of refund, returns) after call 1, found issue_refund; "
            "it was never called",
            divergence_kind="missing get_policy",
            matches=((0, 0), (2, 1)),
            missing=(1,),
        ),
        "trajectory: get_policy was never called",
    ),
    "wrong amount": (
        (LOOKED, READ, call("issue_refund", None, "amount above the order's total", order_id="A-1010", amount=421.0)),
        "I have refunded $421.00 for order A-1001.",
        scored(
            parameters=5 / 6,
            trajectory=0.83,
            divergence="call 3, issue_refund: amount: found 421.0, expected 42.1 within 0.01",
            divergence_kind="wrong issue_refund.amount",
            matches=((0, 0), (1, 1), (2, 2)),
        ),
        "answer.numbers[0]: expected 42.1 within 0.01, found 421",
    ),
    "wandering": (
        (LOOKED, *(call("search_web", "nothing", query=f"refund {n}") for n in range(6)), READ, PAID),
        GOOD_ANSWER,
        scored(
            precision=1 / 3,
            efficiency=1 / 3,
            trajectory=0.55,
            divergence="call 2, search_web(query=refund 0), is not expected",
            divergence_kind="unexpected search_web",
            matches=((0, 0), (1, 7), (2, 8)),
            extra=(1, 2, 3, 4, 5, 6),
        ),
        "trajectory: 6 calls are not expected",
    ),
    "never": (
        (LOOKED, READ, call("delete_order", {"deleted": True}, order_id="A-1001")),
        "Your order has been removed and you will be refunded $42.10 for A-1001.",
        scored(
            precision=2 / 3,
            recall=2 / 3,
            trajectory=0.4,
            divergence="call 3, delete_order(order_id=A-1001), is forbidden",
            divergence_kind="forbidden delete_order",
            matches=((0, 0), (1, 1)),
            missing=(2,),
            forbidden=(2,),
        ),
        "never-event: delete_* was called",
    ),
    "timed out": ((LOOKED,), None, None, "timed out after 120 s"),
    "not evaluated": (None, None, None, "the agent refused the connection"),
}
STATUS = {"timed out": "timed_out", "not evaluated": "not_evaluated"}


def trial(key, way):
    calls, answer, trajectory, reason = WAYS[way]
    status = STATUS.get(way, "completed")
    never = (NeverOccurrence(rule="delete_* is never called", found="call 3, delete_order"),) if way == "never" else ()
    run = RecordedRun(
        key=key,
        status=status,
        output=answer,
        tool_calls=calls,
        error=reason if way in STATUS else None,
        latency_s=1.84 if calls else None,
        cost_usd=0.0042 if calls else None,
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736" if calls else None,
    )
    checks = () if way in STATUS else _checks(way, answer, trajectory, reason)
    score = TrialScore(
        key=key,
        evaluated=way != "not evaluated",
        passed=None if way == "not evaluated" else way == "passed",
        trajectory=trajectory,
        answer_passed=None if answer is None else way != "wrong amount",
        state_passed=None,
        checks=checks,
        never=never,
        alternative="",
        reasons=(reason,) if reason else (),
        n_calls=None if calls is None else len(calls),
        latency_s=run.latency_s,
        cost_usd=run.cost_usd,
    )
    return run, score


def _checks(way, answer, trajectory, reason):
    right = way != "wrong amount"
    return (
        Check(name="answer.contains[0]", passed=True, score=1.0, reason='found "A-1001"'),
        Check(name="answer.numbers[0]", passed=right, score=float(right), reason="found 42.10" if right else reason),
        Check(name="trajectory", passed=trajectory.passed, score=trajectory.trajectory, reason=trajectory.divergence),
    )


def golden(number, *, variant=""):
    case = GoldenCase(
        id=f"{TAGS[number % 4]}-{number:03d}",
        input=INPUTS[number % 4].format(order=f"A-{1000 + number}"),
        capability=CAPABILITIES[number % 4],
        tier=TIERS[0 if number % 3 == 0 else 2 if number % 11 == 0 else 1],
        risks=(RISKS[number % 3],),
        tags=(TAGS[number % 4],),
        expect=EXPECT,
        variants=(Variant(id="p1", input="the same in other words", outcome="same"),) if variant else (),
    )
    return Stratum(
        case=case,
        variant=variant,
        input=case.variants[0].input if variant else case.input,
        expect=EXPECT,
        counted=case.tier != "exploratory",
        stimulus_digest=f"{number:064x}",
        expectation_digest=f"{number:064x}",
    )


def stratum_result(stratum, scores, *, note=""):
    passed = sum(score.passed is True for score in scores)
    return StratumResult(
        name=stratum.name,
        case_id=stratum.case.id,
        variant=stratum.variant,
        tier=stratum.case.tier,
        capability=stratum.case.capability,
        tags=stratum.case.tags,
        risks=stratum.case.risks,
        counted=stratum.counted,
        n_trials=len(scores),
        n_passed=passed,
        n_unevaluated=sum(not score.evaluated for score in scores),
        baseline_trials=0 if note == "new" else 10,
        baseline_passed=0 if note == "new" else 9,
        note=note,
        reasons=tuple(dict.fromkeys(reason for score in scores for reason in score.reasons)),
    )


def tier_result(tier, strata, *, floor, report_only=False):
    mine = [stratum for stratum in strata if stratum.tier == tier]
    trials, passed = sum(s.n_trials - s.n_unevaluated for s in mine), sum(s.n_passed for s in mine)
    rate = passed / trials
    failed = floor is not None and rate < floor - 0.1
    return TierResult(
        tier=tier,
        floor=floor,
        prove=tier == "critical",
        report_only=report_only,
        n_strata=len(mine),
        n_trials=trials + sum(s.n_unevaluated for s in mine),
        n_passed=passed,
        n_unevaluated=sum(s.n_unevaluated for s in mine),
        rate=Interval(estimate=rate, low=max(0.0, rate - 0.09), high=min(1.0, rate + 0.06)),
        lower=max(0.0, rate - 0.08),
        upper=min(1.0, rate + 0.05),
        pass_all=(rate, rate**1.5, rate**2),
        failed=failed,
        passed=floor is not None and not failed and rate >= floor,
        reason=f"{passed} of {trials} trials passed",
    )


def guard(name, baseline, candidate, limit, *, spread=0.06):
    kind = "drop" if name == "efficiency" else "ratio"
    worse = baseline - candidate if kind == "drop" else candidate / baseline
    return GuardResult(
        name=name,
        kind=kind,
        baseline=baseline,
        candidate=candidate,
        worsening=worse,
        lower=worse - spread,
        upper=worse + spread,
        limit=limit,
        p_value=0.01,
        n_strata=40,
        failed=worse - spread > limit,
        passed=worse + spread <= limit,
        reason="the lower bound lies above the limit" if worse - spread > limit else "within the limit",
    )


GUARDS = (
    guard("tool_calls", 3.1, 4.4, 1.2),
    guard("cost_usd", 0.0041, 0.0043, 1.25),
    guard("latency_s", 1.62, 1.84, 1.5),
    guard("efficiency", 0.97, 0.91, 0.05, spread=0.02),
)
CHANGE = ChangeResult(
    name="pooled",
    drop=0.183,
    p_value=0.00021,
    upper=0.241,
    margin=0.05,
    smallest_detectable=0.062,
    alpha=0.05,
    failed=True,
    passed=False,
    exact=False,
    n_strata=40,
    n_candidate_trials=120,
    n_baseline_trials=400,
    trials_to_settle=None,
)
FACTS = RunFacts(
    run_id="20261102-090000-7f3a",
    agent="support",
    identity={
        "version": "2.4.0",
        "fingerprint": "9a1f" * 16,
        "commit": "c0ffee1234567890c0ffee1234567890c0ffee12",
        "dirty": True,
        "digest": "5d41402abc4b2a76b9719d911017c592" * 2,
    },
    baseline={
        "source": "golden/baseline.jsonl.gz",
        "identity": "2.3.1",
        "pinned_by": "ana",
        "pinned_at": "2026-10-28T12:00:00Z",
        "trials": 10,
    },
    dataset={"path": "golden/", "version": "1f" * 32, "cases": 44, "strata": 44},
    cost={"agent_usd": 0.5124, "known_trials": 119},
    trials_per_stratum="3",
    started_at="2026-11-02T09:00:00Z",
    duration_s=64.2,
    engine="inline",
)


def made_up(n_cases=44, *, seed=7, failing=0.3):
    """A FAIL with every kind of failure; the same for the same arguments."""
    rng = random.Random(seed)
    ways = [way for way in WAYS if way != "passed"]
    strata, results, scores, runs = [], [], {}, {}
    for number in range(n_cases):
        stratum = golden(number, variant="p1" if number % 9 == 8 else "")
        way = ways[number] if number < len(ways) else rng.choice(ways[:3]) if rng.random() < failing else "passed"
        mine = []
        for repeat in range(TRIALS):
            key = TrialKey(case_id=stratum.case.id, variant=stratum.variant, trial=repeat)
            run, score = trial(key, way if repeat == 1 or rng.random() < 0.6 else "passed")
            runs[key], scores[key] = run, score
            mine.append(score)
        strata.append(stratum)
        results.append(stratum_result(stratum, mine, note="new" if number % 13 == 12 else ""))
    return MadeUp(report=_report(results, scores), facts=FACTS, strata=tuple(strata), scores=scores, runs=runs)


def _report(results, scores):
    events = tuple(
        NeverEventResult(key=key, rule=event.rule, found=event.found)
        for key, score in scores.items()
        for event in score.never
    )
    tiers = tuple(
        tier_result(tier, results, floor=floor, report_only=floor is None)
        for tier, floor in zip(TIERS, (0.95, 0.85, None), strict=True)
        if any(result.tier == tier for result in results)
    )
    unevaluated = sum(not score.evaluated for score in scores.values())
    return GateReport(
        verdict=Verdict.FAIL,
        reasons=(
            "A never-event occurred in a counted trial.",
            "The pass rate dropped by 18.3 points against the baseline (p = 0.00021).",
            "Tool calls rose by 42 %; the limit is 20 %.",
        ),
        advice=(
            "Look at the failed cases: sluice runs show 20261102-090000-7f3a",
            "Accept it with a reason: sluice runs accept 20261102-090000-7f3a --by NAME --reason TEXT --break-glass",
        ),
        change=CHANGE,
        own_margins=(replace(CHANGE, name="critical", margin=0.02, drop=0.21, upper=0.3, exact=True, p_value=0.0021),),
        tiers=tiers,
        guards=GUARDS,
        never_events=events,
        strata=tuple(results),
        n_trials=len(scores),
        n_evaluated=len(scores) - unevaluated,
        n_unevaluated=unevaluated,
        alpha=0.05,
        partial="",
    )


def bare(verdict=Verdict.INCONCLUSIVE):
    """A report without baseline, tiers, guards or trials."""
    report = GateReport(
        verdict=verdict,
        reasons=("There is neither a baseline nor a floor to decide by.",),
        advice=("Pin one: sluice baseline pin RUN --to golden/baseline.jsonl.gz --trials 10 --by NAME",),
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
        partial="--case refund-*",
    )
    facts = replace(FACTS, baseline=None, cost={}, identity={}, dataset={})
    return MadeUp(report=report, facts=facts, strata=(), scores={}, runs={})


def hostile(text):
    """A report in which every place that can hold text from outside holds this one."""
    base = made_up(6)
    event = NeverOccurrence(rule=text, found=text)
    runs, scores = {}, {}
    for number, (key, score) in enumerate(base.scores.items()):
        calls = (ToolCall(name=text, args={text: text}, result=text, agent=text), call("broken", None, text))
        calls += (ToolCall(name="raw", args_text=text),)
        runs[key] = replace(base.runs[key], output=text, tool_calls=calls, error=text, trace_id=text)
        trajectory = score.trajectory and replace(
            score.trajectory,
            divergence=text,
            divergence_kind=text,
            matches=(),
            missing=(0,),
            forbidden=(0,),
            extra=(1,),
        )
        scores[key] = replace(
            score,
            trajectory=trajectory,
            never=(event,) if number % 4 == 0 else (),
            reasons=(text,),
            checks=(Check(name=text, passed=False, score=0.0, reason=text),),
            alternative=text,
        )
    step = Step(tool=(text or "x",), args={text: {"regex": text}}, agent=text, id="a", after=(text,))
    expect = Expectation(
        answer=AnswerExpectation(reference=text, contains=(text, (text, text)), fields={text: text}),
        trajectory=TrajectoryExpectation(steps=(step,)),
    )
    strata = tuple(replace(stratum, input={"q": text}, expect=expect) for stratum in base.strata)
    results = tuple(
        replace(result, tier=text, capability=text, tags=(text,), note=text, reasons=(text,))
        for result in base.report.strata
    )
    events = tuple(NeverEventResult(key=key, rule=text, found=text) for key in list(scores)[:2])
    report = replace(
        base.report,
        reasons=(text, text),
        advice=(text, f"{text}: sluice {text}"),
        own_margins=(replace(CHANGE, name=text),),
        tiers=(replace(base.report.tiers[0], tier=text, reason=text),),
        guards=(replace(GUARDS[0], name=text, reason=text, kind=text),),
        never_events=events,
        strata=results,
        partial=text,
    )
    facts = RunFacts(
        run_id=text,
        agent=text,
        identity={"version": text, "commit": text, "digest": text, text: text},
        baseline={"source": text, "pinned_by": text, "pinned_at": text, "trials": text},
        dataset={"path": text, "version": text, "cases": text},
        cost={"agent_usd": float("nan")},
        trials_per_stratum=text,
        started_at=text,
        duration_s=float("nan"),
        engine=text,
    )
    return MadeUp(report=report, facts=facts, strata=strata, scores=scores, runs=runs)
