"""Does each tier reach its floor."""

from collections.abc import Sequence
from dataclasses import replace

from sluice.gates.evidence import Tally, tier_policy
from sluice.gates.policy import Policy, TierPolicy
from sluice.gates.verdict import Interval, TierResult
from sluice.gates.wording import percent
from sluice.statistics.holm import Share, holm
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
    return tuple(
        _tier(tier, members, tier_policy(policy, tier), shares.get(tier), policy.alpha)
        for tier, members in groups.items()
    )


def _tier(tier: str, members: Sequence[Tally], rules: TierPolicy, share: Share | None, alpha: float) -> TierResult:
    passed = sum(one.passed for one in members)
    unevaluated = sum(one.unevaluated for one in members)
    trials = sum(one.planned for one in members)
    evaluated = trials - unevaluated
    level = share.level if share else alpha
    lower = clopper_pearson_lower(passed, trials, alpha=alpha) if trials else None
    upper = clopper_pearson_upper(passed + unevaluated, trials, alpha=level) if trials else None
    shown = wilson_interval(passed, evaluated) if evaluated else None
    failed = share is not None and share.rejected
    result = TierResult(
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
        passed=not failed and _reached(passed, trials, lower, rules),
        reason="",
    )
    return replace(result, reason=_reason(result, alpha))


def _reached(passed: int, trials: int, lower: float | None, rules: TierPolicy) -> bool:
    if rules.report_only or lower is None:
        return rules.report_only
    return rules.floor is None or (lower if rules.prove else passed / trials) >= rules.floor


def _reason(result: TierResult, alpha: float) -> str:
    if result.lower is None or result.upper is None:
        return f"tier {result.tier}: no case is counted, so nothing is known"
    dead = f", {result.n_unevaluated} not evaluated" if result.n_unevaluated else ""
    seen = (
        f"tier {result.tier}: {result.n_passed} of {result.n_trials} trials passed "
        f"({percent(result.n_passed / result.n_trials)}{dead})"
    )
    if result.report_only or result.floor is None:
        return f"{seen}; {'reported only' if result.report_only else 'no floor'}"
    floor, proved = percent(result.floor), percent(result.lower)
    if result.failed:
        return f"{seen}; at most {percent(result.upper)} is credible, below the floor of {floor}"
    if result.passed:
        whether = "proved" if result.lower >= result.floor else "not proved"
        return f"{seen}, the floor is {floor} ({whether}: at least {proved} is)"
    if not result.prove:
        return f"{seen}; below the floor of {floor}, but not provably so"
    failures = result.n_trials - result.n_passed - result.n_unevaluated
    needed = trials_to_prove_floor(result.floor, failures=failures, alpha=alpha)
    return (
        f"{seen}; at least {proved} is proved, the floor of {floor} is not: "
        f"with {failures} failed it takes {needed} trials"
    )
