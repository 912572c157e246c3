"""How well our scores agree with rewards that were recorded beside the runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sluice.errors import TooFewCasesError
from sluice.statistics.agreement import Confusion, accuracy_score, auc, cohen_kappa, confusion
from sluice.statistics.reliability import pass_all
from sluice.trials.recorded import RecordedRun
from sluice.trials.scores import TrialScore

# A reward of at least this is a success; rewards are mostly 0 or 1, and half marks go to the agent.
SUCCESS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardAgreement:
    """Our scores against recorded rewards; a number that is not defined is None.

    Args:
        n_runs: Runs with a reward.
        n_successes: Of them, rewards of at least ``SUCCESS``.
        trajectory_auc: AUC of the headline ``trajectory`` against success, over the runs that have the score.
        n_trajectory: Runs in that AUC.
        passed: Our ``passed`` against success, over the runs where it is known.
        accuracy: Share of equal verdicts there.
        kappa: Agreement beyond chance there.
        reward_pass_all: pass^k of the rewards, k = 1, 2, ..., by stratum.
    """

    n_runs: int
    n_successes: int
    trajectory_auc: float | None
    n_trajectory: int
    passed: Confusion
    accuracy: float | None
    kappa: float | None
    reward_pass_all: tuple[float, ...]


def agreement_with_reward(scores: Sequence[TrialScore], runs: Sequence[RecordedRun]) -> RewardAgreement | None:
    """Compare scores with the rewards of the same trials.

    Args:
        scores: Our scores; trials without a recorded run are left out.
        runs: Recorded runs; those without a reward are left out.

    Returns:
        The agreement; None where no scored run has a reward.
    """
    reward = {run.key: run.reward >= SUCCESS for run in runs if run.reward is not None}
    judged = [score for score in scores if score.key in reward]
    if not judged:
        return None
    ranked = [(score.trajectory.trajectory, reward[score.key]) for score in judged if score.trajectory is not None]
    known = [(score.passed, reward[score.key]) for score in judged if score.passed is not None]
    table = confusion([passed for passed, _ in known], [success for _, success in known])

    of_stratum: dict[tuple[str, str], list[bool]] = {}
    for score in judged:
        of_stratum.setdefault((score.key.case_id, score.key.variant), []).append(reward[score.key])
    return RewardAgreement(
        n_runs=len(judged),
        n_successes=sum(reward[score.key] for score in judged),
        trajectory_auc=_auc(ranked),
        n_trajectory=len(ranked),
        passed=table,
        accuracy=accuracy_score(table) if table.n else None,
        kappa=_kappa(table),
        reward_pass_all=pass_all([(sum(successes), len(successes)) for successes in of_stratum.values()]),
    )


def _auc(ranked: Sequence[tuple[float, bool]]) -> float | None:
    try:
        return auc([score for score, _ in ranked], [success for _, success in ranked])
    except TooFewCasesError:
        return None


def _kappa(table: Confusion) -> float | None:
    try:
        return cohen_kappa(table)
    except TooFewCasesError:
        return None
