from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import InvalidInputError, TooFewCasesError
from sluice.statistics.reliability import pass_all

results = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=8
)


@given(results)
def test_it_is_the_share_of_all_draws_of_k_trials_that_pass_together(counts: list[tuple[int, int]]):
    got = pass_all(counts)
    for k in range(1, len(got) + 1):
        shares = []
        for passed, trials in counts:
            draws = list(combinations([True] * passed + [False] * (trials - passed), k))
            if draws:
                shares.append(sum(map(all, draws)) / len(draws))
        assert got[k - 1] == pytest.approx(sum(shares) / len(shares))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_asking_more_often_never_raises_it(passed: list[int]):
    got = pass_all([(one, 5) for one in passed])
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(got))


def test_strata_without_a_trial_are_left_out():
    assert pass_all([(1, 1), (0, 0)]) == (1.0,)


def test_no_trial_at_all_is_refused():
    with pytest.raises(TooFewCasesError, match="need at least 1 trials, got 0"):
        pass_all([(0, 0)])
    with pytest.raises(InvalidInputError, match=r"passed must lie in 0\.\.1, got 2"):
        pass_all([(2, 1)])
