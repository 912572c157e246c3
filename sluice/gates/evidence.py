"""What the gate has to go by: all trials of a stratum, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sluice.gates.policy import Policy, TierPolicy
from sluice.golden.case import Stratum
from sluice.statistics.counts import StratifiedCounts
from sluice.trials.scores import TrialScore

# How trials that were not evaluated are taken: left out, counted as passed, or counted as failed.
Completion = Literal["seen", "best", "worst"]
# The one tier of a policy that names none.
ONE_TIER = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All trials of one stratum.

    Args:
        stratum: What was asked and what must hold.
        candidate: Scores of the candidate's trials, any order.
        planned: Trials that should exist; those that do not are unevaluated.
        baseline: Scores of the baseline's trials by today's rules; empty for a new or changed case.
        note: ``new`` or ``changed`` (since the baseline was pinned), or empty.
    """

    stratum: Stratum
    candidate: tuple[TrialScore, ...]
    planned: int
    baseline: tuple[TrialScore, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A stratum's trials, counted.

    Args:
        evidence: Where the counts come from.
        tier: Tier it is decided in.
        report_only: Its tier decides nothing.
        deciding: Some check decides; unknown counts as yes.
        passed: Evaluated candidate trials that passed; failed likewise.
        unevaluated: Candidate trials that are missing or could not be evaluated.
        baseline_passed: Evaluated baseline trials that passed.
        baseline_trials: Evaluated baseline trials.
    """

    evidence: Evidence
    tier: str
    report_only: bool
    deciding: bool
    passed: int
    failed: int
    unevaluated: int
    baseline_passed: int
    baseline_trials: int

    @property
    def counted(self) -> bool:
        """Whether its trials enter the tests of its tier."""
        return self.deciding and self.evidence.stratum.counted

    @property
    def decides(self) -> bool:
        """Whether its trials can change the verdict."""
        return self.counted and not self.report_only

    @property
    def evaluated(self) -> int:
        """Candidate trials of which something is known."""
        return self.passed + self.failed

    @property
    def planned(self) -> int:
        """Candidate trials that should have been evaluated."""
        return self.evaluated + self.unevaluated


def tally(evidence: Evidence, policy: Policy) -> Tally:
    """Count the trials of one stratum.

    A stratum that this version cannot run (``stratum.needs``) counts as unevaluated whatever was recorded for it.
    Baseline trials that could not be evaluated drop out.
    """
    stratum = evidence.stratum
    tier = stratum.case.tier if policy.tiers else ONE_TIER
    runnable = not stratum.needs
    known = [score for score in evidence.candidate if score.evaluated and runnable]
    pinned = [score for score in evidence.baseline if score.evaluated and runnable]
    passed = sum(score.passed is True for score in known)
    return Tally(
        evidence=evidence,
        tier=tier,
        report_only=tier_policy(policy, tier).report_only,
        deciding=all(score.passed is not None for score in (*known, *pinned)),
        passed=passed,
        failed=len(known) - passed,
        unevaluated=max(evidence.planned, len(evidence.candidate)) - len(known),
        baseline_passed=sum(score.passed is True for score in pinned),
        baseline_trials=len(pinned),
    )


def tier_policy(policy: Policy, tier: str) -> TierPolicy:
    """The rules of a tier; a tier that the policy does not name has neither floor nor margin of its own."""
    return policy.tiers.get(tier, TierPolicy())


def stratified_counts(tallies: Sequence[Tally], completion: Completion) -> StratifiedCounts | None:
    """Candidate against baseline over the strata that have both; None where there is no such stratum."""
    rows = []
    for one in tallies:
        passed = one.passed + (one.unevaluated if completion == "best" else 0)
        trials = one.evaluated if completion == "seen" else one.planned
        if one.baseline_trials and trials:
            rows.append((one.baseline_passed, one.baseline_trials, passed, trials))
    return StratifiedCounts.of(rows) if rows else None
