"""A verdict in sentences: why, and what to do next."""

from collections.abc import Sequence

from sluice.gates.evidence import Tally
from sluice.gates.findings import Findings
from sluice.gates.policy import Policy
from sluice.gates.verdict import ChangeResult, Verdict
from sluice.gates.wording import counted, points

PIN = "sluice baseline pin RUN --to golden/baseline.jsonl.gz --trials {trials} --by NAME"
# Baseline trials of a pin: the design whose power the policy's defaults were chosen for.
BASELINE_TRIALS = 10


def explain(verdict: Verdict, findings: Findings) -> tuple[str, ...]:
    """Why this is the verdict, most telling first; always with what this run could have seen."""
    told = {
        Verdict.FAIL: findings.failures,
        Verdict.ERROR: findings.errors,
        Verdict.INCONCLUSIVE: findings.doubts,
        Verdict.PASS: _grounds(findings),
    }[verdict]
    return (*told, *_always(findings))


def advise(verdict: Verdict, findings: Findings, policy: Policy) -> tuple[str, ...]:
    """What would settle it or what to do next, each with the command to run."""
    told: list[str] = []
    if verdict is Verdict.FAIL:
        told.append("see what failed, case by case: sluice runs show RUN")
    if verdict is Verdict.ERROR:
        told.append("mend what kept the trials from being evaluated, then run again: sluice gate")
    if verdict is Verdict.INCONCLUSIVE:
        told += _settling(findings)
    if findings.nothing_to_compare_with and findings.deciding and verdict is not Verdict.ERROR:
        told.append(
            f"pin a reviewed run as the baseline: {PIN.format(trials=BASELINE_TRIALS)}; "
            "or set policy.tiers.<tier>.floor in sluice.yaml"
        )
    told += _listings(findings, policy)
    return tuple(dict.fromkeys(told))


def _grounds(findings: Findings) -> tuple[str, ...]:
    told = [findings.change_sentence(change) for change in findings.changes]
    told += [tier.reason for tier in findings.tiers if tier.floor is not None and not tier.report_only]
    told += [guard.reason for guard in findings.guards]
    unevaluated = sum(one.unevaluated for one in findings.deciding)
    if unevaluated:
        told.append(f"{counted(unevaluated, 'trial')} could not be evaluated; the verdict holds had they failed")
    return tuple(told)


def _always(findings: Findings) -> list[str]:
    told = []
    if findings.pooled is not None and findings.pooled.n_candidate_trials:
        seen = findings.pooled.smallest_detectable
        told.append(
            f"the smallest drop this run could have seen is {points(seen)} (4 times in 5)"
            if seen < 1
            else "this run is too small to have seen any drop"
        )
    if findings.partial:
        told.append(f"partial run ({findings.partial}): it says nothing about the rest of the dataset")
    return told


def _settling(findings: Findings) -> list[str]:
    told = []
    if any(one.unevaluated and not one.evidence.stratum.needs for one in findings.deciding):
        told.append("evaluate the trials that are missing or could not be evaluated: sluice gate")
    told += [_more_trials(change) for change in findings.changes if not change.passed and not change.passed_as_seen]
    told += [
        f"more trials or more cases in tier {tier.tier}: "
        f"sluice gate --trials {2 * _trials_each(tier.n_trials, tier.n_strata)}"
        for tier in findings.tiers
        if tier.floor is not None and tier.n_strata and not tier.passed
    ]
    told += [
        f"more trials would tell whether the guard on {guard.name} holds: sluice gate --trials K"
        for guard in findings.guards
        if not guard.passed and guard.worsening is not None
    ]
    return told


def _trials_each(trials: int, strata: int) -> int:
    return max(1, -(-trials // strata))


def _more_trials(change: ChangeResult) -> str:
    candidate, baseline = change.trials_to_settle, change.baseline_trials_to_settle
    if candidate is None or baseline is None:
        return "no reasonable number of trials would settle it: add cases"
    cached = change.n_baseline_trials // change.n_strata
    if baseline <= cached:
        return f"about {candidate} trials per case would settle it: sluice gate --trials {candidate}"
    return (
        f"about {candidate} trials per case in run and baseline would settle it: "
        f"{PIN.format(trials=baseline)}, then sluice gate --trials {candidate}"
    )


def _listings(findings: Findings, policy: Policy) -> list[str]:
    """Cases that are not part of the comparison, and why."""
    told = []
    apart = [one for one in findings.deciding if not one.baseline_trials and not one.evidence.stratum.needs]
    for note, why in (
        ("new", "new since the baseline was pinned"),
        ("changed", "changed since the baseline was pinned"),
        ("", "without an evaluated trial in the baseline"),
    ):
        members = [one for one in apart if one.evidence.note == note]
        if members and findings.changes:
            told.append(
                f"{_named(members)} {why}, decided by floors and never-events alone: "
                f"{PIN.format(trials=BASELINE_TRIALS)}"
            )
    needy = [one for one in findings.tallies if one.evidence.stratum.needs]
    if needy:
        told.append(f"{_named(needy)} not evaluated: needs {needy[0].evidence.stratum.needs[0]}")
    idle = [one for one in findings.tallies if not one.deciding]
    if idle:
        told.append(f"{_named(idle)} counted in no test for want of a deciding check")
    empty = [tier for tier in policy.tiers if tier not in {one.tier for one in findings.tallies}]
    if empty and not findings.partial:
        told.append(f"no case belongs to {', '.join(f'tier {tier}' for tier in empty)} of the policy")
    return told


def _named(members: Sequence[Tally]) -> str:
    """``3 cases are (a, b and c)``, at most three by name."""
    names = [one.evidence.stratum.name for one in members]
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{counted(len(names), 'case')} ({shown}) {'is' if len(names) == 1 else 'are'}"
