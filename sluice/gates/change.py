"""Did the pass rate fall, and by how much at most: the change test of the gate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sluice.gates.evidence import Tally, stratified_counts, tier_policy
from sluice.gates.policy import Policy
from sluice.gates.verdict import ChangeResult
from sluice.statistics.cmh import cmh_test
from sluice.statistics.counts import StratifiedCounts
from sluice.statistics.drop import pooled_drop
from sluice.statistics.holm import Share
from sluice.statistics.power import smallest_detectable_drop, trials_to_settle

POOLED = "pooled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDraft:
    """A change test before alpha is shared.

    Args:
        result: With ``failed`` still False.
        seen: Counts of what was evaluated; None where nothing was.
    """

    result: ChangeResult
    seen: StratifiedCounts | None


def draft_changes(tallies: Sequence[Tally], policy: Policy) -> list[ChangeDraft]:
    """The pooled test, then one for each tier with a margin of its own; without a comparable stratum there is none."""
    deciding = [one for one in tallies if one.decides]
    groups = [(POOLED, policy.margin, deciding)]
    for tier in dict.fromkeys(one.tier for one in deciding):
        margin = tier_policy(policy, tier).margin
        if margin is not None:
            groups.append((tier, margin, [one for one in deciding if one.tier == tier]))
    drafts = [_draft(name, margin, members, policy.alpha) for name, margin, members in groups]
    return [draft for draft in drafts if draft is not None]


def finish_change(draft: ChangeDraft, share: Share, policy: Policy) -> ChangeResult:
    """Decide a change test at the level it got, and say what would settle it if it is open."""
    failed = share.rejected
    passed = draft.result.passed and not failed
    settlement = None
    if not failed and not passed and draft.seen is not None and not draft.result.passed_as_seen:
        settlement = trials_to_settle(draft.seen, margin=draft.result.margin, alpha=policy.alpha)
    return replace(
        draft.result,
        alpha=share.level,
        failed=failed,
        passed=passed,
        trials_to_settle=settlement.candidate_trials if settlement else None,
        baseline_trials_to_settle=settlement.baseline_trials if settlement else None,
    )


def _draft(name: str, margin: float, members: Sequence[Tally], alpha: float) -> ChangeDraft | None:
    """One test: p-value with the unevaluated passed, bound with the unevaluated failed, estimate of what was seen."""
    best, worst = stratified_counts(members, "best"), stratified_counts(members, "worst")
    if best is None or worst is None:
        return None
    complete = not any(one.unevaluated for one in members)
    seen = worst if complete else stratified_counts(members, "seen")
    test = cmh_test(best)
    bound = pooled_drop(worst, alpha=alpha)
    shown = pooled_drop(seen, alpha=alpha) if seen is not None and not complete else bound
    upper = _with_blind(bound.upper, members)
    result = ChangeResult(
        name=name,
        drop=shown.estimate,
        p_value=test.p_value,
        upper=upper,
        margin=margin,
        smallest_detectable=smallest_detectable_drop(seen or worst, alpha=alpha),
        alpha=alpha,
        failed=False,
        passed=upper < margin,
        exact=test.exact,
        n_strata=worst.n_strata,
        n_candidate_trials=int((seen or worst).candidate_trials.sum()) if seen is not None else 0,
        n_baseline_trials=int(worst.baseline_trials.sum()),
        trials_to_settle=None,
        passed_as_seen=seen is not None and shown.upper < margin,
    )
    return ChangeDraft(result=result, seen=seen)


def _with_blind(upper: float, members: Sequence[Tally]) -> float:
    """The bound when strata of which nothing at all is known are taken as lost entirely.

    Such a stratum (one that this version cannot run, say) has no baseline to be compared with, but its failure could
    be a drop all the same.
    """
    blind = sum(one.unevaluated > 0 and not one.evaluated and not one.baseline_trials for one in members)
    compared = sum(one.baseline_trials > 0 and one.planned > 0 for one in members)
    return (upper * compared + blind) / (compared + blind)
