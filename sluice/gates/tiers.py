"""Does each tier reach its floor."""

from collections.abc import Sequence

from sluice.gates.evidence import Tally, tier_policy
from sluice.gates.policy import Policy, TierPolicy
from sluice.gates.verdict import Interval, TierResult
from sluice.gates.wording import percent
from sluice.statistics.holm import holm
from sluice.statistics.proportions import (
    below_floor_p_value,
    clopper_pearson_lower,
    clopper_pearson_upper,
    trials_to_prove_floor,
    wilson_interval,
)
from sluice.statistics.reliability import pass_all


def decide_tiers(tallies: Sequence[Tally], policy: Policy) -> tuple[TierResult, ...]:
    """Every tier that has a stratum, in the policy's order, against its floor.

    A tier fails where the exact test of its floor rejects with every unevaluated trial counted as passed, by Holm over
    the tiers; it passes where the estimate (with ``prove`` the exact lower bound) reaches the floor with every
    unevaluated trial counted as failed.
    """
    present = {one.tier for one in tallies}
    order = [*[tier for tier in policy.tiers if tier in present], *sorted(present - policy.tiers.keys())]
    groups = {tier: [one for one in tallies if one.tier == tier and one.counted] for tier in order}
    p_values = {}
    for tier, members in groups.items():
        rules, trials = tier_policy(policy, tier), sum(one.planned for one in members)
        if rules.floor and trials and not rules.report_only:
            best = sum(one.passed + one.unevaluated for one in members)
            p_values[tier] = below_floor_p_value(best, trials, floor=rules.floor)
    shares = holm(p_values, alpha=policy.alpha)
    levels = {tier: share.level for tier, share in shares.items()}
    return tuple(
        _tier(tier, members, tier_policy(policy, tier), policy.alpha, levels.get(tier), shares[tier].rejected)
        if tier in shares
        else _tier(tier, members, tier_policy(policy, tier), policy.alpha, None, failed=False)
        for tier, members in groups.items()
    )


def _tier(
    tier: str, members: Sequence[Tally], rules: TierPolicy, alpha: float, level: float | None, failed: bool
) -> TierResult:
    passed = sum(one.passed for one in members)
    unevaluated = sum(one.unevaluated for one in members)
    trials = sum(one.planned for one in members)
    evaluated = trials - unevaluated
    lower = clopper_pearson_lower(passed, trials, alpha=alpha) if trials else None
    upper = clopper_pearson_upper(passed + unevaluated, trials, alpha=level or alpha) if trials else None
    shown = wilson_interval(passed, evaluated) if evaluated else None
    reached = rules.report_only or (trials > 0 and _reached(passed, trials, lower or 0.0, rules))
    return TierResult(
        tier=tier,
        floor=rules.floor,
        prove=rules.prove,
        report_only=rules.report_only,
        n_strata=len(members),
        n_trials=trials,
        n_passed=passed,
        n_unevaluated=unevaluated,
        rate=Interval(estimate=shown.rate, low=shown.low, high=shown.high) if shown else None,
        lower=lower,
        upper=upper,
        pass_all=pass_all([(one.passed, one.evaluated) for one in members]) if evaluated else (),
        failed=failed,
        passed=reached and not failed,
        reason=_reason(tier, rules, passed, trials, unevaluated, lower, upper, failed, alpha),
    )


def _reached(passed: int, trials: int, lower: float, rules: TierPolicy) -> bool:
    if rules.floor is None:
        return True
    return (lower if rules.prove else passed / trials) >= rules.floor


def _reason(
    tier: str,
    rules: TierPolicy,
    passed: int,
    trials: int,
    unevaluated: int,
    lower: float | None,
    upper: float | None,
    failed: bool,
    alpha: float,
) -> str:
    if lower is None or upper is None:
        return f"tier {tier}: no case is counted, so nothing is known"
    seen = f"tier {tier}: {passed} of {trials} trials passed ({percent(passed / trials)}"
    seen += f", {unevaluated} not evaluated)" if unevaluated else ")"
    if rules.report_only:
        return f"{seen}; reported only"
    if rules.floor is None:
        return f"{seen}; no floor"
    floor = percent(rules.floor)
    if failed:
        return f"{seen}; at most {percent(upper)} is credible, below the floor of {floor}"
    if _reached(passed, trials, lower, rules):
        proved = "proved" if lower >= rules.floor else "not proved"
        return f"{seen}, the floor is {floor} ({proved}: at least {percent(lower)} is)"
    if not rules.prove:
        return f"{seen}; below the floor of {floor}, but not provably so"
    failures = trials - passed - unevaluated
    needed = trials_to_prove_floor(rules.floor, failures=failures, alpha=alpha) if rules.floor else trials
    return (
        f"{seen}; at least {percent(lower)} is proved, the floor of {floor} is not: "
        f"with {failures} failed it takes {needed} trials"
    )
