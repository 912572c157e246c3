"""What every report of a gate shows, gathered once and bounded in size."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sluice.gates.verdict import GateReport, NeverEventResult, RunFacts, StratumResult
from sluice.golden.case import Stratum
from sluice.reports.failed import FailedStratum, failed_stratum
from sluice.reports.slices import Slice, evaluated, one_slice, slices
from sluice.reports.text import one_line
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore

# 100 failures in full and 5,000 rows keep an HTML report at a few megabytes, which a browser opens at once.
MAX_FAILURES = 100
MAX_CASES = 5_000

_THIS_RUN = re.compile(r"(sluice runs (?:show|accept|export) )RUN\b")
# How much a stratum tells, most first: a never-event, a failed trial, a trial that could not be evaluated, nothing.
_NEVER, _FAILED, _UNEVALUATED, _UNTOLD = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failures that left the expected path in the same way.

    Args:
        title: The divergence without the values of one run, for example ``missing issue_refund``.
        failures: In the order of the view.
    """

    title: str
    failures: tuple[FailedStratum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverGroup:
    """A never-event of one stratum, in as many of its trials as it occurred in.

    Args:
        name: ``case`` or ``case/variant``.
        found: What happened, in the words of the first trial.
    """

    name: str
    rule: str
    found: str
    n_trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """What a report shows.

    Args:
        report: The verdict, and what it rests on.
        facts: What is said about the run.
        failures: Strata with a failed or unevaluated trial, most telling first, at most ``MAX_FAILURES``.
        n_failures_hidden: How many more there are.
        n_failed: Strata with a failed trial.
        groups: The failures by first divergence, largest group first.
        cases: All strata, failing first, at most ``MAX_CASES``.
        n_cases_hidden: How many more there are.
        never_groups: The never-events that decide, by stratum and rule.
        advice: What to do next, with this run named where a command asks for it.
        slices: Pass rates by capability, risk and tag.
        pass_rate: Passed / evaluated trials over the counted strata; None without any.
        baseline_pass_rate: The same of the baseline over these strata.
    """

    report: GateReport
    facts: RunFacts
    failures: tuple[FailedStratum, ...]
    n_failures_hidden: int
    n_failed: int
    groups: tuple[FailureGroup, ...]
    cases: tuple[StratumResult, ...]
    n_cases_hidden: int
    never_groups: tuple[NeverGroup, ...]
    advice: tuple[str, ...]
    slices: tuple[Slice, ...]
    pass_rate: float | None
    baseline_pass_rate: float | None


def report_view(
    report: GateReport,
    facts: RunFacts,
    strata: Iterable[Stratum],
    scores: Mapping[TrialKey, TrialScore],
    runs: Mapping[TrialKey, RecordedRun],
    *,
    max_failures: int = MAX_FAILURES,
    max_cases: int = MAX_CASES,
) -> ReportView:
    """Gather what every report shows.

    Args:
        report: The verdict of the gate.
        facts: What is said about the run.
        strata: The golden strata that were run; those not at hand are shown without stimulus and expectation.
        scores: The scores of the candidate's trials.
        runs: What the trials produced; trials without a run are shown by their scores.
        max_failures: Failures shown in full.
        max_cases: Rows of the table of all cases.
    """
    scores_of: defaultdict[tuple[str, str], list[TrialScore]] = defaultdict(list)
    for score in scores.values():
        scores_of[score.key.case_id, score.key.variant].append(score)
    stratum_of = {(stratum.case.id, stratum.variant): stratum for stratum in strata}
    tiers = {tier.tier: position for position, tier in enumerate(report.tiers)}
    ranked = sorted(report.strata, key=lambda result: _rank(result, scores_of[_place(result)], tiers))
    telling = [result for result in ranked if _severity(result, scores_of[_place(result)]) < _UNTOLD]
    found = (
        failed_stratum(result, stratum_of.get(_place(result)), scores_of[_place(result)], runs)
        for result in telling[:max_failures]
    )
    failures = tuple(failed for failed in found if failed is not None)
    overall = one_slice("capability", "", (result for result in report.strata if result.counted))
    return ReportView(
        report=report,
        facts=facts,
        failures=failures,
        n_failures_hidden=len(telling) - len(failures),
        n_failed=sum(1 for result in telling if _severity(result, scores_of[_place(result)]) <= _FAILED),
        groups=grouped(failures),
        cases=tuple(ranked[:max_cases]),
        n_cases_hidden=max(0, len(ranked) - max_cases),
        never_groups=_never_groups(report),
        advice=tuple(_THIS_RUN.sub(lambda found: f"{found[1]}{facts.run_id}", advice) for advice in report.advice),
        slices=slices(report.strata),
        pass_rate=overall.rate,
        baseline_pass_rate=overall.baseline_rate,
    )


def grouped(failures: Sequence[FailedStratum]) -> tuple[FailureGroup, ...]:
    """Failures by first divergence, never-events first, then the largest group first."""
    members: defaultdict[str, list[FailedStratum]] = defaultdict(list)
    for failed in failures:
        members[failed.kind].append(failed)
    order = sorted(members.values(), key=lambda group: (not group[0].never, -len(group)))
    return tuple(FailureGroup(title=group[0].kind, failures=tuple(group)) for group in order)


def _never_groups(report: GateReport) -> tuple[NeverGroup, ...]:
    members: defaultdict[tuple[str, str, str], list[NeverEventResult]] = defaultdict(list)
    for event in report.never_events:
        members[event.key.case_id, event.key.variant, event.rule].append(event)
    return tuple(
        NeverGroup(
            name=f"{case}/{variant}" if variant else case,
            rule=one_line(rule),
            found=one_line(events[0].found),
            n_trials=len({event.key for event in events}),
        )
        for (case, variant, rule), events in members.items()
    )


def _place(result: StratumResult) -> tuple[str, str]:
    return result.case_id, result.variant


def _severity(result: StratumResult, scores: Sequence[TrialScore]) -> int:
    if any(score.never for score in scores):
        return _NEVER
    if any(score.passed is False for score in scores):
        return _FAILED
    unevaluated = any(not score.evaluated for score in scores) or (result.n_unevaluated and not scores)
    return _UNEVALUATED if unevaluated else _UNTOLD


def _rank(
    result: StratumResult, scores: Sequence[TrialScore], tiers: Mapping[str, int]
) -> tuple[int, bool, float, int, str]:
    """Most telling first; then what decides before what is only shown, the largest drop, the order of the tiers."""
    rate = _rate(result.n_passed, evaluated(result))
    before = _rate(result.baseline_passed, result.baseline_trials)
    drop = (1.0 if before is None else before) - (1.0 if rate is None else rate)
    return _severity(result, scores), not result.counted, -drop, tiers.get(result.tier, len(tiers)), result.name


def _rate(passed: int, trials: int) -> float | None:
    return passed / trials if trials else None
