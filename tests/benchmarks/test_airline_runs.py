"""The made-up runs that trajectory scoring is timed on."""

from benchmarks.airline_runs import make_runs
from benchmarks.trajectory_scoring import expectation_of
from sluice.traces.calls import ToolCall
from sluice.trajectory.scoring import compile_trajectory


def test_the_same_seed_makes_the_same_runs():
    assert make_runs(seed=7, n_runs=9) == make_runs(seed=7, n_runs=9)
    assert make_runs(seed=7, n_runs=9) != make_runs(seed=8, n_runs=9)


def test_four_calls_are_expected_and_nine_are_made():
    assert {(len(run.expected), len(run.calls)) for run in make_runs(seed=7, n_runs=30)} == {(4, 9)}


def test_a_third_is_complete_a_third_slips_and_a_third_misses_a_step():
    scores = []
    for run in make_runs(seed=7, n_runs=3):
        calls = [ToolCall(name=call["name"], args=call["args"]) for call in run.calls]
        scores.append(compile_trajectory(expectation_of(run)).score(calls))
    complete, slipped, missing = scores
    assert (complete.recall, complete.parameters) == (1.0, 1.0)
    assert (slipped.recall, slipped.parameters < 1.0) == (1.0, True)
    assert missing.recall == 0.75  # three steps of four
