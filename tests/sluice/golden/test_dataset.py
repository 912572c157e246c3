import pytest

from sluice.documents.reading import SourceFile
from sluice.golden.case import Dataset
from sluice.golden.dataset import build_dataset, has_deciding_check
from sluice.golden.expectation import Expectation
from sluice.golden.parsing import parse_dataset


def parsed(text: str) -> Dataset:
    return parse_dataset([SourceFile("f.yaml", f"id: a\n{text}".encode())])


def test_a_case_and_each_of_its_variants_is_a_stratum_in_order():
    dataset = parsed(
        "input: hi\nexpect: {max_cost_usd: 1}\nvariants:\n"
        "- {id: p, input: hey, outcome: same}\n"
        "- {id: d, input: why, expect: {max_cost_usd: 2}}\n"
        "- {id: g, input: yo, outcome: same, generated: true}\n"
    )
    assert [(one.name, one.input, one.expect.max_cost_usd, one.counted) for one in dataset] == [
        ("a", "hi", 1, True),
        ("a/p", "hey", 1, True),
        ("a/d", "why", 2, True),
        ("a/g", "yo", 1, False),
    ]
    assert all(one.case is dataset.cases[0] for one in dataset)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("input: hi\nexpect: {max_cost_usd: 1}", ()),
        ("turns: [{user: hi}]", ("a scripted conversation (turns)",)),
        (
            "turns: [{user: hi, expect: {answer: {criteria: [polite]}}}]",
            ("a scripted conversation (turns)", "judged criteria (answer.criteria)"),
        ),
        ("input: hi\nfiles: [{path: x}]", ("files sent with the input (files)",)),
        ("input: hi\nsetup: {fixture: x}", ("a fixture of the world (setup)",)),
        ("input: hi\nnow: 2026-05-01T09:00:00Z", ("a fixed clock (now)",)),
        ("input: {at: ['it is {{ now-7d }}']}", ("a fixed clock ({{now}})",)),
        ("input: hi\nexpect: {answer: {contains: '{{now}}'}}", ("a fixed clock ({{now}})",)),
        ("input: hi\ntools: {recorded: x.jsonl}", ("recorded tools (tools.recorded)",)),
        ("input: hi\nexpect: {state: [{probe: p, is: {'$.x': 1}}]}", ("probes of the world (state)",)),
        ("input: hi\nexpect: {answer: {criteria: [polite]}}", ("judged criteria (answer.criteria)",)),
        ("input: hi\nexpect: {trajectory: {criteria: [careful]}}", ("judged criteria (trajectory.criteria)",)),
        (
            "input: hi\nexpect: {trajectory: {any_of: [{criteria: [careful]}]}}",
            ("judged criteria (trajectory.criteria)",),
        ),
        ("input: hi\nexpect: {any_of: [{answer: {criteria: [polite]}}, {}]}", ("judged criteria (answer.criteria)",)),
    ],
)
def test_what_cannot_be_run_yet_is_named(text: str, needs: tuple[str, ...]):
    (stratum,) = parsed(text)
    assert stratum.needs == needs


def test_a_variant_of_a_conversation_is_sent_its_own_input_and_needs_no_turns():
    conversation, variant = parsed("turns: [{user: hi}]\nvariants: [{id: v, input: hey, expect: {max_cost_usd: 1}}]")
    assert conversation.needs == ("a scripted conversation (turns)",)
    assert (variant.needs, variant.input) == ((), "hey")


@pytest.mark.parametrize(
    ("expect", "decides"),
    [
        ({}, False),
        ({"answer": {}}, False),
        ({"answer": {"reference": "x", "acceptable": ("y",), "criteria": ("z",)}}, False),
        ({"answer": {"reference": "x", "similarity": {"at_least": 0.5}}}, True),
        ({"answer": {"contains": "x"}}, True),
        ({"answer": {"schema": {}}}, True),
        ({"answer": {"numbers": ({"value": 1},)}}, True),
        ({"answer": {"fields": {"$.a": 1}}}, True),
        ({"trajectory": {}}, True),
        ({"trajectory": {"criteria": ("careful",)}}, True),
        ({"state": ({"probe": "p", "is": {}},)}, True),
        ({"max_cost_usd": 1}, True),
        ({"max_latency_s": 1}, True),
        ({"any_of": ({"answer": {"contains": "x"}},)}, True),
        ({"any_of": ({"answer": {"criteria": ("x",)}},)}, False),
    ],
)
def test_judged_criteria_and_references_alone_decide_nothing(expect: dict, decides: bool):
    assert has_deciding_check(Expectation.model_validate(expect)) is decides


def test_a_dataset_keeps_its_warnings_and_sources():
    dataset = build_dataset([], sources={"a": "f:1"}, warnings=["odd"])
    assert (dataset.sources, dataset.warnings, dataset.strata) == ({"a": "f:1"}, ("odd",), ())
