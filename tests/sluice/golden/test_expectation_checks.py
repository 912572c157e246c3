import pytest

from sluice.documents.reading import SourceFile
from sluice.errors import DocumentError
from sluice.golden.case import Dataset
from sluice.golden.parsing import parse_dataset


def parsed(text: str) -> Dataset:
    return parse_dataset([SourceFile("f.yaml", f"id: a\ninput: hi\n{text}".encode())])


def problems_of(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parsed(text)
    return [f"{problem.field}: {problem.message}" for problem in caught.value.problems]


def warnings_of(text: str) -> list[str]:
    return [warning.partition("case a: ")[2] for warning in parsed(text).warnings if "deciding" not in warning]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            "{similarity: {at_least: 0.8}}",
            "similarity: similarity needs a reference or acceptable to compare with, got neither",
        ),
        (
            "{acceptable: [], similarity: {at_least: 0.8}}",
            "similarity: similarity needs a reference or acceptable to compare with, got neither",
        ),
        ("{contains: [[]]}", "contains[0]: an empty list can never hold, write the texts any of which will do"),
        ("{excludes: ['']}", "excludes[0]: an empty text occurs in every answer, write what must or must not occur"),
        ("{contains: [x], excludes: [[y, x]]}", 'contains[0]: no answer can both contain and exclude "x"'),
        ("{at_least: 0.5}", "at_least: at_least is the share of fields that must hold, got no fields"),
        ("{criteria: [3]}", "criteria[0]: must be text or {text, weight}, got 3"),
        ("{criteria: [{txt: x, text: y}]}", 'criteria[0].txt: unknown key "txt", did you mean "text"?'),
        ("{criteria: ['']}", "criteria[0]: must not be empty"),
        ("{numbers: [{value: '3'}]}", 'numbers[0].value: must be a number, got "3"'),
        ("{contains: [{a: 1}]}", "contains[0]: must be text or a list of texts, any of which will do, got a mapping"),
    ],
)
def test_a_slip_in_an_answer_is_told_at_its_place(answer: str, problem: str):
    assert problems_of(f"expect: {{answer: {answer}}}") == [f"expect.answer.{problem}"]


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("{matches: '('}", "expect.answer.matches: not a regular expression"),
        ("{matches: [ok, [ok, '[']]}", "expect.answer.matches[1][1]: not a regular expression"),
        ("{schema: {type: nope}}", "expect.answer.schema: not a JSON Schema"),
        ("{schema: 3}", "expect.answer.schema: a schema must be a mapping"),
        ("{fields: {total: 3}}", "expect.answer.fields.total: a JSONPath must begin with $"),
        ('{fields: {"$[": 3}}', 'expect.answer.fields["$["]: not a JSONPath'),
        ('{fields: {"$.a": {regex: "("}}}', 'expect.answer.fields["$.a"]: not a regular expression'),
        ('{fields: {"$.a": {approx: x}}}', 'expect.answer.fields["$.a"]: '),
    ],
)
def test_what_does_not_compile_is_told_at_its_place(answer: str, place: str):
    (problem,) = problems_of(f"expect: {{answer: {answer}}}")
    assert problem.startswith(place)


def test_linked_alternatives_and_the_state_are_checked_like_the_rest():
    text = "expect: {any_of: [{answer: {matches: '('}}], state: [{probe: p, is: {x: 1, '$.y': {regex: '['}}}]}"
    assert [problem.partition(": ")[0] for problem in problems_of(text)] == [
        "expect.any_of[0].answer.matches",
        "expect.state[0].is.x",
        'expect.state[0].is["$.y"]',
    ]


def test_a_state_may_take_values_from_the_steps_of_its_trajectory():
    steps = "trajectory: {steps: [{id: look, tool: t}]}"
    state = "state: [{probe: p, is: {'$.y': {result_of: look}}}]"
    assert parsed(f"expect: {{{steps}, {state}}}").cases
    assert parsed(f"expect: {{{steps}, any_of: [{{{state}}}]}}").cases
    assert problems_of(f"expect: {{{state}}}") == [
        'expect.state[0].is["$.y"]: result_of must name an earlier step, got "look" where no such step has an id'
    ]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{}", "never[0]: a never-event needs either tool or answer, got neither"),
        ("{tool: t, answer: x}", "never[0]: a never-event needs either tool or answer, got both"),
        ("{answer: x, args: {}}", "never[0].args: args belongs to a tool, got it beside answer"),
        ("{tool: []}", "never[0].tool: tool must name at least one tool, got an empty list"),
        ("{tool: ['']}", "never[0].tool[0]: tool must name a tool, got an empty text"),
        (
            "{tool: t, args: {x: {result_of: look}}}",
            'never[0].args.x: result_of must name an earlier step, got "look" where no such step has an id',
        ),
    ],
)
def test_a_slip_in_a_never_event_is_told_at_its_place(rule: str, problem: str):
    assert problems_of(f"never: [{rule}]") == [problem]


def test_a_matcher_of_a_never_event_is_compiled():
    (problem,) = problems_of("never: [{answer: {regex: '('}}]")
    assert problem.startswith("never[0].answer: not a regular expression")


