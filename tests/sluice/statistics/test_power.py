import numpy as np
import pytest

from benchmarks.simulated_trials import design, draw_counts
from sluice.statistics.cmh import cmh_test
from sluice.statistics.counts import StratifiedCounts
from sluice.statistics.power import pairs_to_exclude, smallest_detectable_drop, trials_to_settle


@pytest.mark.parametrize(("n", "k", "kb", "rate"), [(100, 3, 10, 0.9), (100, 1, 1, 0.9), (100, 3, 10, 1.0)])
def test_a_drop_of_the_smallest_detectable_size_is_found_4_times_in_5(n: int, k: int, kb: int, rate: float):
    rng, rates = np.random.default_rng(7), np.full(n, rate)
    same = design(rates, rates, k=k, kb=kb)
    told = float(np.median([smallest_detectable_drop(draw_counts(same, rng), alpha=0.05) for _ in range(40)]))
    worse = design(rates, rates - told, k=k, kb=kb)
    found = np.mean([cmh_test(draw_counts(worse, rng)).p_value <= 0.05 for _ in range(400)])
    # .8 within simulation noise (3 standard errors = .06) and the formula's own error of a few points
    assert 0.70 <= found <= 0.90


def test_a_perfect_run_sees_three_failures_in_three_hundred():
    # A failing candidate trial has probability 3/13 given its case's 12 passes; (3/13)^3 = .012 <= .05 < (3/13)^2.
    # P(Binomial(300, m) >= 3) = .8 at m = .0142.
    counts = StratifiedCounts.of([(10, 10, 3, 3)] * 100)
    assert smallest_detectable_drop(counts, alpha=0.05) == pytest.approx(0.0142, abs=0.0005)


def test_a_run_too_small_to_see_anything_says_so():
    # two pairs can be significant at 1/4 at best
    assert smallest_detectable_drop(StratifiedCounts.of([(1, 1, 1, 1)] * 2), alpha=0.05) == 1.0


def test_more_trials_see_smaller_drops():
    seen = [smallest_detectable_drop(StratifiedCounts.of([(9, 10, k, k)] * 50), alpha=0.05) for k in (1, 3, 10)]
    assert seen == sorted(seen, reverse=True)


def test_thirteen_of_twenty_falling_to_ten_is_settled_by_a_few_trials_of_both():
    seen = StratifiedCounts.of([(1, 1, 1, 1)] * 10 + [(1, 1, 0, 1)] * 3 + [(0, 1, 0, 1)] * 7)
    got = trials_to_settle(seen, margin=0.05, alpha=0.05)
    # (1.645 + .842) * sqrt((.075 * 2 + .1275) / k / 20) = .15 gives k = 3.8
    assert (got.candidate_trials, got.baseline_trials) == (4, 4)


def test_cached_baseline_trials_are_kept_where_they_suffice():
    seen = StratifiedCounts.of([(9, 10, 2, 3)] * 50)
    got = trials_to_settle(seen, margin=0.05, alpha=0.05)
    assert got.baseline_trials == 10
    assert got.candidate_trials > 3


def test_a_clean_run_that_is_too_small_needs_as_many_pairs_as_exclude_the_margin():
    got = trials_to_settle(StratifiedCounts.of([(10, 10, 1, 1)] * 5), margin=0.05, alpha=0.05)
    assert 5 * got.candidate_trials >= 59 > 5 * (got.candidate_trials - 1)  # log(.05) / log(.95) = 58.4


def test_a_drop_on_the_margin_itself_in_one_case_is_never_settled():
    # 5 points, neither provable nor excludable within the trials that are still advice
    seen = StratifiedCounts.of([(10_000, 20_000, 9_999, 20_000)])
    assert trials_to_settle(seen, margin=0.00001, alpha=0.05) is None


def test_pairs_to_exclude_a_margin():
    assert [pairs_to_exclude(margin, alpha=0.05) for margin in (0.02, 0.05, 0.1)] == [149, 59, 29]
