from typing import Literal

import pytest
from pydantic import Field, model_validator

from sluice.documents.located import Spot, located
from sluice.documents.model import DocumentModel, Names
from sluice.documents.problems import Problem
from sluice.documents.validation import keys_at, validated


class Leaf(DocumentModel):
    text: str = Field(default="x", min_length=1)
    share: float = Field(default=0.5, ge=0, lt=1)
    count: int = Field(default=1, gt=0, le=9)
    kind: Literal["a", "b"] = "a"
    how_many: int | Literal["auto"] = "auto"
    names: Names = ()
    several: tuple[str, ...] = Field(default=("x",), min_length=1)
    flag: bool = False
    is_: str | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def flag_needs_b(self) -> "Leaf":
        if self.flag and self.kind == "a":
            raise ValueError("flag needs kind b, got a")
        return self


class Tree(DocumentModel):
    leaf: Leaf
    leaves: tuple[Leaf, ...] = ()
    by_name: dict[str, Leaf] = Field(default_factory=dict)
    inner: "Tree | None" = None


def problems_of(value) -> list[str]:
    problems: list[Problem] = []
    validated(Tree, Spot(located(value, line=1), "f"), problems)
    return [f"{problem.field}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("leaf", "problem"),
    [
        ({"text": 3}, "leaf.text: must be text, got 3, put it in quotes"),
        ({"text": True}, "leaf.text: must be text, got true, put it in quotes"),
        ({"text": ["x"]}, "leaf.text: must be text, got a list"),
        ({"text": ""}, "leaf.text: must not be empty"),
        ({"share": "0.5"}, 'leaf.share: must be a number, got "0.5"'),
        ({"share": True}, "leaf.share: must be a number, got true"),
        ({"share": -1}, "leaf.share: must be at least 0, got -1"),
        ({"share": 1}, "leaf.share: must be below 1, got 1"),
        ({"count": 1.5}, "leaf.count: must be a whole number, got 1.5"),
        ({"count": 0}, "leaf.count: must be above 0, got 0"),
        ({"count": 10}, "leaf.count: must be at most 9, got 10"),
        ({"kind": "c"}, "leaf.kind: must be one of 'a' or 'b', got \"c\""),
        ({"how_many": "x"}, "leaf.how_many: must be a whole number or one of 'auto', got \"x\""),
        ({"names": 3}, "leaf.names: must be text or a list of texts, got 3"),
        ({"names": ["a", 3]}, "leaf.names[1]: must be text, got 3, put it in quotes"),
        ({"several": []}, "leaf.several: must name at least 1, got an empty list"),
        ({"several": "x"}, 'leaf.several: must be a list, got "x"'),
        ({"flag": 1}, "leaf.flag: must be true or false, got 1"),
        ({"tex": 1}, 'leaf.tex: unknown key "tex", did you mean "text"?'),
        ({"is_": "x"}, 'leaf.is_: unknown key "is_", did you mean "is"?'),
        ({"flag": True}, "leaf: flag needs kind b, got a"),
        (7, "leaf: must be a mapping, got 7"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed_and_what_was_got(leaf, problem: str):
    assert problems_of({"leaf": leaf}) == [problem]


def test_an_error_of_an_uncommon_kind_is_told_in_the_library_s_words():
    (problem,) = problems_of({"leaf": {"share": 10**400}})
    assert problem.startswith("leaf.share: must be ")


def test_a_missing_key_is_told_at_its_parent():
    assert problems_of({"inner": {}}) == ["leaf: is missing", "inner.leaf: is missing"]


def test_every_problem_is_told_at_once():
    value = {"leaf": {"count": 0}, "leaves": [{}, {"text": 3}], "by_name": {"z": {"kind": 1}}, "nope": 1}
    assert [line.partition(":")[0] for line in problems_of(value)] == [
        "leaf.count",
        "leaves[1].text",
        "by_name.z.kind",
        "nope",
    ]


def test_sound_values_are_not_coerced_and_short_forms_are_lists():
    problems: list[Problem] = []
    node = located({"leaf": {"share": 0, "names": "a", "how_many": 3, "is": "y"}}, line=1)
    tree = validated(Tree, Spot(node, "f"), problems)
    assert tree is not None
    assert tree.leaf == Leaf(share=0.0, names=("a",), how_many=3, is_="y")


def test_known_keys_are_found_through_lists_mappings_and_themselves():
    assert keys_at(Tree, ("inner", "leaves", 0)) == keys_at(Tree, ("by_name", "any")) == keys_at(Leaf, ())
    assert keys_at(Tree, ("by_name",)) == ()
    assert keys_at(Tree, ("leaf", "text", "deeper")) == keys_at(Tree, ("leaf", "text", 0)) == ()
