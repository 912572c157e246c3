from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from sluice.errors import TooFewCasesError
from sluice.statistics.paired import PairedNumbers, drop_worsening, ratio_worsening


def same(n: int, baseline: tuple[float, ...], candidate: tuple[float, ...], missing: int = 0) -> list[PairedNumbers]:
    return [PairedNumbers(baseline=baseline, candidate=candidate, missing=missing)] * n


@pytest.mark.parametrize("n_cases", [2, 3, 40])
def test_seventeen_calls_where_three_suffice_are_proved_even_on_two_cases(n_cases: int):
    got = ratio_worsening(same(n_cases, (3.0,) * 10, (17.0,) * 3), limit=1.2)
    assert got.estimate == pytest.approx(17 / 3)
    assert 2 * got.p_value < 0.05 / 3  # what is left of alpha beside the change and the efficiency guard
    assert got.lower(0.05) > 1.2


def test_four_calls_for_three_on_two_cases_may_be_luck():
    assert ratio_worsening(same(2, (3.0,), (4.0,)), limit=1.2).p_value > 0.05


def test_no_change_without_any_spread_is_exactly_one():
    got = ratio_worsening(same(5, (3.0,) * 10, (3.0,) * 3), limit=1.2)
    assert got.estimate == pytest.approx(1.0)
    assert got.p_value > 0.9


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(1, 100)), min_size=2, max_size=30))
def test_with_spread_it_is_students_t_on_logarithms_of_ratios(pairs: list[tuple[float, float]]):
    rows = [PairedNumbers(baseline=(before,), candidate=(after,)) for before, after in pairs]
    logs = np.array([log(after / before) for before, after in pairs])
    got = ratio_worsening(rows, limit=1.2)
    assert got.estimate == pytest.approx(np.exp(logs.mean()))
    if logs.std(ddof=1) > 0.05:  # the spread below which strata are not trusted to agree
        assert got.p_value == pytest.approx(ttest_1samp(logs, log(1.2), alternative="greater").pvalue, abs=1e-9)
        interval = ttest_1samp(logs, 0).confidence_interval(0.9)
        assert (got.lower(0.05), got.upper(0.05)) == pytest.approx((np.exp(interval.low), np.exp(interval.high)))


def test_a_lower_bound_above_the_limit_is_a_p_value_below_alpha():
    rows = [PairedNumbers(baseline=(1.0,), candidate=(value,)) for value in (1.2, 1.9, 1.4, 2.2, 1.6)]
    got = ratio_worsening(rows, limit=1.2)
    assert got.lower(got.p_value) == pytest.approx(1.2)


def test_trials_that_were_not_evaluated_count_as_no_worse():
    whole, half = same(4, (3.0,), (5.0,)), same(4, (3.0,), (5.0,), missing=1)
    assert ratio_worsening(half, limit=1.2).p_value > ratio_worsening(whole, limit=1.2).p_value
    # half of the candidate's trials at log(5/3), half at 0: mean .2554 against log(1.2) = .1823; spread .05 of 4
    t = (0.5 * log(5 / 3) - log(1.2)) / (0.05 / 4**0.5)
    assert ratio_worsening(half, limit=1.2).p_value == pytest.approx(student.sf(t, 3))
    lost = [*whole, PairedNumbers(baseline=(3.0,), candidate=(), missing=3)]
    assert ratio_worsening(lost, limit=1.2).p_value > ratio_worsening(whole, limit=1.2).p_value
    assert ratio_worsening(lost, limit=1.2).n_strata == 4


def test_no_calls_at_all_stay_comparable():
    assert ratio_worsening(same(5, (0.0,), (0.0,)), limit=1.2).estimate == pytest.approx(1.0)
    # 0 to 2 calls; half the smallest positive value, 1, is added: (2 + 1) / (0 + 1)
    assert ratio_worsening(same(5, (0.0,), (2.0,)), limit=1.2).estimate == pytest.approx(3.0)


def test_repeated_trials_show_noise_that_strata_agree_on_by_luck():
    # One baseline trial a case that happens to be perfect; ten candidate trials show how much each one varies.
    candidate = (1.0,) * 7 + (0.5,) * 3
    steady = [PairedNumbers(baseline=(1.0,), candidate=(0.85,))] * 4
    noisy = same(4, (1.0,), candidate)
    assert drop_worsening(noisy, limit=0.05).estimate == pytest.approx(0.15)
    assert drop_worsening(noisy, limit=0.05).p_value > 0.05 > drop_worsening(steady, limit=0.05).p_value


def test_efficiency_falls_by_the_mean_difference():
    got = drop_worsening(same(4, (1.0, 1.0), (0.5, 0.6)), limit=0.05)
    assert (got.estimate, got.baseline, got.candidate) == (pytest.approx(0.45), 1.0, pytest.approx(0.55))
    assert got.p_value < 0.05
    assert got.lower(0.05) < 0.45 < got.upper(0.05)


def test_one_stratum_cannot_tell():
    got = ratio_worsening(same(1, (3.0,), (17.0,)), limit=1.2)
    assert (got.p_value, got.lower(0.05), got.upper(0.05), got.error) == (None, None, None, None)
    assert got.estimate == pytest.approx(17 / 3)


def test_numbers_on_one_side_alone_are_refused():
    with pytest.raises(TooFewCasesError, match="need at least 1 strata with numbers on both sides, got 0"):
        ratio_worsening([PairedNumbers(baseline=(), candidate=(1.0,))], limit=1.2)


def test_a_hopeless_bound_stays_a_number():
    rows = [PairedNumbers(baseline=(1e-300,), candidate=(1e300,)), PairedNumbers(baseline=(1.0,), candidate=(1.0,))]
    assert ratio_worsening(rows, limit=1.2).upper(0.001) < float("inf")
