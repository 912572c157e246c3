import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.reports import words


@pytest.mark.parametrize("number", [None, math.nan, math.inf, -math.inf])
def test_what_is_unknown_or_endless_is_a_dash_and_never_a_number(number):
    told = [
        words.percent(number),
        words.points(number),
        words.usd(number),
        words.seconds(number),
        words.guard_amount("cost_usd", number),
        words.worsening("ratio", number),
    ]
    assert told == [words.NONE] * len(told)
    assert words.p_text(number) == "p unknown"


@pytest.mark.parametrize(
    ("duration_s", "told"), [(0.9994, "999 ms"), (59.949, "59.9 s"), (59.96, "1 min 0 s"), (3600, "1 h 0 min")]
)
def test_a_duration_never_shows_sixty_of_a_unit(duration_s, told):
    assert words.seconds(duration_s) == told


@given(st.floats(-1, 0) | st.floats(0.001, 0.999) | st.just(1.0))
def test_points_and_percent_tell_the_same_number(share: float):
    assert words.points(share).split(" ")[0] == words.percent(share).split(" ")[0]


@given(st.floats(0, 1), st.integers(0, 3))
def test_a_rate_reads_as_all_or_nothing_only_where_it_is(rate: float, digits: int):
    told = words.percent(rate, digits=digits)
    assert (told == "100 %") == (rate >= 1 - 1e-9)
    assert (told == "0 %") == (rate <= 1e-9)


@given(st.floats(1e-9, 1e6))
def test_money_that_was_spent_never_reads_as_nothing(amount: float):
    assert words.usd(amount).strip("$0.") != ""
