"""How many trials each stratum gets, before anything is called."""

from collections.abc import Mapping, Sequence

from sluice.errors import UsageError
from sluice.gates.evidence import ONE_TIER, tier_policy
from sluice.gates.policy import Policy, TierPolicy
from sluice.golden.case import Stratum
from sluice.statistics.proportions import trials_to_prove_floor


def plan_trials(strata: Sequence[Stratum], policy: Policy, trials: int | None) -> Mapping[str, int]:
    """Trials of every stratum.

    ``trials: auto`` picks the smallest number that can prove the tier's floor, that is, proves it where every trial
    passes; only strata that are counted and can be run bring trials.

    Args:
        strata: What will be run.
        policy: The rules.
        trials: The same number for every stratum, as the user asked; None follows the policy.

    Returns:
        Stratum name to number of trials.

    Raises:
        UsageError: ``trials`` is below 1, or no number up to ``max_trials`` can prove a floor.
    """
    if trials is not None:
        if trials < 1:
            raise UsageError(f"trials must be at least 1, got {trials}")
        return {stratum.name: trials for stratum in strata}
    of_tier = {
        tier: _trials(tier, members, tier_policy(policy, tier), policy)
        for tier, members in _by_tier(strata, policy).items()
    }
    return {stratum.name: of_tier[_tier(stratum, policy)] for stratum in strata}


def _by_tier(strata: Sequence[Stratum], policy: Policy) -> dict[str, list[Stratum]]:
    members: dict[str, list[Stratum]] = {}
    for stratum in strata:
        members.setdefault(_tier(stratum, policy), []).append(stratum)
    return members


def _tier(stratum: Stratum, policy: Policy) -> str:
    return stratum.case.tier if policy.tiers else ONE_TIER


def _trials(tier: str, members: Sequence[Stratum], rules: TierPolicy, policy: Policy) -> int:
    if rules.trials != "auto" or rules.floor is None:
        return rules.trials if isinstance(rules.trials, int) else policy.trials
    counted = sum(stratum.counted and not stratum.needs for stratum in members)
    needed = trials_to_prove_floor(rules.floor, alpha=policy.alpha)
    each = -(-needed // counted) if counted else rules.max_trials + 1
    if each > rules.max_trials:
        cases = -(-needed // rules.max_trials)
        raise UsageError(
            f"tier {tier} cannot prove its floor of {rules.floor:g}: that takes {needed} clean trials, and {counted} "
            f"cases with at most {rules.max_trials} trials each give {counted * rules.max_trials}",
            hint=f"the tier needs at least {cases} cases, or a higher max_trials, or a lower floor",
        )
    return each
