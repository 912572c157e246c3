import pytest

from sluice.gates.decide import decide
from sluice.gates.policy import Policy
from sluice.gates.verdict import Verdict

T, F = True, False


def policy(**tiers):
    return Policy.model_validate({"tiers": tiers})


def tier_of(report, name):
    return next(tier for tier in report.tiers if tier.tier == name)


def many(stratum, tier, n, outcomes, baseline=(), **more):
    return [stratum(f"{tier}-{at}", outcomes, baseline, tier=tier, **more) for at in range(n)]


def test_a_tier_provably_below_its_floor_fails(stratum):
    # 40 of 60: P(Binomial(60, .85) <= 40) < .001
    evidence = many(stratum, "standard", 20, [T, T, F])
    report = decide(evidence, policy=policy(standard={"floor": 0.85}))
    assert report.verdict is Verdict.FAIL
    assert report.reasons[0].startswith("tier standard: 40 of 60 trials passed (66.7 %); at most 76.7 % is credible")


def test_a_floor_alone_can_pass_without_a_baseline(stratum):
    report = decide(many(stratum, "standard", 20, [T] * 3), policy=policy(standard={"floor": 0.85}))
    assert (report.verdict, report.change) == (Verdict.PASS, None)
    tier = tier_of(report, "standard")
    assert tier.lower == pytest.approx(0.05 ** (1 / 60))  # Clopper-Pearson, no failure
    assert "(proved: at least 95.1 % is)" in tier.reason
    assert tier.pass_all == (1.0, 1.0, 1.0)


def test_proof_is_asked_for_only_with_prove(stratum):
    # 58 of 60 = 96.7 % reaches .95, but its lower bound is .899
    evidence = [*many(stratum, "critical", 18, [T] * 3), stratum("x", [T, T, F], tier="critical")]
    evidence.append(stratum("y", [T, T, F], tier="critical"))
    by_estimate = decide(evidence, policy=policy(critical={"floor": 0.95}))
    assert by_estimate.verdict is Verdict.PASS
    assert "not proved" in tier_of(by_estimate, "critical").reason
    proved = decide(evidence, policy=policy(critical={"floor": 0.95, "prove": True}))
    assert proved.verdict is Verdict.INCONCLUSIVE
    # failures 2 at a floor of .95: 124 trials
    assert "with 2 failed it takes 124 trials" in proved.reasons[0]


def test_unevaluated_trials_count_as_failed_for_the_floor_and_as_passed_against_it(stratum):
    # 8 of 10 evaluated, 2 not: below .9 as failed, 10 of 10 as passed
    evidence = [*many(stratum, "standard", 8, [T]), *many(stratum, "other", 0, [T])]
    evidence += [stratum(f"dead-{at}", [None]) for at in range(2)]
    report = decide(evidence, policy=policy(standard={"floor": 0.9}))
    assert report.verdict is Verdict.INCONCLUSIVE
    tier = tier_of(report, "standard")
    assert (tier.n_trials, tier.n_passed, tier.n_unevaluated, tier.upper) == (10, 8, 2, 1.0)
    assert tier.rate.estimate == 1.0
    assert "8 of 10 trials passed (80 %, 2 not evaluated)" in tier.reason


def test_holm_guards_many_tiers(stratum):
    # 7 of 10 at a floor of .9: P(Binomial(10, .9) <= 7) = .0702 fails nowhere; 6 of 10: .0128 fails alone
    # and beside one more (.025), not beside four more (.05 / 5 = .01)
    tiers = {f"t{at}": {"floor": 0.9} for at in range(5)}
    worst = [stratum(f"t0-{at}", [at < 6], tier="t0") for at in range(10)]
    fine = [stratum(f"t{tier}-{at}", [T], tier=f"t{tier}") for tier in range(1, 5) for at in range(10)]
    alone = decide(worst, policy=policy(t0={"floor": 0.9}))
    assert alone.verdict is Verdict.FAIL
    among_five = decide([*worst, *fine], policy=policy(**tiers))
    assert not tier_of(among_five, "t0").failed
    assert among_five.verdict is Verdict.INCONCLUSIVE
    assert "below the floor of 90 %, but not provably so" in among_five.reasons[0]


