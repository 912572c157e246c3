import pytest

from sluice.gates.decide import decide
from sluice.gates.policy import Policy
from sluice.gates.verdict import Verdict

T = True


def clean(stratum, n=50, **numbers):
    return [stratum(f"c{at}", [T] * 3, [T] * 10, **numbers) for at in range(n)]


def guard_of(report, name):
    return next(guard for guard in report.guards if guard.name == name)


@pytest.mark.parametrize("n_cases", [2, 3, 50])
def test_seventeen_calls_where_three_suffice_fail(stratum, n_cases: int):
    report = decide(clean(stratum, n_cases, calls=17, baseline_calls=3), policy=Policy())
    assert report.verdict is Verdict.FAIL
    assert report.reasons[0].startswith("tool calls: 3 to 17 a trial, typically 5.67 times the baseline; limit 1.2")
    guard = guard_of(report, "tool_calls")
    assert (guard.failed, guard.passed, guard.kind, guard.limit) == (True, False, "ratio", 1.2)
    assert guard.lower > 1.2


def test_an_unchanged_number_passes(stratum):
    numbers = {"calls": 3, "baseline_calls": 3, "cost_usd": 0.01, "baseline_cost_usd": 0.01, "efficiency": 1.0}
    report = decide(clean(stratum, **numbers, baseline_efficiency=1.0), policy=Policy())
    assert report.verdict is Verdict.PASS
    assert [guard.name for guard in report.guards] == ["tool_calls", "cost_usd", "efficiency"]
    assert all(guard.passed for guard in report.guards)


def test_guards_without_numbers_on_both_sides_do_not_apply(stratum):
    report = decide(clean(stratum, calls=17, baseline_cost_usd=0.01), policy=Policy())
    assert (report.verdict, report.guards) == (Verdict.PASS, ())


def test_a_required_guard_without_numbers_is_open(stratum):
    rules = Policy.model_validate({"guards": {"cost_usd": {"max_ratio": 1.25, "required": True}}})
    report = decide(clean(stratum), policy=rules)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.reasons[0] == "guard cost_usd: required, but no stratum has it in both the run and the baseline"
    assert guard_of(report, "cost_usd").worsening is None


def test_one_case_cannot_prove_a_worsening(stratum):
    report = decide(clean(stratum, 1, calls=17, baseline_calls=3), policy=Policy(margin=0.7))
    guard = guard_of(report, "tool_calls")
    assert (guard.failed, guard.passed, guard.lower, guard.p_value) == (False, False, None, None)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert guard.reason.endswith("limit 1.2 times: beyond it, but not provably so")
    assert any("guard on tool_calls holds" in advice for advice in report.advice)


def test_a_drop_of_efficiency_fails(stratum):
    report = decide(clean(stratum, efficiency=0.5, baseline_efficiency=1.0), policy=Policy())
    assert report.verdict is Verdict.FAIL
    assert "trajectory efficiency: 1 to 0.5 a trial, 50 points lower; limit 5 points" in report.reasons[0]
    assert guard_of(report, "efficiency").kind == "drop"


def test_milliseconds_of_latency_are_no_regression_unless_the_policy_says_so(stratum):
    evidence = clean(stratum, latency_s=0.02, baseline_latency_s=0.005)
    assert decide(evidence, policy=Policy()).verdict is Verdict.PASS
    strict = Policy.model_validate({"guards": {"latency_s": {"max_ratio": 1.5, "min_change": 0}}})
    assert decide(evidence, policy=strict).verdict is Verdict.FAIL
    assert decide(clean(stratum, latency_s=2.0, baseline_latency_s=0.5), policy=Policy()).verdict is Verdict.FAIL


def test_numbers_that_cannot_be_are_left_out(stratum):
    evidence = clean(stratum, cost_usd=-1.0, baseline_cost_usd=0.01, latency_s=float("inf"), baseline_latency_s=1.0)
    assert decide(evidence, policy=Policy()).guards == ()


def test_unevaluated_trials_weaken_the_proof_of_a_worsening(stratum):
    numbers = {"calls": 5, "baseline_calls": 3}
    evidence = [stratum(f"c{at}", [T, None, None, None], [T] * 10, **numbers) for at in range(6)]
    # a quarter of log(5/3) = .128 lies below log(1.2) = .182
    report = decide(evidence, policy=Policy())
    assert not guard_of(report, "tool_calls").failed
    assert report.verdict is Verdict.ERROR


def test_numbers_of_cases_that_cannot_run_are_left_out(stratum):
    evidence = [stratum(f"c{at}", [T], [T], calls=17, baseline_calls=3, needs=("turns",)) for at in range(5)]
    assert decide(evidence, policy=Policy()).guards == ()


def test_a_guard_that_fails_takes_alpha_from_the_change_and_one_that_holds_does_not(stratum):
    holds = decide(clean(stratum, calls=3, baseline_calls=3), policy=Policy())
    fails = decide(clean(stratum, calls=17, baseline_calls=3), policy=Policy())
    near = [stratum(f"c{at}", [T] * 3, [T] * 10, calls=4 + 2 * (at % 2), baseline_calls=4) for at in range(4)]
    open_ = decide(near, policy=Policy())
    assert (holds.change.alpha, fails.change.alpha) == (0.05, 0.05)  # a rejected guard hands its share back: Holm
    assert open_.change.alpha == 0.025
