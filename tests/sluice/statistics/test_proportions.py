import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sluice.errors import InvalidInputError, TooFewCasesError
from sluice.statistics.proportions import (
    below_floor_p_value,
    clopper_pearson_lower,
    clopper_pearson_upper,
    trials_to_prove_floor,
    wilson_interval,
)

passed_of = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(passed_of)
def test_bounds_are_those_of_an_independent_implementation(counts: tuple[int, int]):
    passed, trials = counts
    # A two-sided 90 % Clopper-Pearson interval has the two one-sided 95 % bounds as its ends.
    exact = binomtest(passed, trials).proportion_ci(confidence_level=0.9, method="exact")
    assert clopper_pearson_lower(passed, trials, alpha=0.05) == pytest.approx(exact.low, abs=1e-9)
    assert clopper_pearson_upper(passed, trials, alpha=0.05) == pytest.approx(exact.high, abs=1e-9)
    shown = binomtest(passed, trials).proportion_ci(confidence_level=0.95, method="wilson")
    wilson = wilson_interval(passed, trials)
    assert (wilson.low, wilson.high) == pytest.approx((shown.low, shown.high), abs=1e-9)
    assert wilson.rate == passed / trials


@given(passed_of, st.floats(0.01, 0.99))
def test_floor_is_rejected_exactly_where_the_upper_bound_lies_below_it(counts: tuple[int, int], floor: float):
    passed, trials = counts
    p_value = below_floor_p_value(passed, trials, floor=floor)
    assert p_value == pytest.approx(binomtest(passed, trials, floor, alternative="less").pvalue, abs=1e-9)
    upper = clopper_pearson_upper(passed, trials, alpha=0.05)
    if abs(upper - floor) > 1e-9:
        assert (p_value <= 0.05) == (upper < floor)


def test_trials_to_prove_a_floor_are_those_of_the_table():
    # One-sided 95 % Clopper-Pearson, by failures seen 0..5 (design document, section 2); e.g. 59 = log(.05) / log(.95).
    proved = {floor: [trials_to_prove_floor(floor, failures=f) for f in range(6)] for floor in (0.9, 0.95, 0.99)}
    assert proved == {
        0.9: [29, 46, 61, 76, 89, 103],
        0.95: [59, 93, 124, 153, 181, 208],
        0.99: [299, 473, 628, 773, 913, 1049],
    }


@given(st.floats(0.5, 0.98), st.integers(0, 10))
def test_one_trial_fewer_would_not_prove_the_floor(floor: float, failures: int):
    trials = trials_to_prove_floor(floor, failures=failures)
    assert clopper_pearson_lower(trials - failures, trials, alpha=0.05) >= floor
    if trials - 1 > failures:
        assert clopper_pearson_lower(trials - 1 - failures, trials - 1, alpha=0.05) < floor


@pytest.mark.parametrize("function", [clopper_pearson_lower, clopper_pearson_upper])
def test_impossible_counts_are_refused(function):
    with pytest.raises(TooFewCasesError, match="need at least 1 trials, got 0"):
        function(0, 0, alpha=0.05)
    with pytest.raises(InvalidInputError, match=r"passed must lie in 0\.\.3, got 4"):
        function(4, 3, alpha=0.05)
    with pytest.raises(InvalidInputError, match=r"must lie in \(0, 1\), got 0"):
        function(1, 3, alpha=0)


def test_a_floor_that_no_million_trials_prove_is_refused():
    with pytest.raises(InvalidInputError, match="no 1000000 trials prove a floor"):
        trials_to_prove_floor(0.9999999)
    with pytest.raises(InvalidInputError, match=r"floor and alpha must lie in \(0, 1\)"):
        trials_to_prove_floor(1.0)


@given(passed_of, st.floats(0.001, 0.4), st.floats(0.001, 0.4))
def test_less_risk_means_a_wider_bound(counts: tuple[int, int], one: float, other: float):
    bold, careful = max(one, other), min(one, other)
    assert clopper_pearson_lower(*counts, alpha=careful) <= clopper_pearson_lower(*counts, alpha=bold) + 1e-12
    assert clopper_pearson_upper(*counts, alpha=careful) >= clopper_pearson_upper(*counts, alpha=bold) - 1e-12