@pytest.mark.parametrize(
    ("trajectory", "problem"),
    [
        ("{steps: [{id: x, tool: t}, {id: x, tool: u}]}", 'steps[1].id: step ids must be unique, got "x" twice'),
        (
            "{order: partial, steps: [{id: look, tool: t}, {tool: u, after: lok}]}",
            'steps[1].after: after must name a step, unknown step "lok", did you mean "look"?',
        ),
        (
            "{order: partial, steps: [{id: x, tool: t, after: [y]}, {id: y, tool: u, after: x}]}",
            "steps[0].after: steps wait for each other in a circle: x after y after x",
        ),
        (
            "{order: partial, steps: [{id: x, tool: t, after: [x]}]}",
            "steps[0].after: steps wait for each other in a circle: x after x",
        ),
        (
            "{steps: [{tool: t, args: {a: {result_of: look}}}, {id: look, tool: u}]}",
            'steps[0].args.a: result_of must name an earlier step, got "look" where no such step has an id',
        ),
        (
            "{steps: [{id: look, tool: u}, {tool: t, args: {a: {result_of: lok}}}]}",
            'steps[1].args.a: result_of must name an earlier step, unknown step "lok", did you mean "look"?',
        ),
        (
            "{order: any_order, steps: [{id: look, tool: t, args: {a: {result_of: look}}}]}",
            'steps[0].args.a: result_of must name an earlier step, got "look" where no such step has an id',
        ),
        (
            "{any_of: [{steps: []}], steps: [{tool: t}]}",
            "steps: steps cannot stand beside any_of, write it in each alternative",
        ),
        (
            "{any_of: [{any_of: []}, {any_of: [{}]}]}",
            "any_of[1].any_of: any_of cannot stand inside any_of, write one flat list",
        ),
        (
            "{any_of: [{steps: [{tool: []}]}]}",
            "any_of[0].steps[0].tool: tool must name at least one tool, got an empty list",
        ),
        (
            "{steps: [{tool: t}], forbidden: [{tool: [s, t]}]}",
            'forbidden[0].tool[1]: "t" is forbidden with any arguments, and a step needs it',
        ),
        ("{steps: [{tool: t, times: 0}]}", "steps[0].times: must be at least 1, got 0"),
        ("{steps: [{tool: t, after: [3]}]}", "steps[0].after[0]: must be text, got 3, put it in quotes"),
        ("{optional: [{tool: t, args: {x: {regex: 3}}}]}", None),
        ("{forbidden: [{tool: t, args: {x: {regex: 3}}}]}", None),
    ],
)
def test_a_slip_in_a_trajectory_is_told_at_its_place(trajectory: str, problem: str | None):
    (got,) = problems_of(f"expect: {{trajectory: {trajectory}}}")
    if problem is None:
        assert ".args.x: " in got
    else:
        assert got == f"expect.trajectory.{problem}"


@pytest.mark.parametrize(
    "trajectory",
    [
        "{order: partial, steps: [{id: x, tool: t, args: {a: {result_of: y}}}, {id: y, tool: u}]}",
        "{steps: [{id: x, tool: t}, {tool: u, args: {a: {result_of: x, path: '$.id'}}}]}",
        "{steps: [{tool: t}], forbidden: [{tool: t, args: {x: 1}}, {tool: t, agent: b}, {tool: t, status: error}]}",
        "{steps: [{tool: [t, u]}], forbidden: [{tool: t}]}",
        "{steps: [], extra: forbidden}",
        "{any_of: [{steps: [{tool: t}]}, {extra: forbidden}], criteria: [Says why]}",
        "{steps: [{tool: t}], max_calls: 1}",
    ],
)
def test_sound_trajectories_are_read_without_a_warning(trajectory: str):
    assert warnings_of(f"expect: {{trajectory: {trajectory}}}") == []


@pytest.mark.parametrize(
    ("trajectory", "warning"),
    [
        (
            "{steps: [{id: x, tool: t}, {tool: u, after: x}]}",
            "expect.trajectory.steps[1].after: after counts only with order: partial, got order: in_order",
        ),
        (
            "{steps: [{tool: t, times: 2}, {tool: u}], max_calls: 2}",
            "expect.trajectory.max_calls: no run can pass: the steps need 3 calls, and max_calls allows 2",
        ),
        (
            "{steps: [{tool: t, args: {x: 1}, args_mode: ignore}]}",
            "expect.trajectory.steps[0].args: args are not looked at, because args_mode is ignore",
        ),
    ],
)
def test_what_looks_unintended_is_a_warning(trajectory: str, warning: str):
    assert warnings_of(f"expect: {{trajectory: {trajectory}}}") == [warning]


def test_parts_of_a_wrong_shape_are_told_and_everything_else_is_still_checked():
    steps = "[{id: 3, tool: 4, after: [5], times: x, args: [1]}]"
    text = f"expect: {{trajectory: {{steps: {steps}, max_calls: x}}, answer: {{matches: [3, '(']}}}}"
    problems = problems_of(text)
    assert len(problems) == 8
    assert problems[-1].startswith("expect.answer.matches[1]: not a regular expression")