def test_a_tier_left_without_counted_cases_is_open(stratum):
    evidence = [*many(stratum, "standard", 20, [T] * 3), *many(stratum, "critical", 2, ["undecided"])]
    report = decide(evidence, policy=policy(critical={"floor": 0.95}, standard={"floor": 0.85}))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.reasons == ("tier critical: no case is counted, so nothing is known",)
    assert tier_of(report, "critical").rate is None


def test_a_tier_with_neither_baseline_nor_floor_is_open(stratum):
    evidence = [*many(stratum, "critical", 20, [T] * 3), *many(stratum, "standard", 20, [T] * 3)]
    report = decide(evidence, policy=policy(critical={"floor": 0.95}))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.reasons == ("tier standard has neither a baseline nor a floor, so nothing decides about it",)


def test_an_exploratory_tier_decides_nothing(stratum):
    evidence = [
        *many(stratum, "standard", 50, [T] * 3, [T] * 10),
        *many(stratum, "exploratory", 50, [F] * 3, [T] * 10),
    ]
    report = decide(evidence, policy=policy(exploratory={"report_only": True, "floor": 0.9}))
    assert report.verdict is Verdict.PASS
    assert report.change.n_strata == 50
    tier = tier_of(report, "exploratory")
    assert (tier.n_passed, tier.report_only, tier.failed) == (0, True, False)
    assert tier.reason.endswith("reported only")


def test_without_tiers_in_the_policy_all_cases_form_one(stratum):
    evidence = [*many(stratum, "critical", 20, [T] * 3, [T] * 10), *many(stratum, "whatever", 20, [T] * 3, [T] * 10)]
    report = decide(evidence, policy=Policy())
    assert [(tier.tier, tier.n_strata, tier.floor) for tier in report.tiers] == [("all", 40, None)]
    assert report.strata[0].tier == "critical"


def test_a_margin_of_its_own_is_tested_apart(stratum):
    evidence = [*many(stratum, "critical", 20, [T] * 3, [T] * 10), *many(stratum, "standard", 80, [T] * 3, [T] * 10)]
    report = decide(evidence, policy=policy(critical={"margin": 0.02}))
    assert report.verdict is Verdict.INCONCLUSIVE
    (own,) = report.own_margins
    # 60 clean pairs exclude 4.9 points, not 2: that takes log(.05) / log(.98) = 149
    assert (own.name, own.margin, own.passed) == ("critical", 0.02, False)
    assert own.upper == pytest.approx(0.0487, abs=0.001)
    assert "149 trials without any change would exclude that much" in report.reasons[0]
    assert report.change.passed


def test_a_drop_in_a_tier_with_its_own_margin_fails_though_the_pool_hides_it(stratum):
    evidence = [
        *many(stratum, "critical", 10, [T] * 3, [T] * 10),
        *[stratum(f"lost-{at}", [F, T, T], [T] * 10, tier="critical") for at in range(4)],
        *[stratum(f"noise-{at}", [T, T, T], [T, F] * 5, tier="standard") for at in range(20)],
    ]
    assert decide(evidence, policy=Policy()).verdict is not Verdict.FAIL
    report = decide(evidence, policy=policy(critical={"margin": 0.02}))
    assert report.verdict is Verdict.FAIL
    # (3/13)^4 = .003, against .05 / 2 by Holm
    assert report.reasons[0].startswith("pass rate of tier critical fell by 9.5 points (p = 0.0028")


def test_a_tier_of_the_policy_without_any_case_is_mentioned(stratum):
    evidence = many(stratum, "standard", 50, [T] * 3, [T] * 10)
    rules = policy(standard={"floor": 0.85}, critical={"floor": 0.95})
    report = decide(evidence, policy=rules)
    assert report.verdict is Verdict.PASS
    assert "no case belongs to tier critical of the policy" in report.advice
    assert not any("no case belongs" in advice for advice in decide(evidence, policy=rules, partial="--tag x").advice)
