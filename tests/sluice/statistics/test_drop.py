import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.statistics.counts import StratifiedCounts
from sluice.statistics.drop import equivalent_pairs, pooled_drop


def test_five_of_five_against_a_perfect_baseline_exclude_no_less_than_45_points():
    got = pooled_drop(StratifiedCounts.of([(10, 10, 1, 1)] * 5), alpha=0.05)
    assert (got.estimate, got.exact) == (0.0, True)
    assert got.upper == pytest.approx(1 - 0.05 ** (1 / 5), rel=1e-3)  # .451


def test_cases_that_always_fail_do_not_widen_the_bound():
    # 400 pairs without a change exclude 1 - .05^(1/400) = .0075, whether the cases pass or fail
    got = pooled_drop(StratifiedCounts.of([(1, 1, 1, 1)] * 380 + [(0, 1, 0, 1)] * 20), alpha=0.05)
    assert got.upper == pytest.approx(0.00746, rel=1e-2)


def test_normal_bound_computed_by_hand():
    # 20 worse, 4 better of 100 pairs: sum V = 24 / 4 = 6; w = 1/2, so se = sqrt(6 * 4) / 100 = .04899
    # drops: 20 of 1, 4 of -1, 76 of 0: mean .16, sd = sqrt((24 - 100 * .16^2) / 99) = .4654, se = .04654
    counts = StratifiedCounts.of([(1, 1, 0, 1)] * 20 + [(0, 1, 1, 1)] * 4 + [(1, 1, 1, 1)] * 76)
    got = pooled_drop(counts, alpha=0.05)
    assert not got.exact
    assert got.estimate == pytest.approx(0.16)
    assert got.upper == pytest.approx(0.16 + 1.644854 * 0.0489898, abs=1e-6)


def test_spread_between_strata_widens_the_normal_bound():
    # halves of the strata go up and down by all of ten trials: trial noise explains less than the strata show
    counts = StratifiedCounts.of([(10, 10, 0, 10), (0, 10, 10, 10)] * 5)
    spread = float(np.std([1.0, -1.0] * 5, ddof=1)) / 10**0.5
    assert pooled_drop(counts, alpha=0.05).upper == pytest.approx(1.644854 * spread, abs=1e-5)


def test_one_stratum_with_many_trials_has_a_bound():
    got = pooled_drop(StratifiedCounts.of([(39, 60, 30, 60)]), alpha=0.05)
    assert not got.exact
    assert got.estimate == pytest.approx(0.15)
    # M = 69 of 120: V = 69 * 51 * 60 * 60 / (120^2 * 119) = 7.39, w = 30: .15 + 1.645 * sqrt(7.39) / 30
    assert got.upper == pytest.approx(0.299, abs=0.001)


def test_a_drop_may_hide_in_the_strata_that_were_tried_least():
    # Ten trials in a fifth of the cases prove nothing about the rest, so 100 cases count for 3 pairs each.
    assert equivalent_pairs(np.array([3.0] * 80 + [10.0] * 20), alpha=0.05) == 300
    assert equivalent_pairs(np.array([7.0]), alpha=0.05) == 7


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_equivalent_pairs_lie_between_the_least_tried_stratum_and_all_pairs(pairs: list[int]):
    got = equivalent_pairs(np.asarray(pairs, dtype=float), alpha=0.05)
    assert len(pairs) * min(pairs) - 1 <= got <= sum(pairs)
