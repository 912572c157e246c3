import pytest

from sluice.errors import InvalidInputError
from sluice.trajectory.schemas import schema_checks


def complaint(schema: object, args: dict[str, object]) -> str | None:
    return schema_checks({"t": schema})["t"](args)  # type: ignore[dict-item]


def test_valid_arguments_bring_no_complaint():
    assert complaint({"properties": {"id": {"type": "string"}}, "required": ["id"]}, {"id": "A-1"}) is None


@pytest.mark.parametrize(
    ("schema", "args", "said"),
    [
        ({"required": ["id"]}, {}, "arguments: breaks the tool's schema: 'id' is a required property"),
        (
            {"properties": {"a": {"properties": {"b": {"type": "integer"}}}}},
            {"a": {"b": "x"}},
            "a.b: breaks the tool's schema: 'x' is not of type 'integer'",
        ),
    ],
)
def test_a_complaint_names_the_place(schema: object, args: dict[str, object], said: str):
    assert complaint(schema, args) == said


def test_an_expression_without_end_is_ended():
    # (a+)+ tries 2^40 ways on this text
    said = complaint({"properties": {"id": {"pattern": "^(a+)+$"}}}, {"id": "a" * 40 + "!"})
    assert said is not None
    assert said.startswith(("arguments: cannot be judged", "id: breaks"))


def test_a_reference_is_fetched_from_nowhere():
    # the guard of the tests would note a look-up of this name
    said = complaint({"properties": {"id": {"$ref": "http://192.0.2.1/schema.json"}}}, {"id": 1})
    assert said is not None
    assert said.startswith("arguments: cannot be judged by the tool's schema: ")


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(InvalidInputError, match="not a JSON Schema"):
        complaint({"type": "nope"}, {})
