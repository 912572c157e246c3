import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.canonical import canonical_json
from sluice.documents.values import same_value

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, 0.5, 1e22, 1e300])
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, json_values)
def test_two_values_are_written_alike_exactly_where_they_are_equal(left, right):
    assert (canonical_json(left) == canonical_json(right)) == same_value(left, right)


@given(st.dictionaries(st.text(), st.integers()), st.randoms())
def test_the_order_of_keys_says_nothing(value: dict[str, int], rng: random.Random):
    items = list(value.items())
    rng.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)


@given(json_values)
def test_what_is_written_reads_back_equal(value):
    assert same_value(json.loads(canonical_json(value)), value)


def test_tuples_are_lists():
    assert canonical_json({"a": (1, 2.0)}) == '{"a":[1,2]}'


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json([float("nan")])
