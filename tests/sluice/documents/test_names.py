import pytest

from sluice.documents.names import nearest, shown, unknown


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("contians", "contains"),
        ("Contains", "contains"),
        ("cost", "cost_usd"),
        ("cost-usd", "cost_usd"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_known_name_is_found(name: str, meant: str | None):
    assert nearest(name, ["contains", "cost_usd", "matches"]) == meant


def test_an_unknown_name_without_a_near_one_lists_what_there_is():
    assert unknown("key", "zzz", ["b", "a"]) == 'unknown key "zzz", known are a, b'
    assert unknown("step", "zzz", []) == 'unknown step "zzz", known are none'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (1.5, "1.5"),
        ("é", '"é"'),
        ("\x1b[31m", '"\\u001b[31m"'),
        ({"a": 1}, "a mapping"),
        ((), "an empty list"),
        ([1], "a list"),
        ("x" * 100, '"' + "x" * 56 + "..."),
    ],
)
def test_a_value_is_shown_short_and_without_control_characters(value, text: str):
    assert shown(value) == text
