"""What one trial scored: trajectory, answer, limits, never-events, and whether it passed."""

from dataclasses import dataclass

from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import TrialKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One deterministic check of one trial.

    Args:
        name: For example ``answer.contains[0]``, ``trajectory``, ``max_cost_usd``.
        passed: Whether it holds.
        score: Share that holds, in [0, 1].
        reason: One sentence: what was expected and what was found; also for a check that holds.
    """

    name: str
    passed: bool
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverOccurrence:
    """A never-event that happened.

    Args:
        rule: The rule in words.
        found: What happened, in words.
    """

    rule: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialScore:
    """The scores of one trial.

    Args:
        key: The trial.
        evaluated: False where nothing about the agent's quality can be told; then ``passed`` is None.
        passed: Whether every declared deterministic check holds; None where not evaluated or where the stratum
            declares no deciding check.
        trajectory: None where no trajectory is expected, or the calls are unknown.
        answer_passed: None where no answer check is declared.
        state_passed: None where no state is expected.
        checks: Every check, in order.
        never: Never-events that occurred.
        alternative: Name of the alternative of ``any_of`` that counted; empty where there is none.
        reasons: Why it failed or was not evaluated, most telling first; empty for a pass.
        n_calls: Tool calls made; None where unknown.
    """

    key: TrialKey
    evaluated: bool
    passed: bool | None
    trajectory: TrajectoryScore | None
    answer_passed: bool | None
    state_passed: bool | None
    checks: tuple[Check, ...]
    never: tuple[NeverOccurrence, ...]
    alternative: str
    reasons: tuple[str, ...]
    n_calls: int | None
    latency_s: float | None
    cost_usd: float | None
