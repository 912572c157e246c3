import numpy as np
import pytest

from sluice.errors import InvalidInputError, TooFewCasesError
from sluice.statistics.counts import StratifiedCounts


def test_variance_of_a_stratum_is_the_hypergeometric_one():
    # kb = 2, k = 1, M = 2 of N = 3: V = M (N - M) k kb / (N^2 (N - 1)) = 2 * 1 * 2 / (9 * 2) = 2/9; w = 2 * 1 / 3
    counts = StratifiedCounts.of([(2, 2, 0, 1)])
    assert counts.variances == pytest.approx([2 / 9])
    assert counts.weights == pytest.approx([2 / 3])
    assert counts.drops.tolist() == [1.0]
    assert counts.n_strata == 1


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([], TooFewCasesError, "need at least 1 strata, got 0"),
        ([(1, 1, 0, 0)], InvalidInputError, "every stratum needs at least 1 trial"),
        ([(2, 1, 0, 1)], InvalidInputError, r"passed must lie in 0\.\.trials"),
        ([(1, 1, -1, 1)], InvalidInputError, r"passed must lie in 0\.\.trials"),
    ],
)
def test_impossible_counts_are_refused(rows, error, message):
    with pytest.raises(error, match=message):
        StratifiedCounts.of(rows)


def test_arrays_of_different_length_are_refused():
    one, two = np.ones(1, dtype=np.int64), np.ones(2, dtype=np.int64)
    with pytest.raises(InvalidInputError, match=r"counts must share one shape"):
        StratifiedCounts(baseline_passed=one, baseline_trials=two, candidate_passed=one, candidate_trials=one)
