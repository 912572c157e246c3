from dataclasses import replace

import pytest

from sluice.reports.score_lines import score_line, score_summary
from sluice.trials.recorded import TrialKey
from tests.sluice.reports.made_up import trial

FIELDS = [
    *("case_id", "variant", "trial", "precision", "recall", "order", "parameters", "efficiency", "trajectory"),
    *("trajectory_passed", "answer_passed", "state_passed", "passed", "reasons"),
]


def scored(way, number=0):
    return trial(TrialKey(case_id="c", variant="v", trial=number), way)[1]


def test_a_line_has_the_fields_of_the_contract_in_their_order():
    assert list(score_line(scored("passed"))) == FIELDS


def test_a_failed_trial_tells_its_numbers_and_reasons():
    line = score_line(scored("wandering", 2))
    assert (line["case_id"], line["variant"], line["trial"]) == ("c", "v", 2)
    assert line["precision"] == pytest.approx(1 / 3)
    assert (line["passed"], line["trajectory_passed"], line["answer_passed"]) == (False, False, True)
    assert line["reasons"] == ["trajectory: 6 calls are not expected"]


def test_a_number_that_does_not_apply_is_null_and_never_zero():
    line = score_line(scored("not evaluated"))
    assert {line[name] for name in FIELDS[3:-1]} == {None}


def test_a_number_that_is_not_finite_is_null():
    broken = scored("passed")
    broken = replace(broken, trajectory=replace(broken.trajectory, precision=float("nan")))
    assert score_line(broken)["precision"] is None


def test_a_summary_rates_decided_trials_alone():
    trials = [scored(way, n) for n, way in enumerate(["passed", "passed", "missing", "not evaluated"])]
    undecided = replace(scored("passed", 4), passed=None)
    summary = score_summary([*trials, undecided], agreement={"AUC": 0.75})
    assert (summary.n_trials, summary.n_passed, summary.n_unevaluated, summary.n_undecided) == (5, 2, 1, 1)
    # two of the three that were decided
    assert summary.pass_rate == 2 / 3
    # recall is 1, 1, 2/3 and 1 over the four trials that have a trajectory
    assert summary.means["recall"] == pytest.approx((1 + 1 + 2 / 3 + 1) / 4)
    assert (summary.n_trajectories, summary.agreement) == (4, {"AUC": 0.75})


def test_a_summary_of_nothing_has_no_rates():
    summary = score_summary([])
    assert (summary.pass_rate, set(summary.means.values()), summary.agreement) == (None, {None}, {})
