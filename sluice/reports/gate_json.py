"""A verdict as JSON, with a versioned schema."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sluice.documents.values import Json
from sluice.gates.verdict import (
    ChangeResult,
    GateReport,
    GuardResult,
    NeverEventResult,
    RunFacts,
    StratumResult,
    TierResult,
)
from sluice.reports.score_lines import score_line
from sluice.reports.text import clean_text
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore

# The major number changes when a field goes away or changes its meaning, the minor one when fields are added.
SCHEMA_VERSION = "1.0"


def gate_json(report: GateReport, facts: RunFacts, scores: Mapping[TrialKey, TrialScore]) -> dict[str, Json]:
    """The verdict of a gate as one JSON document; its JSON Schema is ``docs/reference/gate.schema.json``.

    Every number is finite: what is unknown or has no finite value is null. Rates and drops are in [0, 1], money in
    US dollars, times in seconds.

    Args:
        report: The verdict.
        facts: What is said about the run.
        scores: The scores of the candidate's trials; each stands with its case.
    """
    scores_of: defaultdict[tuple[str, str], list[TrialScore]] = defaultdict(list)
    for key in sorted(scores):
        scores_of[key.case_id, key.variant].append(scores[key])
    document = {
        "schema_version": SCHEMA_VERSION,
        "run_id": facts.run_id,
        "agent": facts.agent,
        "verdict": report.verdict.value,
        "exit_code": report.verdict.exit_code,
        "reasons": list(report.reasons),
        "advice": list(report.advice),
        "partial": report.partial,
        "alpha": report.alpha,
        "change": _change(report.change) if report.change is not None else None,
        "own_margins": {change.name: _change(change) for change in report.own_margins},
        "tiers": {tier.tier: _tier(tier) for tier in report.tiers},
        "guards": {guard.name: _guard(guard) for guard in report.guards},
        "never_events": [_never_event(event) for event in report.never_events],
        "cases": [_case(stratum, scores_of[stratum.case_id, stratum.variant]) for stratum in report.strata],
        "trials": {
            "total": report.n_trials,
            "evaluated": report.n_evaluated,
            "unevaluated": report.n_unevaluated,
            "per_stratum": facts.trials_per_stratum,
        },
        "identity": facts.identity,
        "baseline": facts.baseline,
        "dataset": facts.dataset,
        "cost": facts.cost,
        "started_at": facts.started_at,
        "duration_s": facts.duration_s,
        "engine": facts.engine,
    }
    finite: dict[str, Json] = finite_json(document)
    return finite


def finite_json(value: Any) -> Json:
    """A value as JSON that every reader accepts: no NaN or infinity, no lone surrogates, text for unknown types.

    Example:
        >>> finite_json({"p": float("nan"), "upper": float("inf"), "names": ("a", 1)})
        {'p': None, 'upper': None, 'names': ['a', 1]}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): finite_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [finite_json(item) for item in value]
    return clean_text(str(value))


def _never_event(event: NeverEventResult) -> dict[str, Json]:
    return {
        "case_id": event.key.case_id,
        "variant": event.key.variant,
        "trial": event.key.trial,
        "rule": event.rule,
        "found": event.found,
    }


def _change(change: ChangeResult) -> dict[str, Json]:
    return {
        "drop": change.drop,
        "p_value": change.p_value,
        "upper": change.upper,
        "margin": change.margin,
        "smallest_detectable": change.smallest_detectable,
        "alpha": change.alpha,
        "failed": change.failed,
        "passed": change.passed,
        "passed_as_seen": change.passed_as_seen,
        "exact": change.exact,
        "strata": change.n_strata,
        "candidate_trials": change.n_candidate_trials,
        "baseline_trials": change.n_baseline_trials,
        "trials_to_settle": change.trials_to_settle,
        "baseline_trials_to_settle": change.baseline_trials_to_settle,
    }


def _tier(tier: TierResult) -> dict[str, Json]:
    rate = tier.rate
    return {
        "floor": tier.floor,
        "prove": tier.prove,
        "report_only": tier.report_only,
        "strata": tier.n_strata,
        "trials": tier.n_trials,
        "passed_trials": tier.n_passed,
        "unevaluated": tier.n_unevaluated,
        "rate": rate.estimate if rate is not None else None,
        "interval": [rate.low, rate.high] if rate is not None else None,
        "lower": tier.lower,
        "upper": tier.upper,
        "pass_all": list(tier.pass_all),
        "failed": tier.failed,
        "passed": tier.passed,
        "reason": tier.reason,
    }


def _guard(guard: GuardResult) -> dict[str, Json]:
    return {
        "kind": guard.kind,
        "baseline": guard.baseline,
        "candidate": guard.candidate,
        "worsening": guard.worsening,
        "lower": guard.lower,
        "upper": guard.upper,
        "limit": guard.limit,
        "p_value": guard.p_value,
        "strata": guard.n_strata,
        "failed": guard.failed,
        "passed": guard.passed,
        "reason": guard.reason,
    }


def _case(stratum: StratumResult, scores: list[TrialScore]) -> dict[str, Json]:
    return {
        "case_id": stratum.case_id,
        "variant": stratum.variant,
        "tier": stratum.tier,
        "capability": stratum.capability,
        "tags": list(stratum.tags),
        "risks": list(stratum.risks),
        "counted": stratum.counted,
        "trials": stratum.n_trials,
        "passed_trials": stratum.n_passed,
        "unevaluated": stratum.n_unevaluated,
        "baseline_trials": stratum.baseline_trials,
        "baseline_passed": stratum.baseline_passed,
        "note": stratum.note,
        "reasons": list(stratum.reasons),
        "scores": [
            {
                **{name: value for name, value in score_line(score).items() if name not in ("case_id", "variant")},
                "evaluated": score.evaluated,
                "divergence": score.trajectory.divergence if score.trajectory is not None else "",
                "calls": score.n_calls,
                "latency_s": score.latency_s,
                "cost_usd": score.cost_usd,
            }
            for score in scores
        ],
    }
