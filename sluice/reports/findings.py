"""What a verdict rests on, in words: one line for the change, each tier and each guard."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sluice.gates.verdict import ChangeResult, GuardResult, TierResult
from sluice.reports.text import one_line
from sluice.reports.view import ReportView
from sluice.reports.words import (
    GUARD_TITLES,
    GUARD_UNITS,
    NONE,
    count,
    guard_amount,
    p_text,
    percent,
    points,
    seconds,
    usd,
    worsening,
)

State = Literal["passed", "failed", "open", "shown"]
STATE_WORDS = {"passed": "holds", "failed": "fails", "open": "open", "shown": "shown only"}


def state_of(result: ChangeResult | TierResult | GuardResult) -> State:
    """Whether a bound holds, is broken, is still open, or decides nothing."""
    if isinstance(result, TierResult) and (result.report_only or result.floor is None) and not result.failed:
        return "shown"
    if result.failed:
        return "failed"
    return "passed" if result.passed else "open"


def change_sentence(change: ChangeResult) -> str:
    """The drop with what decides it, in one sentence."""
    how = "exact" if change.exact else "stratified"
    moved = f"dropped by {points(change.drop)}" if change.drop > 0 else f"rose by {points(-change.drop)}"
    moved = moved if change.drop else "did not move"
    return (
        f"The pass rate {moved} ({how} test of no drop: {p_text(change.p_value)}); "
        f"drops of {points(change.upper)} or more are excluded (the margin is {points(change.margin)}). "
        f"This run could have seen a drop of {points(change.smallest_detectable)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """A tier as a row of text."""

    tier: str
    state: State
    rate: str
    interval: str
    floor: str
    proved: str
    trials: str
    pass_all: str
    reason: str


def tier_line(tier: TierResult) -> TierLine:
    """One tier against its floor, in words."""
    interval = tier.rate
    unevaluated = f", {tier.n_unevaluated:,} not evaluated" if tier.n_unevaluated else ""
    floor = NONE if tier.floor is None else percent(tier.floor) + (" to prove" if tier.prove else "")
    repeats = len(tier.pass_all)
    return TierLine(
        tier=one_line(tier.tier),
        state=state_of(tier),
        rate=percent(interval.estimate if interval is not None else None),
        interval=f"{percent(interval.low)} to {percent(interval.high)}" if interval is not None else NONE,
        floor=floor,
        proved=f"at least {percent(tier.lower)}" if tier.lower is not None else NONE,
        trials=f"{tier.n_passed:,} of {tier.n_trials - tier.n_unevaluated:,} passed{unevaluated}",
        pass_all=f"{percent(tier.pass_all[-1])} (all {repeats})" if repeats > 1 else NONE,
        reason=one_line(tier.reason),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLine:
    """A guard as a row of text."""

    title: str
    state: State
    baseline: str
    candidate: str
    worsening: str
    interval: str
    limit: str
    reason: str


def guard_line(guard: GuardResult) -> GuardLine:
    """One guard, in words."""
    known = guard.lower is not None and guard.upper is not None
    interval = f"{worsening(guard.kind, guard.lower)} to {worsening(guard.kind, guard.upper)}" if known else NONE
    unit = GUARD_UNITS.get(guard.name, "")
    return GuardLine(
        title=one_line(GUARD_TITLES.get(guard.name, guard.name)) + (f" ({unit})" if unit else ""),
        state=state_of(guard),
        baseline=guard_amount(guard.name, guard.baseline),
        candidate=guard_amount(guard.name, guard.candidate),
        worsening=worsening(guard.kind, guard.worsening),
        interval=interval,
        limit=worsening(guard.kind, guard.limit),
        reason=one_line(guard.reason),
    )


def run_facts(view: ReportView) -> Iterator[tuple[str, str]]:
    """What is said about a run beside its verdict, as label and value; what is unknown is left out."""
    facts, report = view.facts, view.report
    yield "Agent", f"{facts.agent} {_of(facts.identity, 'version')}".strip()
    yield (
        "Commit",
        _of(facts.identity, "commit")[:12] + (" (uncommitted changes)" if facts.identity.get("dirty") else ""),
    )
    yield "Identity", _of(facts.identity, "digest")[:12]
    yield "Baseline", _baseline(view)
    dataset = facts.dataset
    sizes = ((dataset.get("cases"), "case"), (dataset.get("strata"), "stratum"))
    size = ", ".join(count(number, noun) for number, noun in sizes if isinstance(number, int))
    yield "Dataset", f"{_of(dataset, 'path')} {f'({size})' if size else ''}".strip()
    yield "Dataset version", _of(dataset, "version")[:12]
    unevaluated = f", {report.n_unevaluated:,} not evaluated" if report.n_unevaluated else ""
    yield "Trials", f"{report.n_trials:,} ({facts.trials_per_stratum} a stratum){unevaluated}"
    yield "Left out", report.partial
    yield "Cost", _cost(view)
    yield "Started", facts.started_at
    yield "Took", seconds(facts.duration_s)
    yield "Engine", facts.engine
    yield "Run", facts.run_id


def _baseline(view: ReportView) -> str:
    baseline = view.facts.baseline
    if not baseline:
        return "none"
    pinned = f", pinned by {_of(baseline, 'pinned_by')}" if _of(baseline, "pinned_by") else ""
    at = f" on {_of(baseline, 'pinned_at')[:10]}" if _of(baseline, "pinned_at") else ""
    trials = f", {_of(baseline, 'trials')} trials" if _of(baseline, "trials") else ""
    return f"{_of(baseline, 'source')}{trials}{pinned}{at}"


def _cost(view: ReportView) -> str:
    amount, known = view.facts.cost.get("agent_usd"), view.facts.cost.get("known_trials")
    if not isinstance(amount, int | float) or known == 0:
        return "unknown"
    if not isinstance(known, int) or known >= view.report.n_trials:
        return usd(amount)
    return f"{usd(amount)} (known for {known:,} of {count(view.report.n_trials, 'trial')})"


def _of(mapping: object, key: str) -> str:
    value = mapping.get(key) if hasattr(mapping, "get") else None
    return "" if value is None else str(value)
