import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import InvalidInputError
from sluice.golden.matchers import ABSENT, Outcome, compile_matcher
from sluice.golden.matching.quantities import as_instant, as_number

HOLDS, FAILS, INCOMPARABLE = Outcome.HOLDS, Outcome.FAILS, Outcome.INCOMPARABLE


def outcome(raw, value):
    return compile_matcher(raw).test(value)


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        ({"approx": 42.10, "within": 0.01}, 42.11, HOLDS),
        ({"approx": 42.10, "within": 0.01}, 42.12, FAILS),
        ({"approx": 42.10, "within": 0.01}, "42.10", HOLDS),
        ({"approx": 42.10, "within": 0.01}, "$42.10", INCOMPARABLE),
        ({"approx": 42.10, "within": 0.01}, True, INCOMPARABLE),
        ({"approx": 1, "within": 1}, True, INCOMPARABLE),
        ({"approx": 42.10, "within": 0.01}, None, INCOMPARABLE),
        ({"approx": 42.10, "within": 0.01}, math.nan, INCOMPARABLE),
        ({"approx": 42.10, "within": 0.01}, math.inf, FAILS),
        ({"approx": 42.10, "within": 0.01}, ABSENT, FAILS),
        ({"approx": 200, "percent": 5}, 190, HOLDS),
        ({"approx": -200, "percent": 5}, -210, HOLDS),
        ({"approx": 200, "percent": 5}, 211, FAILS),
        # Without a tolerance one millionth of the number: 42.10 * 1e-6 = 0.0000421.
        ({"approx": 42.10}, 42.10004, HOLDS),
        ({"approx": 42.10}, 42.1001, FAILS),
        ({"approx": "42.10", "within": "0.01"}, 42.1, HOLDS),
        ({"above": 500}, 500, FAILS),
        ({"above": 500}, 500.01, HOLDS),
        ({"above": 500}, "501", HOLDS),
        ({"above": 500}, "12x", INCOMPARABLE),
        ({"above": 500}, "1,042.10", INCOMPARABLE),
        ({"above": 500}, [501], INCOMPARABLE),
        ({"above": 500}, ABSENT, FAILS),
        ({"above": 500}, math.inf, HOLDS),
        ({"above": 500}, 10**400, HOLDS),
        ({"above": 500}, -(10**400), FAILS),
        ({"above": 500}, "9" * 500, INCOMPARABLE),
        ({"below": 500}, 499.99, HOLDS),
        ({"below": 500}, 500, FAILS),
        ({"below": 500}, True, INCOMPARABLE),
        ({"between": [1, 2]}, 1, HOLDS),
        ({"between": [1, 2]}, 2, HOLDS),
        ({"between": [1, 2]}, 2.5, FAILS),
        ({"between": [1, 2]}, 0.5, FAILS),
        ({"between": [1, 2]}, "x", INCOMPARABLE),
        ({"between": ["2026-05-01", "2026-05-02"]}, "2026-05-01T12:00:00Z", HOLDS),
        ({"between": ["2026-05-01", "2026-05-02"]}, "2026-05-02T00:00:01Z", FAILS),
        ({"between": ["2026-05-01", "2026-05-02"]}, "tomorrow", INCOMPARABLE),
        ({"between": ["2026-05-01", "2026-05-02"]}, 5, INCOMPARABLE),
        ({"between": ["2026-05-01", "2026-05-02"]}, ABSENT, FAILS),
        ({"above": "2026-05-01"}, "2026-05-01T00:00:00+00:00", FAILS),
        ({"above": "2026-05-01"}, "2026-05-01T01:30:00+02:00", FAILS),
        ({"below": "2026-05-01"}, "2026-04-30", HOLDS),
        ({"above": "{{now-7d}}"}, "2026-04-30", INCOMPARABLE),
        ({"above": "{{now-7d}}"}, ABSENT, FAILS),
    ],
)
def test_a_quantity_is_compared_as_its_definition_says(raw, value, expected):
    assert outcome(raw, value) is expected


@given(st.integers(-1000, 1000), st.integers(0, 1000))
def test_the_bound_of_a_tolerance_is_inside_whatever_the_last_bit_says(hundredths, tolerance):
    # 1.1 - 1.0 is 0.10000000000000009 in binary, and yet 1.1 is within 0.1 of 1.0.
    raw = {"approx": hundredths / 100, "within": tolerance / 100}
    assert outcome(raw, (hundredths + tolerance) / 100) is HOLDS
    assert outcome(raw, (hundredths - tolerance) / 100) is HOLDS
    assert outcome(raw, (hundredths + tolerance + 1) / 100) is FAILS


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_above_and_below_are_the_order_of_numbers(bound, value):
    assert (outcome({"above": bound}, value) is HOLDS) == (value > bound)
    assert (outcome({"below": bound}, value) is HOLDS) == (value < bound)
    assert (outcome({"between": [min(bound, value), bound + abs(bound)]}, value) is HOLDS) == (
        value <= bound + abs(bound)
    ) or bound < 0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_as_text_is_the_number(value):
    assert as_number(repr(value)) == value


@pytest.mark.parametrize("value", ["", " ", "1_000", "0x10", "inf", "nan", "1e", ".", "+", "1 2", "1,5", None, [], {}])
def test_what_is_no_plain_number_is_none(value):
    assert as_number(value) is None


def test_what_is_no_date_is_none():
    assert as_instant(5) is None
    assert as_instant("2026-13-01") is None
    assert as_instant("2" * 500) is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"approx": True}, "approx needs a number, got true"),
        ({"approx": "x"}, "approx needs a number, got 'x'"),
        ({"approx": math.inf}, "approx needs a number, got Infinity"),
        ({"approx": 1, "within": -1}, "within must not be negative, got -1"),
        ({"approx": 1, "within": "x"}, "within needs a number, got 'x'"),
        ({"approx": 1, "within": 1, "percent": 2}, "approx takes within or percent, not both"),
        ({"above": "x"}, "a bound must be a number or an ISO 8601 date, got above 'x'"),
        ({"above": None}, "a bound must be a number or an ISO 8601 date, got above null"),
        ({"below": math.nan}, "a bound must be a number or an ISO 8601 date, got below NaN"),
        ({"between": [1]}, "between needs a list of two bounds, got [1]"),
        ({"between": 5}, "between needs a list of two bounds, got 5"),
        ({"between": [2, 1]}, "the bounds must rise, got between 2 and 1"),
        ({"between": [None, 1]}, "a bound must be a number or an ISO 8601 date, got between null and 1"),
        ({"between": [1, "2026-01-01"]}, "a bound must be a number or an ISO 8601 date"),
    ],
)
def test_a_broken_bound_is_refused_with_the_rule_and_what_was_got(raw, message):
    with pytest.raises(InvalidInputError) as caught:
        compile_matcher(raw)
    assert str(caught.value).startswith(message)
