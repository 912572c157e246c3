import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.gates.verdict import Verdict
from sluice.reports.gate_json import SCHEMA_VERSION, finite_json, gate_json
from tests.sluice.reports.made_up import CHANGE, GUARDS, bare, hostile, made_up

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/gate.schema.json").read_text(encoding="utf8"))
CONTRACT = {
    *("schema_version", "verdict", "reasons", "tiers", "change", "guards", "never_events", "cases"),
    *("identity", "baseline", "cost"),
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def document_of(made):
    return gate_json(made.report, made.facts, made.scores)


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize("made", [made_up(), made_up(1), bare(), bare(Verdict.ERROR), hostile("x\x00\ud800 <b>")])
def test_every_report_keeps_the_schema_and_the_contract(made):
    document = document_of(made)
    jsonschema.validate(document, SCHEMA)
    assert document.keys() >= CONTRACT
    assert document["schema_version"] == SCHEMA_VERSION


def test_a_field_that_the_schema_does_not_name_breaks_it():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document_of(bare()), "surprise": 1}, SCHEMA)


@pytest.mark.parametrize("missing", sorted(CONTRACT))
def test_a_field_of_the_contract_that_is_missing_breaks_the_schema(missing):
    document = document_of(made_up(3))
    del document[missing]
    with pytest.raises(jsonschema.ValidationError, match=missing):
        jsonschema.validate(document, SCHEMA)


def test_the_numbers_that_decided_are_there_under_their_names():
    document = document_of(made_up())
    change = document["change"]
    assert (change["drop"], change["p_value"], change["upper"], change["margin"]) == (0.183, 0.00021, 0.241, 0.05)
    assert change["smallest_detectable"] == 0.062
    assert document["tiers"]["critical"]["floor"] == 0.95
    assert document["guards"]["tool_calls"]["limit"] == 1.2
    assert document["own_margins"]["critical"]["margin"] == 0.02
    assert document["exit_code"] == 1


def test_each_case_holds_its_trials_in_order_with_their_scores():
    case = document_of(made_up())["cases"][0]
    assert [score["trial"] for score in case["scores"]] == [0, 1, 2]
    assert case["scores"][1]["recall"] == pytest.approx(2 / 3)
    assert case["scores"][1]["divergence"].startswith("expected get_policy")


def test_numbers_that_are_not_finite_become_null():
    made = bare()
    change = replace(CHANGE, upper=math.inf, smallest_detectable=math.nan)
    guard = replace(GUARDS[0], worsening=math.inf, lower=-math.inf)
    document = document_of(
        replace(
            made,
            report=replace(made.report, change=change, guards=(guard,)),
            facts=replace(made.facts, cost={"agent_usd": math.nan}),
        )
    )
    jsonschema.validate(document, SCHEMA)
    assert (document["change"]["upper"], document["change"]["smallest_detectable"]) == (None, None)
    assert (document["guards"]["tool_calls"]["worsening"], document["cost"]["agent_usd"]) == (None, None)


@given(json_values)
def test_every_document_is_json_that_every_reader_accepts(value):
    text = json.dumps(finite_json(value), allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode("utf8")) == finite_json(value)


def test_values_that_are_no_json_are_told_as_text():
    assert finite_json({"path": Path("golden"), "names": {"a"}, "verdict": Verdict.PASS}) == {
        "path": "golden",
        "names": ["a"],
        "verdict": "PASS",
    }
