import json
from pathlib import Path

import pytest

from sluice.statistics.agreement import Confusion
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.agreement import agreement_with_reward
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore


def score_of(key: TrialKey, *, passed: bool | None = None, trajectory: float | None = None) -> TrialScore:
    headline = trajectory is not None and TrajectoryScore(
        precision=1, recall=1, order=1, parameters=1, efficiency=1, trajectory=trajectory, passed=False
    )
    return TrialScore(
        key=key,
        evaluated=True,
        passed=passed,
        trajectory=headline or None,
        answer_passed=None,
        state_passed=None,
        checks=(),
        never=(),
        alternative="",
        reasons=(),
        n_calls=None,
        latency_s=None,
        cost_usd=None,
    )


def case(name: str, trial: int = 0) -> TrialKey:
    return TrialKey(case_id=name, trial=trial)


def test_scores_are_set_against_the_rewards_of_the_same_trials():
    runs = [
        RecordedRun(key=case("a"), reward=1.0),
        RecordedRun(key=case("a", 1), reward=0.0),
        RecordedRun(key=case("b"), reward=0.5),
        RecordedRun(key=case("c"), reward=0.4),
        RecordedRun(key=case("d")),
    ]
    scores = [
        score_of(case("a"), passed=True, trajectory=0.9),
        score_of(case("a", 1), passed=True, trajectory=0.5),
        score_of(case("b"), passed=False, trajectory=0.5),
        score_of(case("c")),
        score_of(case("d"), passed=True, trajectory=0.0),
        score_of(case("e"), passed=True, trajectory=0.0),
    ]
    got = agreement_with_reward(scores, runs)
    assert (got.n_runs, got.n_successes, got.n_trajectory) == (4, 2, 3)  # a reward of .5 is a success, .4 is none
    assert got.trajectory_auc == 0.75  # .9 and .5 against .5: (1 + 1/2) / 2
    assert got.passed == Confusion(true_positive=1, false_positive=1, false_negative=1, true_negative=0)
    assert got.accuracy == pytest.approx(1 / 3)
    assert got.kappa == pytest.approx(-0.5)  # observed 1/3; expected (2/3)^2 + (1/3)^2 = 5/9; (3/9 - 5/9) / (4/9)
    # a: 1 of 2, b: 1 of 1, c: 0 of 1
    assert got.reward_pass_all == (0.5, 0.0)


def test_what_is_not_defined_is_none():
    got = agreement_with_reward([score_of(case("a"))], [RecordedRun(key=case("a"), reward=1.0)])
    assert (got.trajectory_auc, got.accuracy, got.kappa, got.n_trajectory) == (None, None, None, 0)
    assert got.reward_pass_all == (1.0,)


def test_without_rewards_there_is_no_agreement():
    assert agreement_with_reward([score_of(case("a"))], [RecordedRun(key=case("a"))]) is None
    assert agreement_with_reward([], []) is None


def test_recorded_rewards_of_tau_bench_give_the_published_pass_all(shared_data: Path):
    lines = (shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl").read_text(encoding="utf8").splitlines()
    records = [json.loads(line) for line in lines]
    runs = [RecordedRun(key=case(str(r["task_id"]), r["trial"]), reward=r["reward"]) for r in records]
    got = agreement_with_reward([score_of(run.key) for run in runs], runs)
    # published for gpt-4o, airline, tool calling: .420 .273 .220 .200
    assert [round(value, 3) for value in got.reward_pass_all] == [0.420, 0.273, 0.220, 0.200]
