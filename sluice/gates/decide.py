"""The gate's decision: from all trials of all strata to one verdict with its reasons."""

from collections import Counter
from collections.abc import Sequence

from sluice.errors import UsageError
from sluice.gates.change import draft_changes, finish_change
from sluice.gates.evidence import Evidence, Tally, tally
from sluice.gates.explain import advise, explain
from sluice.gates.findings import Findings
from sluice.gates.guards import draft_guards, finish_guard
from sluice.gates.policy import Policy
from sluice.gates.tiers import decide_tiers
from sluice.gates.verdict import GateReport, NeverEventResult, StratumResult, Verdict
from sluice.statistics.holm import share_alpha

__all__ = ["Evidence", "decide"]

# The order in which reasons of a stratum are kept, and how many: a report names a few, the trials hold all.
MOST_REASONS = 5


def decide(evidence: Sequence[Evidence], *, policy: Policy, partial: str = "", health_error: str = "") -> GateReport:
    """Decide on a candidate.

    FAIL, where it holds with every unevaluated trial counted as passed: a never-event occurred in a counted trial, a
    drop against the baseline is proved, a tier lies provably below its floor, or a guard is provably exceeded. Else
    ERROR, where nothing or less than half could be evaluated, or the agent's health failed. Else PASS, only if with
    every unevaluated trial counted as failed a drop of the margin is excluded, every floor is reached and no guard is
    exceeded. Else INCONCLUSIVE.

    The changes (pooled, and of tiers with a margin of their own) and the guards share alpha by Holm; so do the floors
    among themselves. PASS needs every bound at once, so each is taken at alpha itself.

    A stratum that this version cannot run counts as unevaluated: as failed in its tier, and as lost entirely in the
    bound of the drop. So the verdict is at best INCONCLUSIVE where its failure could change it.

    Args:
        evidence: All trials, by stratum; at least one stratum.
        policy: The rules.
        partial: What was left out of the dataset, as the user asked for it; empty for all of it.
        health_error: Why the agent was not healthy; empty where it was.

    Returns:
        The verdict and everything it rests on.

    Raises:
        UsageError: There is no stratum.
    """
    if not evidence:
        raise UsageError("there is no case to decide on", hint="add cases to the dataset or widen the selection")
    tallies = [tally(one, policy) for one in evidence]
    changes, guards = draft_changes(tallies, policy), draft_guards(tallies, policy)
    shares = share_alpha(
        {f"change {at}": draft.result.p_value for at, draft in enumerate(changes)},
        {f"guard {draft.name}": draft.p_value for draft in guards},
        alpha=policy.alpha,
    )
    findings = Findings(
        tallies=tuple(tallies),
        never=_never_events(tallies),
        changes=tuple(finish_change(draft, shares[f"change {at}"], policy) for at, draft in enumerate(changes)),
        guards=tuple(finish_guard(draft, shares[f"guard {draft.name}"]) for draft in guards),
        tiers=decide_tiers(tallies, policy),
        alpha=policy.alpha,
        partial=partial,
        health_error=health_error,
    )
    verdict = _verdict(findings)
    return GateReport(
        verdict=verdict,
        reasons=explain(verdict, findings),
        advice=advise(verdict, findings, policy),
        change=findings.pooled,
        own_margins=tuple(change for change in findings.changes if change is not findings.pooled),
        tiers=findings.tiers,
        guards=findings.guards,
        never_events=findings.never,
        strata=tuple(_stratum(one) for one in tallies),
        n_trials=sum(one.planned for one in tallies),
        n_evaluated=sum(one.evaluated for one in tallies),
        n_unevaluated=sum(one.unevaluated for one in tallies),
        alpha=policy.alpha,
        partial=partial,
    )


def _verdict(findings: Findings) -> Verdict:
    if findings.failures:
        return Verdict.FAIL
    if findings.errors:
        return Verdict.ERROR
    return Verdict.INCONCLUSIVE if findings.doubts else Verdict.PASS


def _never_events(tallies: Sequence[Tally]) -> tuple[NeverEventResult, ...]:
    """Never-events in evaluated trials of counted strata, also of those whose only demand is that none occurs."""
    return tuple(
        NeverEventResult(key=score.key, rule=event.rule, found=event.found)
        for one in tallies
        if one.evidence.stratum.counted and not one.report_only
        for score in one.evidence.candidate
        if score.evaluated
        for event in score.never
    )


def _stratum(one: Tally) -> StratumResult:
    stratum = one.evidence.stratum
    told = Counter(reason for score in one.evidence.candidate if score.passed is not True for reason in score.reasons)
    reasons = [*(f"needs {need}" for need in stratum.needs), *(reason for reason, _ in told.most_common(MOST_REASONS))]
    missing = max(0, one.evidence.planned - len(one.evidence.candidate))
    if missing:
        reasons.append(f"{missing} of {one.evidence.planned} trials are missing")
    note = one.evidence.note
    if not one.deciding:
        note = "no deciding check"
    elif not stratum.counted:
        note = "generated"
    return StratumResult(
        name=stratum.name,
        case_id=stratum.case.id,
        variant=stratum.variant,
        tier=stratum.case.tier,
        capability=stratum.case.capability or "",
        tags=stratum.case.tags,
        risks=stratum.case.risks,
        counted=one.counted,
        n_trials=one.planned,
        n_passed=one.passed,
        n_unevaluated=one.unevaluated,
        baseline_trials=one.baseline_trials,
        baseline_passed=one.baseline_passed,
        note=note,
        reasons=tuple(reasons),
    )
