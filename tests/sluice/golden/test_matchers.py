import math
import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.values import same_value
from sluice.errors import InvalidInputError
from sluice.golden.matchers import ABSENT, Outcome, compile_matcher, in_words, matcher_warnings, result_of_steps

HOLDS, FAILS, INCOMPARABLE = Outcome.HOLDS, Outcome.FAILS, Outcome.INCOMPARABLE
# A search that the engine cannot cut short: every split of the letters into ones and twos is tried.
ENDLESS = "(a|aa)+$"
ENDLESS_TEXT = "a" * 60 + "b"

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)


def outcome(raw, value, **results):
    return compile_matcher(raw).test(value, lambda step: results.get(step, ()))


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        ("a", "a", HOLDS),
        ("a", "A", FAILS),
        ("1", 1, FAILS),
        (1, 1.0, HOLDS),
        (1, True, FAILS),
        (True, 1, FAILS),
        (None, None, HOLDS),
        (None, ABSENT, FAILS),
        ("a", ABSENT, FAILS),
        (math.nan, math.nan, FAILS),
        ({}, {}, HOLDS),
        ({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]}, HOLDS),
        ({"a": 1}, {"a": 1, "b": 2}, FAILS),
        ([1, 2], [2, 1], FAILS),
        ({"literal": {"regex": "x"}}, {"regex": "x"}, HOLDS),
        ({"literal": {"regex": "x"}}, "x", FAILS),
        ({"path": "/tmp"}, {"path": "/tmp"}, HOLDS),
        ({"within": 3, "percent": 4}, {"within": 3, "percent": 4}, HOLDS),
        ({"regex": "x", "name": "y"}, {"regex": "x", "name": "y"}, HOLDS),
        ({"any": True}, None, HOLDS),
        ({"any": True}, ABSENT, FAILS),
        ({"absent": True}, ABSENT, HOLDS),
        ({"absent": True}, None, FAILS),
        ({"one_of": ["a", "b"]}, "b", HOLDS),
        ({"one_of": ["a", "b"]}, ["b"], FAILS),
        ({"one_of": ["a", {"above": 5}]}, 6, HOLDS),
        ({"one_of": ["a", {"above": 5}]}, "b", INCOMPARABLE),
        ({"one_of": ["a", {"absent": True}]}, ABSENT, HOLDS),
        ({"all_of": [{"above": 5}, {"below": 7}]}, 6, HOLDS),
        ({"all_of": [{"above": 5}, {"contains": "x"}]}, "x", INCOMPARABLE),
        ({"all_of": [{"contains": "y"}, {"above": 5}]}, "x", FAILS),
        ({"above": 5, "below": 7}, 7, FAILS),
        ({"not": "a"}, "b", HOLDS),
        ({"not": "a"}, "a", FAILS),
        ({"not": "a"}, ABSENT, FAILS),
        ({"not": {"absent": True}}, 1, HOLDS),
        ({"not": {"not": {"absent": True}}}, ABSENT, HOLDS),
        ({"not": {"above": 5}}, "12x", INCOMPARABLE),
        ({"regex": "^A-\\d+$"}, "A-1001", HOLDS),
        ({"regex": "100"}, "A-1001", HOLDS),
        ({"regex": "b"}, "A-1001", FAILS),
        ({"regex": "1"}, 1, INCOMPARABLE),
        ({"regex": "1"}, ABSENT, FAILS),
        ({"contains": "ell"}, "hello", HOLDS),
        ({"contains": "ELL"}, "hello", FAILS),
        ({"contains": 2}, [1, 2.0], HOLDS),
        ({"contains": {"above": 5}}, [1, 6], HOLDS),
        ({"contains": {"above": 5}}, [1, "x"], INCOMPARABLE),
        ({"contains": {"above": 5}}, "text", INCOMPARABLE),
        ({"contains": "key"}, {"key": 1}, HOLDS),
        ({"contains": "1"}, {"key": 1}, FAILS),
        ({"contains": "1"}, 1, INCOMPARABLE),
        ({"contains": "1"}, ABSENT, FAILS),
        ({"casefold": "ACME  Corp"}, " acme\u00a0corp\n", HOLDS),
        ({"casefold": "STRASSE"}, "stra\u00dfe", HOLDS),
        ({"casefold": "acme"}, "acme inc", FAILS),
        ({"casefold": "acme"}, 5, INCOMPARABLE),
        ({"casefold": "acme"}, ABSENT, FAILS),
        ({"unordered": []}, [], HOLDS),
        ({"unordered": [1, 2]}, [2, 1], HOLDS),
        ({"unordered": [1, 1, 2]}, [1, 2, 2], FAILS),
        ({"unordered": [1]}, [1, 1], FAILS),
        ({"unordered": [1]}, 1, INCOMPARABLE),
        ({"unordered": [1]}, ABSENT, FAILS),
        ({"unordered": [{"above": 5}, 1]}, ["x", 1], INCOMPARABLE),
    ],
)
def test_a_matcher_says_what_its_definition_says(raw, value, expected):
    assert outcome(raw, value) is expected


