"""Did the agent become slower, dearer or more roundabout: the guards of the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from sluice.errors import TooFewCasesError
from sluice.gates.evidence import Tally
from sluice.gates.policy import Guard, GuardName, Policy
from sluice.gates.verdict import GuardResult
from sluice.gates.wording import number, p_value_text, points
from sluice.statistics.holm import Share
from sluice.statistics.paired import PairedNumbers, Worsening, drop_worsening, ratio_worsening
from sluice.trials.scores import TrialScore

# Below this a person notices no delay (Nielsen 1993, "Usability Engineering", ch. 5), and a busier machine alone makes
# it without any change of the agent.
LATENCY_JITTER_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardDraft:
    """A guard before alpha is shared.

    Args:
        worsening: None where the number is missing on either side.
        p_value: Of "within the limit"; 1 where nothing can be told, or the change is too small to matter.
    """

    name: GuardName
    guard: Guard
    worsening: Worsening | None
    p_value: float


def draft_guards(tallies: Sequence[Tally], policy: Policy) -> list[GuardDraft]:
    """Test each guard whose number exists on both sides in some stratum; others only where they are required."""
    drafts = []
    for name, guard in policy.guards.items():
        worsening = _worsening(name, guard, [one for one in tallies if one.decides])
        if worsening is None and not guard.required:
            continue
        p_value = 1.0
        if worsening is not None and worsening.p_value is not None and not _negligible(name, guard, worsening):
            p_value = worsening.p_value
        drafts.append(GuardDraft(name=name, guard=guard, worsening=worsening, p_value=p_value))
    return drafts


def finish_guard(draft: GuardDraft, share: Share) -> GuardResult:
    """Decide a guard at the level it got: it fails where worse than the limit is proved, and passes by its estimate."""
    worsening, limit = draft.worsening, _limit(draft.guard)
    if worsening is None:
        reason = f"guard {draft.name}: required, but no stratum has it in both the run and the baseline"
        return GuardResult(
            name=draft.name, kind=_kind(draft.guard), baseline=None, candidate=None, worsening=None, lower=None,
            upper=None, limit=limit, p_value=None, n_strata=0, failed=False, passed=False, reason=reason,
        )  # fmt: skip
    negligible = _negligible(draft.name, draft.guard, worsening)
    passed = not share.rejected and (negligible or worsening.estimate <= limit)
    return GuardResult(
        name=draft.name,
        kind=_kind(draft.guard),
        baseline=worsening.baseline,
        candidate=worsening.candidate,
        worsening=worsening.estimate,
        lower=worsening.lower(share.level),
        upper=worsening.upper(share.level),
        limit=limit,
        p_value=worsening.p_value,
        n_strata=worsening.n_strata,
        failed=share.rejected,
        passed=passed,
        reason=_reason(draft, worsening, failed=share.rejected, passed=passed),
    )


def _worsening(name: GuardName, guard: Guard, tallies: Sequence[Tally]) -> Worsening | None:
    strata = [_numbers(name, one) for one in tallies]
    try:
        if guard.max_drop is not None:
            return drop_worsening(strata, limit=guard.max_drop)
        return ratio_worsening(strata, limit=_limit(guard))
    except TooFewCasesError:
        return None


def _numbers(name: GuardName, one: Tally) -> PairedNumbers:
    def values(scores: Sequence[TrialScore]) -> tuple[float, ...]:
        read = (_value(name, score) for score in scores if score.evaluated)
        return tuple(value for value in read if value is not None)

    if one.evidence.stratum.needs:
        return PairedNumbers(baseline=(), candidate=())
    candidate = values(one.evidence.candidate)
    return PairedNumbers(baseline=values(one.evidence.baseline), candidate=candidate, missing=one.unevaluated)


def _value(name: GuardName, score: TrialScore) -> float | None:
    value = _recorded(name, score)
    # A negative or infinite cost is a fault of the recording and says nothing about the agent.
    return value if value is not None and 0 <= value < inf else None


def _recorded(name: GuardName, score: TrialScore) -> float | None:
    if name == "efficiency":
        return score.trajectory.efficiency if score.trajectory else None
    value: float | None = {
        "tool_calls": score.n_calls,
        "cost_usd": score.cost_usd,
        "latency_s": score.latency_s,
    }[name]
    return value


def _negligible(name: GuardName, guard: Guard, worsening: Worsening) -> bool:
    least = guard.min_change
    if least is None:
        least = LATENCY_JITTER_S if name == "latency_s" else 0.0
    change = worsening.candidate - worsening.baseline
    return (change if worsening.ratio else -change) < least


def _limit(guard: Guard) -> float:
    return guard.max_drop if guard.max_drop is not None else float(guard.max_ratio or 1.0)


def _kind(guard: Guard) -> str:
    return "drop" if guard.max_drop is not None else "ratio"


WORDS: Mapping[str, str] = {
    "tool_calls": "tool calls",
    "cost_usd": "cost in US dollars",
    "latency_s": "latency in seconds",
    "efficiency": "trajectory efficiency",
}


def _reason(draft: GuardDraft, worsening: Worsening, *, failed: bool, passed: bool) -> str:
    if worsening.ratio:
        change, limit = f"typically {worsening.estimate:.2f} times the baseline", f"{_limit(draft.guard):g} times"
    else:
        change, limit = f"{points(worsening.estimate)} lower", points(_limit(draft.guard))
    seen = (
        f"{WORDS[draft.name]}: {number(worsening.baseline)} to {number(worsening.candidate)} a trial, {change}; "
        f"limit {limit}"
    )
    if failed:
        return f"{seen} ({p_value_text(draft.p_value)})"
    return seen if passed else f"{seen}: beyond it, but not provably so"
