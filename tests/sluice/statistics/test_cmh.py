from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, hypergeom
from statsmodels.stats.contingency_tables import StratifiedTable

from sluice.statistics.cmh import cmh_test
from sluice.statistics.counts import StratifiedCounts


@st.composite
def strata(draw: st.DrawFn, most_strata: int = 40, most_trials: int = 12) -> StratifiedCounts:
    rows = []
    for _ in range(draw(st.integers(1, most_strata))):
        kb, k = draw(st.integers(1, most_trials)), draw(st.integers(1, most_trials))
        rows.append((draw(st.integers(0, kb)), kb, draw(st.integers(0, k)), k))
    return StratifiedCounts.of(rows)


def rows_of(counts: StratifiedCounts) -> list[tuple[int, int, int, int]]:
    columns = (counts.baseline_passed, counts.baseline_trials, counts.candidate_passed, counts.candidate_trials)
    return [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]


@given(strata())
def test_statistic_is_that_of_statsmodels(counts: StratifiedCounts):
    test = cmh_test(counts)
    assume(test.z is not None)
    tables = [np.array([[a, kb - a], [b, k - b]]) for a, kb, b, k in rows_of(counts)]
    theirs = StratifiedTable([table.astype(float) for table in tables]).test_null_odds(correction=False)
    assert test.z**2 == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-12)
    if not test.exact:  # theirs is two-sided: half of it lies on the side of the statistic
        assert min(test.p_value, 1 - test.p_value) == pytest.approx(theirs.pvalue / 2, abs=1e-9)
        assert (test.p_value < 0.5) == (test.z > 0)


@settings(max_examples=50)
@given(strata(most_strata=4, most_trials=4))
def test_exact_p_value_is_the_sum_over_all_tables_with_these_margins(counts: StratifiedCounts):
    test = cmh_test(counts)
    assume(test.exact)
    rows, observed, p_value = rows_of(counts), int(counts.baseline_passed.sum()), 0.0
    for shares in product(*(range(kb + 1) for _, kb, _, _ in rows)):
        if sum(shares) >= observed:
            p_value += float(
                np.prod([hypergeom.pmf(s, kb + k, a + b, kb) for s, (a, kb, b, k) in zip(shares, rows, strict=True)])
            )
    assert test.p_value == pytest.approx(p_value, abs=1e-9)


@given(st.integers(0, 12), st.integers(0, 7), st.integers(0, 30))
def test_one_trial_each_is_the_exact_one_sided_mcnemar_test(worse: int, better: int, same: int):
    assume(worse + better + same > 0)
    test = cmh_test(StratifiedCounts.of([(1, 1, 0, 1)] * worse + [(0, 1, 1, 1)] * better + [(1, 1, 1, 1)] * same))
    expected = binomtest(worse, worse + better, alternative="greater").pvalue if worse + better else 1.0
    assert test.exact
    assert test.p_value == pytest.approx(expected, abs=1e-12)


def test_a_version_against_itself_is_no_evidence_of_a_drop():
    assert cmh_test(StratifiedCounts.of([(1, 1, 1, 1)] * 20 + [(0, 1, 0, 1)] * 3)).p_value == 1.0
    assert cmh_test(StratifiedCounts.of([(5, 10, 5, 10)] * 40)).p_value == 0.5  # z = 0, normal


def test_normal_law_takes_over_where_the_variance_reaches_five():
    # one discordant pair has V = 1 * 1 * 1 * 1 / (4 * 1) = 1/4, so 19 of them stay exact and 20 do not
    assert cmh_test(StratifiedCounts.of([(1, 1, 0, 1)] * 19)).exact
    assert not cmh_test(StratifiedCounts.of([(1, 1, 0, 1)] * 20)).exact


@given(strata())
def test_the_order_of_strata_does_not_matter(counts: StratifiedCounts):
    turned = StratifiedCounts.of(rows_of(counts)[::-1])
    assert cmh_test(turned).p_value == pytest.approx(cmh_test(counts).p_value, abs=1e-9)


@given(strata(most_strata=6, most_trials=5), st.integers(0, 5))
def test_one_more_failure_of_the_candidate_never_speaks_for_it(counts: StratifiedCounts, at: int):
    # Given one pass fewer in a stratum, the baseline's share of the passes is stochastically smaller.
    rows = rows_of(counts)
    a, kb, b, k = rows[at % len(rows)]
    assume(b > 0)
    rows[at % len(rows)] = (a, kb, b - 1, k)
    worse, before = cmh_test(StratifiedCounts.of(rows)), cmh_test(counts)
    assume(worse.exact and before.exact)
    assert worse.p_value <= before.p_value + 1e-9
