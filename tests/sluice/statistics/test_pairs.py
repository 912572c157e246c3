import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from sluice.errors import InvalidInputError
from sluice.statistics.pairs import drop_upper_of_pairs
from sluice.statistics.proportions import clopper_pearson_upper


@pytest.mark.parametrize("pairs", [1, 2, 5, 20, 60, 400, 3000])
def test_with_nothing_worse_the_bound_is_that_of_clopper_and_pearson(pairs: int):
    # P(no pair worse) = (1 - m)^pairs = alpha, so 5 of 5 exclude no less than 1 - .05^(1/5) = .451
    assert drop_upper_of_pairs(0.0, 0.0, pairs, alpha=0.05) == pytest.approx(1 - 0.05 ** (1 / pairs), rel=2e-3)


def test_with_only_worse_pairs_the_bound_is_that_of_clopper_and_pearson():
    for worse, pairs in [(1, 60), (3, 20), (3, 100)]:
        upper = drop_upper_of_pairs(float(worse), 0.0, pairs, alpha=0.05)
        assert upper == pytest.approx(clopper_pearson_upper(worse, pairs, alpha=0.05), rel=2e-3)


def test_with_many_changes_of_both_kinds_the_bound_approaches_the_normal_one():
    # 20 worse and 20 better of 400: 0 + 1.645 sqrt(40) / 400 = .0260
    assert drop_upper_of_pairs(20.0, 20.0, 400, alpha=0.05) == pytest.approx(0.0260, abs=0.001)


def test_a_total_loss_excludes_nothing():
    assert drop_upper_of_pairs(5.0, 0.0, 5, alpha=0.05) == pytest.approx(1.0)


def test_a_clear_gain_excludes_every_drop():
    assert drop_upper_of_pairs(0.0, 30.0, 60, alpha=0.05) < 1e-6


@settings(max_examples=40)
@given(st.integers(1, 14), st.integers(0, 100), st.integers(0, 100))
def test_bound_covers_the_drop_whatever_the_rates(pairs: int, one: int, other: int):
    """Exact coverage: the probability, over all outcomes, that the bound lies below the true drop."""
    rate_worse, rate_better = max(one, other) / 100, min(one, other) / 100
    assume(rate_worse + rate_better <= 1)
    missed = 0.0
    for worse in range(pairs + 1):
        p_worse = binom.pmf(worse, pairs, rate_worse)
        for better in range(pairs - worse + 1):
            if drop_upper_of_pairs(float(worse), float(better), pairs, alpha=0.05) < rate_worse - rate_better - 1e-6:
                share = min(1.0, rate_better / max(1 - rate_worse, 1e-12))
                missed += p_worse * binom.pmf(better, pairs - worse, share)
    assert missed <= 0.05 + 1e-3  # the nuisance rate is searched on a grid


@given(st.integers(0, 10), st.integers(0, 10), st.integers(21, 200))
def test_one_more_pair_worse_raises_the_bound(worse: int, better: int, pairs: int):
    lower = drop_upper_of_pairs(float(worse), float(better), pairs, alpha=0.05)
    assert drop_upper_of_pairs(float(worse + 1), float(better), pairs, alpha=0.05) >= lower - 1e-6


@given(st.integers(0, 6), st.integers(0, 6), st.integers(12, 100))
def test_less_risk_means_a_wider_bound(worse: int, better: int, pairs: int):
    bounds = [drop_upper_of_pairs(float(worse), float(better), pairs, alpha=alpha) for alpha in (0.2, 0.05, 0.01)]
    assert np.all(np.diff(bounds) >= -1e-6)


@pytest.mark.parametrize(
    ("worse", "better", "pairs", "alpha", "message"),
    [
        (3.0, 3.0, 5, 0.05, r"worse \+ better must lie in 0\.\.pairs, got 3\.0 \+ 3\.0 of 5"),
        (0.0, 0.0, 0, 0.05, r"worse \+ better must lie in 0\.\.pairs"),
        (-1.0, 0.0, 5, 0.05, r"worse \+ better must lie in 0\.\.pairs"),
        (0.0, 0.0, 5, 0.5, r"alpha must lie in \(0\.0001, 0\.5\), got 0\.5"),
    ],
)
def test_impossible_pairs_are_refused(worse, better, pairs, alpha, message):
    with pytest.raises(InvalidInputError, match=message):
        drop_upper_of_pairs(worse, better, pairs, alpha=alpha)
