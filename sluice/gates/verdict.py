"""The verdict of a gate, everything it rests on, and the exit code it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sluice.trials.recorded import TrialKey


class Verdict(StrEnum):
    """The four answers of a gate."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"

    @property
    def exit_code(self) -> int:
        """The process exit code that says this verdict."""
        return {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3, "ERROR": 4}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate in [0, 1] with its two-sided 95 % interval for display (Wilson for rates)."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """The pooled drop of the pass rate against the baseline.

    Args:
        drop: Mean over strata of (baseline rate - candidate rate); positive is worse.
        p_value: One-sided, of "no drop"; exact where ``exact``.
        upper: One-sided 95 % upper bound of the drop, at the level that ``alpha`` leaves after sharing.
        margin: Largest drop that still passes.
        smallest_detectable: Smallest true drop this run would have found with probability .8.
        failed: A drop is proved.
        passed: A drop of ``margin`` or more is excluded.
        exact: Small sample: p-value and bound are exact, never normal.
        n_strata: Strata compared.
        trials_to_settle: Candidate trials per stratum, in all, that would settle an inconclusive drop; None where it is
            settled or none would.
        baseline_trials_to_settle: Baseline trials per stratum needed beside them; None likewise.
        passed_as_seen: What was evaluated excludes the margin; only trials that were not keep it open.
        name: ``pooled``, or the tier with a margin of its own.
    """

    name: str
    drop: float
    p_value: float
    upper: float
    margin: float
    smallest_detectable: float
    alpha: float
    failed: bool
    passed: bool
    exact: bool
    n_strata: int
    n_candidate_trials: int
    n_baseline_trials: int
    trials_to_settle: int | None
    baseline_trials_to_settle: int | None = None
    passed_as_seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TierResult:
    """One tier against its floor.

    Args:
        rate: Pass rate with its Wilson interval for display; None without a counted trial.
        lower: One-sided Clopper-Pearson lower bound; upper likewise: they decide.
        pass_all: Estimated probability that all k trials of a stratum pass, k = 1..max (pass^k).
    """

    tier: str
    floor: float | None
    prove: bool
    report_only: bool
    n_strata: int
    n_trials: int
    n_passed: int
    n_unevaluated: int
    rate: Interval | None
    lower: float | None
    upper: float | None
    pass_all: tuple[float, ...]
    failed: bool
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardResult:
    """One guard: how much a number worsened, paired within case.

    Args:
        name: ``tool_calls``, ``cost_usd``, ``latency_s`` or ``efficiency``.
        baseline: Mean in the baseline over the compared strata (unit of the number).
        candidate: Mean in the candidate.
        worsening: Ratio candidate / baseline (1.2 = 20 % more), or drop for efficiency.
        lower: One-sided lower bound of the worsening.
        upper: One-sided upper bound of the worsening.
        limit: The policy's limit.
    """

    name: str
    kind: str
    baseline: float | None
    candidate: float | None
    worsening: float | None
    lower: float | None
    upper: float | None
    limit: float
    p_value: float | None
    n_strata: int
    failed: bool
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverEventResult:
    """A never-event that occurred in a counted trial."""

    key: TrialKey
    rule: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumResult:
    """How one stratum did, for the report.

    Args:
        name: ``case`` or ``case/variant``.
        note: ``new``, ``changed``, ``generated``, ``no deciding check`` or empty.
    """

    name: str
    case_id: str
    variant: str
    tier: str
    capability: str
    tags: tuple[str, ...]
    risks: tuple[str, ...]
    counted: bool
    n_trials: int
    n_passed: int
    n_unevaluated: int
    baseline_trials: int
    baseline_passed: int
    note: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """A verdict, and everything it rests on.

    Args:
        verdict: The answer.
        reasons: Sentences that say why, most telling first; never empty.
        advice: What would settle it or what to do next, each with the command to run.
        change: The pooled drop, or None without a baseline.
        own_margins: Tiers with a margin of their own.
        partial: What was left out (``--case refund-*``), or empty: the whole dataset.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    advice: tuple[str, ...]
    change: ChangeResult | None
    own_margins: tuple[ChangeResult, ...]
    tiers: tuple[TierResult, ...]
    guards: tuple[GuardResult, ...]
    never_events: tuple[NeverEventResult, ...]
    strata: tuple[StratumResult, ...]
    n_trials: int
    n_evaluated: int
    n_unevaluated: int
    alpha: float
    partial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a report says about a run beside its verdict.

    Args:
        identity: Candidate identity: ``{"version", "fingerprint", "commit", "dirty", "digest"}``.
        baseline: ``{"source", "identity", "pinned_by", "pinned_at", "trials"}`` or None.
        dataset: ``{"path", "version", "cases", "strata"}``.
        cost: ``{"agent_usd", "known_trials"}``.
        started_at: ISO 8601, UTC.
    """

    run_id: str
    agent: str
    identity: Mapping[str, object]
    baseline: Mapping[str, object] | None
    dataset: Mapping[str, object]
    cost: Mapping[str, object]
    trials_per_stratum: str
    started_at: str
    duration_s: float
    engine: str
