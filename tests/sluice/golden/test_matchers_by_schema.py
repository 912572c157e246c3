import time

import pytest

from sluice.errors import InvalidInputError
from sluice.golden.matchers import ABSENT, Outcome, compile_matcher
from sluice.golden.matching.schemas import SchemaUnusableError, compile_schema

CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string", "pattern": "^x"}},
    "patternProperties": {"^n_": {"type": "integer"}},
    "additionalProperties": False,
}


def outcome(schema, value):
    return compile_matcher({"schema": schema}).test(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": "xy"}, Outcome.HOLDS),
        ({"a": "y"}, Outcome.FAILS),
        ({"a": 5}, Outcome.FAILS),
        ({"n_b": 1}, Outcome.HOLDS),
        ({"n_b": 1.0}, Outcome.HOLDS),
        ({"n_b": True}, Outcome.FAILS),
        ({"b": 1}, Outcome.FAILS),
        ("text", Outcome.FAILS),
        (ABSENT, Outcome.FAILS),
    ],
)
def test_a_closed_schema_admits_what_it_names(value, expected):
    assert outcome(CLOSED, value) is expected


def test_keywords_of_mappings_say_nothing_about_other_values():
    schema = {"patternProperties": {"x": False}, "additionalProperties": False, "pattern": "x"}
    assert outcome(schema, [1]) is Outcome.HOLDS
    assert outcome(schema, "x") is Outcome.HOLDS
    assert outcome(schema, "y") is Outcome.FAILS


def test_additional_properties_may_have_a_schema_of_their_own():
    schema = {"properties": {"a": True}, "additionalProperties": {"type": "integer"}}
    assert outcome(schema, {"a": "text", "b": 1}) is Outcome.HOLDS
    assert outcome(schema, {"a": "text", "b": "text"}) is Outcome.FAILS


def test_a_schema_names_what_is_wrong_and_where():
    schema = compile_schema({"properties": {"a": {"properties": {"b": {"type": "integer"}}}}})
    assert schema.first_error({"a": {"b": "x"}}) == "$.a.b: 'x' is not of type 'integer'"
    assert schema.first_error({"a": {"b": 1}}) == ""
    closed = compile_schema(CLOSED)
    assert closed.first_error({"b": 1}) == "$: 'b' is not among the properties allowed"
    assert closed.first_error({"a": "y"}) == "$.a: 'y' does not match '^x'"
    assert len(compile_schema({"type": "integer"}).first_error("x" * 1000)) <= 165


@pytest.mark.parametrize("keyword", ["pattern", "patternProperties", "additionalProperties"])
def test_a_pattern_that_never_ends_is_incomparable_within_its_limit(keyword):
    endless = {"(a|aa)+$": True}
    schema = {
        "pattern": {"pattern": "(a|aa)+$"},
        "patternProperties": {"patternProperties": endless},
        "additionalProperties": {"additionalProperties": False, "patternProperties": endless},
    }[keyword]
    text = "a" * 60 + "b"
    started = time.monotonic()
    assert outcome(schema, text if keyword == "pattern" else {text: 1}) is Outcome.INCOMPARABLE
    assert time.monotonic() - started < 2.0


def test_a_reference_is_never_fetched_and_what_it_would_say_is_unknown():
    assert outcome({"$ref": "http://127.0.0.1:9/schema.json"}, 1) is Outcome.INCOMPARABLE
    with pytest.raises(SchemaUnusableError, match="the schema cannot judge the value"):
        compile_schema({"$ref": "#/nowhere"}).first_error(1)


def test_a_schema_without_end_is_incomparable():
    assert outcome({"$ref": "#"}, 1) is Outcome.INCOMPARABLE


def test_references_within_the_schema_are_followed():
    schema = {"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}
    assert outcome(schema, [1, 2]) is Outcome.HOLDS
    assert outcome(schema, [1, "2"]) is Outcome.FAILS


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"properties": {"a": {"pattern": "("}}}, r"not a regular expression: '\('"),
        ({"allOf": [{"patternProperties": {"[": True}}]}, r"not a regular expression: '\['"),
        ({"minimum": "x"}, r"not a JSON Schema: \$.minimum"),
    ],
)
def test_a_broken_schema_is_refused_when_it_is_read(raw, message):
    with pytest.raises(InvalidInputError, match=message):
        compile_schema(raw)


def test_a_schema_nested_without_end_is_refused():
    raw: dict = {}
    for _ in range(2_000):
        raw = {"not": raw}
    with pytest.raises(InvalidInputError, match="nested too deep"):
        compile_schema(raw)


def test_a_pattern_among_given_values_is_a_value():
    assert outcome({"enum": [{"pattern": "("}]}, {"pattern": "("}) is Outcome.HOLDS


def test_true_and_false_are_schemas():
    assert outcome(True, 1) is Outcome.HOLDS
    assert outcome(False, 1) is Outcome.FAILS


def test_a_pattern_may_use_unicode_properties_as_json_schema_does():
    assert outcome({"pattern": r"^\p{Lu}"}, "Écu") is Outcome.HOLDS
    assert outcome({"pattern": r"^\p{Lu}"}, "écu") is Outcome.FAILS