def test_matchers_stand_at_any_depth_of_a_literal():
    raw = {"flights": [{"date": {"regex": "^2026"}, "seat": {"absent": True}}]}
    assert outcome(raw, {"flights": [{"date": "2026-05-01"}]}) is HOLDS
    assert outcome(raw, {"flights": [{"date": "2025-05-01"}]}) is FAILS
    assert outcome(raw, {"flights": [{"date": "2026-05-01", "seat": "1A"}]}) is FAILS
    assert outcome(raw, {"flights": [{"date": "2026-05-01", "class": "eco"}]}) is FAILS
    assert outcome(raw, {"flights": {"date": "2026-05-01"}}) is FAILS
    assert outcome(raw, {"flights": [{"date": 2026}]}) is INCOMPARABLE


def test_unordered_is_solved_and_not_guessed():
    # Taken greedily, "any" would take the only 1 and leave nothing for the literal 1.
    assert outcome({"unordered": [{"any": True}, 1]}, [1, 2]) is HOLDS
    # A chain in which every earlier choice must move one place on.
    chain = [{"one_of": [n, n + 1]} for n in range(50)] + [0]
    assert outcome({"unordered": chain}, list(range(51))) is HOLDS


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=4, max_size=4))
def test_unordered_agrees_with_trying_every_order(table):
    members = [{"one_of": [n for n in range(4) if row[n]] or ["nothing"]} for row in table]
    by_trying = any(all(table[row][n] for row, n in enumerate(order)) for order in permutations(range(4)))
    assert (outcome({"unordered": members}, [0, 1, 2, 3]) is HOLDS) == by_trying


@given(json_values, json_values)
def test_a_literal_holds_exactly_for_an_equal_value(raw, value):
    assert (outcome({"literal": raw}, value) is HOLDS) == same_value(raw, value)


@given(json_values)
def test_a_plain_value_is_a_literal_of_itself(value):
    assert outcome(value, value) is HOLDS


@given(json_values, st.sampled_from([{"above": 0}, {"regex": "a"}, {"contains": "a"}, "a", {"unordered": [1]}]))
def test_not_turns_holds_and_fails_around_and_nothing_else(value, raw):
    turned = {HOLDS: FAILS, FAILS: HOLDS, INCOMPARABLE: INCOMPARABLE}
    assert outcome({"not": raw}, value) is turned[outcome(raw, value)]


def test_only_holds_is_true():
    assert [bool(one) for one in (HOLDS, FAILS, INCOMPARABLE)] == [True, False, False]


def test_a_search_that_never_ends_is_incomparable_within_its_limit():
    started = time.monotonic()
    assert outcome({"regex": ENDLESS}, ENDLESS_TEXT) is INCOMPARABLE
    assert time.monotonic() - started < 2.0


def test_result_of_takes_any_result_of_the_step():
    raw = {"result_of": "look", "path": "$.tickets[*].id"}
    look = [{"tickets": [{"id": "T1"}, {"id": "T2"}]}, '{"tickets": [{"id": "T3"}]}']
    assert outcome(raw, "T2", look=look) is HOLDS
    assert outcome(raw, "T3", look=look) is HOLDS
    assert outcome(raw, "T4", look=look) is FAILS
    assert outcome(raw, "T2") is compile_matcher(raw).test("T2") is FAILS
    assert outcome(raw, ABSENT, look=look) is FAILS
    assert outcome(raw, "T2", look=["no JSON"]) is FAILS


def test_result_of_without_a_path_is_the_whole_result_as_text_or_as_what_it_spells():
    assert outcome({"result_of": "look"}, "17", look=["17"]) is HOLDS
    assert outcome({"result_of": "look"}, 17, look=["17"]) is HOLDS
    assert outcome({"result_of": "look"}, {"a": 1}, look=[{"a": 1}]) is HOLDS
    assert outcome({"result_of": "look", "path": "$"}, 5, look=[5]) is HOLDS


def test_a_result_too_deep_to_search_yields_nothing():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert outcome({"result_of": "look", "path": "$..x"}, 1, look=[deep]) is FAILS


@pytest.mark.parametrize(
    "raw",
    [
        {"result_of": "s"},
        [{"result_of": "s"}],
        {"a": {"result_of": "s"}},
        {"one_of": [1, {"result_of": "s"}]},
        {"all_of": [{"any": True}, {"result_of": "s"}]},
        {"not": {"result_of": "s"}},
        {"contains": {"result_of": "s"}},
        {"unordered": [{"result_of": "s"}]},
        {"above": 1, "result_of": "s"},
    ],
)
def test_a_result_of_is_seen_at_any_depth(raw):
    assert compile_matcher(raw).needs_results
    assert result_of_steps(raw) == {"s"}
    matcher = compile_matcher({"a": 1, "b": {"regex": "x"}})
    assert not matcher.needs_results


