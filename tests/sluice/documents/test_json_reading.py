import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.json_reading import MAX_DEPTH, NotJsonError, has_broken_text, mended, parse_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON: expecting property name enclosed in double quotes at column 2"),
        ('{"a": 1, "b": 2, "a": 3}', 'key "a" stands twice in one mapping'),
        ("[NaN]", "numbers must be finite, got NaN"),
        ("[-Infinity]", "numbers must be finite, got -Infinity"),
        ("[1e999]", "numbers must be finite, got 1e999"),
        ("9" * 5000, "a number has too many digits"),
        ("[" * 100_000, "values may nest at most 100 deep, got more"),
        ("[" * 101 + "]" * 101, "values may nest at most 100 deep, got more"),
        ('{"a":' * 101 + "1" + "}" * 101, "values may nest at most 100 deep, got more"),
    ],
)
def test_what_is_no_strict_json_is_refused_with_the_reason(text: str, message: str):
    with pytest.raises(NotJsonError) as caught:
        parse_json(text)
    assert str(caught.value) == message


def test_many_brackets_side_by_side_are_no_depth():
    assert parse_json("[" + ",".join(["[]"] * 1000) + "]") == [[]] * 1000


def test_the_deepest_allowed_value_is_read():
    value = parse_json("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == 1


@pytest.mark.parametrize("value", ["\ud800", ["x", {"k": "\udfff"}], {"\ud800": 1}])
def test_half_a_surrogate_pair_is_found_at_any_depth_and_mended(value):
    assert has_broken_text(value) == "text must not hold half of a surrogate pair"
    assert has_broken_text(mended(value)) == ""


def test_the_character_nul_is_found():
    assert has_broken_text({"a": ["b\0"]}) == "text must not hold the character U+0000"


@given(json_values)
def test_mending_leaves_sound_values_alone(value):
    assert mended(value) == value
