"""Trial scores as JSON lines, and their summary."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluice.documents.values import Json
from sluice.reports.text import clean_text
from sluice.trials.scores import TrialScore

NUMBERS = ("precision", "recall", "order", "parameters", "efficiency")


def score_line(score: TrialScore) -> dict[str, Json]:
    """One trial's scores as one JSON object; a number that does not apply is null.

    Returns:
        ``case_id, variant, trial``, the five trajectory numbers and the headline ``trajectory`` in [0, 1],
        ``trajectory_passed, answer_passed, state_passed, passed`` and ``reasons``.
    """
    trajectory = score.trajectory
    numbers = {name: getattr(trajectory, name) if trajectory is not None else None for name in NUMBERS}
    return {
        "case_id": score.key.case_id,
        "variant": score.key.variant,
        "trial": score.key.trial,
        **{name: _finite(number) for name, number in numbers.items()},
        "trajectory": _finite(trajectory.trajectory) if trajectory is not None else None,
        "trajectory_passed": trajectory.passed if trajectory is not None else None,
        "answer_passed": score.answer_passed,
        "state_passed": score.state_passed,
        "passed": score.passed,
        "reasons": [clean_text(reason) for reason in score.reasons],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """Many trials' scores together.

    Args:
        n_trials: Trials scored.
        n_unevaluated: Trials of which nothing can be told.
        n_undecided: Evaluated trials whose stratum declares no deciding check.
        n_passed: Trials that passed.
        pass_rate: Passed / (passed + failed); None without a decided trial.
        means: Mean of each trajectory number and of the headline over the trials that have one; None without any.
        n_trajectories: Trials with a trajectory score.
        agreement: How well the scores agree with an outside reward, label to number; empty where there is none.
    """

    n_trials: int
    n_unevaluated: int
    n_undecided: int
    n_passed: int
    pass_rate: float | None
    means: Mapping[str, float | None]
    n_trajectories: int
    agreement: Mapping[str, float | int | None]


def score_summary(
    scores: Iterable[TrialScore], *, agreement: Mapping[str, float | int | None] | None = None
) -> ScoreSummary:
    """Summarise the scores of recorded runs.

    Args:
        scores: One score a trial, in any order.
        agreement: Agreement with an outside reward, as labels and numbers.
    """
    trials = list(scores)
    decided = [score for score in trials if score.evaluated and score.passed is not None]
    trajectories = [score.trajectory for score in trials if score.trajectory is not None]
    n_passed = sum(1 for score in decided if score.passed)
    return ScoreSummary(
        n_trials=len(trials),
        n_unevaluated=sum(1 for score in trials if not score.evaluated),
        n_undecided=sum(1 for score in trials if score.evaluated and score.passed is None),
        n_passed=n_passed,
        pass_rate=n_passed / len(decided) if decided else None,
        means={
            name: _mean([getattr(trajectory, name) for trajectory in trajectories]) for name in (*NUMBERS, "trajectory")
        },
        n_trajectories=len(trajectories),
        agreement=dict(agreement or {}),
    )


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