def test_a_result_of_inside_a_literal_or_a_schema_is_no_reference():
    raw = [{"literal": {"result_of": "a"}}, {"schema": {"properties": {"x": {"default": {"result_of": "b"}}}}}]
    assert result_of_steps(raw) == set()
    assert not any(compile_matcher(one).needs_results for one in raw)


def test_a_mixture_of_matcher_keys_and_others_is_warned_about():
    (warning,) = matcher_warnings({"args": [{"regex": "x", "name": "y"}]})
    assert warning.startswith('{"regex": "x", "name": "y"} is taken as a literal value, because name is no matcher key')
    assert matcher_warnings([{"regex": "x"}, {"path": "/tmp", "name": 1}, {"literal": {"regex": 1, "b": 2}}]) == []


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a", "'a'"),
        (None, "null"),
        ({"approx": 42.1, "within": 0.01}, "42.1 within 0.01"),
        ({"approx": 100, "percent": 5}, "100 within 5 %"),
        ({"approx": 100}, "about 100"),
        ({"one_of": ["a", "b"]}, "one of 'a', 'b'"),
        ({"one_of": [1, True]}, "one of 1, true"),
        ({"absent": True}, "absent"),
        ({"any": True}, "any value"),
        ({"above": 5, "below": 7}, "above 5 and below 7"),
        ({"between": [1, 2]}, "between 1 and 2"),
        ({"not": {"contains": "x"}}, "not containing 'x'"),
        ({"regex": "^a"}, "text matching /^a/"),
        ({"casefold": "Acme"}, "'Acme' in any case and spacing"),
        ({"unordered": [1, 2]}, "in any order [1, 2]"),
        ({"result_of": "look"}, "the result of look"),
        ({"result_of": "look", "path": "$.id"}, "$.id of the result of look"),
        ({"schema": {"type": "string"}}, 'valid by the schema {"type": "string"}'),
        ({"a": [{"above": 1}]}, "{a: [above 1]}"),
    ],
)
def test_a_matcher_says_in_words_what_it_allows(raw, words):
    assert compile_matcher(raw).words == words


def test_values_in_words_are_short_whatever_they_are():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert in_words(ABSENT) == "nothing"
    assert in_words(deep) == "a list nested too deep to show"
    assert len(in_words(["x" * 1000])) == 80
    assert in_words("x" * 1000) == "'" + "x" * 76 + "..."
    assert in_words({"a": {1, 2}}) == '{"a": "{1, 2}"}'
    assert repr(ABSENT) == "ABSENT"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"any": False}, "any must be true, got false"),
        ({"absent": 1}, "absent must be true, got 1"),
        ({"one_of": []}, "one_of needs a list with at least one value, got []"),
        ({"one_of": "a"}, "one_of needs a list with at least one value, got 'a'"),
        ({"all_of": []}, "all_of needs a list with at least one value, got []"),
        ({"unordered": "a"}, "unordered needs a list with at least one value, got 'a'"),
        ({"regex": "("}, "not a regular expression: '(': missing )"),
        ({"regex": 5}, "a regular expression must be text, got 5"),
        ({"casefold": 5}, "casefold needs a text, got 5"),
        ({"result_of": 5}, "result_of needs the id of a step, got 5"),
        ({"result_of": ""}, "result_of needs the id of a step, got ''"),
        ({"result_of": "a", "path": "b"}, "a JSONPath must begin with $, got 'b'"),
        ({"result_of": "a", "path": "$.["}, "not a JSONPath: '$.['"),
        ({"regex": "x", "path": "$.a"}, 'path belongs to result_of, got {"regex": "x", "path": "$.a"}'),
        ({"any": True, "within": 1}, "within belongs to approx"),
        ({"schema": 5}, "a schema must be a mapping, got 5"),
        ({"schema": {"type": "foo"}}, "not a JSON Schema: $.type"),
        ([{"deep": {"not": {"regex": "["}}}], "not a regular expression"),
    ],
)
def test_a_broken_matcher_is_refused_with_the_rule_and_what_was_got(raw, message):
    with pytest.raises(InvalidInputError) as caught:
        compile_matcher(raw)
    assert str(caught.value).startswith(message)


def test_a_matcher_nested_without_end_is_refused():
    raw = {"any": True}
    for _ in range(100_000):
        raw = {"not": raw}
    with pytest.raises(InvalidInputError, match="a matcher must not be nested this deep"):
        compile_matcher(raw)
